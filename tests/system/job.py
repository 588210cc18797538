"""A job at a terminal: prints "ready", "again" when it goes on after a stop, and ends on an interrupt."""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGCONT, lambda *_: print("again", flush=True))
print("ready", flush=True)
while True:
    signal.pause()
