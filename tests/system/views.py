"""Keep a private directory mounted where a search could miss it, until a byte comes on standard input.

    views.py roots      a process whose root directory is in another mount namespace, before one that is there
    views.py threads    a thread in a chroot, before one of the same mount namespace that is in none

Prints "up" when the first mount namespace has nobody but the main process.
"""

import ctypes
import os
import sys
import threading

CLONE_FS = 0x200
CLONE_NEWNS = 0x20000
MS_BIND = 4096
MNT_DETACH = 2

libc = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    if function(*arguments) == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def leave(with_tmp):
    """Go to a mount namespace with a root directory of its own, which has the private directory, or has not."""
    call(libc.unshare, CLONE_FS | CLONE_NEWNS)
    call(libc.mount, b"root", b"/mnt", b"tmpfs", 0, None)
    for name in "tmp", "old", "empty":
        os.mkdir(f"/mnt/{name}")
    if with_tmp:
        call(libc.mount, b"/tmp", b"/mnt/tmp", None, MS_BIND, None)
    os.chdir("/mnt")
    call(libc.pivot_root, b".", b"old")
    os.chdir("/")
    call(libc.umount2, b"/old", MNT_DETACH)


def wait():
    os.read(0, 1)


def roots():
    ready, done = os.pipe()
    if os.fork() == 0:
        leave(True)
        if os.fork() != 0:
            root = os.open("/", os.O_RDONLY)
            call(libc.unshare, CLONE_NEWNS)
            os.fchdir(root)
            os.chroot(".")
            os.write(done, b"x")
        wait()
        os._exit(0)
    os.read(ready, 1)


def threads():
    apart, ready = threading.Event(), threading.Event()

    def stay():
        call(libc.unshare, CLONE_FS)
        apart.set()
        wait()

    def hide():
        leave(True)
        threading.Thread(target=stay).start()
        apart.wait()
        os.chroot("/empty")
        ready.set()
        wait()

    threading.Thread(target=hide).start()
    ready.wait()
    leave(False)


with open("/tmp/kept", "w", encoding="ascii") as file:
    file.write("kept\n")
{"roots": roots, "threads": threads}[sys.argv[1]]()
print("up", flush=True)
