/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The grammar of RFC 8866, section 9, as far as a description that is written
 * here may go.  It shares nothing with the parser: it is much stricter.
 */
#ifndef LAB04_TESTLIB_SDP_CLEAN_H
#define LAB04_TESTLIB_SDP_CLEAN_H

#include <stdbool.h>

/* Is every line in the grammar, and do they come in its order? */
bool sdp_is_clean(const char *text);

#endif
