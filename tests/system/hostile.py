"""Make what is hard to remove in /tmp: odd names, links to CANARY and elsewhere, no rights, great depth."""

import os
import socket
import sys

os.chdir("/tmp")
for name in [b"a\n", b"\xff", b"\x1b", b"-r", b" ", b"x" * 255, b"0", b"1"]:
    os.mkdir(name)
    open(name + b"/f", "w")
os.symlink(sys.argv[1], "l")
os.symlink("/etc", "m")
os.symlink("n", "n")
os.mkfifo("p")
socket.socket(socket.AF_UNIX).bind("s")
os.mkdir("z")
open("z/f", "w")
os.chmod("z", 0)
for depth in range(3000):
    os.mkdir("d")
    os.chdir("d")
