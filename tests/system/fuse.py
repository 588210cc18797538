# Mount FUSE at a directory, with a server that never answers, until the end of standard input: fuse.py POINT UID
import ctypes
import os
import sys

point, uid = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
server = os.open("/dev/fuse", os.O_RDWR)
data = f"fd={server},rootmode=40755,user_id={uid},group_id={uid},allow_other"
if libc.mount(b"test", point.encode(), b"fuse", 0, data.encode()) == -1:
    sys.exit(os.strerror(ctypes.get_errno()))
print("up", flush=True)
sys.stdin.read()
libc.umount2(point.encode(), 2)
