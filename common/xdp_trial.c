// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Sends a frame by native XDP, and asks the driver whether it has counted it:
 *
 *	BPF_PROG_TEST_RUN --> redirect --> eth0 =====veth===== peer
 *	                                    |                    no ring: the
 *	                       tx_queue_0_xdp_xmit: 0, 1         frame is lost,
 *	                                                         nobody counts
 *
 * A frame for which the ring had no room is counted, too, as an error: there is
 * a ring.  Other frames that are counted meanwhile say the same.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "common/xdp_trial.h"

#define COUNTERS     "_xdp_xmit" /* what their names contain */
#define NO_MORE_THAN 65536	 /* counters of one interface */

/* ---- the counters -------------------------------------------------------- */

static int ask_driver(int ifindex, void *question)
{
	struct ifreq ifr = { .ifr_data = question };
	int fd, err = 0;

	if (!if_indextoname(ifindex, ifr.ifr_name))
		return -ENODEV;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

/* How many counters are there?  Negative errno if there are none. */
static int count_counters(int ifindex)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t count;
	} sets = { .info = { .cmd = ETHTOOL_GSSET_INFO,
			     .sset_mask = 1ULL << ETH_SS_STATS } };
	int err = ask_driver(ifindex, &sets);

	if (err)
		return err;
	if (!sets.count || sets.count > NO_MORE_THAN)
		return -EOPNOTSUPP;
	return sets.count;
}

static int add_up(const struct ethtool_gstrings *names,
		  const struct ethtool_stats *values, uint64_t *sum)
{
	uint32_t count = names->len < values->n_stats ? names->len :
							values->n_stats;
	int found = 0;

	*sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!memmem(names->data + i * ETH_GSTRING_LEN, ETH_GSTRING_LEN,
			    COUNTERS, strlen(COUNTERS)))
			continue;
		*sum += values->data[i];
		found++;
	}
	return found ? 0 : -EOPNOTSUPP;
}

/* The frames of native XDP that the driver has had to send. */
static int read_counters(int ifindex, uint64_t *sum)
{
	int count = count_counters(ifindex), err = -ENOMEM;
	struct ethtool_gstrings *names;
	struct ethtool_stats *values;

	if (count < 0)
		return count;
	names = calloc(1, sizeof(*names) + (size_t)count * ETH_GSTRING_LEN);
	values = calloc(1, sizeof(*values) + count * sizeof(uint64_t));
	if (names && values) {
		names->cmd = ETHTOOL_GSTRINGS;
		names->string_set = ETH_SS_STATS;
		names->len = count;
		values->cmd = ETHTOOL_GSTATS;
		values->n_stats = count;
		err = ask_driver(ifindex, names);
		err = err ?: ask_driver(ifindex, values);
		err = err ?: add_up(names, values, sum);
	}
	free(names);
	free(values);
	return err;
}

/* ---- the frame ----------------------------------------------------------- */

static int load(const struct bpf_insn *program, size_t length)
{
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "trial", "Dual BSD/GPL",
			       program, length, NULL);

	return fd < 0 ? -errno : fd;
}

int xdp_trial_load(void)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return load(pass, sizeof(pass) / sizeof(*pass));
}

static int load_redirect(int ifindex)
{
	const struct bpf_insn redirect[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_1,
		  .imm = ifindex },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return load(redirect, sizeof(redirect) / sizeof(*redirect));
}

/* The kernel has sent it when this returns, or has not. */
static int send_frame(int ifindex)
{
	uint8_t frame[64] = { [12] = 0x88, [13] = 0xb5 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame,
		    .data_size_in = sizeof(frame), .repeat = 1,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	int program = load_redirect(ifindex), err;

	if (program < 0)
		return program;
	err = bpf_prog_test_run_opts(program, &run);
	close(program);
	return err;
}

int xdp_trial_send(int ifindex)
{
	uint64_t before, after;
	int err = read_counters(ifindex, &before);

	err = err ?: send_frame(ifindex);
	err = err ?: read_counters(ifindex, &after);
	return err ?: after > before;
}
