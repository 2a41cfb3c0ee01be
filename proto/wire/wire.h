/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire: frames <-> bytes. The only includer of generated code.
 *
 * Decoding believes nothing: a frame has at most FRAME_BYTES_MAX bytes; each field occurs at most
 * once, with the type that it must have; texts are UTF-8 without NUL; every value is in range
 * (frame_fault); fields that this version does not know are refused, except in a HELLO from a later
 * one. What it allocates comes from an arena of WIRE_ARENA_BYTES, made once and wiped after use,
 * and no input makes it take more. There is no recursion, since no message holds a message.
 *
 * Encoding and decoding allocate nothing from the system. One thread at a time uses a wire;
 * encoding needs none and may be done by every thread.
 */
#ifndef SPILL_WIRE_H
#define SPILL_WIRE_H

#include "proto/stream/frame.h"

enum {
    WIRE_ARENA_BYTES = 1 << 20,
    WIRE_UNKNOWN_FIELDS_MAX = 16, /* In a HELLO of a later version. */
};

struct wire;

SPILL_CHECKED enum spill_status wire_create(struct wire **wire);
void wire_destroy(struct wire **wire);

/* Turns a frame without a fault into bytes. FRAME_BYTES_MAX are always enough; SPILL_LIMIT:
 * capacity is not. */
SPILL_CHECKED enum spill_status wire_encode(const struct frame *frame, uint8_t *bytes,
                                            size_t capacity_bytes, size_t *size_bytes);

/* Turns bytes into a frame, whose texts and bytes live in the wire until the next call.
 * SPILL_INVALID: they are no frame; error says why. Of a HELLO of another major version only
 * version and session are filled in, of such a REFUSE the reason too: that part never changes. */
SPILL_CHECKED enum spill_status wire_decode(struct wire *wire, const uint8_t *bytes,
                                            size_t size_bytes, struct frame *frame,
                                            struct spill_error *error);

/* Takes back what the last frame used, and wipes it. */
void wire_reset(struct wire *wire);
/* The most of the arena that any frame has used, for tests. */
size_t wire_used_bytes_max(const struct wire *wire);

#endif
