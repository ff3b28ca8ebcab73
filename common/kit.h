/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the parts of the test kit know of each other; tests see test.h only.
 *
 *	test.c		main(): chooses tests and has CUnit run them
 *	kit_run.c	runs one, in a child process, and judges it
 *	kit_checks.c	what a test says and checks, inside that child
 *	kit_report.c	tells the result, as text and as JSON
 */
#ifndef COMMON_KIT_H
#define COMMON_KIT_H

#include <stdbool.h>
#include <stdio.h>

#include "common/test.h"

#define OUTPUT_KEPT 4096 /* of the end of what a test prints */
#define RECORD_MAX  (64 << 10)

enum status { RUNNING, PASSED, FAILED, SKIPPED, CRASHED, TIMEOUT, FLOODED };

struct result {
	const struct test *test;
	enum status status;
	long ms;
	char message[512];
	char where[128]; /* file:line of the check */
	char pcap[128];	 /* path of the file */
	int steps;
	FILE *telling; /* writes the story, in lines: */
	char *story;
	size_t story_len;
	size_t printed; /* bytes; the end of them: */
	char output[OUTPUT_KEPT + 1];
};

/*
 * What a test says travels as records, one a message, through a socket that
 * no program it starts inherits; a first byte says of what kind it is.
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
 * Runs a test in this process, which has been forked for it, its records going
 * to a socket; or (-1) not so, and they go to kit_take_record().
 */
void kit_run_body(struct result *r, int (*set_up)(void), int channel);

void kit_take_record(struct result *r, const char *record);

/* Remembers where this program is, as long as that can be told. */
void kit_find_program(void);

/* What an error of a set-up is to the test: FAILED, or SKIPPED; and why. */
enum status kit_judge_set_up(int err, char *why, size_t size);

/* Milliseconds since some time. */
long kit_now_ms(void);

/* Runs a test in a child process and sets all of its result but the time. */
void kit_run_forked(struct result *r, int (*set_up)(void));

/* The verdict of the kit itself, and the last line of the story. */
void kit_say(struct result *r, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

const char *kit_status_name(enum status status);

void kit_print_headline(const struct result *r);

/* `program` is how to run the test again. */
void kit_print_result(const struct result *r, const char *program,
		      bool verbose);

/* 0, or negative errno, which has been logged. */
int kit_write_json(const char *path, const struct result *results,
		   size_t count);

#endif
