/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How much longer than an idle computer of today this one may take.
 *
 * A time limit is there to end what hangs.  It must not end what is slow, as
 * everything is on an emulated or a busy machine.  So each limit is written
 * down for an idle computer, and is multiplied by one factor when it is used:
 *
 *	poll(&fd, 1, patient_ms(2000))
 *
 * The factor is SWIFTCALL_PATIENCE of the environment, a number from 1 on.
 * If that is not set, the factor is measured: what it takes here to start a
 * program, against a reference figure, times the number of processes that want
 * each CPU.  It is then 1 to 30, and is set in the environment, so that it is
 * measured once for a program and all that it starts.
 *
 * tools/courselib/patience.py is the same for Python.  Not for several threads.
 */
#ifndef COMMON_PATIENCE_H
#define COMMON_PATIENCE_H

/* The factor, at least 1. */
double patience(void);

/* A limit that is written down for an idle computer, as it is here. */
int patient_ms(int ms);

#endif
