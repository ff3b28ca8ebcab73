/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03, a part of control.h: calls outlive the server.
 *
 * What the kernel has to know for it is in tables_feedback.h.  The control
 * plane writes it together with the legs; only the server can say two things:
 */
#ifndef LAB03_OUTLIVE_H
#define LAB03_OUTLIVE_H

#include "lab03-maps/tables_feedback.h"

/*
 * The server is there, and takes care of RTCP.  If it does not say so again
 * within SERVER_PATIENCE_NS, the kernel answers.
 */
void control_beat(void);

/*
 * How often the kernel has answered RTCP so since the maps were made, and what
 * that answer is called: "keyframe".
 */
__u64 control_answered(enum rtcp_answer answer);
const char *control_answer_name(enum rtcp_answer answer);

/* What a publisher was told of its stream; NULL: there is no such stream. */
struct stream_feedback *control_feedback(__u32 stream);

#endif
