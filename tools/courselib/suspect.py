# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What a block may not have in it, if what it is worth is to be what it does.

A block is some statements in the middle of a function. What reaches beyond that
function has no place in it: a macro would change the tests that follow, a brace too many
would begin functions of the student's own, which might replace those of the test kit, and
a few library functions talk to the grader, or end the test, behind the kit's back. No
solution needs any of it; tools/test_grade proves that of every reference.

It is a matter of text, so it finds what is written openly. Since there are no macros, no
assembly and no attributes in a block, a function that it uses is written openly.
"""

import re
from collections.abc import Iterator

LITERAL = re.compile(
    r'"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?\*/", re.S
)
SPLICED = re.compile(r"\\[ \t]*\n")
CONTROL = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
MAX_LENGTH = 20_000  # the longest solution has 1,000
OPEN, CLOSE = "({[", ")}]"

# Words of the language and of compilers that leave the function, or hide what is meant.
LANGUAGE = """asm __asm __asm__ __attribute __attribute__ _Pragma __pragma extern SEC
    TEST TEST_SETUP __CONCAT __builtin_frame_address __builtin_return_address __builtin_apply
    __builtin_longjmp __builtin_setjmp"""
# Functions that end the test or talk to whoever watches it, start programs, or write
# files and memory that are not the program's own; and those of the kit.
FUNCTIONS = """
    exit _exit _Exit quick_exit atexit on_exit at_quick_exit syscall
    fork vfork clone clone3 execl execle execlp execv execve execvp execvpe execveat fexecve
    posix_spawn posix_spawnp system popen kill killpg tkill tgkill sigqueue pidfd_send_signal raise signal
    prlimit setrlimit main sigaction setjmp _setjmp sigsetjmp longjmp _longjmp siglongjmp setcontext swapcontext
    makecontext ptrace prctl process_vm_readv process_vm_writev pthread_create thrd_create
    write writev pwrite pwritev send sendto sendmsg sendmmsg dprintf vdprintf sendfile
    splice vmsplice tee copy_file_range open open64 openat openat2 creat fopen fopen64
    fdopen freopen fopencookie tmpfile mkstemp wordexp truncate ftruncate dup dup2 dup3 fcntl ioctl mmap mmap64 mremap mprotect shm_open
    memfd_create io_uring_setup rename renameat link linkat symlink unlink unlinkat mount
    umount umount2 unshare setns chroot pivot_root dlopen dlmopen dlsym dlvsym
    bpf_probe_read bpf_probe_read_user bpf_probe_read_kernel bpf_probe_read_user_str
    bpf_probe_read_kernel_str bpf_probe_write_user bpf_copy_from_user
    skip test_fail test_register test_set_up"""
REFUSED = frozenset(FUNCTIONS.split())
OF_TESTS = re.compile(r"test_check_|kit_|CU_|sandbox_|capture_|inject_|pcap_|___")
OF_LIBRARIES = re.compile(r"json_(?:dump|load)(?:_file|fd|f)\b|BIO_|_IO_|mq_|aio_")
# glibc has most functions by other names, too: __write(), __open64_2(), __longjmp_chk().
OTHER_NAME = re.compile(r"_*(\w+?)(?:64)?(?:_2|_chk)?")
NEVER = frozenset(LANGUAGE.split())
WORD = re.compile(r"(?<![\w.])(?:__builtin_)?([A-Za-z_]\w*)")
MEMBER = re.compile(r"(?:\.|->)\s*\Z")
# "int send = 0;", which makes it the name of something harmless.
DECLARED = r"\b(?!return\b|else\b|goto\b)[A-Za-z_]\w*[\s*]+{}\s*(?:[=;,\[]|\Z)"


def faults(code: str) -> Iterator[str]:
    """Why a block must not be compiled, in sentences that go on after a colon."""
    if len(code) > MAX_LENGTH:
        yield f"it has more than {MAX_LENGTH:,} characters"
    if found := CONTROL.search(code):
        yield f"it has the control character U+{ord(found[0]):04X}"
    if code.rstrip(" \t\n").endswith("\\"):
        yield "its last line ends in a backslash"
    bare = without_literals(code)
    yield from open_ends(bare)
    if re.search(r"^\s*#", bare, re.M):
        yield "it has a line that begins with #, which is for the compiler's preprocessor"
    if found := re.search(r"<%|%>|<:|:>|%:|\?\?[=/'()!<>-]", bare):
        yield f"it has {found[0]}, which stands for another character"
    yield from brackets(bare)
    yield from words(bare)


def without_literals(code: str) -> str:
    """The code without comments, and with nothing in its strings."""

    def blank(found: re.Match[str]) -> str:
        lines = "\n" * found[0].count("\n")
        return f"{found[0][0]}{found[0][0]}{lines}" if found[0][0] in "\"'" else f" {lines}"

    return LITERAL.sub(blank, SPLICED.sub("", code))


def open_ends(bare: str) -> Iterator[str]:
    rest = bare.replace('""', "").replace("''", "")
    if '"' in rest or "'" in rest:
        yield "it has a quotation mark without another"
    if "/*" in bare or "*/" in bare:
        yield "it has half of a comment"
    if re.search(r'\b(?:R|LR|uR|UR|u8R)"', bare):
        yield "it has a raw string"


def brackets(bare: str) -> Iterator[str]:
    waiting: list[str] = []
    for character in bare:
        if character in OPEN:
            waiting.append(CLOSE[OPEN.index(character)])
        elif character in CLOSE and (not waiting or waiting.pop() != character):
            yield f"it has a {character} without its beginning"
            return
    if waiting:
        yield f"it has a bracket without its {waiting[-1]}"


def words(bare: str) -> Iterator[str]:
    for found in WORD.finditer(bare):
        word = found[1]
        if {word, found[0]} & NEVER:
            yield f"it has the word {found[0]}"
        elif is_refused(word) and not is_member(bare, found.start()):
            called = re.match(r"\s*\(", bare[found.end() :])
            if called or not re.search(DECLARED.format(word), bare):
                yield f"it uses {word}(), which no block needs"


def is_refused(word: str) -> bool:
    names = {word, OTHER_NAME.fullmatch(word)[1]}
    return bool(names & REFUSED or OF_TESTS.match(word) or OF_LIBRARIES.match(word))


def is_member(bare: str, at: int) -> bool:
    return bool(MEMBER.search(bare[:at]))


# What a person should look at.

NUMBER = re.compile(r"\b(0[xX][0-9a-fA-F]{3,}|[1-9]\d{3,})[uUlL]*\b")


def oddities(code: str, tests: str, known: str) -> Iterator[str]:
    """What is not refused and still worth a look: numbers that only the tests have."""
    bare = without_literals(code)
    numbers = dict.fromkeys(NUMBER.findall(bare))
    only_tests = [n for n in numbers if in_text(n, tests) and not in_text(n, known)]
    if only_tests:
        yield f"only the tests have the same: {', '.join(only_tests)}"
    for word in dict.fromkeys(found[1] for found in WORD.finditer(bare)):
        if is_refused(word):
            yield f"it has something of its own called {word}"


def in_text(number: str, text: str) -> bool:
    return re.search(rf"\b{number}[uUlL]*\b", text, re.I) is not None


def printable(text: str) -> str:
    """For a terminal, which obeys control characters."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
