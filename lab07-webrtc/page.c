// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Serves the page.  A server that has given up its rights can open no file,
 * so that the files of page/ are in its memory: the assembler puts them there.
 *
 *	page/index.html --- .incbin ---> page_index ---> GET /
 *	page/call.js    --- .incbin ---> page_call  ---> GET /page/call.js
 *
 * Whatever somebody may smuggle into a name of a person or a room, the browser
 * is told to run scripts of this server only, and to talk to nobody else.
 */
#include <string.h>

#include "lab07-webrtc/page.h"

#define HTML "text/html; charset=utf-8"
#define CSS  "text/css; charset=utf-8"
#define JS   "text/javascript; charset=utf-8"
#define SVG  "image/svg+xml"

#define FILES(X)                                                               \
	X(index, "index.html", HTML)                                           \
	X(style, "style.css", CSS)                                             \
	X(icon, "icon.svg", SVG)                                               \
	X(call, "call.js", JS)                                                 \
	X(devices, "devices.js", JS)                                           \
	X(diagram, "diagram.js", JS)                                           \
	X(dom, "dom.js", JS)                                                   \
	X(levels, "levels.js", JS)                                             \
	X(lobby, "lobby.js", JS)                                               \
	X(main, "main.js", JS)                                                 \
	X(names, "names.js", JS)                                               \
	X(panel, "panel.js", JS)                                               \
	X(people, "people.js", JS)                                             \
	X(report, "report.js", JS)                                             \
	X(room, "room.js", JS)                                                 \
	X(sdp, "sdp.js", JS)                                                   \
	X(side, "side.js", JS)                                                 \
	X(signalling, "signalling.js", JS)                                     \
	X(stats, "stats.js", JS)                                               \
	X(tiles, "tiles.js", JS)

/* A string of the file's text, with a NUL behind it. */
#define INCLUDE(name, file, type)                                              \
	__asm__(".pushsection .rodata\n"                                       \
		"page_" #name ":\n"                                            \
		".incbin \"lab07-webrtc/page/" file "\"\n"                     \
		".byte 0\n"                                                    \
		".popsection\n");                                              \
	extern const char page_##name[];
FILES(INCLUDE)

struct page_file {
	const char *name, *type, *text;
};

static const struct page_file files[] = {
#define FILE_OF(name, file, type) { file, type, page_##name },
	FILES(FILE_OF)
};

#define POLICY                                                                 \
	"default-src 'none'; script-src 'self'; style-src 'self'; "            \
	"img-src 'self'; connect-src 'self'; media-src 'self'; "               \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static void send_file(const struct page_file *file, struct http_reply *reply)
{
	http_answer(reply, 200, file->type, strdup(file->text));
	http_add_header(reply, "Content-Security-Policy", "%s", POLICY);
	http_add_header(reply, "X-Content-Type-Options", "nosniff");
	http_add_header(reply, "Referrer-Policy", "no-referrer");
	/* A newer server has a newer page, all of whose files fit together. */
	http_add_header(reply, "Cache-Control", "no-cache");
}

static void show_page(const struct http_request *rq, struct http_reply *reply)
{
	(void)rq;
	send_file(&files[0], reply);
}

static void show_file(const struct http_request *rq, struct http_reply *reply)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (!strcmp(rq->parts[0], files[i].name)) {
			send_file(&files[i], reply);
			return;
		}
	http_problem(reply, 404,
		     "There is no such file; the page is at /, and GET /help "
		     "lists what else there is.");
}

const struct http_route page_routes[] = {
	{ .method = "GET", .path = "/", .handler = show_page },
	{ .method = "GET", .path = "/page/*", .handler = show_file },
	{}
};
