/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab07: WebRTC as a wire.  ICE finds the address, DTLS-SRTP protects the media
 * (unless a client asks for plain media), and all m-lines share one transport
 * (BUNDLE).
 */
#ifndef LAB07_WIRE_WEBRTC_H
#define LAB07_WIRE_WEBRTC_H

#include "lab04-signalling/session/wire.h"

extern const struct wire wire_webrtc;

#endif
