/* SPDX-License-Identifier: Apache-2.0 */
/*
 * victim: a child program that tells in lines of one number what it has made durable, until it is
 * killed. Failures here end the test.
 */
#ifndef VICTIM_H
#define VICTIM_H

#include <sys/types.h>

#include "proto/vocabulary.h"

enum { VICTIM_LINE_BYTES = 64 };

struct victim {
    pid_t process;
    int pipe; /* What it prints. */
    char line[VICTIM_LINE_BYTES];
    size_t line_bytes;
    uint64_t told; /* The last whole line. */
};

/* Starts `tests/NAME PATH SEED` of the build. */
void victim_start(struct victim *victim, const char *name, const char *path, unsigned seed);

/* Reads what it printed, one byte after another; false at the end. */
bool victim_read(struct victim *victim);

/* Kills it as a crash would, and reads the rest of what it said. It must not have ended by itself.
 */
void victim_kill(struct victim *victim);

#endif
