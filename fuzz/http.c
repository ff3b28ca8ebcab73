// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Any bytes as what somebody sends who has connected to the server.  It
 * answers everything or hangs up, never with 500, and each answer is whole.
 *
 * In the input a form feed is a pause, in which the server works and answers;
 * 0x01 stands for the resource of the last who joined, and 0x02 for the length
 * of the body: nobody guesses 128 bits, and few count well.
 */
#include "fuzz/served.h"

static struct client client;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	serve_open();
	return 0;
}

static size_t body_length(const char *text, size_t length)
{
	const char *end = memmem(text, length, "\r\n\r\n", 4);

	return end ? text + length - end - 4 : 0;
}

static void fill_in(FILE *out, const char *text, size_t length,
		    const char *resource)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == 1)
			fputs(resource, out);
		else if (text[i] == 2)
			fprintf(out, "%zu", body_length(text, length));
		else
			putc(text[i], out);
}

static void say(const char *text, size_t length, const char *resource)
{
	size_t size;
	char *said;
	FILE *out = open_memstream(&said, &size);

	fill_in(out, text, length, resource);
	fclose(out);
	client_say(&client, said, size);
	free(said);
}

static void check_description(const struct answer *a)
{
	struct sdp_error err;
	struct sdp *sdp;

	require(!sdp_parse(a->body, a->length, &sdp, &err), "%s in %s",
		err.text, a->body);
	sdp_free(sdp);
}

/* What is heard behind the header of a stream is none of ours. */
static void hear(char resource[256])
{
	struct answer a;

	while (client_answer(&client, &a)) {
		if (a.length && !strcmp(a.type, "application/sdp"))
			check_description(&a);
		if (*a.location)
			strcpy(resource, a.location);
		answer_free(&a);
	}
	client.length = 0;
	client.heard[0] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size, *pause;
	char resource[256] = "/rooms/r/participants/1";

	client_open(&client);
	for (; at < end; at = pause + 1) {
		pause = memchr(at, '\f', end - at) ?: end;
		say(at, pause - at, resource);
		hear(resource);
	}
	http_tick(server);
	client_close(&client);
	serve_end();
	return 0;
}
