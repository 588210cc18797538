"""Use the private directory where a search of processes would not find it, until a line comes on standard input.

    hiding.py chroot         in a chroot below it
    hiding.py overlay        in a mount namespace of its own, by an overlay whose upper directory is there
    hiding.py left-behind    with another root directory, that /tmp is mounted in; a child has stayed in the namespace
    hiding.py pivot          the same, and nobody has stayed

Prints "up", and with pivot, on standard error, whether a file in the directory is still there at the end.
"""

import ctypes
import os
import sys

CLONE_NEWNS = 0x20000
MS_BIND = 4096
MNT_DETACH = 2

libc = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    if function(*arguments) == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def chroot():
    os.mkdir("/tmp/root")
    os.chroot("/tmp/root")
    os.chdir("/")


def overlay():
    call(libc.unshare, CLONE_NEWNS)
    for name in "lower", "upper", "work":
        os.mkdir(f"/tmp/{name}")
    call(libc.mount, b"overlay", b"/mnt", b"overlay", 0, b"lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work")
    os.chroot("/mnt")
    os.chdir("/")


def pivot():
    call(libc.unshare, CLONE_NEWNS)
    call(libc.mount, b"root", b"/mnt", b"tmpfs", 0, None)
    os.mkdir("/mnt/tmp")
    os.mkdir("/mnt/old")
    call(libc.mount, b"/tmp", b"/mnt/tmp", None, MS_BIND, None)
    os.chdir("/mnt")
    call(libc.pivot_root, b".", b"old")
    os.chdir("/")
    call(libc.umount2, b"/old", MNT_DETACH)


def left_behind():
    end, mine = os.pipe()
    if os.fork() == 0:
        os.close(mine)
        os.read(end, 1)
        os._exit(0)
    pivot()


with open("/tmp/kept", "w", encoding="ascii"):
    pass
{"chroot": chroot, "overlay": overlay, "left-behind": left_behind, "pivot": pivot}[sys.argv[1]]()
print("up", flush=True)
os.read(0, 1)
if sys.argv[1] == "pivot":
    print("kept" if os.path.exists("/tmp/kept") else "gone", file=sys.stderr)
