/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab06: the plane `xdp`, for the lists of planes of programs. */
#ifndef LAB06_PLANE_XDP_H
#define LAB06_PLANE_XDP_H

#include "lab03-maps/plane.h"

extern const struct plane plane_xdp;

#endif
