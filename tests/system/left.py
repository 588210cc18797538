"""A program that leaves a process behind, which takes the terminal and reads what is typed next.

    left.py FILE

FILE.ready is made when it reads or cannot, FILE afterwards.
"""

import os
import signal
import sys

end, other_end = os.pipe()
if os.fork() != 0:
    sys.exit()
os.close(other_end)
os.setpgid(0, 0)
for number in signal.SIGHUP, signal.SIGTTIN, signal.SIGTTOU:
    signal.signal(number, signal.SIG_IGN)
os.read(end, 1)  # until the parent has ended
try:
    os.tcsetpgrp(0, os.getpgrp())
except OSError:
    pass
open(sys.argv[1] + ".ready", "w").close()
try:
    result = os.read(0, 100).decode().strip()
except OSError:
    result = ""
with open(sys.argv[1] + ".new", "w") as file:
    print(result, file=file)
os.rename(sys.argv[1] + ".new", sys.argv[1])
