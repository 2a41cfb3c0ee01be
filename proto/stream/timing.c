/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/stream/timing.h"

#define TIMING_PPM INT64_C(1000000)
/* Larger differences between clocks are nonsense, and would overflow. */
#define TIMING_MAX_US (INT64_MAX / 4)

static bool timing_is_sane(int64_t time_us) {
    return time_us >= 0 && time_us <= TIMING_MAX_US;
}

void timing_add(struct timing *timing, int64_t ask_us, int64_t answer_us, int64_t now_us) {
    SPILL_ASSERT(timing != NULL);
    if (!timing_is_sane(ask_us) || !timing_is_sane(answer_us) || !timing_is_sane(now_us) ||
        now_us < ask_us) {
        return;
    }
    timing->samples[timing->sample_count % TIMING_SAMPLES] = (struct timing_sample){
        .offset_us = answer_us - (ask_us + (now_us - ask_us) / 2),
        .trip_us = now_us - ask_us,
        .at_us = now_us,
    };
    timing->sample_count++;
}

/* Half the round trip, and what the clocks may have drifted since. */
static int64_t timing_error_us(const struct timing_sample *sample, int64_t now_us) {
    const int64_t age_us = now_us > sample->at_us ? now_us - sample->at_us : 0;
    return sample->trip_us / 2 + 1 + age_us / (TIMING_PPM / TIMING_DRIFT_PPM);
}

bool timing_offset(const struct timing *timing, int64_t now_us, int64_t *offset_us,
                   int64_t *error_us) {
    SPILL_ASSERT(offset_us != NULL);
    SPILL_ASSERT(error_us != NULL);
    const size_t kept =
        timing->sample_count < TIMING_SAMPLES ? timing->sample_count : (size_t)TIMING_SAMPLES;
    const struct timing_sample *best = NULL;
    for (size_t i = 0; i < kept; i++) {
        const struct timing_sample *const sample = &timing->samples[i];
        if (best == NULL || timing_error_us(sample, now_us) < timing_error_us(best, now_us)) {
            best = sample;
        }
    }
    if (best == NULL) {
        return false;
    }
    *offset_us = best->offset_us;
    *error_us = timing_error_us(best, now_us);
    return true;
}

bool timing_is_stale(const struct timing *timing, int64_t now_us) {
    if (timing->sample_count == 0) {
        return true;
    }
    const size_t last = (timing->sample_count - 1) % TIMING_SAMPLES;
    return now_us - timing->samples[last].at_us > TIMING_STALE_US;
}

int64_t timing_exercise_ms(const struct timing *timing, int64_t now_us, int64_t said_us,
                           int64_t exercise_ms, int64_t speed_permille, bool running) {
    int64_t offset_us = 0;
    int64_t error_us = 0;
    if (!running || speed_permille <= 0 || !timing_is_sane(said_us) ||
        !timing_offset(timing, now_us, &offset_us, &error_us)) {
        return exercise_ms;
    }
    int64_t since_us = now_us + offset_us - said_us;
    since_us = since_us < 0 ? 0 : since_us > TIMING_STALE_US ? TIMING_STALE_US : since_us;
    /* At most 1.5e7 us: the product fits for speeds up to 6e11. */
    const int64_t speed_max_permille = INT64_MAX / TIMING_STALE_US;
    const int64_t speed = speed_permille > speed_max_permille ? speed_max_permille : speed_permille;
    const int64_t run_ms = since_us * speed / 1000000;
    return exercise_ms > INT64_MAX - run_ms ? INT64_MAX : exercise_ms + run_ms;
}
