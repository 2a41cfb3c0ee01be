/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/whole_parts.h"

static int64_t whole_delay_us(struct whole *whole, const struct whole_packet *packet) {
    int64_t delay_us = 50 + (int64_t)sim_below(&whole->chance, (uint64_t)whole->delay_us);
    if (whole->fifo) {
        int64_t *const last_us = &whole->last_us[packet->cell][packet->down ? 0 : 1];
        if (whole->now_us + delay_us < *last_us) {
            delay_us = *last_us - whole->now_us;
        }
        *last_us = whole->now_us + delay_us;
    } else if (sim_permille(&whole->chance, whole->straggler_permille)) {
        delay_us *= 50;
    }
    return delay_us;
}

static void whole_packet_put(struct whole *whole, const struct whole_packet *packet,
                             const uint8_t *bytes) {
    for (uint32_t i = 0; i < WHOLE_PACKETS_MAX; i++) {
        struct whole_packet *const free_one = &whole->packets[i];
        if (free_one->bytes == NULL) {
            *free_one = *packet;
            free_one->bytes = malloc(packet->size_bytes);
            SPILL_ASSERT(free_one->bytes != NULL);
            memcpy(free_one->bytes, bytes, packet->size_bytes);
            whole_schedule(whole, whole_delay_us(whole, packet), WHOLE_EVENT_PACKET, i, 0);
            return;
        }
    }
    /* A full network loses. */
}

enum spill_status whole_send(struct whole *whole, bool down, uint32_t cell, uint64_t connection,
                             const struct frame *frame) {
    static uint8_t bytes[FRAME_BYTES_MAX];
    struct whole_packet packet = {.down = down, .cell = cell, .connection = connection};
    whole->result->frames++;
    whole->result->sessions += frame->kind == FRAME_HELLO;
    if (connection != whole->connection[cell]) {
        return SPILL_UNAVAILABLE;
    }
    if (sim_permille(&whole->chance, whole->full_permille)) {
        return SPILL_AGAIN;
    }
    whole_trace(whole, "    %s %s sends %s", down ? "to" : "node", whole_cell(whole, cell),
                frame_kind_name(frame->kind));
    const enum spill_status status = wire_encode(frame, bytes, sizeof bytes, &packet.size_bytes);
    SPILL_ASSERT(status == SPILL_OK);
    if (whole->parted[cell] ||
        (!whole->fifo && sim_permille(&whole->chance, whole->loss_permille))) {
        return SPILL_OK;
    }
    const bool sealed = frame->kind == FRAME_DATA || frame->kind == FRAME_BRIEF;
    if (down && sealed && whole->cell_count > 1 &&
        sim_permille(&whole->chance, whole->misroute_permille)) {
        /* To somebody else's node, as a fault of the coordinator might. */
        struct whole_packet astray = packet;
        astray.cell = (cell + 1) % whole->cell_count;
        astray.connection = whole->connection[astray.cell];
        whole_packet_put(whole, &astray, bytes);
    }
    whole_packet_put(whole, &packet, bytes);
    if (!whole->fifo && sim_permille(&whole->chance, whole->double_permille)) {
        whole_packet_put(whole, &packet, bytes);
    }
    return SPILL_OK;
}

void whole_packet_arrives(struct whole *whole, uint32_t at) {
    struct whole_packet packet = whole->packets[at];
    whole->packets[at].bytes = NULL;
    const bool alive = packet.down ? whole->nodes[packet.cell].alive : whole->coordinator.alive;
    /* What a node had sent arrives, even if it is no more. */
    const bool connected = !packet.down || packet.connection == whole->connection[packet.cell];
    if (alive && connected && !whole->parted[packet.cell]) {
        struct frame frame;
        struct spill_error error = {{0}};
        if (wire_decode(whole->wire, packet.bytes, packet.size_bytes, &frame, &error) != SPILL_OK) {
            whole_fail(whole, "a frame does not decode: %s", error.text);
        } else if (packet.down) {
            whole_trace(whole, "node %s gets %s", whole_cell(whole, packet.cell),
                        frame_kind_name(frame.kind));
            whole_node_receive(whole, packet.cell, &frame);
        } else {
            whole_trace(whole, "coordinator gets %s of %s", frame_kind_name(frame.kind),
                        whole_cell(whole, packet.cell));
            whole_coordinator_receive(whole, packet.cell, packet.connection, &frame);
        }
        wire_reset(whole->wire);
    }
    free(packet.bytes);
}

void whole_cut(struct whole *whole, uint32_t cell) {
    whole->connection[cell] = ++whole->connections;
    whole->last_us[cell][0] = whole->last_us[cell][1] = 0;
    whole_trace(whole, "another connection of %s", whole_cell(whole, cell));
    if (whole->nodes[cell].alive && sim_permille(&whole->chance, 700)) {
        whole_node_connected(whole, cell); /* Not every transport tells. */
    }
}
