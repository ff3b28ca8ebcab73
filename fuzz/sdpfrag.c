// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Any bytes as a fragment of a description.  What is taken has words that ICE
 * can use, and reads the same when it is written again.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "lab07-webrtc/sdpfrag.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	return 0;
}

static void check_usable(const struct sdpfrag *f)
{
	struct ice_agent agent = {};

	require(!ice_set_peer(&agent, f->ufrag, f->password),
		"ICE can't use %s and %s", f->ufrag, f->password);
}

static void check_again(const struct sdpfrag *f)
{
	struct sdpfrag_answer answer = {
		.ufrag = f->ufrag,
		.password = f->password,
		.type = "audio",
		.protocol = "RTP/SAVPF",
		.mid = "0",
		.candidate = "1 1 udp 1 192.0.2.1 5004 typ host",
	};
	char *text = sdpfrag_write(&answer);
	struct sdpfrag again;
	const char *why;

	require(text, "no memory");
	require(!sdpfrag_parse(text, strlen(text), &again, &why), "%s", why);
	require(!strcmp(again.ufrag, f->ufrag) &&
			!strcmp(again.password, f->password),
		"%s became %s", f->ufrag, again.ufrag);
	require(again.candidates == 1 && again.end_of_candidates, "%s", text);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	struct sdpfrag f;
	int err = sdpfrag_parse((const char *)data, size, &f, &why);

	require(!err || *why, "no reason is given");
	if (err || !*f.password)
		return 0;
	check_usable(&f);
	check_again(&f);
	return 0;
}
