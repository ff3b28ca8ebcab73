// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The parent's half of the test kit. Each test is a child process, so that a
 * crash, a hang or a flood of output ends that test alone and becomes its
 * verdict.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/kit.h"

#define LIMIT_S	       10
#define OUTPUT_MAX     (1 << 20)
#define SANITIZER_EXIT 86   /* no test ends so by itself */
#define PLACE_MS       5000 /* to find out where a test hangs */

static void take_lines(struct result *r, const char *lines)
{
	for (size_t len; *lines; lines += len + (lines[len] == '\n')) {
		len = strcspn(lines, "\n");
		fprintf(r->telling, "%.*s\n", (int)len, lines);
	}
}

/* What comes after a failure cannot undo it. */
void kit_take_record(struct result *r, const char *record)
{
	const char *text = record + 1;

	if (*record == PASS || *record == SKIP) {
		size_t len = strlen(r->seal);

		if (strncmp(text, r->seal, len))
			return;
		text += len;
	}
	switch ((enum kind)record[0]) {
	case WHERE:
		snprintf(r->where, sizeof(r->where), "%s", text);
		break;
	case PCAP:
		snprintf(r->pcap, sizeof(r->pcap), "%s", text);
		break;
	case DETAIL:
		take_lines(r, text);
		break;
	case STEP:
		fprintf(r->telling, "%d. %s\n", r->steps++, text);
		break;
	case FAIL:
		fprintf(r->telling, "%d. %s\n", r->steps++, text);
		/* fallthrough */
	case SKIP:
		snprintf(r->message, sizeof(r->message), "%s", text);
		/* fallthrough */
	case PASS:
		if (r->status == RUNNING || r->status == PASSED)
			r->status = *record == FAIL ? FAILED :
				    *record == SKIP ? SKIPPED :
						      PASSED;
	}
}

/* False if there is nothing (more). */
static bool take_message(struct result *r, int fd)
{
	static char record[RECORD_MAX + 1];
	ssize_t len = recv(fd, record, RECORD_MAX, MSG_DONTWAIT);

	if (len <= 0)
		return false;
	record[len] = '\0';
	kit_take_record(r, record);
	return true;
}

/* Keeps the end of it. */
static bool take_output(struct result *r, int fd)
{
	char text[OUTPUT_KEPT];
	ssize_t len = read(fd, text, sizeof(text));
	size_t kept = strlen(r->output), cut;

	if (len <= 0)
		return false;
	for (ssize_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' && text[i] != '\n')
			text[i] = text[i] == '\t' ? ' ' : '?';
	cut = kept + len > OUTPUT_KEPT ? kept + len - OUTPUT_KEPT : 0;
	memmove(r->output, r->output + cut, kept - cut);
	memcpy(r->output + kept - cut, text, len);
	r->output[kept - cut + len] = '\0';
	r->printed += len;
	return r->printed <= OUTPUT_MAX;
}

long kit_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int limit_ms(const struct result *r)
{
	const char *longer = r->test->longer ? getenv(r->test->longer) : NULL;

	return patient_ms(1000 * (r->test->seconds ?: LIMIT_S)) +
	       1000 * (longer ? atoi(longer) : 0);
}

/*
 * Returns when the test has ended (RUNNING), or must be ended (TIMEOUT,
 * FLOODED). The pidfd says that it has ended.  The end of its output does not:
 * a program that the test has started may still hold the pipe open.
 */
static enum status listen_to(struct result *r, int told, int printed, int pidfd,
			     int limit)
{
	struct pollfd fds[] = { { told, POLLIN, 0 },
				{ printed, POLLIN, 0 },
				{ pidfd, POLLIN, 0 } };
	long deadline = kit_now_ms() + limit;

	while (!fds[2].revents) {
		long left = deadline - kit_now_ms();

		if (left <= 0)
			return TIMEOUT;
		if (poll(fds, 3, left) <= 0)
			continue;
		if (fds[0].revents && !take_message(r, told))
			fds[0].fd = -1;
		if (fds[1].revents && !take_output(r, printed))
			fds[1].fd = -1;
		if (r->printed > OUTPUT_MAX)
			return FLOODED;
	}
	while (take_message(r, told))
		;
	while (take_output(r, printed))
		;
	return RUNNING;
}

void kit_say(struct result *r, enum status status, const char *format, ...)
{
	va_list args;

	r->status = status;
	va_start(args, format);
	vsnprintf(r->message, sizeof(r->message), format, args);
	va_end(args);
	fprintf(r->telling, "%d. %s\n", r->steps++, r->message);
}

/*
 * How ASan and UBSan end a process; its last lines say where.  In a sandbox that
 * is not root's something is preloaded, which ASan allows only if told so.
 */
const char *__asan_default_options(void)
{
	return "detect_leaks=0:print_legend=0:allocator_may_return_null=1:"
	       "verify_asan_link_order=0:"
	       "exitcode=" TEST_STRING(SANITIZER_EXIT);
}

const char *__ubsan_default_options(void)
{
	return __asan_default_options();
}

static char *line_of(char *text, const char *mark)
{
	char *at = strstr(text, mark);

	while (at && at > text && at[-1] != '\n')
		at--;
	return at;
}

/* Quotes the line that names the fault; the stack is cut below the test. */
static void say_fault(struct result *r)
{
	static const char summary[] = "SUMMARY: ";
	const char *line = line_of(r->output, "runtime error: ");
	char *kit = line_of(r->output, " in kit_run_body ");

	if (!line)
		line = strstr(r->output, summary) ?: "a sanitizer";
	if (!strncmp(line, summary, strlen(summary)))
		line += strlen(summary);
	kit_say(r, CRASHED, "%.*s", (int)strcspn(line, "\n"), line);
	if (kit)
		*kit = '\0';
}

/* The stack of the test, which SIGBUS has made it print, is no output of its. */
static void say_late(struct result *r)
{
	static const char begin[] = "AddressSanitizer:DEADLYSIGNAL";
	char *stack = strstr(r->output, begin), place[400] = "";

	if (stack) {
		kit_find_place(stack, place, sizeof(place));
		*stack = '\0';
	}
	kit_say(r, TIMEOUT, "not done after %g s: stopped%s", limit_ms(r) / 1e3,
		place);
}

/* A nested sandbox hands on a signal as a shell does, as 128 + its number. */
static void judge(struct result *r, enum status stopped, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) :
		     code > 128		 ? code - 128 :
					   0;

	if (r->status == FAILED || r->status == SKIPPED)
		return;
	if (stopped == TIMEOUT)
		say_late(r);
	else if (stopped == FLOODED)
		kit_say(r, FLOODED, "printed more than %d KiB: stopped",
			OUTPUT_MAX >> 10);
	else if (signal)
		kit_say(r, CRASHED, "killed by signal %d (%s)", signal,
			strsignal(signal));
	else if (code == SANITIZER_EXIT)
		say_fault(r);
	else if (r->status == RUNNING)
		kit_say(r, CRASHED, "ended early, with exit status %d", code);
	else if (code)
		kit_say(r, CRASHED,
			"all checks hold, but its exit status is %d", code);
}

/* Becomes the test. No core file, and no end later than the parent's. */
static _Noreturn void be_test(struct result *r, int (*set_up)(void), int told,
			      int printed, pid_t parent)
{
	const struct rlimit none = {};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	dup2(null, STDIN_FILENO);
	dup2(printed, STDOUT_FILENO);
	dup2(printed, STDERR_FILENO);
	kit_run_body(r, set_up, told);
	exit(EXIT_SUCCESS);
}

static int make_seal(struct result *r)
{
	unsigned char bytes[SEAL_BYTES];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -1;
	for (size_t i = 0; i < sizeof(bytes); i++)
		sprintf(r->seal + 2 * i, "%02x", bytes[i]);
	return 0;
}

void kit_run_forked(struct result *r, int (*set_up)(void))
{
	int told[2], printed[2], pidfd, status;
	pid_t parent = getpid(), child;
	enum status stopped;

	fflush(NULL);
	if (make_seal(r) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, told) ||
	    pipe2(printed, O_CLOEXEC) || (child = fork()) < 0) {
		kit_say(r, SKIPPED, "set-up: cannot start it: %s",
			strerror(errno));
		return;
	}
	if (!child)
		be_test(r, set_up, told[1], printed[1], parent);
	setpgid(child, child);
	close(told[1]);
	close(printed[1]);
	fcntl(printed[0], F_SETFL, O_NONBLOCK);
	pidfd = syscall(SYS_pidfd_open, child, 0);
	stopped = listen_to(r, told[0], printed[0], pidfd, limit_ms(r));
	if (stopped == TIMEOUT) {
		kill(child, SIGBUS);
		listen_to(r, told[0], printed[0], pidfd, patient_ms(PLACE_MS));
	}
	kill(-child, SIGKILL);
	waitpid(child, &status, 0);
	judge(r, stopped, status);
	close(told[0]);
	close(printed[0]);
	close(pidfd);
}
