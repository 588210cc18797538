"""An administrator at a terminal: runs a command on a pty of its own, types, and shows what was printed.

    terminal.py [TYPED...] -- COMMAND...

Each TYPED is EXPECTED=KEYS: when EXPECTED has been printed, KEYS are typed (\\n, \\x03 and the like are understood). What is
printed in between is passed over, up to the end of the command. Then its exit status is printed, and what was printed last.
"""

import os
import pty
import sys

split = sys.argv.index("--")
steps = [word.split("=", 1) for word in sys.argv[1:split]]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])
seen = b""
while True:
    while steps and steps[0][0].encode() in seen:
        expected, keys = steps.pop(0)
        seen = seen[seen.index(expected.encode()) + len(expected):]
        os.write(terminal, keys.encode().decode("unicode_escape").encode())
    # For a test that is not in time.
    with open(os.environ["SCRATCH"] + "/waiting", "w") as waiting:
        print(steps[:1] or "the end", "after", seen, file=waiting)
    try:
        seen += os.read(terminal, 65536)
    except OSError:
        break
os.unlink(os.environ["SCRATCH"] + "/waiting")
print(seen.decode(errors="replace").replace("\r", ""), end="")
print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "steps left", len(steps))
