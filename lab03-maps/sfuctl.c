// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab03: the data plane by hand, without a server.
 *
 *	sfuctl join --room r ... --> options --> control.h --> the tables
 *	sfuctl mode tc ------------> dataplane.h --> the programs
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/options.h"
#include "lab01-xdp-parse/guard.h"
#include "lab03-maps/control.h"
#include "lab03-maps/dataplane.h"
#include "lab03-maps/plane.h"
#include "lab03-maps/report.h"
#include "lab03-maps/sfuctl.h"
#include "lab03-maps/show.h"

#define MAX_IFACES    16
#define MAX_PUBLISHED 16 /* streams of one participant */
#define MAX_CLOCK     1000000000
#define MAX_COUNT     1000000000

static const struct plane *const *planes; /* the first is that of attach */

/* The arguments of all commands; each command uses those of its options. */
struct arguments {
	const char *pin_dir;

	const char *ifaces[MAX_IFACES + 1];
	int iface_count;
	struct media_address media;
	bool no_guard;

	const char *room, *name;
	struct media_address at;
	struct publication streams[MAX_PUBLISHED];
	int stream_count;

	const char *from;
	__u32 on, off; /* enum media_kind bits */

	const struct plane *mode;

	bool json;
	double interval;    /* seconds */
	unsigned int count; /* 0: until told to stop */
};

/* ---- what commands share ---------------------------------------------- */

enum {
	KEY_PIN_DIR = 0x100,
	KEY_MEDIA,
	KEY_NO_GUARD,
	KEY_AT,
	KEY_ROOM,
	KEY_NAME,
	KEY_AUDIO,
	KEY_VIDEO,
	KEY_FROM,
	KEY_DEFAULT_ROUTE,
};

/* clang-format takes braces in a macro for a block of code. */
/* clang-format off */
#define PIN_DIR_OPTION							\
	{ "pin-dir", KEY_PIN_DIR, "DIR", 0,				\
	  "Where maps and links are pinned (" DEFAULT_PIN_DIR ")", 9 }
#define JSON_OPTION	{ "json", 'j', NULL, 0, "Print JSON", 0 }
/* clang-format on */

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key != KEY_PIN_DIR)
		return ARGP_ERR_UNKNOWN;
	a->pin_dir = arg;
	return 0;
}

/* Takes ROOM NAME, which follow the options. */
static error_t parse_member(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == ARGP_KEY_ARG && !a->room)
		a->room = arg;
	else if (key == ARGP_KEY_ARG && !a->name)
		a->name = arg;
	else if (key == ARGP_KEY_END && !a->name)
		argp_error(state, "a room and a name are needed");
	else
		return parse_common(key, arg, state);
	return 0;
}

static void explain_busy(int holder)
{
	char path[32], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", holder);
	file = fopen(path, "re");
	if (!file || !fgets(name, sizeof(name), file))
		strcpy(name, "another process");
	if (file)
		fclose(file);
	name[strcspn(name, "\n")] = '\0';
	log_error("%s (pid %d) owns these maps; ask it over HTTP, or stop it",
		  name, holder);
}

static int take_lock(const struct arguments *a)
{
	int holder = 0;
	int err = dataplane_lock(a->pin_dir, &holder);

	if (err == -EBUSY)
		explain_busy(holder);
	return err;
}

static int explain_open(const struct arguments *a, int err)
{
	if (err == -ENOENT)
		log_error("nothing is attached (no maps in %s); try: "
			  "sfuctl attach --iface lo",
			  a->pin_dir);
	else if (err == -ESTALE)
		log_error("the maps in %s were made by another version; "
			  "`sfuctl detach` removes them",
			  a->pin_dir);
	else if (err)
		log_error("cannot open the maps in %s: %s", a->pin_dir,
			  err == -EPERM || err == -EACCES ? "run as root" :
							    strerror(-err));
	return err == -EACCES ? -EPERM : err;
}

/* Takes the lock, too, for commands that change something. */
static int open_tables(const struct arguments *a)
{
	__be16 port;
	int err = dataplane_media_port(a->pin_dir, &port);

	if (err)
		return explain_open(a, err);
	err = take_lock(a);
	return err ?: explain_open(a, control_open(*planes, a->pin_dir, port));
}

static const char *why(int err)
{
	switch (err) {
	case -EINVAL:
		return "names are 1 to 31 printable ASCII characters without "
		       "space, / and \", and not . or ..";
	case -ENOSPC:
		return "the room is full";
	case -E2BIG:
		return "a table is full (MAX_... in lab03-maps/tables.h)";
	case -EADDRINUSE:
		return "somebody else sends from that address and port";
	default:
		return strerror(-err);
	}
}

/* Puts a change into force, and closes the tables. */
static int close_tables(int err)
{
	__u32 unreachable = 0;
	int commit = control_commit(&unreachable);
	const struct participant *p = control_participant(unreachable);
	const struct transport *to = p ? control_transport(p->transport) : NULL;
	char address[ADDRESS_TEXT];

	if (commit && to)
		log_warn("no way to %s at %s: %s; it gets nothing until its "
			 "room changes again",
			 p->name, address_format(address, &to->addr, to->port),
			 strerror(-commit));
	else if (commit)
		log_error("cannot put that into force: %s", why(commit));
	control_close();
	return err ?: commit;
}

static int find_member(const char *room_name, const char *name, __u32 *id)
{
	__u32 room = control_find_room(room_name);

	*id = room ? control_find_participant(room, name) : 0;
	if (*id)
		return 0;
	if (room)
		log_error("there is no %s in room %s; `sfuctl list` tells who "
			  "is",
			  name, room_name);
	else
		log_error("there is no room %s; `sfuctl list` tells which "
			  "there are",
			  room_name);
	return -ENOENT;
}

/* ---- attach and detach ------------------------------------------------ */

static const struct argp_option attach_options[] = {
	{ "iface", 'i', "NAME", 0,
	  "Attach to this interface and detach from all others; may be "
	  "repeated",
	  0 },
	{ "media", KEY_MEDIA, "ADDRESS:PORT", 0,
	  "Address that media is sent to (:5004, which is every address of "
	  "this host)",
	  0 },
	{ "no-guard", KEY_NO_GUARD, NULL, 0,
	  "Attach nothing at XDP; TC drops malformed packets", 0 },
	DEFAULT_ROUTE_OPTION(KEY_DEFAULT_ROUTE),
	PIN_DIR_OPTION,
	{},
};

static void add_iface(struct arguments *a, const char *name,
		      struct argp_state *state)
{
	if (a->iface_count == MAX_IFACES)
		argp_error(state, "at most %d interfaces", MAX_IFACES);
	a->ifaces[a->iface_count++] = name;
}

static error_t parse_attach(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == 'i')
		add_iface(a, arg, state);
	else if (key == KEY_MEDIA)
		option_address(state, arg, &a->media.addr, &a->media.port);
	else if (key == KEY_NO_GUARD)
		a->no_guard = true;
	else if (key == KEY_DEFAULT_ROUTE)
		loader_allow_default_route();
	else if (key == ARGP_KEY_END && !a->iface_count)
		argp_error(state, "--iface is missing");
	else
		return parse_common(key, arg, state);
	return 0;
}

static int check_ifaces(const struct arguments *a)
{
	int ifindex = 0;

	for (int i = 0; i < a->iface_count && ifindex >= 0; i++)
		ifindex = loader_tool_ifindex(a->ifaces[i]);
	return ifindex < 0 ? ifindex : 0;
}

static int run_attach(const struct arguments *a)
{
	struct dataplane_options options = {
		.plane = *planes,
		.planes = planes,
		.pin_dir = a->pin_dir,
		.ifaces = a->ifaces,
		.media = a->media,
		.no_guard = a->no_guard,
	};
	bool adopted;
	int err = check_ifaces(a);

	err = err ?: take_lock(a);
	err = err ?: dataplane_attach(&options, &adopted);
	if (!err && adopted)
		log_info("took over the maps in %s", a->pin_dir);
	return err;
}

static const struct argp_option detach_options[] = {
	PIN_DIR_OPTION,
	{},
};

static int run_detach(const struct arguments *a)
{
	int err;

	if (access(a->pin_dir, F_OK)) {
		log_info("nothing is attached (no %s)", a->pin_dir);
		return 0;
	}
	err = take_lock(a);
	return err ?: dataplane_detach(planes, a->pin_dir);
}

/* ---- mode --------------------------------------------------------------- */

static const struct argp_option mode_options[] = {
	PIN_DIR_OPTION,
	{},
};

static void refuse_mode(const char *mode, const struct argp_state *state)
{
	char names[PLANE_NAMES];

	plane_names(planes, NULL, names);
	argp_error(state, "the mode is %s, not '%s'", names, mode);
}

static error_t parse_mode(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == ARGP_KEY_ARG && !a->mode) {
		a->mode = plane_find(planes, arg);
		if (!a->mode)
			refuse_mode(arg, state);
	} else if (key == ARGP_KEY_END && !a->mode) {
		argp_error(state, "the mode is missing");
	} else {
		return parse_common(key, arg, state);
	}
	return 0;
}

static int run_mode(const struct arguments *a)
{
	int err = dataplane_change(planes, a->mode, a->pin_dir);

	return err == -ENOENT ? explain_open(a, err) : err;
}

/* ---- join ------------------------------------------------------------- */

#define STREAM_ARGUMENT                                                        \
	"ssrc=N,pt=N[+N...][,codec=NAME[+NAME...]]"                            \
	"[,clock=HZ[+HZ...]]"

static const struct argp_option join_options[] = {
	{ "room", KEY_ROOM, "ROOM", 0,
	  "Room to join; made if it does not exist", 0 },
	{ "name", KEY_NAME, "NAME", 0,
	  "Name of the participant, unique in that room", 0 },
	{ "at", KEY_AT, "ADDRESS:PORT", 0,
	  "Address from which it sends and at which it receives", 0 },
	{ "audio", KEY_AUDIO, STREAM_ARGUMENT, 0,
	  "An audio stream that it sends (opus, 48000; a second payload type "
	  "is telephone-event); may be repeated",
	  0 },
	{ "video", KEY_VIDEO, STREAM_ARGUMENT, 0,
	  "A video stream that it sends (VP8, 90000); may be repeated", 0 },
	PIN_DIR_OPTION,
	{},
};

static void set_payload_type(struct publication *p, const char *text,
			     struct argp_state *state)
{
	__u8 pt = option_number(state, text, "a payload type", 0, RTP_PT);

	if (looks_like_rtcp(pt))
		argp_error(state,
			   "%u cannot be a payload type: from 64 to 95 they "
			   "look like RTCP, which comes to the same port",
			   pt);
	if (memchr(p->pt, pt, p->count))
		argp_error(state, "payload type %u is given twice", pt);
	p->pt[p->count++] = pt;
}

static void set_codec(struct stream_format *f, const char *name,
		      struct argp_state *state)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t length = strlen(name);

	if (!length || length >= sizeof(f->codec) ||
	    strspn(name, allowed) != length)
		argp_error(state,
			   "'%s' is not a codec; write a name as in a=rtpmap, "
			   "such as opus or H264",
			   name);
	strcpy(f->codec, name);
}

enum { STREAM_SSRC, STREAM_PT, STREAM_CODEC, STREAM_CLOCK };

/* Sets the i-th of the values that a '+' separates. */
static void set_part(struct publication *p, int what, __u32 i, const char *part,
		     struct argp_state *state)
{
	if (i == MAX_PAYLOAD_TYPES)
		argp_error(state, "a stream has at most %d payload types",
			   MAX_PAYLOAD_TYPES);
	if (what == STREAM_PT)
		set_payload_type(p, part, state);
	else if (what == STREAM_CODEC)
		set_codec(&p->formats[i], part, state);
	else
		p->formats[i].clock_hz = option_number(state, part, "a clock",
						       1, MAX_CLOCK);
}

/* Returns the suboption that was parsed. */
static int parse_suboption(struct publication *p, char **text,
			   struct argp_state *state)
{
	static char *const names[] = { "ssrc", "pt", "codec", "clock", NULL };
	char *value, *part;
	int what = getsubopt(text, names, &value);

	if (what < 0 || !value)
		argp_error(state, "write a stream as ssrc=N,pt=N; you may add "
				  "codec=NAME and clock=HZ");
	if (what == STREAM_SSRC)
		p->ssrc = htonl(
			option_number(state, value, "an SSRC", 0, UINT32_MAX));
	else
		for (__u32 i = 0; (part = strsep(&value, "+")); i++)
			set_part(p, what, i, part, state);
	return what;
}

/* Fills in what was not given: the usual codec and clock of this kind. */
static void fill_format(struct publication *p, __u32 i)
{
	bool audio = p->kind == MEDIA_AUDIO;
	struct stream_format *f = &p->formats[i];
	const char *codec = audio ? "opus" : "VP8";

	if (i)
		codec = audio ? "telephone-event" : p->formats[0].codec;
	if (!*f->codec)
		strcpy(f->codec, codec);
	if (!f->clock_hz && i)
		f->clock_hz = p->formats[0].clock_hz;
	else if (!f->clock_hz)
		f->clock_hz = audio ? 48000 : 90000;
}

static void add_stream(struct arguments *a, enum media_kind kind, char *text,
		       struct argp_state *state)
{
	struct publication *p = &a->streams[a->stream_count];
	int given = 0;

	if (a->stream_count++ == MAX_PUBLISHED)
		argp_error(state, "a participant has at most %d streams",
			   MAX_PUBLISHED);
	p->kind = kind;
	while (*text)
		given |= 1 << parse_suboption(p, &text, state);
	if (!(given & 1 << STREAM_SSRC) || !(given & 1 << STREAM_PT))
		argp_error(state, "a stream needs ssrc=N and pt=N");
	for (__u32 i = 0; i < p->count; i++)
		fill_format(p, i);
}

static error_t parse_join(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == KEY_ROOM)
		a->room = arg;
	else if (key == KEY_NAME)
		a->name = arg;
	else if (key == KEY_AT)
		option_peer(state, arg, &a->at.addr, &a->at.port);
	else if (key == KEY_AUDIO)
		add_stream(a, MEDIA_AUDIO, arg, state);
	else if (key == KEY_VIDEO)
		add_stream(a, MEDIA_VIDEO, arg, state);
	else if (key == ARGP_KEY_END && !(a->room && a->name && a->at.port))
		argp_error(state, "--room, --name and --at are needed");
	else
		return parse_common(key, arg, state);
	return 0;
}

static int explain_join(const struct arguments *a, int err)
{
	if (err == -EEXIST)
		log_error("%s is in room %s already; take another name, or: "
			  "sfuctl leave %s %s",
			  a->name, a->room, a->room, a->name);
	else if (err)
		log_error("%s cannot join room %s: %s", a->name, a->room,
			  why(err));
	return err;
}

static int publish(__u32 id, __u32 transport, const struct publication *p)
{
	__u32 stream;
	int err = control_publish(id, transport, p, &stream);

	if (err)
		log_error("cannot publish SSRC 0x%08x: %s", ntohl(p->ssrc),
			  err == -EEXIST ? "it is given twice" : why(err));
	return err;
}

/*
 * A participant sends from a->at and receives there (symmetric RTP, RFC 4961).
 */
static int add_media(const struct arguments *a, __u32 id)
{
	__u32 transport;
	int err = control_add_transport(id, &a->at.addr, a->at.port,
					&transport);

	if (!err)
		err = control_set_address(id, &a->at.addr, a->at.port);
	err = explain_join(a, err);
	for (int i = 0; i < a->stream_count && !err; i++)
		err = publish(id, transport, &a->streams[i]);
	return err;
}

static int run_join(const struct arguments *a)
{
	int err = open_tables(a);
	__u32 id;

	if (err)
		return err;
	err = explain_join(a, control_join(a->room, a->name, UINT32_MAX, &id));
	if (!err) {
		err = add_media(a, id);
		if (err)
			control_leave(id);
		else
			printf("%u\n", id);
	}
	return close_tables(err);
}

/* ---- leave and subscribe ---------------------------------------------- */

static const struct argp_option leave_options[] = {
	PIN_DIR_OPTION,
	{},
};

static int run_leave(const struct arguments *a)
{
	int err = open_tables(a);
	__u32 id;

	if (err)
		return err;
	err = find_member(a->room, a->name, &id);
	return close_tables(err ?: control_leave(id));
}

static const struct argp_option subscribe_options[] = {
	{ "from", KEY_FROM, "PUBLISHER", 0,
	  "Only streams of PUBLISHER (default: of every publisher without a "
	  "rule of its own)",
	  0 },
	{ "audio", KEY_AUDIO, "on|off", 0, "Send it audio, or not", 0 },
	{ "video", KEY_VIDEO, "on|off", 0, "Send it video, or not", 0 },
	PIN_DIR_OPTION,
	{},
};

static void set_wants(struct arguments *a, enum media_kind kind,
		      const char *text, struct argp_state *state)
{
	if (!strcmp(text, "on"))
		a->on |= kind;
	else if (!strcmp(text, "off"))
		a->off |= kind;
	else
		argp_error(state, "write on or off, not '%s'", text);
}

static error_t parse_subscribe(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == KEY_FROM)
		a->from = arg;
	else if (key == KEY_AUDIO)
		set_wants(a, MEDIA_AUDIO, arg, state);
	else if (key == KEY_VIDEO)
		set_wants(a, MEDIA_VIDEO, arg, state);
	else if (key == ARGP_KEY_END && !(a->on | a->off))
		argp_error(state, "--audio or --video is needed");
	else
		return parse_member(key, arg, state);
	return 0;
}

static int run_subscribe(const struct arguments *a)
{
	int err = open_tables(a);
	__u32 id, publisher = 0;

	if (err)
		return err;
	err = find_member(a->room, a->name, &id);
	if (!err && a->from)
		err = find_member(a->room, a->from, &publisher);
	if (!err)
		err = control_subscribe(id, publisher,
					(control_wants(id, publisher) | a->on) &
						~a->off);
	if (err == -EINVAL)
		log_error("%s never gets its own streams", a->name);
	return close_tables(err);
}

/* ---- list and watch --------------------------------------------------- */

static const struct argp_option list_options[] = {
	JSON_OPTION,
	PIN_DIR_OPTION,
	{},
};

static const struct argp_option watch_options[] = {
	{ "interval", 'n', "SECONDS", 0, "Time between two reports (1)", 0 },
	{ "count", 'N', "N", 0, "Stop after N reports", 0 },
	JSON_OPTION,
	PIN_DIR_OPTION,
	{},
};

static error_t parse_watch(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == 'j')
		a->json = true;
	else if (key == 'n')
		a->interval = option_seconds(state, arg);
	else if (key == 'N')
		a->count = option_number(state, arg, "a count", 1, MAX_COUNT);
	else
		return parse_common(key, arg, state);
	return 0;
}

/* The guard's counters: the forwarder never sees what the guard drops. */
static json_t *guard_json(const struct arguments *a)
{
	int traffic = dataplane_open_traffic(a->pin_dir);
	json_t *verdicts = json_object();
	struct traffic t;

	for (__u32 v = 0; v < VERDICT_COUNT; v++)
		if (!dataplane_traffic(traffic, v, &t))
			json_object_set_new(verdicts, verdict_name(v),
					    json_integer(t.packets));
	if (traffic >= 0)
		close(traffic);
	return verdicts;
}

static int read_report(const struct arguments *a, json_t **report)
{
	int err = control_open_to_read(a->pin_dir);

	if (err)
		return explain_open(a, err);
	*report = report_rooms(control_plane());
	control_close();
	if (!*report)
		return -ENOMEM;
	return json_object_set_new(*report, "guard", guard_json(a)) ? -ENOMEM :
								      0;
}

static void print_json(const json_t *report)
{
	json_dumpf(report, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	putchar('\n');
}

static void show(const struct arguments *a, const json_t *report,
		 const json_t *before)
{
	if (a->json)
		print_json(report);
	else
		show_report(report, before, a->interval);
}

static int run_list(const struct arguments *a)
{
	json_t *report;
	int err = read_report(a, &report);

	if (err)
		return err;
	show(a, report, NULL);
	json_decref(report);
	return 0;
}

static int run_watch(const struct arguments *a)
{
	json_t *now, *before = NULL;
	unsigned int looks = 0;
	int err;

	live_start();
	do {
		err = read_report(a, &now);
		if (err)
			break;
		live_redraw();
		show(a, now, before);
		putchar('\n');
		fflush(stdout);
		json_decref(before);
		before = now;
	} while (++looks != a->count && live_wait(a->interval));
	json_decref(before);
	return err;
}

/* ---- the commands ----------------------------------------------------- */

/* clang-format off */
#define ARGP(name, parser, words, doc)					\
	{ name##_options, parser, words, doc, options_children, NULL, NULL }
/* clang-format on */

static const struct command {
	const char *name;
	struct argp argp;
	int (*run)(const struct arguments *a);
} commands[] = {
	{ "attach",
	  ARGP(attach, parse_attach, NULL,
	       "Attach the data plane to interfaces, or replace it there.\v"
	       "Calls go on, and no packet is lost."),
	  run_attach },
	{ "detach",
	  ARGP(detach, parse_common, NULL,
	       "Detach the data plane, which ends all calls."),
	  run_detach },
	{ "mode",
	  ARGP(mode, parse_mode, "MODE",
	       "Have another plane forward from now on, with or without a "
	       "server.\vCalls go on, and no packet is lost."),
	  run_mode },
	{ "join",
	  ARGP(join, parse_join, NULL,
	       "Add a participant to a room and print its id.\vExample:\n"
	       "  sfuctl join --room alpha --name alice --at 10.0.7.1:6000 \\\n"
	       "         --audio ssrc=0x1234,pt=111 --video ssrc=0x5678,pt=96"),
	  run_join },
	{ "leave",
	  ARGP(leave, parse_member, "ROOM NAME", "Remove a participant."),
	  run_leave },
	{ "subscribe",
	  ARGP(subscribe, parse_subscribe, "ROOM RECEIVER",
	       "Set what a participant wants to receive.\v"
	       "Example: alice wants no video from bob\n"
	       "  sfuctl subscribe alpha alice --from bob --video off"),
	  run_subscribe },
	{ "list",
	  ARGP(list, parse_watch, NULL,
	       "Show rooms, participants, streams and legs."),
	  run_list },
	{ "watch",
	  ARGP(watch, parse_watch, NULL,
	       "Show rooms, participants, streams and legs again and again, with "
	       "their rates."),
	  run_watch },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char doc[] =
	"Run the data plane of lab03 by hand."
	"\vCommands:\n"
	"  attach     attach the data plane to interfaces, or replace it\n"
	"  detach     detach the data plane, which ends all calls\n"
	"  mode       have another plane forward: tc, or what else there is\n"
	"  join       add a participant to a room\n"
	"  leave      remove a participant\n"
	"  subscribe  set what a participant wants to receive\n"
	"  list       show rooms, participants, streams and legs\n"
	"  watch      show them again and again, with their rates\n"
	"\n"
	"`sfuctl COMMAND --help` tells more.\n"
	"Exit status: 0, 1 failed (or a participant cannot be reached), 2 usage, "
	"77 no right to load BPF.";

struct selection {
	const struct command *command;
	int at; /* its index in argv */
};

/* Leaves all arguments after the command's name to the command. */
static error_t parse_command(int key, char *arg, struct argp_state *state)
{
	struct selection *s = state->input;

	if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "a command is missing");
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(arg, commands[i].name))
			s->command = &commands[i];
	if (!s->command)
		argp_error(state, "there is no command '%s'", arg);
	s->at = state->next - 1;
	state->next = state->argc;
	return 0;
}

int sfuctl_main(const struct plane *const *list, int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse_command,
		.args_doc = "COMMAND [OPTION...]",
		.doc = doc,
		.children = options_children,
	};
	struct selection s = {};
	struct arguments a = {
		.pin_dir = DEFAULT_PIN_DIR,
		.interval = 1,
		.media.port = htons(DEFAULT_MEDIA_PORT),
	};
	char name[32];

	planes = list;
	options_parse(&argp, argc, argv, ARGP_IN_ORDER, &s);
	snprintf(name, sizeof(name), "sfuctl %s", s.command->name);
	argv[s.at] = name;
	options_parse(&s.command->argp, argc - s.at, argv + s.at, 0, &a);
	return exit_status(s.command->run(&a));
}
