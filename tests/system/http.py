"""As little of HTTP as a proxy needs, on UNIX sockets.

    http.py serve PATH        answer each request whose body ends in "hello" with 200 OK
    http.py post PATH TEXT    send TEXT; print the first line of the answer

"""

import os
import socket
import sys

what, path, *text = sys.argv[1:]
s = socket.socket(socket.AF_UNIX)
if what == "post":
    s.connect(path)
    body = text[0].encode()
    s.sendall(b"POST / HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    print(s.recv(4096).split(b"\r\n")[0].decode())
else:
    s.bind(path)
    s.listen()
    os.chmod(path, 0o777)
    while True:
        c = s.accept()[0]
        request = b""
        while not request.endswith(b"hello"):
            request += c.recv(65536)
        c.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
        c.close()
