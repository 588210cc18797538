# An automounter: autofs.py POINT SOURCE. Mounts autofs at POINT, prints "up", and at the first access binds SOURCE there.
import ctypes
import fcntl
import os
import struct
import subprocess
import sys

point, source = sys.argv[1:]
READY, FAIL = 0x9360, 0x9361
libc = ctypes.CDLL(None, use_errno=True)
end, kernel = os.pipe()
os.setpgid(0, 0)
data = f"fd={kernel},pgrp={os.getpgrp()},minproto=5,maxproto=5,direct"
if libc.mount(b"test", point.encode(), b"autofs", 0, data.encode()) == -1:
    sys.exit(os.strerror(ctypes.get_errno()))
os.close(kernel)
root = os.open(point, os.O_RDONLY | os.O_DIRECTORY)
print("up", flush=True)
while packet := os.read(end, 4096):
    _, kind, token = struct.unpack("iiI", packet[:12])
    missing = kind in (3, 5)
    if missing:
        subprocess.run(["mount", "--bind", source, point], check=True)
    fcntl.ioctl(root, READY if missing else FAIL, token)
