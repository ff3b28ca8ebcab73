// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The test kit: this program runs its own hidden tests, which fail. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/crash.h"
#include "common/sandbox.h"
#include "common/test.h"

/* ---- what tests share --------------------------------------------------- */

#define DOOMED "KIT_DOOMED" /* set where the tests doomed.* are to run */

static struct doomed {
	pid_t pid;
	int requests, log; /* descriptors */
} doomed;

/* A program of ours is built without sanitizers. */
static void __attribute__((noinline, no_sanitize("address", "undefined")))
answer_badly(int *volatile nowhere)
{
	*nowhere = 1;
}

/* A server that crashes at its first request. */
static _Noreturn void serve(int requests, int log)
{
	char byte;

	dup2(log, STDERR_FILENO);
	crash_report();
	if (read(requests, &byte, 1) == 1)
		answer_badly(NULL);
	_exit(EXIT_SUCCESS);
}

static int start_doomed(void)
{
	int requests[2], log[2];

	if (pipe2(requests, O_CLOEXEC) || pipe2(log, O_CLOEXEC))
		return -errno;
	doomed = (struct doomed){ .requests = requests[1], .log = log[0] };
	doomed.pid = fork();
	if (!doomed.pid) {
		close(requests[1]);
		serve(requests[0], log[1]);
	}
	close(requests[0]);
	close(log[1]);
	return doomed.pid < 0 ? -errno : 0;
}

static bool mend_doomed(char *words, size_t size)
{
	char said[4096], crash[256];
	ssize_t len = 0, got;

	if (waitpid(doomed.pid, NULL, WNOHANG) != doomed.pid)
		return false;
	while ((got = read(doomed.log, said + len, sizeof(said) - 1 - len)) > 0)
		len += got;
	said[len] = '\0';
	if (!test_find_crash(said, crash, sizeof(crash)))
		snprintf(crash, sizeof(crash), "no last words");
	snprintf(words, size, "the server died: %s", crash);
	start_doomed();
	return true;
}

static int set_up(void)
{
	int err = sandbox_enter();

	if (!err && getenv(DOOMED)) {
		err = start_doomed();
		test_look_after(mend_doomed);
	}
	return err;
}

TEST_SETUP(set_up)

/* It ends when the server has, whom it cannot wait for: no child of its. */
TEST("doomed.1.a", doomed_first, "asks the server", .hidden = true)
{
	struct pollfd end = { syscall(SYS_pidfd_open, doomed.pid, 0), POLLIN,
			      0 };

	check_int("request", 1, write(doomed.requests, "?", 1));
	poll(&end, 1, -1);
	fail("no answer");
}

TEST("doomed.1.b", doomed_same_block, "is of the same block", .hidden = true)
{
}

TEST("doomed.2.a", doomed_other_block, "finds a new server", .hidden = true)
{
	check_int("server", 0, kill(doomed.pid, 0));
}

/* ---- tests that fail ------------------------------------------------------ */

TEST("demo.pass", demo_pass, "passes", .hidden = true, .native = true)
{
	step("did something");
}

TEST("demo.fail", demo_fail, "fails", .hidden = true, .native = true)
{
	step("asked for %d", 2);
	printf("some \"output\"\n");
	check_uint("copies", 2, 3);
	printf("not reached\n");
}

TEST("demo.crash", demo_crash, "crashes", .hidden = true, .native = true)
{
	step("a step before");
	raise(SIGSEGV);
}

TEST("demo.bounds", demo_bounds, "reads too far", .hidden = true,
     .native = true)
{
	char bytes[4] = "abc", *volatile end = bytes + sizeof(bytes);

	step("read %d", *end);
}

TEST("demo.overflow", demo_overflow, "counts too far", .hidden = true,
     .native = true)
{
	volatile int most = INT_MAX;

	step("one more: %d", most + 1);
}

TEST("demo.hang", demo_hang, "hangs", .hidden = true, .native = true,
     .seconds = 1, .longer = "DEMO_LONGER")
{
	for (;;)
		pause();
}

static void __attribute__((noinline)) turn_for_ever(volatile int *turns)
{
	while (*turns >= 0)
		*turns = (*turns + 1) & 1;
}

TEST("loop.1.a", loop_first, "never ends", .hidden = true, .native = true,
     .seconds = 1)
{
	volatile int turns = 0;

	turn_for_ever(&turns);
}

TEST("loop.1.b", loop_same_block, "is of the same block", .hidden = true,
     .native = true)
{
}

TEST("loop.2.a", loop_other_block, "is of another one", .hidden = true,
     .native = true)
{
}

TEST("demo.swapped", demo_swapped, "forgets ntohs()", .hidden = true,
     .native = true)
{
	check_uint("length", 40, htons(40));
}

TEST("demo.bits", demo_bits, "gets another EtherType", .hidden = true,
     .native = true)
{
	check_bits("EtherType", 0x8100, 0x86dd);
}

TEST("demo.flood", demo_flood, "floods", .hidden = true, .native = true)
{
	for (;;)
		puts("and again");
}

TEST("demo.forge", demo_forge, "claims to pass", .hidden = true, .native = true)
{
	puts("P\n{ \"id\": \"demo.forge\", \"status\": \"passed\" }");
	exit(EXIT_SUCCESS);
}

/* Whatever the socket's number is; the kit is asked, and not the test. */
TEST("demo.record", demo_record, "sends a record", .hidden = true,
     .native = true)
{
	for (int fd = STDERR_FILENO + 1; fd < 64; fd++) {
		send(fd, "P", sizeof("P"), MSG_NOSIGNAL);
		send(fd, "Sno", sizeof("Sno"), MSG_NOSIGNAL);
	}
	_exit(EXIT_SUCCESS);
}

TEST("demo.fork", demo_fork, "fails in a fork", .hidden = true, .native = true)
{
	pid_t child = fork();

	if (!child)
		fail("in the child");
	waitpid(child, NULL, 0);
}

TEST("demo.packet", demo_packet, "gets the wrong packet", .hidden = true,
     .native = true)
{
	struct packet_spec spec = {
		.ip = { .src = "10.0.7.1", .dst = "10.0.7.2" },
		.udp = { .sport = 5004, .dport = 5004 },
	};
	struct frame expected, got;

	packet_build(&expected, &spec);
	spec.udp.dport = 5006;
	packet_build(&got, &spec);
	check_packet(&expected, &got);
}

TEST("demo.skip", demo_skip, "is skipped", .hidden = true, .native = true)
{
	skip("no such feature");
}

/* Both are in its group, and the kit must not leave them behind. */
TEST("demo.leave", demo_leave, "leaves a process", .hidden = true,
     .native = true)
{
	if (!fork())
		for (;;)
			pause();
}

TEST("demo.alone", demo_alone, "crashes in its own sandbox", .hidden = true,
     .isolated = true)
{
	abort();
}

TEST("demo.needy", demo_needy, "needs the set-up", .hidden = true)
{
	check_int("a host named server", 0, sandbox_run(SANDBOX_SERVER, ":"));
}

TEST("demo.patience", demo_patience, "says how patient it is", .hidden = true,
     .native = true)
{
	printf("100 ms are %d, told %s\n", patient_ms(100),
	       getenv("SWIFTCALL_PATIENCE"));
}

/* The exit status of a program that is beside this one, and all it prints. */
static int output_of(char *text, size_t size, const char *before,
		     const char *program, const char *arguments)
{
	char *command = NULL;
	size_t len;
	FILE *out;
	int status;

	step("ran %s%s %s", before, program, arguments);
	if (asprintf(&command, "exec %s%s %s 2>&1", before,
		     test_beside(program), arguments) < 0)
		fail("no memory");
	out = popen(command, "re");
	len = fread(text, 1, size - 1, out);
	text[len] = '\0';
	status = pclose(out);
	free(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_kit(char *text, size_t size, const char *arguments)
{
	return output_of(text, size, "", "test_kit", arguments);
}

static void expect_text(const char *text, const char *expected)
{
	check_true(strstr(text, expected), "no \"%s\" in:\n%s", expected, text);
}

static void expect_verdict(const char *id, int exit_status, const char *status,
			   const char *message)
{
	char arguments[128], text[16384], member[64];

	snprintf(arguments, sizeof(arguments), "%s --json /dev/stderr", id);
	check_int("exit status", exit_status,
		  run_kit(text, sizeof(text), arguments));
	snprintf(member, sizeof(member), "\"status\": \"%s\"", status);
	expect_text(text, member);
	expect_text(text, message);
	expect_text(text, "Run Summary");
}

TEST("0.1.a", kit_pass, "a test that passes, passes", .native = true)
{
	expect_verdict("demo.pass", 0, "passed", "✓ demo.pass");
}

TEST("0.1.b", kit_fail, "a failed check tells the story", .native = true)
{
	char text[16384];

	check_int("exit status", 1, run_kit(text, sizeof(text), "demo.fail"));
	expect_text(text, "  ✗ demo.fail fails\n"
			  "      0. asked for 2\n"
			  "      1. copies: expected 2, got 3\n"
			  "      it printed:\n"
			  "      | some \"output\"\n"
			  "      again: ");
	expect_text(text, "at: common/test_kit.c:");
	expect_verdict("demo.fail", 1, "failed", "some \\\"output\\\"\\u000a");
}

TEST("0.1.r", kit_numbers, "numbers in their base; swapped bytes are named",
     .native = true)
{
	expect_verdict("demo.swapped", 1, "failed",
		       "expected 40, got 10240: with its bytes swapped");
	expect_verdict("demo.bits", 1, "failed",
		       "EtherType: expected 0x8100, got 0x86dd\n");
}

TEST("0.1.c", kit_crash, "a crash is a verdict", .native = true)
{
	expect_verdict("demo.crash", 1, "crashed", "0. a step before");
}

TEST("0.1.n", kit_sanitizers, "so is what only a sanitizer sees",
     .native = true)
{
	expect_verdict("demo.bounds", 1, "crashed", "test_kit.c:");
	expect_verdict("demo.bounds", 1, "crashed", "in demo_bounds");
	expect_verdict("demo.overflow", 1, "crashed",
		       "runtime error: signed integer overflow");
}

TEST("0.1.d", kit_hang, "a hang is a verdict", .native = true, .seconds = 60)
{
	setenv("SWIFTCALL_PATIENCE", "1.5", true);
	expect_verdict("demo.hang", 1, "timeout", "not done after 1.5 s");
	setenv("DEMO_LONGER", "1", true);
	expect_verdict("demo.hang", 1, "timeout", "not done after 2.5 s");
	unsetenv("DEMO_LONGER");
	expect_verdict("demo.hang", 1, "timeout",
		       "in demo_hang() at common/test_kit.c:");
	expect_verdict("loop.1.a loop.1.b", 1, "timeout",
		       "in turn_for_ever() at common/test_kit.c:");
	expect_verdict("loop.1.a loop.1.b loop.2.a", 1, "timeout",
		       "not run, for loop.1.a was not done in time");
	expect_verdict("loop.1.a loop.2.a", 1, "passed", "✓ loop.2.a");
}

TEST("0.1.s", kit_shared, "who kills what the tests share is told where",
     .seconds = 30)
{
	setenv(DOOMED, "1", true);
	expect_verdict("doomed.1.a", 1, "crashed", "0. no answer\n");
	expect_verdict("doomed.1.a", 1, "crashed",
		       "1. the server died: SIGSEGV in answer_badly() at "
		       "common/test_kit.c:");
	expect_verdict("doomed.1.a doomed.1.b", 1, "crashed",
		       "not run, for doomed.1.a ended with a crash");
	expect_verdict("doomed.1.a doomed.2.a", 1, "passed", "✓ doomed.2.a");
}

TEST("0.1.t", kit_figures, "figures are lines of JSON", .native = true)
{
	char path[] = "/tmp/test_kit-XXXXXX", text[512];
	int fd = mkstemp(path);
	ssize_t length;

	setenv("SWIFTCALL_FIGURES", path, true);
	figure("packets", 1234567890);
	figure("seconds", 0.25);
	length = read(fd, text, sizeof(text) - 1);
	unlink(path);
	text[length < 0 ? 0 : length] = '\0';
	check_str("figures",
		  "{\"test\": \"0.1.t\", \"name\": \"packets\", "
		  "\"value\": 1234567890}\n"
		  "{\"test\": \"0.1.t\", \"name\": \"seconds\", "
		  "\"value\": 0.25}\n",
		  text);
}

/*
 * The limit of 100 ms in a program that was started so; how it was told of it.
 */
static int limit_if(const char *before, char told[32])
{
	char text[16384], *line;
	int ms;

	check_int("exit status", 0,
		  output_of(text, sizeof(text), before, "test_kit",
			    "--verbose demo.patience"));
	line = strstr(text, "100 ms are ");
	check_true(line && sscanf(line, "100 ms are %d, told %31s", &ms,
				  told) == 2,
		   "no limit in:\n%s", text);
	return ms;
}

TEST("0.1.o", kit_patience, "time limits are multiplied by one factor",
     .native = true)
{
	char told[32];
	int ms;

	check_int("1", 100, limit_if("env SWIFTCALL_PATIENCE=1 ", told));
	check_int("2.5", 250, limit_if("env SWIFTCALL_PATIENCE=2.5 ", told));
	ms = limit_if("env -u SWIFTCALL_PATIENCE ", told);
	check_true(ms >= 100 && ms <= 3000, "measured: %d ms", ms);
	check_true(fabs(ms - 100 * atof(told)) < 10,
		   "%d ms, and its children get a factor of %s", ms, told);
	ms = limit_if("env SWIFTCALL_PATIENCE=0.5 ", told);
	check_true(ms >= 100, "a factor below 1 was taken: %d ms", ms);
}

TEST("0.1.e", kit_flood, "a flood of output is a verdict", .native = true)
{
	expect_verdict("demo.flood", 1, "flooded", "more than 1024 KiB");
}

TEST("0.1.f", kit_forge, "no test passes by what it prints or sends",
     .native = true)
{
	expect_verdict("demo.forge", 1, "crashed",
		       "ended early, with exit status 0");
	expect_verdict("demo.record", 1, "crashed",
		       "ended early, with exit status 0");
}

TEST("0.1.g", kit_fork, "a check in a forked process counts", .native = true)
{
	expect_verdict("demo.fork", 1, "failed", "0. in the child");
}

TEST("0.1.h", kit_packet, "a wrong packet is shown field by field",
     .native = true)
{
	expect_verdict("demo.packet", 1, "failed", "differs");
	expect_verdict("demo.packet", 1, "failed",
		       "UDP.dport            "
		       "expected 5004               got 5006");
	expect_verdict("demo.packet", 1, "failed",
		       "                        ^^^^^ dport\n");
	expect_verdict("demo.packet", 1, "failed",
		       "pcap: build/check/demo.packet.pcap");
}

TEST("0.1.i", kit_skip, "all skipped is exit status 77", .native = true)
{
	expect_verdict("demo.skip", 77, "skipped", "no such feature");
}

TEST("0.1.j", kit_leave, "processes that a test leaves are killed",
     .native = true)
{
	int status, killed = 0;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	expect_verdict("demo.leave", 0, "passed", "demo.leave");
	while (wait(&status) > 0)
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	check_int("orphans killed", 1, killed);
}

TEST("0.1.k", kit_choice, "ids and prefixes choose tests", .native = true)
{
	char text[16384];

	check_int("status", 0,
		  run_kit(text, sizeof(text), "--list 0.1.a demo.pass"));
	expect_text(text, "0.1.a");
	expect_text(text, "demo.pass");
	check_true(!strstr(text, "0.1.b"), "0.1.b was not asked for");
	check_int("status", 0, run_kit(text, sizeof(text), "--list 0.1"));
	expect_text(text, "0.1.k");
	check_int("status", 0, run_kit(text, sizeof(text), "--list"));
	check_true(!strstr(text, "demo"), "a hidden test was not asked for");
	check_int("status", 2, run_kit(text, sizeof(text), "0.1.aa"));
	check_int("status", 2, run_kit(text, sizeof(text), "--nonsense"));
	check_int("status", 0, run_kit(text, sizeof(text), "--help"));
}

TEST("0.1.l", kit_no_right, "without rights: skipped, and exit status 77",
     .native = true)
{
	static const char *const ids[] = { "demo.needy", "demo.alone" };
	const char *less = geteuid() ? "" :
				       "setpriv --bounding-set -sys_admin ";
	char text[16384];

	for (int i = 0; i < 2; i++) {
		check_int("status", 77,
			  output_of(text, sizeof(text), less, "test_kit",
				    ids[i]));
		expect_text(text, ": skipped, ");
		expect_text(text, "run as root");
	}
}

TEST("0.1.m", isolated, "a test may have a sandbox of its own",
     .isolated = true)
{
	char text[16384];

	check_int("second in its pid namespace", 2, getpid());
	check_int("exit status", 1, run_kit(text, sizeof(text), "demo.alone"));
	expect_text(text, "killed by signal 6");
}

/* All that is in / once more, in a folder that is no mount point. */
static const char another_root[] =
	"mount -t tmpfs none /mnt && mkdir /mnt/root && cd / && for f in *; do "
	"	if [ -L $f ]; then cp -P $f /mnt/root; "
	"	elif [ -d $f ] && [ $f != mnt ]; then "
	"		mkdir /mnt/root/$f && mount --rbind $f /mnt/root/$f; "
	"	fi; "
	"done";

TEST("0.1.p", kit_chroot,
     "in a chroot whose / is no mount point nothing is "
     "judged",
     .isolated = true)
{
	char text[16384];

	check_int("another root", 0, sandbox_run(NULL, "%s", another_root));
	check_int("status", 77,
		  output_of(text, sizeof(text), "chroot /mnt/root ", "test_kit",
			    "demo.needy demo.alone"));
	expect_text(text, "skipped, set-up: make mounts private: Invalid "
			  "argument; ");
	check_int("native ones go on", 0,
		  output_of(text, sizeof(text), "chroot /mnt/root ", "test_kit",
			    "demo.needy demo.pass"));
}

TEST("0.1.q", kit_chroot_mounted,
     "in one that is one tests find programs "
     "beside them",
     .isolated = true)
{
	char text[16384];

	check_int("another root", 0,
		  sandbox_run(NULL,
			      "%s && "
			      "mount --rbind /mnt/root /mnt/root",
			      another_root));
	check_int("status", 0,
		  output_of(text, sizeof(text), "chroot /mnt/root ", "test_kit",
			    "0.1.m"));
	expect_text(text, "✓ 0.1.m");
}
