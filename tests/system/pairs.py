"""Run a command with every pair of options. Prints how many pairs there are, and how many went wrong, and how.

    pairs.py PROGRAM USER BASE

"""

import itertools
import os
import subprocess
import sys

PROGRAM, USER, BASE = sys.argv[1:]
OPTIONS = {
    "-u": [USER],
    "-t": [],
    "-a": [BASE + "/also"],
    "--exec": [],
    "-m": ["1770"],
    "-b": [BASE],
    "-C": ["/usr"],
    "--hide": [BASE + "/hidden"],
    "--propagation": ["slave"],
    "--no-new-privs": [],
    "-d": [BASE + "/shared"],
    "-v": [],
    "--inodes": ["99"],
}
REFUSED = {
    frozenset(pair)
    for pair in (("-t", "-b"), ("--inodes", "-b"), ("-t", "-d"), ("--inodes", "-d"), ("-m", "-d"), ("-b", "-d"))
}
SHOW = """
stat -c '%a %G' /tmp
pwd
awk '$5 == "/tmp" { o = $6 } END { print o }' /proc/self/mountinfo
grep NoNew /proc/self/status
"""


def good(pair, run):
    if frozenset(pair) in REFUSED:
        return run.returncode == 125 and run.stderr.count("\n") == 1
    lines = run.stdout.splitlines()
    if run.returncode != 0 or len(lines) != 4:
        return False
    mode, directory, flags, privileges = lines
    flags = flags.split(",")
    return (
        mode.split()[0] == ("755" if "-d" in pair else "1770" if "-m" in pair else "770" if "-u" in pair else "1777")
        and directory == ("/usr" if "-C" in pair else "/")
        and "nosuid" in flags
        and "nodev" in flags
        and ("noexec" in flags) == ("--exec" not in pair)
        and privileges.endswith("1" if "--no-new-privs" in pair else "0")
        and bool(run.stderr) == ("-v" in pair)
    )


pairs = list(itertools.combinations(OPTIONS, 2))
bad = 0
for pair in pairs:
    arguments = [word for option in pair for word in [option] + OPTIONS[option]]
    run = subprocess.run(
        [PROGRAM, *arguments, "--", "sh", "-c", SHOW], capture_output=True, text=True, cwd="/"
    )
    if not good(pair, run):
        bad += 1
        print(pair, run.returncode, run.stdout, run.stderr)
print(len(pairs), bad)
