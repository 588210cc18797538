"""A job at a terminal: prints "ready", "again" when it goes on after a stop, and ends on an interrupt."""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)
# Blocked, it waits to be taken, also if the stop comes between the two lines below.
signal.signal(signal.SIGCONT, lambda *_: None)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCONT})
print("ready", flush=True)
while signal.sigwait({signal.SIGCONT}):
    print("again", flush=True)
