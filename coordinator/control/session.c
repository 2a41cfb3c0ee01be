/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/session.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nodes/node.h"

enum { SESSION_JSON_BYTES = 2 << 20 };

/* One cell: what its robot is told, the way to it, and how far its stream is known to have come. */
struct session_seat {
    struct brief *brief;
    struct link *link;
    struct node *node;
    uint64_t delivered; /* As the last DELIVERED input said. */
    const char *id;
};

struct session {
    struct session_options options;
    struct exercise *exercise;
    struct recording *recording; /* NULL: nothing is recorded. */
    struct session_seat *seats;
    size_t seat_count;
    struct codec_arena *arena;
    uint8_t *bytes; /* Of the input that is being encoded. */
    char *json;
    uint8_t digest[CASCADE_DIGEST_BYTES]; /* As last recorded. */
    uint64_t input_count;
    bool to_deliver;           /* Messages went into links since the last delivery. */
    enum spill_status failure; /* The first that an output met; SPILL_OK. */
    struct spill_error words;
};

static int64_t session_clock_us(const struct session *session, clockid_t clock) {
    if (session->options.keys != NULL) {
        /* The same file each time: exercise time stands in for both clocks. */
        return session->exercise == NULL ? 0 : exercise_now_ms(session->exercise) * 1000;
    }
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static enum spill_status session_commit(struct session *session, struct spill_error *error) {
    if (session->recording == NULL) {
        return SPILL_OK;
    }
    uint64_t durable = 0;
    return recording_commit(session->recording, session_clock_us(session, CLOCK_MONOTONIC),
                            session_clock_us(session, CLOCK_REALTIME), &durable, error);
}

static enum spill_status session_append(struct session *session, enum record_kind kind,
                                        const uint8_t *body, size_t body_bytes, const char *text,
                                        struct spill_error *error) {
    if (session->recording == NULL) {
        return SPILL_OK;
    }
    const struct record record = {
        .kind = kind,
        .exercise_ms = exercise_now_ms(session->exercise),
        .monotonic_us = session_clock_us(session, CLOCK_MONOTONIC),
        .utc_us = session_clock_us(session, CLOCK_REALTIME),
        .body = body,
        .body_bytes = body_bytes,
        .text = text,
    };
    uint64_t sequence = 0;
    enum spill_status status = recording_append(session->recording, &record, &sequence);
    if (status == SPILL_LIMIT) {
        status = session_commit(session, error);
        if (status != SPILL_OK) {
            return status;
        }
        status = recording_append(session->recording, &record, &sequence);
    }
    return status == SPILL_OK ? SPILL_OK
                              : spill_fail(error, status, "the recording takes no more: %s",
                                           spill_status_words(status));
}

/* ---- What the exercise says ---- */

static struct session_seat *session_seat_of(struct session *session, const char *cell) {
    for (size_t i = 0; i < session->seat_count; i++) {
        if (strcmp(session->seats[i].id, cell) == 0) {
            return &session->seats[i];
        }
    }
    return NULL;
}

/* A node that does not take its stream ends its own seat, not the exercise. Here, where both ends
 * are this program, it is a broken promise all the same. */
static void session_receive(struct session *session, struct session_seat *seat) {
    struct spill_error error = {0};
    const enum spill_status status = node_receive(seat->node, &error);
    if (status != SPILL_OK && session->failure == SPILL_OK) {
        session->failure = spill_fail(&session->words, status, "cell %s: %s", seat->id, error.text);
    }
}

/* Puts a message into the cell's link; the node looks only after a commit. A full link is emptied
 * first, which takes that commit. */
static enum spill_status session_send(struct session *session, struct session_seat *seat,
                                      const uint8_t *bytes, size_t size_bytes) {
    enum spill_status status = link_send(seat->link, LINK_DOWN, bytes, size_bytes);
    if (status == SPILL_AGAIN) {
        status = session_commit(session, &session->words);
        if (status != SPILL_OK) {
            return status;
        }
        session_receive(session, seat);
        status = link_send(seat->link, LINK_DOWN, bytes, size_bytes);
    }
    session->to_deliver = true;
    return status;
}

static void session_on_output(const struct output *output, const uint8_t *bytes, size_t size_bytes,
                              void *context) {
    struct session *const session = context;
    if (session->failure != SPILL_OK) {
        return;
    }
    if (session->recording != NULL) {
        const size_t needed = output_print_json(output, session->json, SESSION_JSON_BYTES);
        SPILL_ASSERT(needed < SESSION_JSON_BYTES);
    }
    session->failure =
        session_append(session, RECORD_OUTPUT, bytes, size_bytes, session->json, &session->words);
    if (session->failure == SPILL_OK && output->kind == OUTPUT_MESSAGE) {
        struct session_seat *const seat = session_seat_of(session, output->message.cell);
        SPILL_ASSERT(seat != NULL);
        session->failure = session_send(session, seat, bytes, size_bytes);
    }
    if (session->options.on_output != NULL) {
        session->options.on_output(output, session->options.context);
    }
}

/* ---- Inputs ---- */

static enum spill_status session_record_input(struct session *session, const struct input *input,
                                              const uint8_t *bytes, size_t size_bytes,
                                              struct spill_error *error) {
    if (session->recording != NULL) {
        const size_t needed = input_print_json(input, session->json, SESSION_JSON_BYTES);
        SPILL_ASSERT(needed < SESSION_JSON_BYTES);
    }
    return session_append(session, RECORD_INPUT, bytes, size_bytes, session->json, error);
}

/* Applies an input that is durable. */
static enum spill_status session_act(struct session *session, const struct input *input,
                                     struct spill_error *error) {
    const enum spill_status applied =
        exercise_apply(session->exercise, input, session_on_output, session);
    session->input_count++;
    uint8_t digest[CASCADE_DIGEST_BYTES];
    exercise_digest(session->exercise, digest);
    if (session->failure == SPILL_OK && memcmp(digest, session->digest, sizeof digest) != 0) {
        memcpy(session->digest, digest, sizeof digest);
        session->failure =
            session_append(session, RECORD_DIGEST, digest, sizeof digest, NULL, &session->words);
    }
    if (session->failure != SPILL_OK) {
        return spill_fail(error, session->failure, "%s", session->words.text);
    }
    return applied;
}

/* Encodes, records, commits, applies. */
static enum spill_status session_input(struct session *session, const struct input *input,
                                       struct spill_error *error) {
    size_t size_bytes = 0;
    enum spill_status status = input_encode(input, session->bytes, INPUT_BYTES_MAX, &size_bytes);
    if (status != SPILL_OK) {
        const char *const fault = input_fault(input);
        return spill_fail(error, status, "%s", fault != NULL ? fault : spill_status_words(status));
    }
    status = session_record_input(session, input, session->bytes, size_bytes, error);
    if (status == SPILL_OK) {
        status = session_commit(session, error);
    }
    return status == SPILL_OK ? session_act(session, input, error) : status;
}

/* Nodes take what their links hold, after a commit, and how far each came becomes an input. Whether
 * anything was delivered is told in *any. */
static enum spill_status session_deliver(struct session *session, bool *any,
                                         struct spill_error *error) {
    *any = false;
    if (!session->to_deliver) {
        return SPILL_OK;
    }
    session->to_deliver = false;
    enum spill_status status = session_commit(session, error);
    for (size_t i = 0; status == SPILL_OK && i < session->seat_count; i++) {
        struct session_seat *const seat = &session->seats[i];
        session_receive(session, seat);
        const uint64_t delivered = node_delivered(seat->node);
        if (delivered > seat->delivered) {
            seat->delivered = delivered;
            *any = true;
            const struct input input = {.kind = INPUT_DELIVERED,
                                        .who = {.kind = WHO_SYSTEM, .id = ""},
                                        .delivered = {.cell = seat->id, .up_to = delivered}};
            status = session_input(session, &input, error);
        }
    }
    if (status == SPILL_OK && session->failure != SPILL_OK) {
        status = spill_fail(error, session->failure, "%s", session->words.text);
    }
    return status;
}

/* Takes up what one node wants to do now: all of it durable in one commit, then applied in order.
 */
static enum spill_status session_take(struct session *session, struct session_seat *seat, bool *any,
                                      struct spill_error *error) {
    const int64_t now_ms = exercise_now_ms(session->exercise);
    if (node_act(seat->node, now_ms) == 0) {
        return SPILL_OK;
    }
    *any = true;
    const uint8_t *bytes = NULL;
    size_t size_bytes = 0;
    enum spill_status status = SPILL_OK;
    while (status == SPILL_OK && link_peek(seat->link, LINK_UP, &bytes, &size_bytes)) {
        struct input input = {0};
        codec_arena_reset(session->arena);
        status = input_decode(bytes, size_bytes, session->arena, &input, error);
        if (status == SPILL_OK) {
            status = session_record_input(session, &input, bytes, size_bytes, error);
        }
        if (status == SPILL_OK) {
            status = session_commit(session, error);
        }
        if (status == SPILL_OK) {
            status = session_act(session, &input, error);
            status = status == SPILL_REFUSED ? SPILL_OK : status;
        }
        link_drop(seat->link, LINK_UP);
    }
    return status;
}

/* Time stands still until every robot has done what it wants to do now. */
static enum spill_status session_settle(struct session *session, struct spill_error *error) {
    bool any = true;
    while (any) {
        enum spill_status status = session_deliver(session, &any, error);
        for (size_t i = 0; status == SPILL_OK && i < session->seat_count; i++) {
            status = session_take(session, &session->seats[i], &any, error);
        }
        if (status != SPILL_OK) {
            return status;
        }
    }
    return SPILL_OK;
}

enum spill_status session_apply(struct session *session, const struct input *input,
                                struct spill_error *error) {
    const enum spill_status status = session_input(session, input, error);
    return status == SPILL_OK ? session_settle(session, error) : status;
}

int64_t session_next_ms(const struct session *session) {
    int64_t next_ms = exercise_next_ms(session->exercise);
    const int64_t now_ms = exercise_now_ms(session->exercise);
    const int64_t tick_ms = network_tick_ms(scenario_network(session->options.scenario));
    for (size_t i = 0; i < session->seat_count; i++) {
        const int64_t quiet_ms = node_quiet_until_ms(session->seats[i].node);
        if (quiet_ms == SPILL_NEVER) {
            continue;
        }
        /* On the tick at or after the robot's time, and later than now. */
        int64_t at_ms = (quiet_ms + tick_ms - 1) / tick_ms * tick_ms;
        at_ms = at_ms > now_ms ? at_ms : now_ms / tick_ms * tick_ms + tick_ms;
        next_ms = at_ms < next_ms ? at_ms : next_ms;
    }
    return next_ms;
}

enum spill_status session_advance(struct session *session, int64_t until_ms,
                                  struct spill_error *error) {
    if (exercise_clock(session->exercise) != CLOCK_RUNNING) {
        return SPILL_OK;
    }
    const int64_t next_ms = session_next_ms(session);
    const int64_t to_ms = next_ms < until_ms ? next_ms : until_ms;
    if (to_ms <= exercise_now_ms(session->exercise)) {
        return SPILL_OK;
    }
    const struct input input = {.kind = INPUT_ADVANCE,
                                .who = {.kind = WHO_SYSTEM, .id = ""},
                                .advance = {.until_ms = to_ms}};
    return session_apply(session, &input, error);
}

/* ---- Opening and closing ---- */

static enum spill_status session_open_recording(struct session *session,
                                                struct spill_error *error) {
    const struct session_options *const options = &session->options;
    if (options->record_path == NULL) {
        return SPILL_OK;
    }
    struct recording_meta meta = {
        .model_revision = SPILL_MODEL_REVISION,
        .seed = options->seed,
        .causes = options->causes,
        .created_utc_us = session_clock_us(session, CLOCK_REALTIME),
    };
    if (options->keys == NULL) {
        randombytes_buf(meta.exercise_id, sizeof meta.exercise_id);
    }
    package_hash(options->package, meta.package_hash);
    snprintf(meta.scenario, sizeof meta.scenario, "%s", scenario_id(options->scenario));
    snprintf(meta.team, sizeof meta.team, "%s", options->team);
    snprintf(meta.program, sizeof meta.program, "%s", options->program);
    const size_t file_count = package_file_count(options->package);
    struct recording_file *const files = spill_alloc(file_count, sizeof *files);
    if (files == NULL) {
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < file_count; i++) {
        const struct package_file file = package_file(options->package, i);
        files[i] = (struct recording_file){
            .path = file.path, .bytes = file.bytes, .size_bytes = file.size_bytes};
    }
    const struct recording_options recording_options = {
        .keys = options->keys,
        .program = options->program,
        .monotonic_us = session_clock_us(session, CLOCK_MONOTONIC),
        .utc_us = session_clock_us(session, CLOCK_REALTIME),
    };
    const enum spill_status status =
        recording_create(options->record_path, &meta, files, file_count, &recording_options,
                         &session->recording, error);
    free(files);
    return status;
}

static enum spill_status session_open_seats(struct session *session, struct spill_error *error) {
    const struct scenario *const scenario = session->options.scenario;
    const struct network *const network = scenario_network(scenario);
    const struct script *const script = scenario_script(scenario);
    session->seat_count = script_cell_count(script);
    session->seats = spill_alloc(session->seat_count, sizeof *session->seats);
    if (session->seats == NULL) {
        session->seat_count = 0;
        return SPILL_MEMORY;
    }
    enum spill_status status = SPILL_OK;
    for (size_t i = 0; status == SPILL_OK && i < session->seat_count; i++) {
        struct session_seat *const seat = &session->seats[i];
        const struct cell_ref cell = {(uint32_t)i};
        seat->id = script_cell_id(script, cell);
        status = link_create(LINK_BYTES_DEFAULT, &seat->link);
        if (status == SPILL_OK) {
            status = brief_create(scenario, cell, session->options.team, session->options.seed,
                                  &seat->brief);
        }
        if (status == SPILL_OK) {
            status = node_create(network, script, seat->brief, seat->link, &seat->node);
        }
    }
    return status == SPILL_OK
               ? SPILL_OK
               : spill_fail(error, status, "cannot seat the cells: %s", spill_status_words(status));
}

/* Each cell takes its seat: an input. */
static enum spill_status session_connect(struct session *session, struct spill_error *error) {
    for (size_t i = 0; i < session->seat_count; i++) {
        const struct input input = {.kind = INPUT_CELL_LINK,
                                    .who = {.kind = WHO_SYSTEM, .id = ""},
                                    .link = {.cell = session->seats[i].id, .connected = true}};
        const enum spill_status status = session_input(session, &input, error);
        if (status != SPILL_OK) {
            return status;
        }
    }
    return session_settle(session, error);
}

enum spill_status session_open(const struct session_options *options, struct session **session,
                               struct spill_error *error) {
    SPILL_ASSERT(options->scenario != NULL);
    SPILL_ASSERT(options->package != NULL);
    SPILL_ASSERT(options->team != NULL);
    struct session *opened = spill_alloc(1, sizeof *opened);
    if (opened == NULL) {
        return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    opened->options = *options;
    opened->bytes = spill_alloc(INPUT_BYTES_MAX, 1);
    opened->json = spill_alloc(SESSION_JSON_BYTES, 1);
    enum spill_status status =
        opened->bytes == NULL || opened->json == NULL ? SPILL_MEMORY : SPILL_OK;
    if (status == SPILL_OK) {
        status = codec_arena_create(INPUT_ARENA_BYTES, &opened->arena);
    }
    const struct exercise_options exercise_options = {
        .seed = options->seed, .digests = true, .causes = options->causes};
    if (status == SPILL_OK) {
        status = exercise_create(options->scenario, &exercise_options, &opened->exercise);
    }
    if (status != SPILL_OK) {
        spill_fail(error, status, "cannot begin the exercise: %s", spill_status_words(status));
    } else {
        status = session_open_seats(opened, error);
    }
    if (status == SPILL_OK) {
        status = session_open_recording(opened, error);
    }
    if (status == SPILL_OK) {
        status = session_connect(opened, error);
    }
    if (status != SPILL_OK) {
        session_close(&opened);
        return status;
    }
    *session = opened;
    return SPILL_OK;
}

enum spill_status session_keep(struct session *session, struct spill_error *error) {
    return session_commit(session, error);
}

enum spill_status session_finish(struct session *session, struct spill_error *error) {
    if (session->recording == NULL) {
        return SPILL_OK;
    }
    return recording_finish(session->recording, exercise_now_ms(session->exercise),
                            session_clock_us(session, CLOCK_MONOTONIC),
                            session_clock_us(session, CLOCK_REALTIME), error);
}

void session_close(struct session **session) {
    struct session *const closed = *session;
    if (closed == NULL) {
        return;
    }
    *session = NULL;
    for (size_t i = 0; i < closed->seat_count; i++) {
        node_destroy(&closed->seats[i].node);
        brief_destroy(&closed->seats[i].brief);
        link_destroy(&closed->seats[i].link);
    }
    free(closed->seats);
    exercise_destroy(&closed->exercise);
    recording_close(&closed->recording);
    codec_arena_destroy(&closed->arena);
    free(closed->bytes);
    free(closed->json);
    free(closed);
}

struct exercise *session_exercise(struct session *session) {
    return session->exercise;
}

uint64_t session_input_count(const struct session *session) {
    return session->input_count;
}

void session_digest(struct session *session, uint8_t digest[CASCADE_DIGEST_BYTES]) {
    exercise_digest(session->exercise, digest);
}
