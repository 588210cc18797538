"""HTTP through UNIX sockets.

    unix_http.py post PATH     post "hello", and print the status line
    unix_http.py serve PATH    answer every request with 200

"""

import os
import socket
import sys

BODY = b"hello\n"

what, path = sys.argv[1:]
s = socket.socket(socket.AF_UNIX)
if what == "post":
    s.connect(path)
    s.sendall(b"POST / HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY))
    print(s.recv(4096).split(b"\r\n")[0].decode())
else:
    os.umask(0)
    s.bind(path)
    s.listen()
    while True:
        connection = s.accept()[0]
        request = b""
        while not request.endswith(BODY):
            request += connection.recv(65536)
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
        connection.close()
