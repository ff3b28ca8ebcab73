// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What is hard about BPF here is not loading it, but saying why it was
 * refused: each error of libbpf and of the kernel is turned into a sentence
 * that says what to try. TC filters are listed by netlink, because libbpf
 * finds a filter only by its priority and handle.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/log.h"
#include "common/route.h"
#include "common/rtnetlink.h"

#define VERIFIER_LOG_BYTES (16 << 20) /* touched only on failure */
#define VERIFIER_LOG_LINES 12	      /* of it, to be shown */
#define VERIFIER_LOG_LEVEL (1 | 4)    /* the paths, and statistics */

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- rights ----------------------------------------------------------- */

static const struct {
	cap_value_t value;
	const char *name;
	bool by_sys_admin; /* CAP_SYS_ADMIN includes it */
} needed[] = {
	{ CAP_BPF, "CAP_BPF", true },
	{ CAP_PERFMON, "CAP_PERFMON", true },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN", false },
};

static bool has(cap_t caps, cap_value_t value)
{
	cap_flag_value_t set = CAP_CLEAR;

	cap_get_flag(caps, value, CAP_EFFECTIVE, &set);
	return set == CAP_SET;
}

/* Writes " NAME" for each that this process lacks. */
static void list_missing(char missing[64])
{
	cap_t caps = cap_get_proc();

	*missing = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (has(caps, needed[i].value) ||
		    (needed[i].by_sys_admin && has(caps, CAP_SYS_ADMIN)))
			continue;
		strcat(missing, " ");
		strcat(missing, needed[i].name);
	}
	cap_free(caps);
}

static int check_rights(void)
{
	char missing[64];

	list_missing(missing);
	if (!*missing)
		return 0;
	log_error("no right to load BPF programs (missing:%s); run as root "
		  "(sudo), or see `make doctor`",
		  missing);
	return -EPERM;
}

bool loader_may_load(char *why, size_t size)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	char missing[64];
	int fd;

	list_missing(missing);
	if (*missing) {
		snprintf(why, size,
			 "this process has no right to load BPF programs "
			 "(missing:%s; try sudo)",
			 missing);
		return false;
	}
	fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "trial", "Dual BSD/GPL",
			   nothing, ARRAY_SIZE(nothing), NULL);
	if (fd < 0)
		snprintf(why, size, "the kernel loads no BPF programs here: %s",
			 strerror(errno));
	else
		close(fd);
	return fd >= 0;
}

/* ---- loading ---------------------------------------------------------- */

/* libbpf warns of the cause first, then of all that fails because of it. */
static char first_warning[256];

static int print(enum libbpf_print_level level, const char *format,
		 va_list args) __attribute__((format(printf, 2, 0)));

static int print(enum libbpf_print_level level, const char *format,
		 va_list args)
{
	char text[256];

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	log_debug("%s", text);
	if (level == LIBBPF_WARN && !*first_warning)
		strcpy(first_warning, text);
	return 0;
}

int loader_init(void)
{
	libbpf_set_print(print);
	return check_rights();
}

/* Where the last lines of a text start; its last newline is cut off. */
static char *last_lines(char *text, int lines)
{
	char *end = text + strlen(text), *at;

	if (end > text && end[-1] == '\n')
		*--end = '\0';
	for (at = end; at > text; at--)
		if (at[-1] == '\n' && --lines == 0)
			break;
	return at;
}

static void explain_load(const char *name, int err, char *verifier_log)
{
	if (err == -EPERM) {
		log_error("cannot load %s: the kernel grants BPF only to the "
			  "machine's own root, not to that of a user namespace "
			  "or an unprivileged container; see `make doctor`",
			  name);
	} else if (*verifier_log) {
		log_error("cannot load %s: %s; the verifier said at last:",
			  name, strerror(-err));
		/* its lines are long, and the last one matters most */
		fprintf(stderr, "%s\n",
			last_lines(verifier_log, VERIFIER_LOG_LINES));
	} else {
		log_error("cannot load %s: %s (%s); try `make doctor`", name,
			  strerror(-err), first_warning);
	}
}

/* False: nobody has asked for logs. */
static bool log_path(char path[PATH_MAX], const struct bpf_program *program,
		     const char *verdict)
{
	const char *directory = getenv("SWIFTCALL_VERIFIER_LOG");

	return directory && snprintf(path, PATH_MAX, "%s/%s.%s", directory,
				     bpf_program__name(program), verdict);
}

static void save_log(const struct bpf_program *program, const char *verdict,
		     const char *log)
{
	char path[PATH_MAX];
	FILE *out;

	if (!program || !log_path(path, program, verdict))
		return;
	out = fopen(path, "we");
	if (!out || fputs(log, out) < 0)
		log_errno(path, "is SWIFTCALL_VERIFIER_LOG a directory?");
	if (out)
		fclose(out);
}

/*
 * True for the first who asks: to write all that is said of a program that is
 * accepted is slow, and every process that shares the directory loads it.
 */
static bool claim_log(const struct bpf_program *program)
{
	char path[PATH_MAX];
	int fd = -1;

	if (log_path(path, program, "claimed"))
		fd = open(path, O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * A log for each program (NULL: none any more).  At level 0 it stays empty if
 * the program is accepted.
 */
static void set_logs(const struct bpf_object *object, char *logs)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		if (logs && claim_log(program))
			bpf_program__set_log_level(program, VERIFIER_LOG_LEVEL);
		bpf_program__set_log_buf(program, logs,
					 logs ? VERIFIER_LOG_BYTES : 0);
		if (logs)
			logs += VERIFIER_LOG_BYTES;
	}
}

/*
 * Saves the logs if that is asked for, and returns the last one: programs are
 * loaded in turn until one is refused.
 */
static char *read_logs(const struct bpf_object *object, char *logs, int err)
{
	struct bpf_program *program, *before = NULL;
	char *last = logs;

	bpf_object__for_each_program(program, object) {
		if (*logs) {
			save_log(before, "accepted", last);
			before = program;
			last = logs;
		}
		logs += VERIFIER_LOG_BYTES;
	}
	save_log(before, err ? "rejected" : "accepted", last);
	return last;
}

static size_t count_programs(const struct bpf_object *object)
{
	struct bpf_program *program;
	size_t count = 0;

	bpf_object__for_each_program(program, object)
		count++;
	return count;
}

int loader_load(struct bpf_object_skeleton *skeleton)
{
	const struct bpf_object *object = *skeleton->obj;
	char *logs = calloc(count_programs(object), VERIFIER_LOG_BYTES);
	int err;

	if (!logs) {
		log_error("cannot load %s: out of memory", skeleton->name);
		return -ENOMEM;
	}
	*first_warning = '\0';
	set_logs(object, logs);
	err = bpf_object__load_skeleton(skeleton);
	if (err)
		explain_load(skeleton->name, err, read_logs(object, logs, err));
	else
		read_logs(object, logs, 0);
	set_logs(object, NULL);
	free(logs);
	return err;
}

/* ---- interfaces ------------------------------------------------------- */

/* An Ethernet header is the first that our programs look for; lo has one. */
static int check_ethernet(const char *ifname)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &ifr))
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (err) {
		log_error("cannot look at %s: %s", ifname, strerror(-err));
		return err;
	}
	if (ifr.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
	    ifr.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK)
		return 0;
	log_error("%s has no Ethernet frames (is it a VPN?), and our programs "
		  "read no others; leave it out: what comes in there, the "
		  "server forwards in user space",
		  ifname);
	return -ENOTSUP;
}

int loader_ifindex(const char *ifname)
{
	int ifindex = if_nametoindex(ifname), err;

	if (!ifindex) {
		log_error("no interface %s here; `ip link` lists what there is",
			  ifname);
		return -ENODEV;
	}
	err = check_ethernet(ifname);
	return err ?: ifindex;
}

static bool default_route_allowed;

void loader_allow_default_route(void)
{
	default_route_allowed = true;
}

int loader_tool_ifindex(const char *ifname)
{
	int ifindex = loader_ifindex(ifname), carries;

	if (ifindex < 0 || default_route_allowed)
		return ifindex;
	carries = route_is_default(ifindex);
	if (carries <= 0)
		return carries ?: ifindex;
	log_error("%s is this machine's way to the world (the default route), "
		  "which a wrong program would cut; use a sandbox "
		  "(build/common/sandbox), or say --on-default-route",
		  ifname);
	return -EACCES;
}

/* Only for messages: "if7" for an interface that is gone. */
static const char *name_of(int ifindex)
{
	static char name[IF_NAMESIZE];

	if (!if_indextoname(ifindex, name))
		snprintf(name, sizeof(name), "if%d", ifindex);
	return name;
}

/* ---- XDP -------------------------------------------------------------- */

static int link_xdp(const struct bpf_program *program, int ifindex, __u32 flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
	int fd = bpf_link_create(bpf_program__fd(program), ifindex, BPF_XDP,
				 &options);

	return fd < 0 ? -errno : fd;
}

static int explain_xdp(int ifindex, int err)
{
	const char *ifname = name_of(ifindex);

	/* EEXIST: it is native, and we tried generic. */
	if (err == -EEXIST)
		err = -EBUSY;
	if (err == -EBUSY)
		log_error("%s has an XDP program already (`bpftool net` shows "
			  "it); stop its owner, or try: sfuctl detach",
			  ifname);
	else
		log_error("cannot attach XDP to %s: %s; try `make doctor`",
			  ifname, strerror(-err));
	return err;
}

const char *loader_xdp_mode(int ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, xdp);

	if (bpf_xdp_query(ifindex, 0, &xdp) || !xdp.prog_id)
		return "no XDP";
	return xdp.attach_mode == XDP_ATTACHED_SKB ? "generic XDP" :
						     "native XDP";
}

int loader_attach_xdp(const struct bpf_program *program, int ifindex)
{
	int native = link_xdp(program, ifindex, XDP_FLAGS_DRV_MODE);
	int fd = native;

	if (native < 0 && native != -EBUSY)
		fd = link_xdp(program, ifindex, XDP_FLAGS_SKB_MODE);
	if (fd < 0)
		return explain_xdp(ifindex, fd);
	if (native < 0)
		log_debug("%s: native XDP: %s", name_of(ifindex),
			  strerror(-native));
	log_info("%s: %s is attached, %s", name_of(ifindex),
		 bpf_program__name(program), loader_xdp_mode(ifindex));
	return fd;
}

/*
 * What a pinned link holds: 1 is this interface, 0 none of this index any
 * more, -EBUSY one of another network namespace, where indices are the same.
 */
static int link_holds(int fd, int ifindex)
{
	struct bpf_link_info info = {};
	__u32 size = sizeof(info), here = 0;

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	if ((int)info.xdp.ifindex != ifindex)
		return 0;
	bpf_xdp_query_id(ifindex, 0, &here);
	return here == info.prog_id ? 1 : -EBUSY;
}

static int explain_pin(const char *path, int err)
{
	if (err == -EBUSY)
		log_error("%s holds an interface of another network namespace; "
			  "detach it there, or take another pin directory",
			  path);
	else if (err)
		log_error("cannot change what is pinned at %s: %s; run as root",
			  path, strerror(-err));
	return err;
}

/* 1: the link at path has the program now.  0: there is none to adopt. */
static int adopt_link(const struct bpf_program *program, int ifindex,
		      const char *path)
{
	int fd = bpf_obj_get(path), holds;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	holds = link_holds(fd, ifindex);
	if (holds > 0 && bpf_link_update(fd, bpf_program__fd(program), NULL))
		holds = -errno;
	close(fd);
	if (!holds)
		unlink(path);
	return holds;
}

static int pin_new_link(const struct bpf_program *program, int ifindex,
			const char *path)
{
	int fd = loader_attach_xdp(program, ifindex), err;

	if (fd < 0)
		return fd;
	err = bpf_obj_pin(fd, path) ? -errno : 0;
	close(fd);
	return explain_pin(path, err);
}

int loader_pin_xdp(const struct bpf_program *program, int ifindex,
		   const char *path)
{
	int adopted = adopt_link(program, ifindex, path);

	if (!adopted)
		return pin_new_link(program, ifindex, path);
	if (adopted < 0)
		return explain_pin(path, adopted);
	log_info("%s: %s is replaced, %s", name_of(ifindex),
		 bpf_program__name(program), loader_xdp_mode(ifindex));
	return 0;
}

/*
 * Removing the pin would do, but only after a while: the kernel lets go of
 * what was pinned when no CPU can be looking at the file any more.
 */
int loader_unpin_xdp(int ifindex, const char *path)
{
	int fd = bpf_obj_get(path), err;

	if (fd < 0)
		return errno == ENOENT ? 0 : explain_pin(path, -errno);
	if (link_holds(fd, ifindex) == -EBUSY)
		log_warn("interface %d is in another network namespace: a TC "
			 "program of ours may still be there; try, there: "
			 "tc filter del dev NAME ingress priority %d",
			 ifindex, TC_PRIORITY);
	err = bpf_link_detach(fd) ? -errno : 0;
	close(fd);
	if (!err && unlink(path))
		err = -errno;
	return explain_pin(path, err);
}

/* ---- TC --------------------------------------------------------------- */

/* What is in the clsact of an interface. */
struct filters {
	const char *program; /* whom we look for */
	bool found;	     /* it is in our place */
	bool taken;	     /* another one is in our place */
	int others;	     /* filters that are not it */
};

/* libbpf calls a filter after its program, "name:[id]" (TCA_BPF_NAME). */
static bool is_filter_of(const struct nlmsghdr *nlh, const char *program)
{
	const struct nlattr *outer, *inner;
	size_t length = strlen(program);

	mnl_attr_for_each(outer, nlh, sizeof(struct tcmsg)) {
		if (mnl_attr_get_type(outer) != TCA_OPTIONS)
			continue;
		mnl_attr_for_each_nested(inner, outer) {
			const char *name = mnl_attr_get_payload(inner);

			if (mnl_attr_get_type(inner) == TCA_BPF_NAME)
				return !strncmp(name, program, length) &&
				       !strncmp(name + length, ":[", 2);
		}
	}
	return false;
}

static int on_filter(const struct nlmsghdr *nlh, void *ctx)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
	struct filters *filters = ctx;
	bool our_place = tc->tcm_parent ==
				 TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS) &&
			 TC_H_MAJ(tc->tcm_info) >> 16 == TC_PRIORITY &&
			 tc->tcm_handle == TC_HANDLE;

	if (!tc->tcm_handle) /* announces the filters of a priority */
		return MNL_CB_OK;
	if (our_place && is_filter_of(nlh, filters->program)) {
		filters->found = true;
		return MNL_CB_OK;
	}
	filters->taken |= our_place;
	filters->others++;
	return MNL_CB_OK;
}

/* Has on_filter() see the filters of one direction. */
static int dump_filters(struct mnl_socket *nl, int ifindex, __u32 direction,
			struct filters *filters)
{
	struct tcmsg tc = {
		.tcm_ifindex = ifindex,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, direction),
	};
	_Alignas(4) char buf[256];

	return rtnetlink_dump(nl,
			      rtnetlink_request(buf, RTM_GETTFILTER, &tc,
						sizeof(tc)),
			      on_filter, filters);
}

static int list_filters(int ifindex, struct filters *filters)
{
	struct mnl_socket *nl = rtnetlink_open();
	int err;

	if (!nl)
		return -errno;
	err = dump_filters(nl, ifindex, TC_H_MIN_INGRESS, filters);
	if (!err)
		err = dump_filters(nl, ifindex, TC_H_MIN_EGRESS, filters);
	mnl_socket_close(nl);
	return err;
}

static int explain_tc(int ifindex, const char *what, int err)
{
	if (err)
		log_error("%s: cannot %s: %s; try `make doctor`",
			  name_of(ifindex), what, strerror(-err));
	return err;
}

int loader_attach_tc(const struct bpf_program *program, int ifindex,
		     bool *made_clsact)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = TC_HANDLE,
		    .priority = TC_PRIORITY, .flags = BPF_TC_F_REPLACE,
		    .prog_fd = bpf_program__fd(program));
	struct filters filters = { .program = bpf_program__name(program) };
	int err = bpf_tc_hook_create(&hook);

	*made_clsact = !err;
	if (err && err != -EEXIST)
		return explain_tc(ifindex, "add a clsact qdisc", err);
	err = list_filters(ifindex, &filters);
	if (err)
		return explain_tc(ifindex, "list its TC filters", err);
	if (filters.taken) {
		log_error("%s has another program at TC ingress, priority %d; "
			  "stop its owner; if it has none, try: "
			  "tc filter del dev %s ingress priority %d",
			  name_of(ifindex), TC_PRIORITY, name_of(ifindex),
			  TC_PRIORITY);
		return -EBUSY;
	}
	err = bpf_tc_attach(&hook, &options);
	if (!err)
		log_info("%s: %s is %s, TC ingress", name_of(ifindex),
			 filters.program,
			 filters.found ? "replaced" : "attached");
	return explain_tc(ifindex, "attach to TC ingress", err);
}

static int remove_filter(int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = TC_HANDLE,
		    .priority = TC_PRIORITY);

	return bpf_tc_detach(&hook, &options);
}

static int remove_qdisc(int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_destroy(&hook);

	/* Somebody was quicker, or it never was there. */
	return err == -EINVAL || err == -ENOENT || err == -ENODEV ? 0 : err;
}

int loader_detach_tc(const char *program, int ifindex, bool remove_clsact)
{
	struct filters filters = { .program = program };
	int err = list_filters(ifindex, &filters);

	if (!err && filters.found)
		err = remove_filter(ifindex);
	if (!err && remove_clsact && !filters.others)
		err = remove_qdisc(ifindex);
	return explain_tc(ifindex, "detach from TC", err == -ENODEV ? 0 : err);
}
