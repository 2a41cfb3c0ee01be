/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/play_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coordinator/commands/command.h"

enum { PLAY_SPEED_MAX = 1000000, PLAY_STAMP_BYTES = 32 };

static bool play_number(const char *text, uint64_t *number) {
    /* Digits only: strtoull would also take spaces and signs, and turn -1 into a large number. */
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0') {
        return false;
    }
    errno = 0;
    *number = strtoull(text, NULL, 10);
    return errno == 0;
}

int64_t play_speed(struct argp_state *state, const char *argument) {
    uint64_t speed = 0;
    if (strcmp(argument, "max") != 0 &&
        (!play_number(argument, &speed) || speed < 1 || speed > PLAY_SPEED_MAX)) {
        argp_error(state, "%s", command_words(WORDS_RUN_BAD_SPEED));
    }
    return (int64_t)speed;
}

uint64_t play_seed(struct argp_state *state, const char *argument) {
    uint64_t seed = 0;
    if (!play_number(argument, &seed)) {
        argp_error(state, "%s", command_words(WORDS_RUN_BAD_SEED));
    }
    return seed;
}

int play_ready(struct argp_state *state, const char *argument) {
    uint64_t number = 0;
    if (!play_number(argument, &number) || number > INT32_MAX || fcntl((int)number, F_GETFD) < 0) {
        argp_error(state, "%s", command_words(WORDS_COORDINATE_BAD_READY));
    }
    return (int)number;
}

char *play_record(const struct scenario *scenario, char path[PLAY_RECORD_BYTES]) {
    const time_t now = time(NULL);
    struct tm local = {0};
    char stamp[PLAY_STAMP_BYTES];
    localtime_r(&now, &local);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
    snprintf(path, PLAY_RECORD_BYTES, "%s-%s.spill", scenario_id(scenario), stamp);
    return path;
}
