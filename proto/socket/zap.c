/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <zmq.h>

#include "proto/socket/loop_source.h"

enum {
    ZAP_KEY_BYTES = 32,
    ZAP_KEY_TEXT_BYTES = 41,
    ZAP_PARTS_MAX = 16,
    ZAP_PART_BYTES_MAX = 256,
};

/* The parts of a question, in order (ZeroMQ RFC 27). */
enum { ZAP_VERSION, ZAP_NUMBER, ZAP_DOMAIN, ZAP_ADDRESS, ZAP_ROUTING_ID, ZAP_MECHANISM, ZAP_KEY };

struct zap_part {
    uint8_t bytes[ZAP_PART_BYTES_MAX];
    size_t size_bytes;
};

/* Takes in all parts; longer ones and more of them are cut off, and then fit nothing. */
static size_t zap_receive(void *zmq, struct zap_part parts[ZAP_PARTS_MAX]) {
    size_t count = 0;
    int more = 1;
    while (more != 0) {
        struct zap_part rest;
        struct zap_part *const part = count < ZAP_PARTS_MAX ? &parts[count] : &rest;
        const int received = zmq_recv(zmq, part->bytes, sizeof part->bytes, ZMQ_DONTWAIT);
        if (received < 0) {
            return 0;
        }
        part->size_bytes = (size_t)received;
        count++;
        size_t more_bytes = sizeof more;
        (void)zmq_getsockopt(zmq, ZMQ_RCVMORE, &more, &more_bytes);
    }
    return count;
}

static bool zap_is(const struct zap_part *part, const char *text) {
    return part->size_bytes == strlen(text) && memcmp(part->bytes, text, part->size_bytes) == 0;
}

static void zap_send(void *zmq, const void *bytes, size_t size_bytes, bool more) {
    /* A REP socket always has room for the answer to what it received. */
    (void)zmq_send(zmq, bytes, size_bytes, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
}

void zap_answer(void *zmq, bool (*admit)(const uint8_t *key, const char *address, void *context),
                void *context) {
    struct zap_part parts[ZAP_PARTS_MAX];
    const size_t count = zap_receive(zmq, parts);
    if (count == 0) {
        return;
    }
    bool admitted = false;
    char user_id[ZAP_KEY_TEXT_BYTES] = "";
    if (count == ZAP_KEY + 1 && zap_is(&parts[ZAP_VERSION], "1.0") &&
        zap_is(&parts[ZAP_MECHANISM], "CURVE") && parts[ZAP_KEY].size_bytes == ZAP_KEY_BYTES) {
        char address[ZAP_PART_BYTES_MAX + 1];
        const size_t address_bytes = parts[ZAP_ADDRESS].size_bytes < ZAP_PART_BYTES_MAX
                                         ? parts[ZAP_ADDRESS].size_bytes
                                         : (size_t)ZAP_PART_BYTES_MAX;
        memcpy(address, parts[ZAP_ADDRESS].bytes, address_bytes);
        address[address_bytes] = '\0';
        admitted = admit != NULL && admit(parts[ZAP_KEY].bytes, address, context);
        const char *const printed = zmq_z85_encode(user_id, parts[ZAP_KEY].bytes, ZAP_KEY_BYTES);
        SPILL_ASSERT(printed != NULL);
    }
    const bool numbered = count > ZAP_NUMBER && parts[ZAP_NUMBER].size_bytes < ZAP_PART_BYTES_MAX;
    zap_send(zmq, "1.0", 3, true);
    zap_send(zmq, parts[ZAP_NUMBER].bytes, numbered ? parts[ZAP_NUMBER].size_bytes : 0, true);
    zap_send(zmq, admitted ? "200" : "400", 3, true);
    zap_send(zmq, admitted ? "OK" : "not enrolled", admitted ? 2 : 12, true);
    zap_send(zmq, user_id, admitted ? strlen(user_id) : 0, true);
    zap_send(zmq, "", 0, false);
}

bool zap_key(const char *user_id, uint8_t key[32]) {
    /* Without a user id nobody has asked who it is. */
    return user_id != NULL && strlen(user_id) == ZAP_KEY_TEXT_BYTES - 1 &&
           zmq_z85_decode(key, user_id) != NULL;
}
