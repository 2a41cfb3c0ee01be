/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/sim/sim_parts.h"

/* Where a frame has its sealed body and its cell; NULL: it has none. */
static const uint8_t **sim_frame_body(struct frame *frame, size_t *body_bytes, const char ***cell) {
    switch (frame->kind) {
    case FRAME_DATA:
        *body_bytes = frame->data.body_bytes;
        *cell = &frame->data.cell;
        return &frame->data.body;
    case FRAME_SNAPSHOT:
        *body_bytes = frame->snapshot.body_bytes;
        *cell = &frame->snapshot.cell;
        return &frame->snapshot.body;
    case FRAME_BRIEF:
        *body_bytes = frame->brief.body_bytes;
        *cell = &frame->brief.cell;
        return &frame->brief.body;
    default:
        *body_bytes = 0;
        return NULL;
    }
}

static void sim_packet_put(struct sim *sim, const struct sim_packet *packet, int64_t delay_us) {
    if (sim->packet_free_count == 0) {
        return; /* A full network loses. */
    }
    const uint32_t at = sim->packet_free[--sim->packet_free_count];
    struct sim_packet *const made = &sim->packets[at];
    *made = *packet;
    size_t body_bytes = 0;
    const char **cell = NULL;
    const uint8_t **const body = sim_frame_body(&made->frame, &body_bytes, &cell);
    if (body != NULL && body_bytes > 0) {
        *body = made->body;
    }
    sim_schedule(sim, delay_us, SIM_EVENT_PACKET, at, 0, 0);
}

static int64_t sim_packet_delay_us(struct sim *sim, const struct sim_packet *packet) {
    int64_t delay_us = 50 + (int64_t)sim_below(&sim->chance, (uint64_t)sim->delay_us);
    if (sim->fifo) {
        int64_t *const last_us = &sim->last_us[packet->cell][packet->down ? 0 : 1];
        if (sim->now_us + delay_us < *last_us) {
            delay_us = *last_us - sim->now_us;
        }
        *last_us = sim->now_us + delay_us;
    } else if (sim_permille(&sim->chance, sim->straggler_permille)) {
        delay_us *= 50; /* It took the long way round. */
    }
    return delay_us;
}

/* The body is in the sender's scratch, which is used again. */
static void sim_packet_fill(struct sim_packet *packet, const struct frame *frame) {
    packet->frame = *frame;
    size_t body_bytes = 0;
    const char **cell = NULL;
    const uint8_t **const body = sim_frame_body(&packet->frame, &body_bytes, &cell);
    if (body != NULL) {
        *cell = sim_cell_name(packet->cell);
        SPILL_ASSERT(body_bytes <= sizeof packet->body);
        if (body_bytes > 0) {
            memcpy(packet->body, *body, body_bytes);
        }
    } else if (frame->kind == FRAME_HELLO) {
        packet->frame.hello.cell = sim_cell_name(packet->cell);
        packet->frame.hello.program = "sim";
    }
    packet->body_bytes = body_bytes;
}

enum spill_status sim_send(struct sim *sim, struct sim_end *end, uint64_t connection,
                           const struct frame *frame) {
    struct sim_packet packet;
    packet.used = true;
    packet.down = end->down;
    packet.cell = end->cell;
    packet.coordinator = end->down ? end->process : sim->target[end->cell];
    packet.connection = end->down ? connection : sim->connection[end->cell];
    sim->result->frames++;
    if (end->down &&
        (sim->connection[end->cell] != connection || sim->target[end->cell] != end->process)) {
        return SPILL_UNAVAILABLE;
    }
    if (sim_permille(&sim->chance, sim->full_permille)) {
        return SPILL_AGAIN;
    }
    sim_packet_fill(&packet, frame);
    if (sim->parted[end->cell]) {
        return SPILL_OK;
    }
    if (!sim->fifo && sim_permille(&sim->chance, sim->loss_permille)) {
        sim_trace(sim, "        lost");
        return SPILL_OK;
    }
    if (end->down && packet.body_bytes > 0 && sim->cell_count > 1 &&
        sim_permille(&sim->chance, sim->misroute_permille)) {
        /* To somebody else's node; what it says about the cell stays as it is. */
        struct sim_packet astray = packet;
        astray.cell = (packet.cell + 1) % sim->cell_count;
        astray.connection = sim->connection[astray.cell];
        sim_packet_put(sim, &astray, sim_packet_delay_us(sim, &astray));
        sim_trace(sim, "        also to %s", sim_cell_name(astray.cell));
    }
    if (packet.body_bytes > 0 && sim_permille(&sim->chance, sim->corrupt_permille)) {
        packet.body[sim_below(&sim->chance, packet.body_bytes)] ^=
            (uint8_t)(1 + sim_below(&sim->chance, 255));
        sim->corrupted[packet.cell] = true;
        sim_trace(sim, "        changed under way");
    }
    sim_packet_put(sim, &packet, sim_packet_delay_us(sim, &packet));
    if (!sim->fifo && sim_permille(&sim->chance, sim->double_permille)) {
        sim_packet_put(sim, &packet, sim_packet_delay_us(sim, &packet));
    }
    return SPILL_OK;
}

void sim_packet_arrives(struct sim *sim, uint32_t at) {
    struct sim_packet *const packet = &sim->packets[at];
    SPILL_ASSERT(packet->used);
    struct sim_process *const process =
        packet->down ? sim_node(sim, packet->cell) : &sim->processes[packet->coordinator];
    const uint32_t number = (uint32_t)(process - sim->processes);
    const bool connected = packet->connection == sim->connection[packet->cell];
    if (process->alive && connected && !sim->parted[packet->cell]) {
        struct sim_end *const end = &process->ends[packet->down ? 0 : packet->cell];
        sim_trace(sim, "%s %s %s session %llx", packet->down ? "node" : "coordinator",
                  sim_cell_name(packet->cell), frame_kind_name(packet->frame.kind),
                  (unsigned long long)packet->frame.session);
        stream_receive(end->stream, sim_process_now(sim, number),
                       packet->down ? 0 : packet->connection, &packet->frame);
        sim_pump(sim, end);
    }
    packet->used = false;
    sim->packet_free[sim->packet_free_count++] = at;
}

void sim_cut(struct sim *sim, uint32_t cell) {
    sim->connection[cell] = ++sim->connections;
    sim->last_us[cell][0] = sim->last_us[cell][1] = 0;
    uint32_t target = (uint32_t)sim_below(&sim->chance, SIM_COORDINATORS);
    if (sim->healed || !sim->processes[target].alive) {
        target = sim->coordinator;
    }
    sim->target[cell] = target;
    sim_trace(sim, "connection of %s to coordinator %u", sim_cell_name(cell), target);
    struct sim_process *const node = sim_node(sim, cell);
    if (node->alive && sim_permille(&sim->chance, 700)) {
        /* Not every transport tells. */
        stream_connected(node->ends[0].stream, sim_process_now(sim, SIM_COORDINATORS + cell));
        sim_pump(sim, &node->ends[0]);
    }
}
