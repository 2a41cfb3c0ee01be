/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/but_for.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUT_FOR_NAMES_BYTES = SPILL_ERROR_TEXT_BYTES };

#define BUT_FOR_HOUR_MS INT64_C(3600000)

/* ---- Which root ---- */

static bool but_for_is(const char *written, const struct root *root) {
    const size_t kind_bytes = strlen(root->kind);
    return strcmp(written, root->id) == 0 ||
           (strncmp(written, root->kind, kind_bytes) == 0 && written[kind_bytes] == ':' &&
            strcmp(written + kind_bytes + 1, root->id) == 0);
}

static bool but_for_same(const struct root *root, const struct cascade_without *without) {
    return without->kind != NULL && strcmp(root->kind, without->kind) == 0 &&
           strcmp(root->id, without->id) == 0;
}

static bool but_for_is_unrest(const char *kind) {
    return strcmp(kind, "information") == 0;
}

/* Adds the names of orders, or of all other roots, as far as there is room. */
static void but_for_name(const struct cascade *cascade, bool orders,
                         char names[BUT_FOR_NAMES_BYTES]) {
    struct cascade_without last = {0};
    for (uint32_t i = 0; i < cascade_root_count(cascade); i++) {
        const struct root root = cascade_root(cascade, (struct root_ref){i});
        const size_t bytes = strlen(names);
        if (!but_for_is_unrest(root.kind) && orders == (strcmp(root.kind, "order") == 0) &&
            !but_for_same(&root, &last) &&
            bytes + strlen(root.kind) + strlen(root.id) + 8 < BUT_FOR_NAMES_BYTES / 2) {
            snprintf(names + bytes, BUT_FOR_NAMES_BYTES - bytes, "%s%s:%s", bytes > 0 ? ", " : "",
                     root.kind, root.id);
        }
        last = (struct cascade_without){.kind = root.kind, .id = root.id};
    }
}

static enum spill_status but_for_none(const struct cascade *cascade, const char *written,
                                      bool ambiguous, struct spill_error *error) {
    char names[BUT_FOR_NAMES_BYTES] = "";
    but_for_name(cascade, false, names); /* What happened, then what people did about it. */
    but_for_name(cascade, true, names);
    return spill_fail(error, SPILL_NOT_FOUND, "%s '%s'; roots: %s",
                      ambiguous ? "more than one root is called" : "by then there is no root",
                      written, names[0] != '\0' ? names : "none");
}

enum spill_status but_for_find(const struct cascade *cascade, const char *written,
                               struct cascade_without *without, struct spill_error *error) {
    struct cascade_without found = {0};
    for (uint32_t i = 0; i < cascade_root_count(cascade); i++) {
        const struct root root = cascade_root(cascade, (struct root_ref){i});
        if (!but_for_is(written, &root) || but_for_same(&root, &found)) {
            continue; /* One that acts at several times is still one. */
        }
        if (found.kind != NULL) {
            return but_for_none(cascade, written, true, error);
        }
        found = (struct cascade_without){.kind = root.kind, .id = root.id};
    }
    if (found.kind == NULL) {
        return but_for_none(cascade, written, false, error);
    }
    if (but_for_is_unrest(found.kind)) {
        return spill_fail(error, SPILL_INVALID,
                          "%s:%s is unrest that other causes led to; leave one of those out",
                          found.kind, found.id);
    }
    *without = found;
    return SPILL_OK;
}

/* ---- One side ---- */

static struct but_for_moment but_for_look(const struct exercise *exercise) {
    const struct cascade *const cascade = world_cascade(exercise_world(exercise));
    const struct network *const network = scenario_network(exercise_scenario(exercise));
    struct but_for_moment moment = {0};
    int64_t person_ms = 0;
    for (uint32_t i = 0; i < network_country_count(network); i++) {
        for (uint32_t j = 0; j < network_sector_count(network); j++) {
            const struct country_ref country = {i};
            const struct sector_ref sector = {j};
            moment.failed_count += cascade_failed_count(cascade, country, sector);
            moment.people += cascade_people_without(cascade, country, sector);
            person_ms += cascade_person_ms(cascade, country, sector) / BUT_FOR_HOUR_MS;
        }
    }
    moment.person_hours = person_ms;
    return moment;
}

/* One side on its way. */
struct but_for_way {
    const struct but_for *but_for;
    struct but_for_state *state;
    size_t moment; /* The next. */
};

static void but_for_advance_to(struct exercise *exercise, int64_t until_ms) {
    if (exercise_clock(exercise) == CLOCK_RUNNING && until_ms > exercise_now_ms(exercise)) {
        const struct input input = {.kind = INPUT_ADVANCE,
                                    .who = {.kind = WHO_SYSTEM, .id = ""},
                                    .advance = {.until_ms = until_ms}};
        const enum spill_status status = exercise_apply(exercise, &input, NULL, NULL);
        SPILL_ASSERT(status == SPILL_OK);
    }
}

/* Time goes on, with a look at each moment on the way. */
static void but_for_advance(struct but_for_way *way, int64_t until_ms) {
    struct exercise *const exercise = way->state->exercise;
    const int64_t tick_ms = network_tick_ms(scenario_network(exercise_scenario(exercise)));
    const struct but_for *const but_for = way->but_for;
    for (; way->moment < BUT_FOR_MOMENTS && but_for->edges_ms[way->moment] <= until_ms;
         way->moment++) {
        but_for_advance_to(exercise, but_for->edges_ms[way->moment]);
        way->state->moments[way->moment] = but_for_look(exercise);
    }
    but_for_advance_to(exercise, until_ms / tick_ms * tick_ms);
}

static enum spill_status but_for_inputs(struct replay *replay, struct but_for_way *way,
                                        struct spill_error *error) {
    struct replay_walk *walk = NULL;
    const int64_t at_ms = way->but_for->at_ms;
    enum spill_status status = replay_walk_open(replay, INT64_MIN, &walk);
    while (status == SPILL_OK) {
        struct replay_event event;
        status = replay_walk_next(walk, &event, error);
        if (status != SPILL_OK || event.record->kind != RECORD_INPUT) {
            continue;
        }
        if (event.input == NULL) {
            status = spill_fail(error, SPILL_REFUSED,
                                "record %" PRIu64 " (input) is withheld in this copy",
                                event.record->sequence);
            continue;
        }
        if (event.record->exercise_ms > at_ms) {
            break;
        }
        if (event.input->kind != INPUT_ADVANCE) {
            /* An advance may have stopped early then, to say something; so only times count. */
            but_for_advance(way, event.record->exercise_ms);
            (void)exercise_apply(way->state->exercise, event.input, NULL, NULL);
        }
    }
    replay_walk_close(&walk);
    if (status != SPILL_OK && status != SPILL_NOT_FOUND) {
        return status;
    }
    but_for_advance(way, at_ms);
    return SPILL_OK;
}

static void but_for_count(struct but_for_state *state) {
    const struct cascade *const cascade = world_cascade(exercise_world(state->exercise));
    size_t touched_count = 0;
    const struct asset_ref *const touched = cascade_touched(cascade, &touched_count);
    for (size_t i = 0; i < touched_count; i++) {
        state->failed_ever_count += cascade_asset_tally(cascade, touched[i]).failure_count > 0;
    }
}

static enum spill_status but_for_side(struct replay *replay, struct but_for *but_for,
                                      enum but_for_side side, struct spill_error *error) {
    struct but_for_state *const state = &but_for->sides[side];
    const struct exercise_options options = {
        .seed = recording_meta(replay_recording(replay))->seed,
        .without = side == BUT_FOR_WITHOUT ? but_for->without : (struct cascade_without){0},
    };
    enum spill_status status = exercise_create(replay_scenario(replay), &options, &state->exercise);
    if (status != SPILL_OK) {
        return spill_fail(error, status, "%s", spill_status_words(status));
    }
    struct but_for_way way = {.but_for = but_for, .state = state};
    status = but_for_inputs(replay, &way, error);
    if (status == SPILL_OK) {
        but_for_count(state);
    }
    return status;
}

/* ---- Both ---- */

enum spill_status but_for_run(struct replay *replay, const char *written, int64_t at_ms,
                              struct but_for **but_for, struct spill_error *error) {
    SPILL_ASSERT(at_ms >= 0);
    struct but_for *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    const int64_t tick_ms = network_tick_ms(scenario_network(replay_scenario(replay)));
    made->at_ms = at_ms / tick_ms * tick_ms;
    for (int64_t i = 0; i < BUT_FOR_MOMENTS; i++) {
        const int64_t edge_ms = made->at_ms / (BUT_FOR_MOMENTS - 1) * i +
                                made->at_ms % (BUT_FOR_MOMENTS - 1) * i / (BUT_FOR_MOMENTS - 1);
        made->edges_ms[i] = edge_ms / tick_ms * tick_ms;
    }
    enum spill_status status = but_for_side(replay, made, BUT_FOR_WITH, error);
    if (status == SPILL_OK) {
        status = but_for_find(world_cascade(exercise_world(made->sides[BUT_FOR_WITH].exercise)),
                              written, &made->without, error);
    }
    if (status == SPILL_OK) {
        status = but_for_side(replay, made, BUT_FOR_WITHOUT, error);
    }
    if (status != SPILL_OK) {
        but_for_destroy(&made);
        return status;
    }
    *but_for = made;
    return SPILL_OK;
}

void but_for_destroy(struct but_for **but_for) {
    SPILL_ASSERT(but_for != NULL);
    if (*but_for == NULL) {
        return;
    }
    /* The side without borrows the root's name from the side with. */
    exercise_destroy(&(*but_for)->sides[BUT_FOR_WITHOUT].exercise);
    exercise_destroy(&(*but_for)->sides[BUT_FOR_WITH].exercise);
    free(*but_for);
    *but_for = NULL;
}
