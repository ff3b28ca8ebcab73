/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab07: the page, for people with a browser; its files are in the binary. */
#ifndef LAB07_PAGE_H
#define LAB07_PAGE_H

#include "lab04-signalling/http/http.h"

/*
 * GET / is the page, and GET /page/NAME is one of its files.  This table has to
 * come before api_routes, which has the help text at / as well as at /help.
 */
extern const struct http_route page_routes[];

#endif
