// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to send every packet back where it came from.
 * The mistake: declares the helper by hand, with one parameter too few. The
 * kernel reads the second one too, which nobody has set.
 */
//@rule register-uninitialised
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#ifdef MENDED
#define redirect(ifindex) bpf_redirect(ifindex, 0)
#else
static long (*redirect)(__u32 ifindex) = (void *)BPF_FUNC_redirect;
#endif

SEC("xdp")
int send_back(struct xdp_md *ctx)
{
	return redirect(ctx->ingress_ifindex); //@line
}
