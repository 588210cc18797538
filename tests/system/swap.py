"""Swap a directory and a link again and again, while the file "go" exists.

    swap.py DIRECTORY TARGET    DIRECTORY/real is a directory, and at other times a link to TARGET

"""

import os
import sys

os.chdir(sys.argv[1])
os.makedirs("real", exist_ok=True)
open("real/file", "w").write("mine\n")
os.symlink(sys.argv[2], "link")
print("up", flush=True)
while os.path.exists("go"):
    for a, b in (("real", "x"), ("link", "real"), ("real", "link"), ("x", "real")):
        os.rename(a, b)
