// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Which plane --mode auto takes, of three that offer what the test says:
 *
 *	best (kernel) --> good (kernel) --> plain (user space)
 */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/test.h"
#include "lab03-maps/plane.h"

static bool best_offers, good_offers, asked_with_eth0;

static bool offer_best(const char *const *ifaces, char *why, size_t size)
{
	asked_with_eth0 = !strcmp(ifaces[0], "eth0");
	snprintf(why, size, "best says %s", best_offers ? "yes" : "no");
	return best_offers;
}

static bool offer_good(const char *const *ifaces, char *why, size_t size)
{
	(void)ifaces;
	snprintf(why, size, "good says %s", good_offers ? "yes" : "no");
	return good_offers;
}

static const struct plane_kernel kernel;
static const struct plane best = { .name = "best",
				   .offers = offer_best,
				   .kernel = &kernel };
static const struct plane good = { .name = "good",
				   .offers = offer_good,
				   .kernel = &kernel };
static const struct plane twin = { .name = "twin",
				   .offers = offer_good,
				   .kernel = &kernel };
static const struct plane plain = { .name = "plain" };
static const struct plane *const planes[] = { &best, &good, &plain, NULL };
static const struct plane *const kernels[] = { &best, &good, &twin, NULL };
static const char *const ifaces[] = { "eth0", NULL };

TEST("3.0.ja", choose_plane, "mode auto is the first plane that offers",
     .native = true)
{
	best_offers = good_offers = true;
	check_true(plane_choose(planes, ifaces) == &best, "not the best");
	check_true(asked_with_eth0, "it was asked for other interfaces");
	best_offers = false;
	check_true(plane_choose(planes, ifaces) == &good, "not the second");
	good_offers = false;
	check_true(plane_choose(planes, ifaces) == &plain, "not the last");
}

TEST("3.0.jb", no_plane, "where none offers, it says why", .native = true)
{
	best_offers = good_offers = false;
	check_true(!plane_choose(kernels, ifaces), "one was chosen");
	check_str("error",
		  "no mode can serve here; not best, because best says no; not "
		  "good, because good says no; nor twin; see `make doctor`",
		  log_last_error());
}

TEST("3.0.jc", names, "the planes of a list, as a sentence has them",
     .native = true)
{
	static const struct plane *const one[] = { &best, NULL };
	static const struct plane *const two[] = { &best, &good, NULL };
	char names[PLANE_NAMES];

	plane_names(one, NULL, names);
	check_str("one", "best", names);
	plane_names(two, NULL, names);
	check_str("two", "best or good", names);
	plane_names(planes, NULL, names);
	check_str("three", "best, good or plain", names);
	plane_names(two, PLANE_AUTO, names);
	check_str("and one more", "best, good or auto", names);
}
