/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: publishing and viewing for programs that know HTTP and WebRTC, and
 * nothing of rooms: WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep).
 *
 *	POST   /whip/{room}[?name=...]	an offer to send: 201
 *	POST   /whep/{room}[/{name}]	an offer to receive: 201, or 409: nobody
 *					sends yet
 *	PATCH  what Location says	candidates: 204; ICE restart: 200
 *	DELETE the same			leaves: 200
 *
 * Pages of all sites may use it (CORS).
 */
#ifndef LAB07_WHIP_H
#define LAB07_WHIP_H

#include "lab04-signalling/http/http.h"

/* A table for http_open(). */
extern const struct http_route whip_routes[];

#endif
