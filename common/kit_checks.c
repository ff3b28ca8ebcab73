// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The child's half of the test kit: it runs one test, and sends each step and
 * the first check that does not hold to the parent (kit_run.c), as a record
 * that starts with its kind. A check never returns after a failure: it jumps
 * out of the test.
 */
#include <byteswap.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/kit.h"
#include "common/lend.h"
#include "common/log.h"

#define PCAP_DIR "build/check"

static struct result *current;
static int channel = -1; /* -1: there is no parent (--no-fork) */
static jmp_buf end_of_test;
static pid_t test_pid;
static char folder[4096]; /* where this program is, with a slash */

static void tell_va(enum kind kind, const char *format, va_list args)
{
	static char record[RECORD_MAX];
	int len;

	record[0] = kind;
	len = vsnprintf(record + 1, sizeof(record) - 1, format, args) + 2;
	if (len > RECORD_MAX)
		len = RECORD_MAX;
	if (channel < 0)
		kit_take_record(current, record);
	else
		send(channel, record, len, MSG_NOSIGNAL);
}

static void tell(enum kind kind, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell_va(kind, format, args);
	va_end(args);
}

/* A process that the test forked must not go on as if it were the test. */
static _Noreturn void end_test(void)
{
	if (getpid() != test_pid)
		_exit(EXIT_FAILURE);
	longjmp(end_of_test, 1);
}

void step(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell_va(STEP, format, args);
	va_end(args);
}

void figure(const char *name, double value)
{
	const char *path = getenv("SWIFTCALL_FIGURES");
	FILE *f = path ? fopen(path, "ae") : NULL;

	if (!f)
		return;
	fprintf(f, "{\"test\": \"%s\", \"name\": \"%s\", \"value\": %.10g}\n",
		current->test->id, name, value);
	fclose(f);
}

void skip(const char *format, ...)
{
	char why[sizeof(current->message)];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	tell(SKIP, "%s%s", current->seal, why);
	end_test();
}

void need_tun(void)
{
	static const char tun[] = "/dev/net/tun";

	if (!access(tun, R_OK | W_OK))
		return;
	if (errno == EACCES)
		skip("needs root: %s is not for this user", tun);
	skip("%s: %s; modprobe tun; in a container: --privileged", tun,
	     strerror(errno));
}

void need_user(uid_t uid)
{
	if (!lend_has_user(uid))
		skip("needs root: a sandbox that is not root's has no user but "
		     "the one who made it");
}

void test_fail(const char *where, const char *format, ...)
{
	va_list args;

	tell(WHERE, "%s", where);
	va_start(args, format);
	tell_va(FAIL, format, args);
	va_end(args);
	end_test();
}

/* Most of what should be 0 and is not is a negative errno. */
static const char *errno_name(int64_t expected, int64_t got)
{
	return !expected && got < 0 && got > INT_MIN ? strerrorname_np(-got) :
						       NULL;
}

void test_check_int(const char *where, const char *what, int64_t expected,
		    int64_t got)
{
	const char *name = errno_name(expected, got);

	if (expected != got)
		test_fail(where, "%s: expected %lld, got %lld%s%s%s", what,
			  (long long)expected, (long long)got,
			  name ? " (as errno: " : "", name ?: "",
			  name ? ")" : "");
}

/* For those who have forgotten a ntohs() or ntohl(). */
static const char *swapped(uint64_t expected, uint64_t got)
{
	bool is_16 = expected <= UINT16_MAX && got == bswap_16(expected);
	bool is_32 = expected <= UINT32_MAX && got == bswap_32(expected);

	return is_16 || is_32 ? ": with its bytes swapped it would fit" : "";
}

void test_check_uint(const char *where, const char *what, uint64_t expected,
		     uint64_t got)
{
	if (expected != got)
		test_fail(where, "%s: expected %llu, got %llu%s", what,
			  (unsigned long long)expected, (unsigned long long)got,
			  swapped(expected, got));
}

void test_check_bits(const char *where, const char *what, uint64_t expected,
		     uint64_t got)
{
	if (expected != got)
		test_fail(where, "%s: expected 0x%04llx, got 0x%04llx%s", what,
			  (unsigned long long)expected, (unsigned long long)got,
			  swapped(expected, got));
}

void test_check_str(const char *where, const char *what, const char *expected,
		    const char *got)
{
	if (!got || strcmp(expected, got))
		test_fail(where, "%s: expected \"%s\", got %s%s%s", what,
			  expected, got ? "\"" : "", got ?: "nothing",
			  got ? "\"" : "");
}

static void tell_row(const char *who, const uint8_t *data, size_t len,
		     size_t at)
{
	char *row = NULL;
	size_t size;
	FILE *out = open_memstream(&row, &size);

	packet_hex_row(out, data, len, at);
	fclose(out);
	tell(DETAIL, "%-8s %s", who, row);
	free(row);
}

void test_check_hex(const char *where, const char *what, const void *expected,
		    const void *got, size_t len)
{
	const uint8_t *e = expected, *g = got;
	size_t i = 0;

	while (i < len && e[i] == g[i])
		i++;
	if (i == len)
		return;
	tell(WHERE, "%s", where);
	tell(FAIL, "%s: byte %zu: expected 0x%02x, got 0x%02x", what, i, e[i],
	     g[i]);
	tell_row("expected", e, len, i & ~15);
	tell_row("got", g, len, i & ~15);
	end_test();
}

static void save_pcap(const struct frame *expected, const struct frame *got)
{
	char path[128];
	FILE *pcap;

	snprintf(path, sizeof(path), PCAP_DIR "/%s.pcap", current->test->id);
	mkdir("build", 0755);
	mkdir(PCAP_DIR, 0755);
	pcap = pcap_create(path);
	if (!pcap)
		return;
	pcap_add(pcap, expected);
	pcap_add(pcap, got);
	if (!fclose(pcap))
		tell(PCAP, "%s", path);
}

void test_check_packet(const char *where, const struct frame *expected,
		       const struct frame *got)
{
	char *text = NULL;
	size_t size, differ;
	FILE *out;

	if (expected->len == got->len &&
	    !memcmp(expected->data, got->data, got->len))
		return;
	out = open_memstream(&text, &size);
	differ = packet_diff(out, expected, got);
	fclose(out);
	tell(WHERE, "%s", where);
	tell(FAIL, "the packet differs from the expected one in %zu field%s",
	     differ, differ == 1 ? "" : "s");
	tell(DETAIL, "%s", text);
	free(text);
	save_pcap(expected, got);
	end_test();
}

void test_check_checksums(const char *where, const struct frame *p)
{
	const char *wrong = packet_bad_checksum(p);
	const char *why =
		p->partial ? " (left to the hardware: see sandbox_offload)" :
			     "";

	if (wrong)
		test_fail(where, "%s is wrong%s", wrong, why);
}

/*
 * In a mount namespace that was made later the kernel may tell another path: in
 * a chroot, that from the root outside of it.
 */
void kit_find_program(void)
{
	ssize_t len = readlink("/proc/self/exe", folder, sizeof(folder) - 1);

	while (len > 0 && folder[len - 1] != '/')
		len--;
	folder[len > 0 ? len : 0] = '\0';
}

const char *test_beside(const char *name)
{
	static char path[sizeof(folder) + 256];

	snprintf(path, sizeof(path), "%s%s", folder, name);
	return path;
}

enum status kit_judge_set_up(int err, char *why, size_t size)
{
	const char *said = log_last_error();

	if (err == -EPERM && geteuid())
		snprintf(why, size,
			 "its set-up needs more rights: run as root");
	else
		snprintf(why, size, "set-up: %s",
			 *said || err > 0 ? said : strerror(-err));
	return err > 0 ? FAILED : SKIPPED;
}

void kit_run_body(struct result *r, int (*set_up)(void), int to)
{
	current = r;
	channel = to;
	test_pid = getpid();
	if (setjmp(end_of_test))
		return;
	if (r->test->isolated && set_up) {
		char why[sizeof(r->message)];
		int err = set_up();

		test_pid = getpid();
		if (err && kit_judge_set_up(err, why, sizeof(why)) == SKIPPED)
			skip("%s", why);
		if (err)
			fail("%s", why);
	}
	r->test->run();
	tell(PASS, "%s", current->seal);
}
