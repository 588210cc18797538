"""An automounter for one directory: automount.py DIR SOURCE bind-mounts SOURCE on DIR when somebody goes there."""

import ctypes
import fcntl
import os
import struct
import subprocess
import sys

READY = 0x9360  # AUTOFS_IOC_READY

directory, source = sys.argv[1:]
# Whoever is in the process group of the automounter triggers no mount.
os.setpgid(0, 0)
requests, kernel = os.pipe()
options = f"fd={kernel},pgrp={os.getpgrp()},minproto=5,maxproto=5,direct"
if ctypes.CDLL(None).mount(b"automount", directory.encode(), b"autofs", 0, options.encode()) != 0:
    sys.exit("autofs cannot be mounted")
point = os.open(directory, os.O_RDONLY)
print("ready", flush=True)
while True:
    token = struct.unpack_from("I", os.read(requests, 4096), 8)[0]
    if os.stat(directory).st_dev == os.fstat(point).st_dev:
        subprocess.run(["mount", "--bind", source, directory])
    fcntl.ioctl(point, READY, token)
