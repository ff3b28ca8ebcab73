// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "common/log.h"
#include "lab04-signalling/rights.h"

static const cap_value_t for_detach[] = { CAP_NET_ADMIN };

#define FOR_DETACH ((int)(sizeof(for_detach) / sizeof(for_detach[0])))

static void log_rights(cap_t caps)
{
	char *text = cap_to_text(caps, NULL);

	/* "=" alone: none at all */
	log_debug("capabilities from here on: %s", text ?: "?");
	cap_free(text);
}

/* Keeps those that there are of a list, and makes them effective or not. */
static int set_rights(const cap_value_t *list, int count,
		      cap_flag_value_t effective)
{
	cap_t now = cap_get_proc(), caps = cap_init();
	int err = now && caps ? 0 : -ENOMEM;

	for (int i = 0; !err && i < count; i++) {
		cap_flag_value_t has;

		cap_get_flag(now, list[i], CAP_PERMITTED, &has);
		cap_set_flag(caps, CAP_PERMITTED, 1, &list[i], has);
		cap_set_flag(caps, CAP_EFFECTIVE, 1, &list[i],
			     has && effective);
	}
	if (!err && cap_set_proc(caps))
		err = -errno;
	if (err)
		log_error("cannot change the rights of this process: %s",
			  strerror(-err));
	else
		log_rights(caps);
	cap_free(now);
	cap_free(caps);
	return err;
}

int rights_drop(bool detach)
{
	int err = set_rights(for_detach, detach ? FOR_DETACH : 0, CAP_CLEAR);

	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		err = -errno;
		log_error("cannot set no_new_privs: %s", strerror(-err));
	}
	return err;
}

int rights_resume(void)
{
	return set_rights(for_detach, FOR_DETACH, CAP_SET);
}
