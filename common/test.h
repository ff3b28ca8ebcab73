/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The test kit: main() of a test program, and what its tests say and check.
 *
 *	TEST("2.3.b", fan_out_skips_sender, "everyone but the sender gets it")
 *	{
 *		step("sent RTP seq=%u as alice", seq);
 *		check_uint("copies", 2, captured);
 *	}
 *
 * CUnit runs the tests in the order of their ids, each in a child process of
 * its own, with a time limit and /dev/null as its input. The first check that
 * does not hold ends a test and makes it tell its story: the steps, the
 * difference, what it printed, and how to run it again. A crash, an early
 * exit, a hang and a flood of output are verdicts like any other. Checks hold
 * in processes that a test forks as well; not in threads.  A test that fails
 * while the machine has dropped frames of anybody's is run again.
 */
#ifndef COMMON_TEST_H
#define COMMON_TEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/packet.h"
#include "common/patience.h"

struct test {
	const char *id, *title;
	void (*run)(void);
	int seconds;	    /* limit, times patience(); 0: 10 */
	const char *longer; /* environment variable: seconds on top of that */
	bool native;	    /* needs no set-up: runs where that is impossible */
	bool isolated;	    /* runs the set-up again, for itself alone */
	bool hidden;	    /* runs only if its full id is asked for */
};

/* Options follow the title: TEST("1.1.a", f, "title", .seconds = 30) { ... } */
#define TEST(ID, NAME, TITLE, ...)                                             \
	static void NAME(void);                                                \
	__attribute__((constructor)) static void register_##NAME(void)         \
	{                                                                      \
		static const struct test test = {                              \
			.id = ID, .title = TITLE, .run = NAME, __VA_ARGS__     \
		};                                                             \
		test_register(&test);                                          \
	}                                                                      \
	static void NAME(void)

/*
 * int SETUP(void) runs once, before the first test that is not native; every
 * such test finds what it left. It may call sandbox_enter(). It returns 0 if
 * all is well. After negative errno the tests are skipped: this machine is not
 * fit for them. After 1 they fail: a program that is to be tested does not do
 * what the set-up needs. The reason that is shown is the last error that was
 * logged.
 */
#define TEST_SETUP(SETUP)                                                      \
	__attribute__((constructor)) static void register_set_up(void)         \
	{                                                                      \
		test_set_up(SETUP);                                            \
	}

/*
 * For what tests share, such as a server: `mend` is called after each test, in
 * the process that ran the set-up.  If something has died it says in `words` what
 * and why, and starts it again.  Then it returns true: the test has crashed, and
 * the others of its block are not run.
 */
void test_look_after(bool (*mend)(char *words, size_t size));

/*
 * Finds the last words of a program that called crash_report(), in what it has
 * printed: "SIGSEGV in f() at file.c:12".  Returns false if there are none.
 */
bool test_find_crash(const char *printed, char *words, size_t size);

void test_register(const struct test *test);
void test_set_up(int (*set_up)(void));

/* A line of the story, which is told only if the test fails. */
void step(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What was measured: a line of JSON at the end of $SWIFTCALL_FIGURES, if set. */
void figure(const char *name, double value);

/* Ends the test: why it cannot run here. */
_Noreturn void skip(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Skip the test where there can be no tun device, or where no such user is. */
void need_tun(void);
void need_user(uid_t uid);

/* Ends the test: what was expected, and what came instead. */
#define fail(...) test_fail(TEST_HERE, __VA_ARGS__)

/* The text after the condition says, in a sentence, what is wrong if not. */
#define check_true(condition, ...)                                             \
	((condition) ? (void)0 : test_fail(TEST_HERE, __VA_ARGS__))

#define check_int(what, expected, got)                                         \
	test_check_int(TEST_HERE, what, expected, got)
#define check_uint(what, expected, got)                                        \
	test_check_uint(TEST_HERE, what, expected, got)
/* Of a number that people write in hex: an EtherType, a checksum. */
#define check_bits(what, expected, got)                                        \
	test_check_bits(TEST_HERE, what, expected, got)
#define check_str(what, expected, got)                                         \
	test_check_str(TEST_HERE, what, expected, got)

/* Compares len bytes. */
#define check_hex(what, expected, got, len)                                    \
	test_check_hex(TEST_HERE, what, expected, got, len)

/* Compares frames. If they differ both are saved in build/check/ID.pcap. */
#define check_packet(expected, got) test_check_packet(TEST_HERE, expected, got)

/* Checks the sums of a frame (all that packet_bad_checksum() does). */
#define check_checksums(packet) test_check_checksums(TEST_HERE, packet)

/* The path of a file beside this program, until the next call. */
const char *test_beside(const char *name);

#define TEST_STRING_(x) #x
#define TEST_STRING(x)	TEST_STRING_(x)
#define TEST_HERE	__FILE__ ":" TEST_STRING(__LINE__)

_Noreturn void test_fail(const char *where, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void test_check_int(const char *where, const char *what, int64_t expected,
		    int64_t got);
void test_check_uint(const char *where, const char *what, uint64_t expected,
		     uint64_t got);
void test_check_bits(const char *where, const char *what, uint64_t expected,
		     uint64_t got);
void test_check_str(const char *where, const char *what, const char *expected,
		    const char *got);
void test_check_hex(const char *where, const char *what, const void *expected,
		    const void *got, size_t len);
void test_check_packet(const char *where, const struct frame *expected,
		       const struct frame *got);
void test_check_checksums(const char *where, const struct frame *p);

#endif
