// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * main() of every test program: it chooses the tests, lets CUnit run them, and
 * writes the report. A test that fails while the kernel dropped frames of its
 * backlog is run again, because the machine may have been the reason.
 */
#include <CUnit/CUnit.h>
#include <CUnit/MyMem.h>
#include <CUnit/TestRun.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/kit.h"
#include "common/log.h"

#define TESTS_MAX 256
#define TRIES	  3 /* if the machine, not the test, lost a frame */

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SKIPPED = 77 };

static struct result results[TESTS_MAX];
static size_t count;
static int (*set_up_tests)(void);
static bool (*mend_shared)(char *words, size_t size);
static int set_up_error;
static enum status set_up_verdict;
static char set_up_words[sizeof(results->message)];

static const char *program;
static int verbose, no_fork;

void test_register(const struct test *test)
{
	if (count == TESTS_MAX)
		abort();
	results[count++].test = test;
}

void test_set_up(int (*set_up)(void))
{
	set_up_tests = set_up;
}

void test_look_after(bool (*mend)(char *words, size_t size))
{
	mend_shared = mend;
}

/*
 * Frames that were dropped, since the machine has booted, because a CPU's
 * backlog was full.  All network namespaces share those, so a test that floods
 * one sandbox can cost a test in another one the only frame it waits for.
 */
static unsigned long backlog_drops(void)
{
	FILE *in = fopen("/proc/net/softnet_stat", "re");
	unsigned long drops, sum = 0;

	while (in && fscanf(in, "%*x %lx%*[^\n]", &drops) == 1)
		sum += drops;
	if (in)
		fclose(in);
	return sum;
}

/* Of a block: 1.8 in 1.8.c. */
static bool same_block(const char *a, const char *b)
{
	size_t len = strrchr(a, '.') - a + 1;

	return !strncmp(a, b, len) && !strchr(b + len, '.');
}

/*
 * One that hangs, or kills what the tests share, says enough: the others of its
 * block would do the same.
 */
static const struct result *stopped_before(const struct test *t)
{
	for (const struct result *r = results; r->test != t; r++)
		if ((r->status == TIMEOUT || r->broke_shared) &&
		    same_block(r->test->id, t->id))
			return r;
	return NULL;
}

static void look_after_shared(struct result *r)
{
	char words[sizeof(r->message)];

	r->broke_shared = mend_shared && mend_shared(words, sizeof(words));
	if (r->broke_shared)
		kit_say(r, CRASHED, "%s", words);
}

static void run_once(struct result *r)
{
	const struct result *stopped = stopped_before(r->test);

	free(r->story);
	*r = (struct result){ .test = r->test };
	r->telling = open_memstream(&r->story, &r->story_len);
	if (stopped)
		kit_say(r, stopped->status, "not run, for %s %s",
			stopped->test->id,
			stopped->broke_shared ? "ended with a crash" :
						"was not done in time");
	else if (set_up_error && !r->test->native)
		kit_say(r, set_up_verdict, "%s", set_up_words);
	else if (no_fork)
		kit_run_body(r, set_up_tests, -1);
	else
		kit_run_forked(r, set_up_tests);
	if (!stopped)
		look_after_shared(r);
	fclose(r->telling);
}

/* What CUnit calls for each test: its name tells which. */
static void run_current(void)
{
	const char *id = CU_get_current_test()->pName;
	struct result *r = results;
	long start = kit_now_ms();
	unsigned long lost;
	int tries = 0;
	bool ok;

	while (strcmp(r->test->id, id))
		r++;
	if (log_colour(STDOUT_FILENO))
		kit_print_headline(r);
	do {
		lost = backlog_drops();
		if (tries)
			printf("  ! %s is run again, as the kernel has dropped "
			       "frames of its backlog; it said: %s\n",
			       id, r->message);
		run_once(r);
	} while (r->status == FAILED && backlog_drops() != lost &&
		 ++tries < TRIES);
	r->ms = kit_now_ms() - start;
	kit_print_result(r, program, verbose);
	ok = r->status == PASSED || r->status == SKIPPED;
	CU_assertImplementation(ok, 0, kit_status_name(r->status), id, "",
				CU_FALSE);
}

static int run_all(const char *json)
{
	CU_pSuite suite;
	size_t number[FLOODED + 1] = {}, failed;
	char *summary;

	if (CU_initialize_registry() != CUE_SUCCESS)
		abort();
	suite = CU_add_suite(program, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		CU_add_test(suite, results[i].test->id, run_current);
	CU_run_all_tests();
	summary = CU_get_run_results_string();
	printf("\n%s\n", summary);
	CU_FREE(summary);
	CU_cleanup_registry();
	for (size_t i = 0; i < count; i++)
		number[results[i].status]++;
	failed = count - number[PASSED] - number[SKIPPED];
	printf("%zu passed, %zu failed, %zu skipped\n", number[PASSED], failed,
	       number[SKIPPED]);
	if ((json && kit_write_json(json, results, count)) || failed)
		return EXIT_FAILED;
	return number[SKIPPED] == count ? EXIT_SKIPPED : EXIT_SUCCESS;
}

static int by_id(const void *a, const void *b)
{
	const struct result *x = a, *y = b;

	return strverscmp(x->test->id, y->test->id);
}

static bool wanted(const struct test *t, char *const *ids, int id_count)
{
	for (int i = 0; i < id_count; i++) {
		size_t len = strlen(ids[i]);

		if (!strcmp(ids[i], t->id) ||
		    (!t->hidden && !strncmp(ids[i], t->id, len) &&
		     t->id[len] == '.'))
			return true;
	}
	return !id_count && !t->hidden;
}

/* Keeps the results only of tests to run, in the order to run them. */
static void choose(char *const *ids, int id_count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (wanted(results[i].test, ids, id_count))
			results[kept++].test = results[i].test;
	count = kept;
	qsort(results, count, sizeof(*results), by_id);
	for (size_t i = 1; i < count; i++)
		if (!by_id(&results[i - 1], &results[i])) {
			log_error("two tests have the id %s: rename one",
				  results[i].test->id);
			exit(EXIT_USAGE);
		}
}

static void list(void)
{
	for (size_t i = 0; i < count; i++)
		printf("%-8s %s\n", results[i].test->id,
		       results[i].test->title);
}

static const char help[] =
	"usage: %1$s [OPTION...] [ID...]\n"
	"\n"
	"Runs all tests, or only those that are named: 2.3.b is one test, 2.3\n"
	"is every test of that block.\n"
	"\n"
	"  --list       shows ids and titles, and runs nothing\n"
	"  --verbose    also prints the steps of tests that pass\n"
	"  --json FILE  writes a record of each test\n"
	"  --no-fork    runs the tests in this process, for a debugger:\n"
	"               gdb --args %1$s --no-fork ID\n"
	"               (gdb) set follow-fork-mode child\n"
	"               (gdb) break test_fail\n"
	"  --help       shows this text\n"
	"\n"
	"Time limits are multiplied by SWIFTCALL_PATIENCE, a number from 1 on; if\n"
	"that is not set, the speed of this machine is measured.\n"
	"\n"
	"Exit status: 0 all passed; 1 some failed; 2 wrong usage;\n"
	"77 all were skipped, because they cannot run here.\n";

/* Returns the index of the first id. */
static int parse(int argc, char *argv[], const char **json, int *only_list)
{
	const struct option options[] = {
		{ "list", no_argument, only_list, true },
		{ "verbose", no_argument, &verbose, true },
		{ "no-fork", no_argument, &no_fork, true },
		{ "json", required_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'j') {
			*json = optarg;
		} else if (option == 'h') {
			printf(help, program);
			exit(EXIT_SUCCESS);
		} else if (option) {
			fprintf(stderr, "%s --help tells more\n", program);
			exit(EXIT_USAGE);
		}
	}
	return optind;
}

/* Only if a test to be run needs it. */
static void set_up(void)
{
	for (size_t i = 0; set_up_tests && i < count; i++) {
		const struct test *t = results[i].test;

		if (!t->native && !t->isolated) {
			set_up_error = set_up_tests();
			break;
		}
	}
	if (set_up_error)
		set_up_verdict = kit_judge_set_up(set_up_error, set_up_words,
						  sizeof(set_up_words));
}

int main(int argc, char *argv[])
{
	const char *json = NULL;
	int first, only_list = false;

	setlocale(LC_CTYPE, "C.UTF-8");
	program = argv[0];
	kit_find_program();
	first = parse(argc, argv, &json, &only_list);
	choose(argv + first, argc - first);
	if (!count) {
		log_error("no such test; --list shows the ids");
		return EXIT_USAGE;
	}
	if (only_list) {
		list();
		return EXIT_SUCCESS;
	}
	patience(); /* what is measured here holds for all that it starts */
	set_up();
	return run_all(json);
}
