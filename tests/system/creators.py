"""Create files in directories that are about to be removed.

    creators.py inside SOCKET     make 20 directories in /tmp and send descriptors of them to SOCKET
    creators.py outside SOCKET    receive these, and create in all of them until none is left
    creators.py descend SOCKET    receive these, and make and enter directories, 5000 times, with LONG 20000, or until that fails

"""

import os
import socket
import sys

COUNT = 20


def inside(path):
    for i in range(COUNT):
        os.mkdir(f"/tmp/{i}")
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    socket.send_fds(s, [b"x"], [os.open(f"/tmp/{i}", os.O_RDONLY) for i in range(COUNT)])


def create(directory, elsewhere, n):
    os.mkdir(f"d{n}", dir_fd=directory)
    os.chmod(f"d{n}", 0o777, dir_fd=directory)
    os.close(os.open(f"d{n}/f", os.O_CREAT, dir_fd=directory))
    os.symlink("/etc", f"d{n}/l", dir_fd=directory)
    os.rename(f"d{n}", f"e{n}", src_dir_fd=directory, dst_dir_fd=elsewhere)


def exists(directory):
    """Whether anything can still be created in it."""
    try:
        os.mkdir("probe", dir_fd=directory)
        os.rmdir("probe", dir_fd=directory)
    except OSError:
        return False
    return True


def receive(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    print("listening", flush=True)
    directories = socket.recv_fds(listener.accept()[0], 1, COUNT)[1]
    print("received", flush=True)
    return directories


def outside(path):
    directories = receive(path)
    n, left = 0, set(directories)
    while left:
        for directory in list(left):
            try:
                create(directory, directories[n % COUNT], n)
            except FileNotFoundError:
                if not exists(directory):
                    left.discard(directory)
            except OSError:
                left.discard(directory)
            n += 1


def descend(path):
    directory, *others = receive(path)
    for other in others:
        os.close(other)
    try:
        for _ in range(20000 if os.environ.get("LONG") else 5000):
            os.mkdir("d", dir_fd=directory)
            below = os.open("d", os.O_RDONLY, dir_fd=directory)
            os.close(directory)
            directory = below
    except OSError:
        pass


{"inside": inside, "outside": outside, "descend": descend}[sys.argv[1]](sys.argv[2])
