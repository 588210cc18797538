"""Run a command in a Landlock domain, which may make no sockets, and so may not look into processes outside of it."""

import ctypes
import os
import struct
import sys

libc = ctypes.CDLL(None)
rules = libc.syscall(444, struct.pack("Q", 1 << 9), 8, 0)
if rules == -1 or libc.prctl(38, 1, 0, 0, 0) == -1 or libc.syscall(446, rules, 0) == -1:
    sys.exit(99)
os.execv(sys.argv[1], sys.argv[1:])
