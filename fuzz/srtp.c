// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A byte that says the profile and the kind, and a packet: to be encrypted, and
 * then as if somebody had sent it encrypted.
 */
#include <errno.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "lab07-webrtc/srtp.h"

typedef int (*transform)(struct srtp *srtp, const void *packet, size_t len,
			 void *out, size_t room);

static struct srtp *open_end(enum srtp_profile profile)
{
	struct srtp_master master = { .profile = profile, .key = "key" };
	struct srtp *srtp;

	require(!srtp_open(&master, 1, &srtp), "srtp_open");
	return srtp;
}

/* In memory that ends where the room ends: the sanitizer looks behind it. */
static int apply(transform how, struct srtp *srtp, const uint8_t *in,
		 size_t len, uint8_t **out, size_t room)
{
	uint8_t *exact = malloc(len);
	int ret;

	*out = malloc(room);
	if (len)
		memcpy(exact, in, len);
	ret = how(srtp, exact, len, *out, room);
	free(exact);
	return ret;
}

static void check_return(const uint8_t *plain, size_t len,
			 struct srtp *receiver, transform decrypt,
			 const uint8_t *sealed, int ret)
{
	uint8_t *out, *again;

	require(apply(decrypt, receiver, sealed, ret, &out, len) == (int)len,
		"it does not come back");
	require(!memcmp(out, plain, len), "it comes back changed");
	require(apply(decrypt, receiver, sealed, ret, &again, len) == -EEXIST,
		"it comes back twice");
	free(out);
	free(again);
}

static void check_encrypt(const uint8_t *plain, size_t len,
			  enum srtp_profile profile, bool rtcp)
{
	transform decrypt = rtcp ? srtp_decrypt_rtcp : srtp_decrypt_rtp;
	transform encrypt = rtcp ? srtp_encrypt_rtcp : srtp_encrypt_rtp;
	struct srtp *sender = open_end(profile), *receiver = open_end(profile);
	uint8_t *out;
	int ret = apply(encrypt, sender, plain, len, &out,
			len + SRTCP_OVERHEAD);

	if (ret < 0)
		require(ret == -EINVAL, "encrypted: %d", ret);
	else
		check_return(plain, len, receiver, decrypt, out, ret);
	free(out);
	srtp_close(sender);
	srtp_close(receiver);
}

static void check_decrypt(const uint8_t *sealed, size_t len,
			  enum srtp_profile profile, bool rtcp)
{
	struct srtp *receiver = open_end(profile);
	uint8_t *out;
	int ret = apply(rtcp ? srtp_decrypt_rtcp : srtp_decrypt_rtp, receiver,
			sealed, len, &out, len);

	require(ret == -EINVAL || ret == -EBADMSG, "decrypted: %d", ret);
	free(out);
	srtp_close(receiver);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum srtp_profile profile;
	bool rtcp;

	if (!size)
		return 0;
	profile = *data & 1 ? SRTP_CM_SHA1_80 : SRTP_GCM_128;
	rtcp = *data & 2;
	check_encrypt(data + 1, size - 1, profile, rtcp);
	check_decrypt(data + 1, size - 1, profile, rtcp);
	return 0;
}
