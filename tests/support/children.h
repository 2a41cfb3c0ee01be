/* SPDX-License-Identifier: Apache-2.0 */
/*
 * children: programs that run beside a test, and that it kills. Failures to start one end the test.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <sys/types.h>

#include "proto/vocabulary.h"

struct child {
    pid_t process; /* 0: none. */
};

/* Starts arguments[0] with these arguments, the last NULL. What it prints goes to the end of the
 * file `out`; its descriptor 3 is `ready` (-1: none); its standard input is open as long as this
 * process lives, for --leash. */
void child_start(struct child *child, const char *const *arguments, const char *out, int ready);
/* Kills it as a crash would, or asks it to end. Nothing, when there is none. */
void child_signal(const struct child *child, int number);
/* Its exit code, 128 and the signal's number when a signal ended it; waits for it. */
int child_wait(struct child *child);
/* The same, at once; false: it still runs. */
bool child_has_ended(struct child *child, int *code);

/* The children of a process whose second argument is `word`; at most capacity. */
size_t children_of(pid_t parent, const char *word, pid_t *processes, size_t capacity);

#endif
