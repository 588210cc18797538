"""Run many instances at once.

    many.py list PROGRAM USER BASE            200: print how many of them --list shows
    many.py run PROGRAM USER BASE COUNT...    so many: print how many began, had a cell, had a /tmp of their own, ended
                                              well, and how many cells are left, when all have ended; then the next so many

"""

import os
import resource
import subprocess
import sys
import time

ROLE, PROGRAM, USER, BASE, *COUNTS = sys.argv[1:]
# Each is one process of the user's, who may have a limit.
SCRIPT = "echo $$ >/tmp/mine && echo up && read -r x && read -r own </tmp/mine && echo $own"


def start(count):
    command = [PROGRAM, "-b", BASE, "-u", USER, "-C", "/", "--", "sh", "-c", SCRIPT]
    return [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(count)
    ]


def cells():
    return sum(name.startswith("privtmp.") for name in os.listdir(BASE))


def show_list():
    commands = start(200)
    for command in commands:
        command.stdout.readline()
    table = subprocess.run([PROGRAM, "--list"], capture_output=True, text=True).stdout
    print(sum(BASE in line for line in table.splitlines()))
    for command in commands:
        command.communicate(b"\n")


def run(count):
    commands = start(count)
    began = sum(command.stdout.readline() == b"up\n" for command in commands)
    with_cell = cells()
    for command in commands:
        command.stdin.write(b"\n")
        command.stdin.close()
    own = sum(command.stdout.read() == b"%d\n" % command.pid for command in commands)
    well = sum(command.wait() == 0 for command in commands)
    while cells():
        time.sleep(0.01)
    print(f"began: {began}, cells: {with_cell}, own /tmp: {own}, ended well: {well}, left: {cells()}")
    for command in commands:
        command.stdout.close()


# Two pipes for each.
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
if ROLE == "list":
    show_list()
else:
    for count in COUNTS:
        run(int(count))
