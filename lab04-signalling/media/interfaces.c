// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The interfaces of --iface, by name.  Only root may attach, and this process
 * has given that up; so it asks the keeper.
 *
 *	link is gone       attached = 0
 *	link of its name   the keeper attaches --> attached = its index
 */
#include <net/if.h>
#include <string.h>

#include "common/log.h"
#include "lab04-signalling/media/interfaces.h"
#include "lab04-signalling/media/keeper.h"

struct interface {
	const char *name;
	__u32 attached; /* index; 0: it is gone */
	__u32 tried;	/* the keeper was asked for this one */
};

static struct interface interfaces[MAX_INTERFACES];
static int count;
static const struct keeper *keeper;

void interfaces_open(const char *const *names, const struct keeper *k)
{
	keeper = k;
	for (count = 0; names[count]; count++)
		interfaces[count] = (struct interface){
			.name = names[count],
			.attached = if_nametoindex(names[count]),
		};
}

static struct interface *find(__u32 ifindex)
{
	for (int i = 0; i < count; i++)
		if (interfaces[i].attached == ifindex)
			return &interfaces[i];
	return NULL;
}

bool interfaces_is_attached(void *unused, __u32 ifindex)
{
	(void)unused;
	return find(ifindex);
}

static void lose(struct interface *gone)
{
	log_warn("%s is gone; when it is back, it is attached again",
		 gone->name);
	gone->attached = gone->tried = 0;
}

/* Another one of that name: once is enough, the keeper says what went wrong. */
static void attach_again(int i, __u32 ifindex)
{
	struct interface *back = &interfaces[i];

	if (back->attached == ifindex || back->tried == ifindex)
		return;
	back->tried = ifindex;
	keeper_attach(keeper, i);
}

void interfaces_hear_link(void *unused, const char *name, __u32 ifindex,
			  bool gone)
{
	struct interface *old = find(ifindex);

	(void)unused;
	if (gone && old)
		lose(old);
	for (int i = 0; i < count && !gone; i++)
		if (!strcmp(interfaces[i].name, name))
			attach_again(i, ifindex);
}

void interfaces_hear_keeper(int iface, int result)
{
	struct interface *i = &interfaces[iface];

	if (result > 0) {
		i->attached = result;
		log_info("%s is back: the kernel forwards what comes in there",
			 i->name);
		return;
	}
	log_warn("%s is back, but without our programs: what comes in there is "
		 "forwarded in user space",
		 i->name);
}
