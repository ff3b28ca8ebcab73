// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What lies in the pin directory, a bpffs (which holds no plain files):
 *
 *	sfu_rooms, guard_traffic, ...	each map of the two objects
 *	ifaces/2/			attached to the interface of index 2
 *	ifaces/2/...			what the plane has noted there
 *
 * Each step of attach is noted there before it is taken, or dies with the
 * process that took it, so whatever comes next finds all there is to mend
 * or to remove.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/loader.h"
#include "common/local_addresses.h"
#include "common/log.h"
#include "lab01-xdp-parse/guard.h"
#include "lab03-maps/dataplane.h"
#include "lab03-maps/plane.h"
#include "lab03-maps/tables.h"

#define MAX_SERVED 16 /* interfaces of one data plane */

/* ---- the pin directory ------------------------------------------------ */

static const char *path_to(char path[PATH_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const char *path_to(char path[PATH_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(path, PATH_MAX, format, args);
	va_end(args);
	return path;
}

static bool exists(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return !access(path_to(path, "%s/%s", dir, name), F_OK);
}

static int failed(const char *path, int err)
{
	log_error("%s: %s; run as root, and see `make doctor`", path,
		  strerror(-err));
	return err;
}

static int make_dir(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? failed(path, -errno) : 0;
}

/* Can other users write there?  They could rename or remove what is ours. */
static bool is_open_to_others(const struct stat *st)
{
	return st->st_mode & (S_IWGRP | S_IWOTH) && !(st->st_mode & S_ISVTX);
}

/*
 * mount(8) makes a bpffs that everybody may write to.  Another owner of the
 * directory could put programs and maps of his own into it, or remove ours.
 */
static int check_owner(const char *pin_dir)
{
	struct stat st;

	if (lstat(pin_dir, &st))
		return failed(pin_dir, -errno);
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	    !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	log_error("%s is not a directory of this user's alone (uid %u, mode "
		  "%o); take another --pin-dir, and mount the bpffs for root "
		  "alone: mount -t bpf -o mode=0700 bpf /sys/fs/bpf",
		  pin_dir, st.st_uid, st.st_mode & 07777);
	return -EACCES;
}

/* Only in a bpffs can anything be pinned. */
static int check_parent(const char *pin_dir)
{
	char path[PATH_MAX], *parent;
	struct statfs fs;
	struct stat st;

	path_to(path, "%s", pin_dir);
	parent = dirname(path);
	if (statfs(parent, &fs) || fs.f_type != BPF_FS_MAGIC) {
		log_error("%s is in no bpffs, the only place for pins; take a "
			  "directory right below /sys/fs/bpf (if need be: "
			  "mount -t bpf -o mode=0700 bpf /sys/fs/bpf)",
			  pin_dir);
		return -ENOTSUP;
	}
	if (stat(parent, &st) || !is_open_to_others(&st))
		return 0;
	log_error("everybody may rename what is in %s; take that right from "
		  "the others: chmod 0700 %s",
		  parent, parent);
	return -EACCES;
}

static int make_pin_dir(const char *pin_dir)
{
	int err = check_parent(pin_dir);

	err = err ?: make_dir(pin_dir);
	return err ?: check_owner(pin_dir);
}

typedef int (*entry_fn)(const char *dir, const struct dirent *entry,
			const void *ctx);

/* Calls fn for each entry of a directory until it returns an error. */
static int each_entry(const char *path, entry_fn fn, const void *ctx)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return failed(path, -errno);
	while (!err && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			err = fn(path, entry, ctx);
	closedir(dir);
	return err;
}

static int refuse_entry(const char *dir, const struct dirent *entry,
			const void *ctx)
{
	(void)ctx;
	log_error("%s holds %s, which is not ours; take another directory", dir,
		  entry->d_name);
	return -ENOTEMPTY;
}

/* A directory is ours if ifaces/ is in it, or nothing. */
static int check_ours(const char *pin_dir)
{
	if (exists(pin_dir, "ifaces"))
		return 0;
	return each_entry(pin_dir, refuse_entry, NULL);
}

static int prepare_pin_dir(const char *pin_dir)
{
	char path[PATH_MAX];
	int err = make_pin_dir(pin_dir);

	err = err ?: check_ours(pin_dir);
	return err ?: make_dir(path_to(path, "%s/ifaces", pin_dir));
}

/* ---- the lock --------------------------------------------------------- */

/* Asks the kernel who has the lock, so that no pid file can go stale. */
static int find_holder(const struct stat *file)
{
	FILE *locks = fopen("/proc/locks", "re");
	unsigned int major, minor;
	unsigned long inode;
	char line[256];
	int pid, holder = 0;

	while (locks && !holder && fgets(line, sizeof(line), locks))
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid,
			   &major, &minor, &inode) == 4 &&
		    makedev(major, minor) == file->st_dev &&
		    inode == file->st_ino)
			holder = pid;
	if (locks)
		fclose(locks);
	return holder;
}

/* Returns an fd that has the lock.  -ENOENT: a detach removed the directory. */
static int try_lock(const char *pin_dir, int *holder)
{
	int fd, err = make_pin_dir(pin_dir);
	struct stat file;

	if (err)
		return err;
	fd = open(pin_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENOENT : failed(pin_dir, -errno);
	if (flock(fd, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (fstat(fd, &file))
		err = -errno;
	else if (err == -EBUSY)
		*holder = find_holder(&file);
	else if (!err && !file.st_nlink)
		err = -ENOENT;
	if (err)
		close(fd);
	return err ?: fd;
}

int dataplane_lock(const char *pin_dir, int *holder)
{
	static int lock = -1;

	if (lock >= 0)
		close(lock);
	do
		lock = try_lock(pin_dir, holder);
	while (lock == -ENOENT);
	return lock < 0 ? lock : 0;
}

/* ---- loading ---------------------------------------------------------- */

static bool same_shape(const struct bpf_map *map,
		       const struct bpf_map_info *pinned)
{
	return pinned->type == bpf_map__type(map) &&
	       pinned->key_size == bpf_map__key_size(map) &&
	       pinned->value_size == bpf_map__value_size(map) &&
	       pinned->max_entries == bpf_map__max_entries(map) &&
	       pinned->map_flags == bpf_map__map_flags(map);
}

static int refuse_stale(const char *pin_dir)
{
	log_error("what is pinned in %s was made by another version; `sfuctl "
		  "detach` removes it, and the calls in it",
		  pin_dir);
	return -ESTALE;
}

/* libbpf adopts the map that is pinned there, or pins the one it makes. */
static int plan_pin(struct bpf_map *map, const char *pin_dir)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	char path[PATH_MAX];
	int fd, err;

	path_to(path, "%s/%s", pin_dir, bpf_map__name(map));
	err = bpf_map__set_pin_path(map, path);
	if (err)
		return failed(path, err);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return errno == ENOENT ? 0 : failed(path, -errno);
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		err = failed(path, -errno);
	else if (!same_shape(map, &info))
		err = refuse_stale(pin_dir);
	close(fd);
	return err;
}

int dataplane_load(struct bpf_object_skeleton *skeleton, const char *pin_dir)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, *skeleton->obj)
		if (!err && !bpf_map__is_internal(map) &&
		    bpf_map__autocreate(map))
			err = plan_pin(map, pin_dir);
	return err ?: loader_load(skeleton);
}

static int read_settings(int fd, struct settings *settings)
{
	__u32 index = 0;

	return bpf_map_lookup_elem_flags(fd, &index, settings, 0) ? -errno : 0;
}

static int open_pin(const char *pin_dir, const char *map)
{
	char path[PATH_MAX];
	int fd = bpf_obj_get(path_to(path, "%s/%s", pin_dir, map));

	return fd < 0 ? -errno : fd;
}

/* -ENOENT: an attach was killed before it wrote them, or there was none. */
static int find_settings(const char *pin_dir, struct settings *s)
{
	int fd = open_pin(pin_dir, "sfu_settings"), err;

	if (fd < 0)
		return fd;
	err = read_settings(fd, s);
	close(fd);
	if (!err && !s->version)
		err = -ENOENT;
	return err;
}

/*
 * Writes to the settings where they lie: another process may have them open,
 * and counts in them.
 */
static void write_settings(struct settings *s,
			   const struct dataplane_options *o)
{
	s->version = TABLES_VERSION;
	s->media_port = o->media.port;
	s->media_addr = o->media.addr;
	snprintf(s->plane, sizeof(s->plane), "%s", o->plane->name);
}

/* The tables serve one port, which the first process decides. */
static int check_claim(const struct settings *s,
		       const struct dataplane_options *o)
{
	if (!s->version)
		return 0;
	if (s->version != TABLES_VERSION)
		return refuse_stale(o->pin_dir);
	if (s->media_port == o->media.port)
		return 0;
	log_error("the calls in %s use media port %u; take that port, or end "
		  "them by `sfuctl detach`",
		  o->pin_dir, ntohs(s->media_port));
	return -ESTALE;
}

static int claim_settings(const struct dataplane_options *o,
			  const struct bpf_map *map)
{
	size_t size = sysconf(_SC_PAGESIZE);
	struct settings *s = mmap(NULL, size, PROT_READ | PROT_WRITE,
				  MAP_SHARED, bpf_map__fd(map), 0);
	int err;

	if (s == MAP_FAILED)
		return failed(o->pin_dir, -errno);
	err = check_claim(s, o);
	if (!err)
		write_settings(s, o);
	munmap(s, size);
	return err;
}

/* ---- attaching and detaching ------------------------------------------ */

/*
 * An interface has one plane at a time, so the others are detached, but not
 * those whose place the plane `next` (or NULL) can take in one step.
 */
static int detach_planes(const struct plane *const *planes,
			 const struct plane *next, int ifindex,
			 const char *record)
{
	const struct plane_kernel *kernel;
	int err = 0;

	for (; *planes && !err; planes++) {
		kernel = (*planes)->kernel;
		if (kernel && !(next && kernel->detach == next->kernel->detach))
			err = kernel->detach(ifindex, record);
	}
	return err;
}

static int clean_planes(const struct plane *const *planes, const char *pin_dir)
{
	int err = 0;

	for (; *planes && !err; planes++)
		if ((*planes)->kernel && (*planes)->kernel->clean)
			err = (*planes)->kernel->clean(pin_dir);
	return err;
}

static int attach_iface(const struct dataplane_options *o,
			const struct plane_programs *p, const char *ifname)
{
	int ifindex = loader_ifindex(ifname), err;
	char record[PATH_MAX];

	if (ifindex < 0)
		return ifindex;
	err = make_dir(path_to(record, "%s/ifaces/%d", o->pin_dir, ifindex));
	if (err)
		return err;
	err = detach_planes(o->planes, o->plane, ifindex, record);
	err = err ?: o->plane->kernel->attach(p, ifindex, record);
	if (err)
		/* an empty record says that nothing of ours is attached */
		rmdir(record);
	return err;
}

static int attach_ifaces(const struct dataplane_options *o,
			 const struct plane_programs *p)
{
	int err = 0;

	for (const char *const *name = o->ifaces; *name && !err; name++)
		err = attach_iface(o, p, *name);
	return err;
}

static int check_ifaces(const struct dataplane_options *o)
{
	int ifindex = 0;

	for (const char *const *name = o->ifaces; *name && ifindex >= 0; name++)
		ifindex = loader_ifindex(*name);
	return ifindex < 0 ? ifindex : 0;
}

static bool is_wanted(const struct dataplane_options *o, int ifindex)
{
	bool wanted = false;

	for (const char *const *name = o->ifaces; *name && !wanted; name++)
		wanted = (int)if_nametoindex(*name) == ifindex;
	return wanted;
}

/* The planes that can detach, and the interfaces that stay (NULL: none). */
struct detaching {
	const struct plane *const *planes;
	const struct dataplane_options *wanted;
};

static int detach_unwanted(const char *dir, const struct dirent *entry,
			   const void *ctx)
{
	const struct detaching *d = ctx;
	int ifindex = atoi(entry->d_name), err;
	char record[PATH_MAX];

	if (d->wanted && is_wanted(d->wanted, ifindex))
		return 0;
	path_to(record, "%s/%s", dir, entry->d_name);
	err = detach_planes(d->planes, NULL, ifindex, record);
	if (err)
		return err;
	return rmdir(record) ? failed(record, -errno) : 0;
}

static int detach_ifaces(const char *pin_dir, const struct plane *const *planes,
			 const struct dataplane_options *wanted)
{
	struct detaching d = { .planes = planes, .wanted = wanted };
	char path[PATH_MAX];

	return each_entry(path_to(path, "%s/ifaces", pin_dir), detach_unwanted,
			  &d);
}

/* Attaches to all interfaces or, if ifname is not NULL, to that one. */
static int attach(const struct dataplane_options *o, const char *ifname)
{
	const struct plane_kernel *kernel = o->plane->kernel;
	struct plane_programs *p = calloc(1, kernel->size);
	int err;

	if (!p)
		return -ENOMEM;
	err = kernel->load(p, o);
	err = err ?: claim_settings(o, kernel->map(p, "sfu_settings"));
	if (!err)
		err = local_addresses_sync(
			bpf_map__fd(kernel->map(p, "local_addresses")));
	if (!err)
		err = ifname ? attach_iface(o, p, ifname) : attach_ifaces(o, p);
	err = err ?: detach_ifaces(o->pin_dir, o->planes, o);
	kernel->unload(p);
	free(p);
	return err;
}

int dataplane_attach(const struct dataplane_options *o, bool *adopted)
{
	int err = loader_init();

	*adopted = false;
	err = err ?: check_ifaces(o);
	err = err ?: prepare_pin_dir(o->pin_dir);
	if (err)
		return err;
	*adopted = exists(o->pin_dir, "sfu_settings");
	err = attach(o, NULL);
	if (err && !*adopted)
		dataplane_detach(o->planes, o->pin_dir);
	return err;
}

/* The plane may have been changed since the process of *o began. */
int dataplane_reattach(const struct dataplane_options *o, const char *ifname)
{
	struct dataplane_options now = *o;
	struct settings s;
	int err = find_settings(o->pin_dir, &s);

	if (err)
		return failed(o->pin_dir, err);
	now.plane = plane_find(o->planes, s.plane) ?: o->plane;
	err = attach(&now, ifname);
	return err ?: (int)if_nametoindex(ifname) ?: -ENODEV;
}

/* ---- another plane ------------------------------------------------------ */

struct served {
	char names[MAX_SERVED][IF_NAMESIZE];
	const char *ifaces[MAX_SERVED + 1];
	int count;
};

static int add_served(const char *dir, const struct dirent *entry,
		      const void *ctx)
{
	struct served *served = (struct served *)ctx;
	int i = served->count;

	(void)dir;
	if (i == MAX_SERVED ||
	    !if_indextoname(atoi(entry->d_name), served->names[i]))
		return 0;
	served->ifaces[i] = served->names[i];
	served->count++;
	return 0;
}

/* Two of these at a time would undo each other's steps; returns an fd. */
static int lock_change(const char *pin_dir)
{
	char path[PATH_MAX];
	int fd = open(path_to(path, "%s/ifaces", pin_dir),
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && !flock(fd, LOCK_EX))
		return fd;
	failed(path, -errno);
	if (fd >= 0)
		close(fd);
	return -EIO;
}

int dataplane_change(const struct plane *const *planes, const struct plane *to,
		     const char *pin_dir)
{
	struct served served = {};
	struct dataplane_options o = {
		.plane = to,
		.planes = planes,
		.pin_dir = pin_dir,
		.ifaces = served.ifaces,
	};
	char path[PATH_MAX];
	struct settings s;
	int err = find_settings(pin_dir, &s), lock;

	if (err)
		return err;
	err = make_pin_dir(pin_dir); /* it is there, but whose is it? */
	err = err ?: loader_init();
	lock = err ?: lock_change(pin_dir);
	if (lock < 0)
		return lock;
	o.media = (struct media_address){ .addr = s.media_addr,
					  .port = s.media_port };
	err = each_entry(path_to(path, "%s/ifaces", pin_dir), add_served,
			 &served);
	err = err ?: attach(&o, NULL);
	close(lock);
	return err;
}

static int remove_pin(const char *dir, const struct dirent *entry,
		      const void *ctx)
{
	char path[PATH_MAX];

	(void)ctx;
	path_to(path, "%s/%s", dir, entry->d_name);
	return entry->d_type != DT_DIR && unlink(path) ? failed(path, -errno) :
							 0;
}

/* Removes ifaces/ last, because it says that the directory is ours. */
int dataplane_detach(const struct plane *const *planes, const char *pin_dir)
{
	char path[PATH_MAX];
	int err;

	if (access(pin_dir, F_OK))
		return errno == ENOENT ? 0 : failed(pin_dir, -errno);
	err = check_owner(pin_dir);
	err = err ?: check_ours(pin_dir);
	if (!err && exists(pin_dir, "ifaces"))
		err = detach_ifaces(pin_dir, planes, NULL);
	err = err ?: clean_planes(planes, pin_dir);
	err = err ?: each_entry(pin_dir, remove_pin, NULL);
	if (err)
		return err;
	rmdir(path_to(path, "%s/ifaces", pin_dir));
	return rmdir(pin_dir) ? failed(pin_dir, -errno) : 0;
}

/* ---- questions -------------------------------------------------------- */

int dataplane_media_port(const char *pin_dir, __be16 *port)
{
	struct settings s;
	int err = find_settings(pin_dir, &s);

	if (!err)
		*port = s.media_port;
	return err;
}

int dataplane_open_traffic(const char *pin_dir)
{
	/* libbpf reads a file at the first call, which is allowed only now. */
	libbpf_num_possible_cpus();
	return open_pin(pin_dir, "guard_traffic");
}

int dataplane_traffic(int fd, __u32 verdict, struct traffic *out)
{
	int cpus = libbpf_num_possible_cpus();
	struct traffic *per_cpu;
	int err = 0;

	if (fd < 0 || cpus < 0)
		return fd < 0 ? fd : cpus;
	*out = (struct traffic){};
	per_cpu = calloc(cpus, sizeof(*per_cpu));
	if (!per_cpu)
		err = -ENOMEM;
	else if (bpf_map_lookup_elem_flags(fd, &verdict, per_cpu, 0))
		err = -errno;
	for (int cpu = 0; !err && cpu < cpus; cpu++) {
		out->packets += per_cpu[cpu].packets;
		out->bytes += per_cpu[cpu].bytes;
	}
	free(per_cpu);
	return err;
}

int dataplane_open_addresses(const char *pin_dir)
{
	return open_pin(pin_dir, "local_addresses");
}
