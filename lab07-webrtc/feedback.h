/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: RTCP goes to whoever it concerns.
 *
 *	publisher                 server                    receiver
 *	    | SR  ssrc 5             |  SR  ssrc 9             |
 *	    |----------------------->|------------------------>| as it was told
 *	    |            PLI ssrc 5  |             PLI ssrc 9  |
 *	    |<-----------------------|<------------------------| twice a second
 *	    |  RR, TWCC or REMB      |  RR                     |
 *	    |<-----------------------|<------------------------| kept as a report
 *
 * It is the same for encrypted, unencrypted and plain RTP.
 */
#ifndef LAB07_FEEDBACK_H
#define LAB07_FEEDBACK_H

#include <linux/types.h>
#include <stddef.h>

void feedback_open(void);
void feedback_close(void);

/* Takes decrypted or plain RTCP that has come by a transport of control.h. */
void feedback_hear(__u32 transport, const void *datagram, size_t length);

/* A participant receives other streams than before: asks for key frames. */
void feedback_begin(__u32 participant);

#endif
