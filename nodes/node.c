/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/node.h"

#include <stdlib.h>

struct node {
    struct link *link;
    struct robot *robot;
    bool ended;           /* It got what it must not get. */
    uint8_t *bytes;       /* An input that the link had no room for yet: */
    size_t waiting_bytes; /* its size; 0: none. */
};

enum spill_status node_create(const struct brief *brief, struct link *link, struct node **node,
                              struct spill_error *error) {
    SPILL_ASSERT(link != NULL);
    SPILL_ASSERT(node != NULL);
    struct node *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->link = link;
    made->bytes = spill_alloc(INPUT_BYTES_MAX, 1);
    enum spill_status status = made->bytes == NULL ? SPILL_MEMORY : SPILL_OK;
    if (status == SPILL_OK) {
        status = robot_create(brief, &made->robot, error);
    }
    if (status != SPILL_OK) {
        node_destroy(&made);
        return status;
    }
    *node = made;
    return SPILL_OK;
}

void node_destroy(struct node **node) {
    SPILL_ASSERT(node != NULL);
    if (*node == NULL) {
        return;
    }
    robot_destroy(&(*node)->robot);
    free((*node)->bytes);
    free(*node);
    *node = NULL;
}

enum spill_status node_receive(struct node *node, struct spill_error *error) {
    const uint8_t *bytes = NULL;
    size_t size_bytes = 0;
    while (!node->ended && link_peek(node->link, LINK_DOWN, &bytes, &size_bytes)) {
        if (robot_receive(node->robot, bytes, size_bytes, error) != SPILL_OK) {
            node->ended = true;
            return SPILL_INVALID;
        }
        link_drop(node->link, LINK_DOWN);
    }
    return node->ended ? spill_fail(error, SPILL_INVALID, "the seat has ended") : SPILL_OK;
}

size_t node_act(struct node *node, int64_t now_ms, size_t most) {
    size_t count = 0;
    while (!node->ended && count < most) {
        struct input input;
        if (node->waiting_bytes == 0) {
            if (robot_take(node->robot, now_ms, &input, 1) == 0) {
                break;
            }
            const enum spill_status status =
                input_encode(&input, node->bytes, INPUT_BYTES_MAX, &node->waiting_bytes);
            SPILL_ASSERT(status == SPILL_OK);
        }
        if (link_send(node->link, LINK_UP, node->bytes, node->waiting_bytes) != SPILL_OK) {
            break;
        }
        node->waiting_bytes = 0;
        count++;
    }
    return count;
}

int64_t node_quiet_until_ms(const struct node *node) {
    if (node->ended) {
        return SPILL_NEVER;
    }
    /* What waits for the link is late already. */
    return node->waiting_bytes > 0 ? 0 : robot_quiet_until_ms(node->robot);
}

uint64_t node_delivered(const struct node *node) {
    return robot_sequence(node->robot);
}
