"""Make DIRECTORY encrypted, 40 directories deep with a file in each, and remove the key again.

    encrypt.py DIRECTORY

Says "unsupported" if the kernel or the file system knows no encryption.
"""

import errno
import fcntl
import os
import struct
import sys

ADD_KEY = 0xC0506617
REMOVE_KEY = 0xC0406618
SET_POLICY = 0x800C6613

os.makedirs(sys.argv[1])
directory = os.open(sys.argv[1], os.O_RDONLY)
key = bytearray(struct.pack("<II32sII32x", 2, 0, b"", 64, 0) + bytes(range(64)))
try:
    fcntl.ioctl(directory, ADD_KEY, key)
except OSError as error:
    if error.errno not in (errno.ENOTTY, errno.EOPNOTSUPP, errno.ENOPKG):
        raise
    print("unsupported")
    sys.exit()
identifier = bytes(key[8:24])
# AES-256-XTS for contents, AES-256-CTS for names, names padded to 16 bytes.
fcntl.ioctl(directory, SET_POLICY, struct.pack("<BBBB4x16s", 2, 1, 4, 2, identifier))
os.fchdir(directory)
os.close(directory)
for _ in range(40):
    os.mkdir("directory")
    open("directory/file", "w").close()
    os.chdir("directory")
os.chdir("/")
root = os.open(os.path.dirname(sys.argv[1]), os.O_RDONLY)
fcntl.ioctl(root, REMOVE_KEY, bytearray(struct.pack("<II32sI20x", 2, 0, identifier, 0)))
print("locked" if "directory" not in os.listdir(sys.argv[1]) else "open")
