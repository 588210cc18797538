"""Watch a cleaner: write a line to GATE, and print whether it kept few descriptors and little memory to its end.

    watch.py PID GATE

"""

import os
import re
import select
import sys

# Sanitizers keep freed memory, to find who uses it.
SMALL = 102400 if "PRIVTMP_SANITIZED" in os.environ else 10240
process, gate = f"/proc/{sys.argv[1]}", sys.argv[2]
end = select.poll()
end.register(os.pidfd_open(int(sys.argv[1])))
descriptors = kilobytes = 0
with open(gate, "w") as stream:
    stream.write("\n")
while not end.poll(5):
    try:
        descriptors = max(descriptors, len(os.listdir(f"{process}/fd")))
        status = open(f"{process}/status").read()
    except OSError:
        break
    kilobytes = max([kilobytes] + [int(n) for n in re.findall(r"VmRSS:\s*(\d+)", status)])
print(
    "few" if descriptors <= 16 else f"{descriptors} descriptors",
    "small" if kilobytes <= SMALL else f"{kilobytes} kB",
)
