/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: WebRTC as a wire: ICE finds the way, DTLS-SRTP (or nothing, where a
 * client asks for that) protects what goes there, and one transport is enough
 * for all m-lines (BUNDLE).
 */
#ifndef LAB07_WIRE_WEBRTC_H
#define LAB07_WIRE_WEBRTC_H

#include "lab04-signalling/session/wire.h"

extern const struct wire wire_webrtc;

#endif
