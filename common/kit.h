/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The test kit's parts share these declarations; tests include test.h only.
 *
 *	test.c		main(): chooses tests and has CUnit run them
 *	kit_run.c	runs one, in a child process, and judges it
 *	kit_checks.c	what a test says and checks, inside that child
 *	kit_place.c	finds where something has ended
 *	kit_report.c	tells the result, as text and as JSON
 */
#ifndef COMMON_KIT_H
#define COMMON_KIT_H

#include <stdbool.h>
#include <stdio.h>

#include "common/test.h"

#define OUTPUT_KEPT 4096 /* of the end of what a test prints */
#define RECORD_MAX  (64 << 10)
#define SEAL_BYTES  16

enum status { RUNNING, PASSED, FAILED, SKIPPED, CRASHED, TIMEOUT, FLOODED };

struct result {
	const struct test *test;
	enum status status;
	char seal[2 * SEAL_BYTES + 1]; /* of records that end well */
	long ms;
	char message[512];
	char where[128];   /* file:line of the check */
	char pcap[128];	   /* path of the file */
	bool broke_shared; /* what other tests need has died in it */
	int steps;
	FILE *telling; /* writes the story, in lines: */
	char *story;
	size_t story_len;
	size_t printed; /* bytes; the end of them: */
	char output[OUTPUT_KEPT + 1];
};

/*
 * A test reports in records, one per message, through a socket that the
 * programs it starts do not inherit.  The first byte of a record is its kind.
 * PASS and SKIP count only if the seal of this run comes before their text: code
 * under test that finds the socket does not know that.
 */
enum kind {
	STEP = '.',
	DETAIL = ' ',
	WHERE = '@',
	PCAP = 'C',
	FAIL = 'F',
	SKIP = 'S',
	PASS = 'P'
};

/*
 * Runs a test in this process.  If the process was forked for it, `channel` is
 * the socket that its records are sent to; if not, channel is -1, and the
 * records are handed to kit_take_record().
 */
void kit_run_body(struct result *r, int (*set_up)(void), int channel);

void kit_take_record(struct result *r, const char *record);

/* Remembers the path of this program; to be called before chdir or chroot. */
void kit_find_program(void);

/*
 * Returns how an error of the set-up counts, FAILED or SKIPPED, and says why.
 */
enum status kit_judge_set_up(int err, char *why, size_t size);

/* Milliseconds since some time. */
long kit_now_ms(void);

/* Runs a test in a child process and sets all of its result but the time. */
void kit_run_forked(struct result *r, int (*set_up)(void));

/* Sets the verdict and the message, which is the last line of the story. */
void kit_say(struct result *r, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The first place of our own in a stack that a sanitizer has printed, as
 * " in f() at lab01-x/y.h:12", and below which function that the test called.
 * Returns false if there is none.
 */
bool kit_find_place(const char *stack, char *place, size_t size);

const char *kit_status_name(enum status status);

void kit_print_headline(const struct result *r);

/* `program` is the command by which the test can be run again. */
void kit_print_result(const struct result *r, const char *program,
		      bool verbose);

/* 0, or negative errno, which has been logged. */
int kit_write_json(const char *path, const struct result *results,
		   size_t count);

#endif
