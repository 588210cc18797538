"""A system log for one message: binds /dev/log, prints "up", and the message."""

import socket

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
print("up", flush=True)
print(s.recv(4096).decode(errors="replace"))
