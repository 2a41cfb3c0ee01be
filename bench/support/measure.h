/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure: how a benchmark takes time and prints its number. Called by main's thread; reads the
 * monotonic clock and what the system says about the machine.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include "proto/vocabulary.h"

/* Nanoseconds of the monotonic clock. */
int64_t measure_now_ns(void);

/* Prints one line: name, value and unit, then the commit, the compiler, and the cores and name of
 * the processor. */
void measure_print(const char *name, double value, const char *unit);

#endif
