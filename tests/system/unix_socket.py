"""Serve or read a UNIX socket.

    unix_socket.py serve PATH TEXT...    to each who connects, send the next TEXT; print "up" before
    unix_socket.py read PATH             connect, and print what comes

"""

import os
import socket
import sys

what, path, *texts = sys.argv[1:]
s = socket.socket(socket.AF_UNIX)
if what == "serve":
    s.bind(path)
    os.chmod(path, 0o777)
    s.listen()
    print("up", flush=True)
    for text in texts:
        s.accept()[0].sendall(text.encode() + b"\n")
else:
    s.connect(path)
    print(s.recv(99).decode().strip())
