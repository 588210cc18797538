"""Type into an interactive zsh with completion, and print for each word whether Tab completes it as expected."""

import os
import pty
import select
import time

DEADLINE = 20
EXPECTED = {
    "privtmp --prop": "--propagation=",
    "privtmp --propagation=s": "slave",
    "privtmp -u daemo": "daemon",
    "privtmp --swe": "--sweep",
}

pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", PS1="%% ")
    os.execvp("zsh", ["zsh", "-f", "-i"])


def read(until):
    seen, end = "", time.monotonic() + DEADLINE
    while until not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536).decode(errors="replace")
    return seen


def write(text):
    os.write(terminal, text.encode())


write(f"fpath=({os.environ['T']}/src/completion $fpath)\n")
write("autoload -Uz compinit; compinit -u -D; print rea''dy\n")
read("ready")
for typed, expected in EXPECTED.items():
    write(typed + "\t")
    print("yes" if expected in read(expected) else "no " + expected)
    write("\x15")
write("exit\n")
os.waitpid(pid, 0)
