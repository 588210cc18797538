"""The fault sweep: every system call that privtmp makes, every occurrence, made to fail, or to be the last.

    faults.py PROGRAM USER BASE parent|helper|cleaner [OPTION...]

Without LONG in the environment, it tries one of the errors, or the end, at each place, and not all. With WITHOUT_KILL, it
leaves the end out: only --sweep can remove what a cleaner that is killed should have removed.

It runs PROGRAM under strace, which counts the occurrences of a call by name and by process. After each case: the command
has run fully inside or not at all, there is one line on standard error if not, no cell is left, and a file beside the cells
is the same. Whoever runs this looks at the mounts. Prints how many cases there were, and how many went wrong, and why.
"""

import collections
import concurrent.futures
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time

PROGRAM, USER, BASE, ROLE, *OPTIONS = sys.argv[1:]
FAULTS = ["error=" + error for error in ("EPERM", "ENOMEM", "EMFILE", "EINTR", "ENOSYS", "EINVAL")]
if not os.environ.get("WITHOUT_KILL"):
    FAULTS.append("signal=KILL")
# A cleaner whose call fails for want of something waits before it tries again.
WORKERS = 16 if ROLE == "cleaner" else 2 * len(os.sched_getaffinity(0))
SETTLED = 20
INSIDE = "test $(stat -c %a /tmp) = 770 && test $(id -un) = " + USER + " && mkdir -p /tmp/a/b /tmp/c && : >/tmp/a/f && echo inside"
COMMAND = ["-C", "/", "-u", USER, *OPTIONS, "--", "sh", "-c", INSIDE]
# Calls that end a process.
EXEMPT = {"exit", "exit_group", "execve"}
# Calls after which libc itself, or a module that it loads to look up users, may give up the process.
ABORTING = {"brk", "futex", "futex_time64", "rt_sigprocmask"}
# The names of the call by which the two sides talk.
SENDING = {"send", "sendto"}


def calls(path):
    """The calls of a trace, by name, in order."""
    names = []
    with open(path, errors="replace") as trace:
        for line in trace:
            match = re.match(r"(?:\d+ +)?([a-z_0-9]+)\(", line)
            if match:
                names.append(match.group(1))
    return names


def until_sending(names):
    """The calls up to the first word to the other side."""
    return list(itertools.takewhile(lambda name: name not in SENDING, names))


def start(base):
    """The arguments of a start. An instance that is joined has its base already."""
    return COMMAND if any(option.startswith("--join") for option in OPTIONS) else ["-b", base, *COMMAND]


def trace(arguments, path, options=()):
    subprocess.run(["strace", "-qq", "-o", path, *options, PROGRAM, *arguments], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def cells(base):
    return [name for name in os.listdir(base) if name.startswith("privtmp.")]


def wait_for(condition):
    start = time.monotonic()
    while not condition():
        # Longer on a machine that has much else to do.
        if time.monotonic() - start > SETTLED * (1 + min(9, os.getloadavg()[0] / os.cpu_count())):
            return False
        time.sleep(0.002)
    return True


def swept(base):
    """Whether --sweep has removed all cells."""
    subprocess.run([PROGRAM, "--sweep", "-b", base], capture_output=True)
    return not cells(base)


def judge(base, status, out, err, killed):
    """What is wrong after a case, or None. killed: nobody can say why."""
    lines = err.splitlines()
    if status == 0:
        if out != "inside\n" or lines:
            return f"claims to have run: {out!r} {err!r}"
    elif out != "":
        return f"status {status}, but it has run: {out!r}"
    elif not killed and (status not in (125, 126, 127) or len(lines) != 1 or not lines[0].startswith("privtmp: ")):
        return f"status {status}, {err!r}"
    if killed and ROLE == "cleaner":
        # Nobody but --sweep can do what it should have done.
        if not wait_for(lambda: not cells(base) or swept(base)):
            return f"--sweep leaves {cells(base)}"
    elif not wait_for(lambda: not cells(base)):
        return f"left behind: {cells(base)}"
    with open(os.path.join(base, "canary")) as canary:
        if canary.read() != "canary":
            return "the canary has changed"
    return None


def inject(call, number, what):
    return ["-e", "trace=" + call, "-e", f"inject={call}:{what}:when={number}"]


def try_start(base, options, case):
    call, number, what = case
    run = subprocess.run(["strace", "-qq", "-o", "/dev/null", *options, *inject(call, number, what), PROGRAM,
                          *start(base)], capture_output=True, text=True, errors="replace")
    aborted = call in ABORTING and run.returncode in (-signal.SIGABRT, -signal.SIGSEGV)
    return judge(base, run.returncode, run.stdout, run.stderr, aborted or "signal" in what)


def cleaner_of(base):
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if open(f"/proc/{name}/comm").read() != "privtmp-cleaner\n":
                    continue
                for fd in os.listdir(f"/proc/{name}/fd"):
                    if os.readlink(f"/proc/{name}/fd/{fd}").startswith(base + "/"):
                        return name
            except OSError:
                pass
    return None


def try_cleaner(base, _, case):
    call, number, what = case
    held = subprocess.Popen([PROGRAM, "-b", base, "-C", "/", "-u", USER, "--", "sh", "-c", INSIDE + " && read x"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out = held.stdout.readline()
    if not wait_for(lambda: cleaner_of(base)):
        return "no cleaner"
    tracer = subprocess.Popen(["strace", "-o", "/dev/null", *inject(call, number, what), "-p", cleaner_of(base)],
                              stderr=subprocess.PIPE, text=True)
    tracer.stderr.readline()
    held.stdin.write("\n")
    held.stdin.close()
    held.wait()
    tracer.stderr.read()
    tracer.wait()
    return judge(base, 0, out, held.stderr.read(), "signal" in what)


def plan():
    """Which occurrences of which calls there are."""
    path = os.path.join(BASE, "trace")
    base = os.path.join(BASE, "0")
    if ROLE == "cleaner":
        # One that removes the same files.
        os.mkdir(os.path.join(BASE, "count"))
        base = os.path.join(BASE, "count")
        held = subprocess.Popen([PROGRAM, "-b", base, "-C", "/", "-u", USER, "--", "sh", "-c", INSIDE + " && read x"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        held.stdout.readline()
        wait_for(lambda: cleaner_of(base))
        tracer = subprocess.Popen(["strace", "-o", path, "-p", cleaner_of(base)], stderr=subprocess.PIPE, text=True)
        tracer.stderr.readline()
        held.stdin.close()
        held.wait()
        tracer.stderr.read()
        tracer.wait()
        return collections.Counter(calls(path)), collections.Counter()
    if ROLE == "parent":
        # Up to the exec; less what the dynamic linker does before main.
        trace(start(base), path, ["-b", "execve"])
        made = collections.Counter(calls(path))
        trace(["--version"], path)
        loader = calls(path)
        # musl calls writev.
        del loader[[name.rstrip("v") for name in loader].index("write"):]
        # What --version does itself, to standard output, is none of these.
        return made, collections.Counter(loader[:-1])
    # The helper, and the cleaner up to the commit: what they do and their parent does not.
    trace(start(base), path, ["-f", "-ff"])
    wait_for(lambda: not cells(base))
    traces = sorted(int(name.split(".")[1]) for name in os.listdir(BASE) if re.fullmatch(r"trace\.\d+", name))
    parent, *others = [calls(f"{path}.{pid}") for pid in traces]
    parent = until_sending(parent)
    made = collections.Counter()
    for names in others[:2]:
        # Later, nobody but --sweep can do what a cleaner that was killed should have done: see its own role.
        if "setsid" in names:
            names = until_sending(names)
        made |= collections.Counter(names)
    return collections.Counter({call: n for call, n in made.items() if call not in parent}), collections.Counter()


def main():
    for worker in range(WORKERS):
        base = os.path.join(BASE, str(worker))
        os.mkdir(base)
        with open(os.path.join(base, "canary"), "w") as canary:
            canary.write("canary")
    made, loader = plan()
    cases = [(call, number, what)
             # strace cannot do anything about one that it does not know: statmount, whose failure has a unit test.
             for call in sorted(made) if call not in EXEMPT and not call.startswith("syscall_")
             for number in range(loader[call] + 1, made[call] + 1)
             for what in FAULTS]
    if not os.environ.get("LONG"):
        # One fault for each place, and another for the next.
        cases = [case for i, case in enumerate(cases) if i % len(FAULTS) == i // len(FAULTS) % len(FAULTS)]
    free = collections.deque(os.path.join(BASE, str(worker)) for worker in range(WORKERS))
    bad = []

    def run(case):
        base = free.popleft()
        try:
            wrong = (try_cleaner if ROLE == "cleaner" else try_start)(base, ["-b", "execve"] + ["-f"] * (ROLE == "helper"),
                                                                     case)
        except Exception as error:
            wrong = repr(error)
        if wrong:
            bad.append(f"{case}: {wrong}")
            # The next case is not to blame.
            for cell in cells(base):
                shutil.rmtree(os.path.join(base, cell), ignore_errors=True)
        free.append(base)

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(run, cases))
    for line in bad[:20]:
        print(line)
    print(f"{len(cases)} cases, {len(bad)} bad")


main()
