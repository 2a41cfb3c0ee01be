/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a sound frame or are refused; a sound frame can be written, and read again. */
#include <string.h>

#include "proto/wire/wire.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    static struct wire *wire;
    static uint8_t first[FRAME_BYTES_MAX], second[FRAME_BYTES_MAX];
    if (wire == NULL) {
        const enum spill_status status = wire_create(&wire);
        SPILL_ASSERT(status == SPILL_OK);
    }
    struct frame frame;
    struct spill_error error;
    if (wire_decode(wire, bytes, size_bytes, &frame, &error) != SPILL_OK) {
        SPILL_ASSERT(error.text[0] != '\0');
        return 0;
    }
    SPILL_ASSERT(frame_fault(&frame) == NULL);
    const bool ours = (frame.kind != FRAME_HELLO || frame.hello.major == FRAME_MAJOR) &&
                      (frame.kind != FRAME_REFUSE || frame.end.major == FRAME_MAJOR);
    size_t first_bytes = 0, second_bytes = 0;
    if (ours) {
        SPILL_ASSERT(wire_encode(&frame, first, sizeof first, &first_bytes) == SPILL_OK);
        SPILL_ASSERT(wire_decode(wire, first, first_bytes, &frame, NULL) == SPILL_OK);
        SPILL_ASSERT(wire_encode(&frame, second, sizeof second, &second_bytes) == SPILL_OK);
        SPILL_ASSERT(first_bytes == second_bytes);
        SPILL_ASSERT(memcmp(first, second, first_bytes) == 0);
    }
    SPILL_ASSERT(wire_used_bytes_max(wire) <= WIRE_ARENA_BYTES);
    return 0;
}
