// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Where something ended: the function and the line, out of the stack that a
 * process has printed.
 *
 *	a test		"    #1 0x5566 in f lab01-x/y.h:12"	by a sanitizer
 *	a program	"/path/swiftcall(+0x1234)[0x5566]"	by crash.c
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/crash.h"
#include "common/kit.h"

struct stack_frame {
	char function[64];
	char file[128]; /* and line */
};

/* The next frame that is in a file of ours; returns where to go on, or NULL. */
static const char *next_frame(const char *stack, struct stack_frame *f)
{
	while ((stack = strstr(stack, " in "))) {
		stack += strlen(" in ");
		if (sscanf(stack, "%63s %127[^ \n]", f->function, f->file) ==
			    2 &&
		    strchr(f->file, ':') && *f->file != '/' &&
		    *f->file != '(' && strncmp(f->file, "..", 2))
			return stack;
	}
	return NULL;
}

static bool is_of_tests(const struct stack_frame *f)
{
	return strstr(f->file, "test_") || strstr(f->file, "/kit_");
}

/* A helper rarely loops by itself: what the test called is told as well. */
bool kit_find_place(const char *stack, char *place, size_t size)
{
	struct stack_frame at, next, from = {};

	stack = next_frame(stack, &at);
	if (!stack)
		return false;
	while ((stack = next_frame(stack, &next)) && !is_of_tests(&next))
		from = next;
	snprintf(place, size, " in %s() at %s%s%s%s%s", at.function, at.file,
		 *from.file ? ", below " : "", from.function,
		 *from.file ? "() at " : "", from.file);
	return true;
}

/*
 * From the top of the tree, which is where tests run.  It may have been compiled
 * in a tree elsewhere: so the longest end of the name that is a file here counts.
 */
static const char *short_name(const char *file)
{
	const char *end = file;

	while ((end = strchr(end, '/')))
		if (!access(++end, F_OK))
			return end;
	return strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
}

/* What addr2line says of an offset in a program's file. */
static bool name_place(const char *program, unsigned long offset, char *place,
		       size_t size)
{
	char command[PATH_MAX + 64], function[64], file[PATH_MAX];
	unsigned int line;
	FILE *out;
	bool found;

	snprintf(command, sizeof(command), "exec addr2line -f -e '%s' %#lx",
		 program, offset);
	out = popen(command, "re");
	found = out &&
		fscanf(out, "%63s %4095[^:]:%u", function, file, &line) == 3 &&
		*function != '?';
	if (out)
		pclose(out);
	if (found)
		snprintf(place, size, " in %s() at %.150s:%u", function,
			 short_name(file), line);
	return found;
}

/*
 * Takes a line "/path/file(+0x1234)[...]" apart.  *next is the one below it, or
 * NULL.  Returns false if there is no such offset: it is somebody else's.
 */
static bool read_frame(const char *line, const char **next,
		       char program[PATH_MAX], unsigned long *offset)
{
	*next = strchr(line, '\n');
	if (*next)
		++*next;
	return sscanf(line, "%4095[^(\n](+%lx)", program, offset) == 2;
}

/* It is at the bottom of its stack. */
static void find_program(const char *frames, char own[PATH_MAX])
{
	char program[PATH_MAX];
	unsigned long offset;

	*own = '\0';
	while (frames)
		if (read_frame(frames, &frames, program, &offset))
			memcpy(own, program, PATH_MAX);
}

/*
 * The program's first line is the handler, the next one the kernel's way into it,
 * and then comes where the fault was.  Lines below that are where a call returns
 * to, so the call is before it.  Libraries are passed over.
 */
static bool find_frame(const char *frames, char *place, size_t size)
{
	char program[PATH_MAX], own[PATH_MAX];
	unsigned long offset;
	int below = -1; /* lines below the handler */

	find_program(frames, own);
	while (frames) {
		bool ours = read_frame(frames, &frames, program, &offset) &&
			    !strcmp(program, own);

		below += ours || below >= 0;
		if (ours && below &&
		    name_place(own, offset - (below > 2), place, size))
			return true;
	}
	return false;
}

bool test_find_crash(const char *printed, char *words, size_t size)
{
	const char *mark = strstr(printed, CRASH_MARK);
	char name[16], place[256] = "";

	if (!mark ||
	    sscanf(mark + strlen(CRASH_MARK), "%15[A-Z0-9]", name) != 1)
		return false;
	find_frame(mark, place, sizeof(place));
	snprintf(words, size, "%s%s", name, place);
	return true;
}
