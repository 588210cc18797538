"""Run a command that has no controlling terminal, but one on descriptor 5 which is nobody's.

    descriptor.py slave|path|master COMMAND...

Descriptor 5 is the terminal, an O_PATH descriptor of it that USER may open, or its master. Then show what has been typed.
"""

import os
import pty
import pwd
import subprocess
import sys
import tty

master, slave = pty.openpty()
tty.setraw(slave)
path = os.ttyname(slave)
os.chown(path, pwd.getpwnam(os.environ["U"]).pw_uid, -1)
os.dup2({"slave": slave, "path": os.open(path, os.O_PATH), "master": master}[sys.argv[1]], 5)
subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, pass_fds=[5], start_new_session=True)
os.set_blocking(slave, False)
try:
    print("typed:", os.read(slave, 100))
except BlockingIOError:
    print("typed: nothing")
