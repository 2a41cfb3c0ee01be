/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/seats.h"

#include <stdlib.h>

#include "nodes/node.h"

struct seat {
    struct brief *brief;
    struct link *link;
    struct node *node;
    uint64_t said; /* Inputs that it gave. */
};

struct seats {
    struct seat *seats;
    size_t seat_count;
    struct session *session;
    bool faulty;
    struct spill_error fault;
};

enum spill_status seats_create(const struct scenario *scenario, const char *team, uint64_t seed,
                               struct seats **seats) {
    struct seats *created = spill_alloc(1, sizeof *created);
    if (created == NULL) {
        return SPILL_MEMORY;
    }
    const struct script *const script = scenario_script(scenario);
    const size_t seat_count = script_cell_count(script);
    created->seats = spill_alloc(seat_count, sizeof *created->seats);
    enum spill_status status = created->seats == NULL ? SPILL_MEMORY : SPILL_OK;
    created->seat_count = created->seats == NULL ? 0 : seat_count;
    for (size_t i = 0; status == SPILL_OK && i < seat_count; i++) {
        struct seat *const seat = &created->seats[i];
        status = link_create(LINK_BYTES_DEFAULT, &seat->link);
        if (status == SPILL_OK) {
            status =
                brief_create(scenario, (struct cell_ref){(uint32_t)i}, team, seed, &seat->brief);
        }
        if (status == SPILL_OK) {
            status = node_create(seat->brief, seat->link, &seat->node, NULL);
            SPILL_ASSERT(status != SPILL_INVALID); /* We made the brief. */
        }
    }
    if (status != SPILL_OK) {
        seats_destroy(&created);
        return status;
    }
    *seats = created;
    return SPILL_OK;
}

void seats_destroy(struct seats **seats) {
    struct seats *const destroyed = *seats;
    if (destroyed == NULL) {
        return;
    }
    *seats = NULL;
    for (size_t i = 0; i < destroyed->seat_count; i++) {
        node_destroy(&destroyed->seats[i].node);
        brief_destroy(&destroyed->seats[i].brief);
        link_destroy(&destroyed->seats[i].link);
    }
    free(destroyed->seats);
    free(destroyed);
}

static void seats_fail(struct seats *seats, const struct spill_error *error) {
    if (!seats->faulty) {
        seats->faulty = true;
        seats->fault = *error;
    }
}

static void seats_receive(struct seats *seats, struct cell_ref cell) {
    struct spill_error error = {0};
    if (node_receive(seats->seats[cell.index].node, &error) != SPILL_OK) {
        seats_fail(seats, &error);
        session_seat_leave(seats->session, cell);
    }
}

/* A message goes into the link; a full link is emptied first. */
static void seats_send(struct cell_ref cell, const struct session_message *message, void *context) {
    struct seats *const seats = context;
    struct seat *const seat = &seats->seats[cell.index];
    enum spill_status status =
        link_send(seat->link, LINK_DOWN, message->bytes, message->size_bytes);
    if (status == SPILL_AGAIN) {
        seats_receive(seats, cell);
        status = link_send(seat->link, LINK_DOWN, message->bytes, message->size_bytes);
    }
    SPILL_ASSERT(status == SPILL_OK); /* A message is far smaller than a link. */
}

static void seats_settle(struct cell_ref cell, int64_t now_ms, void *context) {
    struct seats *const seats = context;
    struct seat *const seat = &seats->seats[cell.index];
    struct spill_error error = {0};
    seats_receive(seats, cell);
    const uint64_t delivered = node_delivered(seat->node);
    session_seat_delivered(seats->session, cell, delivered);
    size_t count = 0;
    size_t acted = 0;
    while ((acted = node_act(seat->node, now_ms, ROBOT_TURN_MAX - count)) > 0) {
        const uint8_t *bytes = NULL;
        size_t size_bytes = 0;
        while (link_peek(seat->link, LINK_UP, &bytes, &size_bytes)) {
            if (session_seat_input(seats->session, cell, NULL, bytes, size_bytes, &error) !=
                SPILL_OK) {
                seats_fail(seats, &error);
            }
            link_drop(seat->link, LINK_UP);
        }
        count += acted;
    }
    seat->said += count;
    const struct session_grant grant = {.after = delivered,
                                        .said = seat->said,
                                        .at_ms = now_ms,
                                        .quiet_until_ms = node_quiet_until_ms(seat->node)};
    session_seat_grant(seats->session, cell, &grant);
}

struct session_seats seats_way(struct seats *seats) {
    return (struct session_seats){
        .send = seats_send, .settle = seats_settle, .same_process = true, .context = seats};
}

void seats_join(struct seats *seats, struct session *session) {
    seats->session = session;
    for (size_t i = 0; i < seats->seat_count; i++) {
        session_seat_join(session, (struct cell_ref){(uint32_t)i}, true);
    }
}

const char *seats_fault(const struct seats *seats) {
    return seats->faulty ? seats->fault.text : NULL;
}
