# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Builds the test programs of a lab, runs them, and brings back what they say.

Student code runs in the test programs and nowhere else. Each has process and
mount namespaces of its own, which end when it does, when it takes too long, and
when whoever called this dies of whatever cause. Its records come back in a file
that has no name, and count only if the program then ends as one should: a test
that shoots its parent gets nothing. What it inherits of the environment is
listed here. That keeps accidents in and makes cheating hard to do by accident;
it is no wall against a student's code that runs as root and means harm, nor
against one that, in its own process, calls a failed check passed.
"""

import ctypes
import errno
import functools
import json
import os
import re
import resource
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import anywhere, blocks, patience, rubric, verifier
from .programs import Program, read_logs

PASSED, FAILED, SKIPPED, CRASHED, TIMEOUT = (
    "passed failed skipped crashed timeout".split()
)
NOT_BUILT, MISSING, PENDING = "not built", "missing", "pending"
REFUSED = "refused"  # its block was handed in, and is not taken
ENDED = (PASSED, FAILED, TIMEOUT)  # by the test's own doing, so its time tells

TOOLS = ("make", "gcc", "clang", "bpftool")
JOB_SECONDS = 300  # a test program has limits of its own: this is for its set-up
LANE_MS = 1000  # shorter is not worth a sandbox
GUESS_MS = 250  # a test that has never run
AT_A_TIME = 8
TAIL_LINES = 20

CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_NET_RAW": 13, "CAP_SYS_ADMIN": 21}
NEEDS_ROOT = "needs root"
FIRST_USER_NAMESPACE = 0xEFFFFFFD  # PROC_USER_INIT_INO, Linux 3.8
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)

# Of the hidden ones nobody knows but who asks the program itself for them.
TEST = re.compile(
    r'^TEST\w*\("(\d+\.\d+\.[a-z]+)",\s*\w+,\s*"((?:[^"\\]|\\.)*)"(?![^{]*\.hidden)',
    re.M,
)

# What a test program prints as soon as a test is done.
HEADLINE = re.compile(r"  ([✓✗-]) (\d+\.\d+\.[a-z]+) +(.*)")
SIGNS = {"✓": PASSED, "✗": FAILED, "-": SKIPPED}
PRINTED = re.compile(r" (\d+\.\d+): bpf_trace_printk: (.*)")
DIAGNOSTIC = re.compile(r"(?:\./)?(\S+?):(\d+):\d+: (?:fatal )?error: (.*)")
NOT_MADE = re.compile(r"^make: (?:\*\*\* )?\[(?:[^\]]*: )?(\S+)\] Error ", re.M)
BPF_ALONE = (".bpf.o", ".skel.h")  # a target of which no native code is made

# What make, compilers and linkers say that is no fault of what they compile.
MACHINE_ERRNOS = {os.strerror(code): code for code in anywhere.MACHINE_ERRNOS}
MACHINE_WORDS = re.compile(
    r"^[^\s].*("  # what is indented is quoted source
    + "|".join(map(re.escape, MACHINE_ERRNOS))
    + r"|File size limit exceeded|\bKilled$|Killed signal|command not found"
    + r"|sh: .*: not found|out of memory|virtual memory exhausted).*",
    re.M,
)
EXEC_FAILED = (126, 127)  # exit statuses of who was to start a program
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)


Tests = Mapping[str, Mapping[str, str]]  # a test program: its tests, id and title
Task = tuple[str, tuple[str, ...]]  # a test program, and ids of what it is to run


class CannotRun(Exception):
    """Why nothing can be graded here, and what to try."""


@dataclass(frozen=True)
class Outcome:
    """What became of one test; the kit's record of it."""

    id: str
    status: str
    title: str = ""
    message: str = ""
    story: str = ""
    output: str = ""
    where: str = ""
    pcap: str = ""
    ms: int = 0
    trace: str = ""


@dataclass(frozen=True)
class BuildProblem:
    text: str  # of the first error, with the lines that the compiler shows
    path: str = ""
    line: int = 0
    more: int = 0  # errors besides
    advice: str = ""  # what tools/explain says about it
    block: str | None = None  # in which the line is
    broken: tuple[str, ...] = ()  # blocks with errors
    native: bool = False  # no more can be run than native tests, as far as they are built

    @property
    def place(self) -> str:
        where = f"{self.path}:{self.line}" if self.path else ""
        return f"{where}, in TODO {self.block}" if self.block else where

    @property
    def words(self) -> str:
        """All of it, for those who see nothing else."""
        head = f"it does not compile: {self.place}".rstrip(": ")
        return "\n".join(filter(None, [head, self.text, self.advice]))


@dataclass
class Run:
    """All that is known of a lab's tests; died: how test programs ended too early."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    died: list[str] = field(default_factory=list)
    programs: dict[str, Program] = field(default_factory=dict)
    problem: BuildProblem | None = None

    def take(self, job: "Job", status: int, outcomes: "list[Outcome]") -> None:
        """What a job has found out; later news replace earlier ones."""
        if not outcomes and (words := job.machine_words(status)):
            outcomes = [Outcome(id, SKIPPED, message=words) for id in job.ids]
        if not outcomes:
            self.died.append(epitaph(job, status))
        killer = job.killer()
        for outcome in outcomes:
            if killer and was_killed(outcome):
                outcome = blame_machine(outcome, killer)
            self.outcomes[outcome.id] = outcome


def block_of(test: str) -> str:
    return test.rpartition(".")[0]


def was_killed(outcome: Outcome) -> bool:
    """Nobody can, but the kernel or root: the kit has other words for what it does."""
    return outcome.message.startswith(f"killed by signal {signal.SIGKILL:d} ")


def blame_machine(outcome: Outcome, words: str) -> Outcome:
    """The same outcome if its test ended by itself; or else it is not graded."""
    if outcome.status in (PASSED, SKIPPED):
        return outcome
    return Outcome(outcome.id, SKIPPED, outcome.title, words, ms=outcome.ms)


# Rights and isolation.


def lacking_capabilities() -> list[str]:
    status = Path("/proc/self/status").read_text()
    effective = int(re.search(r"CapEff:\s*(\w+)", status)[1], 16)
    return [name for name, bit in CAPABILITIES.items() if not effective >> bit & 1]


@functools.cache
def missing_rights() -> str:
    """What keeps tests from the kernel here, or nothing.

    Root may lack rights in a container, and that of a user namespace may not load
    programs. Where somebody lends us that right, it is by loading one that the
    grader finds out what it is worth.
    """
    lacking = lacking_capabilities()
    if anywhere.may_borrow() and (not lacking or os.geteuid()):
        return ""
    if lacking and os.geteuid():
        return NEEDS_ROOT
    if lacking:
        return f"needs {', '.join(lacking)}, which root lacks here"
    if os.stat("/proc/self/ns/user").st_ino != FIRST_USER_NAMESPACE:
        return "needs root of the machine, not of a user namespace"
    return ""


def privileged() -> bool:
    return not missing_rights()


@functools.cache
def wrapper() -> tuple[str, ...]:
    """A command that runs another in namespaces of its own, or does nothing."""
    own = ("--user", "--map-current-user") if lacking_capabilities() else ()
    command = ("unshare", *own, "--pid", "--mount", "--ipc", "--mount-proc")
    command += ("--fork", "--kill-child")
    try:
        works = subprocess.run([*command, "true"], capture_output=True)
    except FileNotFoundError:
        return ()
    return command if works.returncode == 0 else ()


def die_with(parent: int) -> None:
    """In a new process: it ends when its parent does, even by kill -9."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def start(command: Iterable[str], root: Path, **options) -> subprocess.Popen:
    parent = os.getpid()
    return subprocess.Popen(
        [*wrapper(), *command],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=lambda: die_with(parent),
        **options,
    )


def call(command: Iterable[str | Path], root: Path, **options) -> int:
    """The exit status of a tool of ours, which ends when this one does."""
    parent = os.getpid()
    die = functools.partial(die_with, parent)
    return subprocess.run(command, cwd=root, preexec_fn=die, **options).returncode


def stop(process: subprocess.Popen) -> int:
    """Ends it and all that it started, and returns its exit status."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
    return process.wait()


def end(process: subprocess.Popen) -> int:
    """The same, but waits for it first; it stays, so that its group does."""
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    return stop(process)


def environment(**more: str) -> dict[str, str]:
    """No tokens, no settings: only what a program needs to run."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    kept[patience.VARIABLE] = f"{patience.factor():g}"
    return {**kept, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **more}


# Building.


def test_sources(folder: Path) -> list[Path]:
    """Of a lab, with those in folders by subject; one with rules of its own is none."""
    return sorted(
        source
        for source in folder.rglob("test_*.c")
        if source.parent == folder or not list(source.parent.glob("*.mk"))
    )


def find_tests(root: Path, lab: rubric.Lab) -> Tests:
    return {
        f"build/lab{lab.number:02}/{source.stem}": dict(TEST.findall(source.read_text()))
        for source in test_sources(root / lab.folder)
    }


def bpf_objects(root: Path, lab: rubric.Lab) -> list[str]:
    """Those that no test program is made of, too: that they compile is asked as well."""
    sources = sorted((root / lab.folder).glob("*.bpf.c"))
    return [f"build/lab{lab.number:02}/{source.stem}.o" for source in sources]


def build(root: Path, lab: int, programs: Collection[str]) -> BuildProblem | None:
    """Builds all of it, or after an error what that has left."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        raise CannotRun(f"{', '.join(missing)} not found; try `make setup`")
    status, output = make(root, *programs)
    if not status:
        return None
    if words := MACHINE_WORDS.search(output):
        advice = anywhere.advice(MACHINE_ERRNOS.get(words[1], 0))
        raise CannotRun(f"make fails: {words[0].strip()}; {advice}")
    _, rest = make(root, "--ignore-errors", *programs)
    failed = NOT_MADE.findall(rest)
    native = not failed or not all(target.endswith(BPF_ALONE) for target in failed)
    if not native and not any(f"/lab{lab:02}/" in target for target in failed):
        return None  # it is a program of another lab
    problem = explain_bpf(output) or explain_build(output)
    return replace(
        problem,
        block=block_at(root, problem.path, problem.line),
        broken=tuple(broken_blocks(root, output + rest)),
        native=native,
    )


def make(root: Path, *arguments: str) -> tuple[int, str]:
    jobs = f"-j{os.cpu_count() or 1}"
    command = ["make", "-s", jobs, "--output-sync", *arguments]
    process = start(command, root, env=environment())
    try:
        output = process.stdout.read().decode(errors="replace")
        return end(process), output
    finally:
        stop(process)


def block_at(root: Path, path: str, line: int) -> str | None:
    return blocks.at(blocks.read(root / path), line) if path else None


def broken_blocks(root: Path, output: str) -> list[str]:
    """Those in which a compiler has found an error."""
    errors = filter(None, map(DIAGNOSTIC.match, output.splitlines()))
    places = {error.groups()[:2] for error in errors}
    if bpf := explain_bpf(output):
        places.add((bpf.path, bpf.line))
    found = {block_at(root, path, int(line)) for path, line in places}
    return sorted(filter(None, found))


def explain_bpf(output: str) -> BuildProblem | None:
    """What only the compiler of BPF programs refuses, and tools/explain knows."""
    first = NOT_MADE.search(output)
    if not first or not first[1].endswith(".bpf.o"):
        return None
    found = verifier.explain(output, failed=True)
    if not found or not found.explained or not found.file:
        return None
    return BuildProblem(
        "\n".join(filter(None, [found.says, f"  {found.code}"])),
        found.file,
        found.line,
        advice=f"try: {found.advice}",
    )


def explain_build(output: str) -> BuildProblem:
    """The compiler's first error and the source it quotes, without what follows."""
    lines = output.splitlines()
    found = [number for number, line in enumerate(lines) if DIAGNOSTIC.match(line)]
    if not found:
        return BuildProblem("\n".join(lines[:TAIL_LINES]))
    first = found[0]
    path, line, text = DIAGNOSTIC.match(lines[first]).groups()
    quoted = [text]
    for row in lines[first + 1 : first + 4]:
        if not re.match(r"\s*(\d+ )?\s*\||\s+\S|\s*[\^~]", row):
            break
        quoted.append(row)
    more = len({lines[number] for number in found}) - 1  # some are compiled twice
    return BuildProblem("\n".join(quoted), path, int(line), more)


# Running.


@dataclass
class Job:
    """A test program that runs the tests of some ids, if it has them."""

    program: str
    ids: tuple[str, ...]
    logs: Path  # where common/loader.c puts what the verifier says, for all jobs
    records: int = -1  # file descriptor
    process: subprocess.Popen | None = None
    deadline: float = 0
    heard: float = 0  # when it was heard of
    done: set[str] = field(default_factory=set)
    shot: int = 0  # processes that the kernel had killed for memory, before
    partial: bytes = b""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))

    def start(self, root: Path) -> None:
        self.records = os.memfd_create("records")
        self.shot = killed_for_memory()
        self.heard = time.monotonic()
        self.deadline = self.heard + patience.seconds(JOB_SECONDS)
        self.process = start(
            [self.program, "--json", f"/proc/self/fd/{self.records}", *self.ids],
            root,
            pass_fds=[self.records],
            env=environment(SWIFTCALL_VERIFIER_LOG=str(self.logs)),
        )

    @property
    def current(self) -> str:
        """The test that it is at: it runs them by their ids."""
        left = [id.split(".") for id in self.ids if id not in self.done]
        return ".".join(min(left, key=lambda id: (*map(int, id[:2]), id[2]), default=[]))

    def lines(self, data: bytes) -> Iterator[str]:
        *whole, self.partial = (self.partial + data).split(b"\n")
        for line in whole:
            text = line.decode(errors="replace")
            self.tail.append(text)
            yield text

    def finish(self) -> tuple[int, list[Outcome]]:
        """Its exit status, and the outcomes if it ended as it should."""
        late = time.monotonic() >= self.deadline
        status = stop(self.process) if late else end(self.process)
        with os.fdopen(self.records, "rb") as file:
            file.seek(0)
            text = file.read().decode(errors="replace")
        if late:
            limit = patience.seconds(JOB_SECONDS)
            self.tail.append(f"stopped: not done after {limit:g} s")
        if late or status not in (0, 1, 77):
            return status, []
        try:
            return status, [Outcome(**record) for record in json.loads(text)]
        except (ValueError, TypeError):
            return status, []


    def machine_words(self, status: int) -> str:
        """Why it did not run, or was killed, if that is the machine's doing."""
        said = self.tail[-1] if self.tail else ""
        if status in EXEC_FAILED or said.startswith("unshare: "):
            words = said or f"{self.program} cannot be started"
            noexec = os.strerror(errno.EACCES) in words
            return words + ("; is it on a disk that is mounted noexec?" if noexec else "")
        return self.killer() if status in KILLED else ""

    def killer(self) -> str:
        """Which of the machine's limits would have killed it."""
        if killed_for_memory() > self.shot:
            return f"{self.program} was killed: this machine was out of memory"
        if cpu_limit():
            return f"{self.program} was killed: a limit for CPU time is set (ulimit -t)"
        return ""


def killed_for_memory() -> int:
    """Processes that the kernel has killed because it had no memory left."""
    try:
        found = re.search(r"^oom_kill (\d+)$", Path("/proc/vmstat").read_text(), re.M)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def cpu_limit() -> bool:
    return resource.getrlimit(resource.RLIMIT_CPU)[1] != resource.RLIM_INFINITY


def plan(tests: Tests, ids: Collection[str], ms: Mapping[str, int]) -> list[Task]:
    """What is to run at a time, what takes longest first; ms: what tests took.

    A sandbox has its price, so tests share one as long as that takes no longer than
    the slowest test alone: one that waits for a packet that does not come.
    """
    took = {id: ms.get(id, GUESS_MS) for id in ids}
    longest = max([LANE_MS, *took.values()])
    tasks = []
    for program, has in tests.items():
        parts = split([id for id in ids if id in has], took, longest)
        tasks += [(sum(map(took.get, part)), program, part) for part in parts]
    tasks.sort(reverse=True)
    return [(program, tuple(part)) for _, program, part in tasks]


def split(ids: list[str], took: Mapping[str, int], most: int) -> list[list[str]]:
    """Parts that take about the same time, on average less than most."""
    parts = [[] for _ in range(1 + sum(map(took.get, ids)) // most)]
    for id in sorted(ids, key=took.get, reverse=True):
        min(parts, key=lambda part: sum(map(took.get, part))).append(id)
    return [part for part in parts if part]


def run(
    root: Path,
    tasks: Iterable[Task],
    scratch: Path,
    told: Callable[[str, str, str], None],
) -> Run:
    """Runs test programs with the ids that they are to run, several at a time.

    told(id, title, status) hears of each test as soon as it is done. The caller
    removes what is then in scratch.
    """
    logs = Path(tempfile.mkdtemp(dir=scratch))
    jobs = [Job(*task, logs) for task in tasks]
    result = Run()
    try:
        unlucky = []
        for job in finished(jobs, root, told):
            status, outcomes = job.finish()
            # What comes before a test may fail for the machine's sake; and if not,
            # it does so again.
            if any(outcome.message.startswith("set-up:") for outcome in outcomes):
                unlucky.append(Job(job.program, job.ids, logs))
            result.take(job, status, outcomes)
        jobs += unlucky
        for job in finished(unlucky, root, told):
            result.take(job, *job.finish())
        for program in read_logs(logs):
            if not program.accepted or program.name not in result.programs:
                result.programs[program.name] = program
    finally:
        for job in jobs:
            if job.process:
                stop(job.process)
    return result


def finished(
    jobs: Iterable[Job], root: Path, told: Callable[[str, str, str], None]
) -> Iterator[Job]:
    """The jobs as they end, or are late; meanwhile starts and listens to them."""
    waiting = deque(jobs)
    with selectors.DefaultSelector() as selector:
        while waiting or selector.get_map():
            while waiting and len(selector.get_map()) < AT_A_TIME:
                job = waiting.popleft()
                job.start(root)
                selector.register(job.process.stdout, selectors.EVENT_READ, job)
            events = selector.select(timeout=1)
            if not events and selector.get_map():
                say_waiting([key.data for key in selector.get_map().values()], told)
            for key, _ in events:
                data = os.read(key.fd, 1 << 16)
                for line in key.data.lines(data):
                    tell(line, key.data, told)
                if not data:
                    selector.unregister(key.fileobj)
                    yield key.data
            for key in list(selector.get_map().values()):
                if time.monotonic() >= key.data.deadline:
                    selector.unregister(key.fileobj)
                    yield key.data


def say_waiting(jobs: Iterable[Job], told: Callable[[str, str, str], None]) -> None:
    """Which test it is that takes so long, while nothing else is to be said."""
    job = min(jobs, key=lambda job: job.heard)
    if job.current:
        seconds = time.monotonic() - job.heard
        told(job.current, f"is running, {seconds:.0f} s so far", PENDING)


def tell(line: str, job: Job, told: Callable[[str, str, str], None]) -> None:
    headline = HEADLINE.fullmatch(line)
    if headline:
        job.done.add(headline[2])
        job.heard = time.monotonic()
        told(headline[2], headline[3], SIGNS[headline[1]])


def missing(id: str, done: Run) -> Outcome:
    """The outcome of a test of which there is no record, or none to trust."""
    if done.died:
        why = "the test program ended before this test was done"
        return Outcome(id, CRASHED, message=why, output="\n".join(done.died))
    return Outcome(id, MISSING, message="no test program contains this test")


def epitaph(job: Job, status: int) -> str:
    how = f"signal {-status}" if status < 0 else f"exit status {status}"
    return "\n".join([f"{job.program} ended with {how}", *job.tail])


# The kernel's trace buffer: what bpf_printk() prints.


def tracefs(command: str) -> str:
    """Runs a shell command in tracefs, which this machine may not have mounted."""
    there = "cd /sys/kernel/tracing && { test -e trace || mount -t tracefs tracefs .; }"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f"{there} && cd $PWD && {command}"],
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise CannotRun(f"no kernel trace: {done.stderr.strip()}; try `make doctor`")
    return done.stdout


def trace_mark(mark: str) -> None:
    tracefs(f"echo '{mark}' > trace_marker")


def trace_since(mark: str) -> str:
    """What BPF programs have printed since a mark, without reading it away."""
    since = tracefs("cat trace").rpartition(f"tracing_mark_write: {mark}\n")[2]
    return "\n".join(f"{time} {text}" for time, text in PRINTED.findall(since))
