/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/deadline.h"

#include <time.h>

int64_t deadline_now_ms(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool deadline_wait(int64_t duration_ms, deadline_reached_fn reached, void *context) {
    const int64_t end_ms = deadline_now_ms() + duration_ms;
    while (!reached(context)) {
        if (deadline_now_ms() >= end_ms) {
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return true;
}
