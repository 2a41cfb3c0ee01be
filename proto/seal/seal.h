/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal: keys, and messages that only their cell can open.
 *
 * The transport (CURVE) says who the peer is; the seal makes sure that a message which goes astray
 * inside the house is worth nothing to whoever gets it. Each cell has a key of its own for each
 * exercise, made from one master key that never leaves the coordinator; a node gets its cell's key
 * in a box that only its own key opens. Formulas and test vectors are in proto/PROTOCOL.md.
 *
 * Nothing here touches a file (key_file.h does) or reads a clock; only seal_random and
 * seal_pair_random ask the system for chance. Any thread, one at a time for each object. Whatever
 * holds a secret is wiped when it is destroyed; pairs and keys on a caller's stack are the caller's
 * to wipe (seal_wipe).
 */
#ifndef SPILL_SEAL_H
#define SPILL_SEAL_H

#include "proto/stream/stream.h"

enum {
    SEAL_KEY_BYTES = 32,
    SEAL_NONCE_BYTES = 24,
    SEAL_EXTRA_BYTES = 40,       /* A sealed message is so much longer: nonce and tag. */
    SEAL_BOX_BYTES = 72,         /* A key in its box. */
    SEAL_TEXT_BYTES = 41,        /* A key as 40 characters of Z85, and NUL. */
    SEAL_FINGERPRINT_BYTES = 40, /* A fingerprint as people read it, and NUL. */
};
_Static_assert(FRAME_MESSAGE_BYTES_MAX + (int)SEAL_EXTRA_BYTES <= FRAME_BODY_BYTES_MAX,
               "any message can be sealed");
_Static_assert(SEAL_BOX_BYTES <= (int)FRAME_KEY_BOX_BYTES_MAX, "a WELCOME holds a box");

/* A key pair of X25519, which is what CURVE uses. */
struct seal_pair {
    uint8_t public_key[SEAL_KEY_BYTES];
    uint8_t secret_key[SEAL_KEY_BYTES];
};

void seal_random(uint8_t key[SEAL_KEY_BYTES]);
void seal_pair_random(struct seal_pair *pair);
/* The pair that belongs to a secret key. */
void seal_pair_of(const uint8_t secret_key[SEAL_KEY_BYTES], struct seal_pair *pair);
void seal_wipe(void *memory, size_t size_bytes);

/* A key as text (Z85, as ZeroMQ has it) and back; returns text. SPILL_INVALID: it is no key. */
char *seal_key_print(const uint8_t key[SEAL_KEY_BYTES], char text[SEAL_TEXT_BYTES]);
SPILL_CHECKED enum spill_status seal_key_parse(const char *text, uint8_t key[SEAL_KEY_BYTES]);

/* A public key as people compare it over the telephone, "3f2a 91c0 …"; returns text. */
char *seal_fingerprint(const uint8_t public_key[SEAL_KEY_BYTES], char text[SEAL_FINGERPRINT_BYTES]);

/* ---- A cell's key ---- */

/* Of the exercise's master key. */
void seal_cell_key(const uint8_t master_key[SEAL_KEY_BYTES], const char *cell,
                   uint8_t cell_key[SEAL_KEY_BYTES]);

/* Puts a cell's key into a box for one node. The same arguments give the same bytes. */
void seal_box_close(const struct seal_pair *coordinator, const uint8_t node[SEAL_KEY_BYTES],
                    const uint8_t exercise[FRAME_EXERCISE_BYTES], const char *cell,
                    const uint8_t cell_key[SEAL_KEY_BYTES], uint8_t box[SEAL_BOX_BYTES]);
/* Takes it out. False: it is not from this coordinator, to this node, for this cell of this
 * exercise. */
SPILL_CHECKED bool seal_box_open(const struct seal_pair *node,
                                 const uint8_t coordinator[SEAL_KEY_BYTES],
                                 const uint8_t exercise[FRAME_EXERCISE_BYTES], const char *cell,
                                 const uint8_t *box, size_t box_bytes,
                                 uint8_t cell_key[SEAL_KEY_BYTES]);

/* ---- Messages ---- */

/* A cell's key, ready for use. */
struct seal;

/* NULL: without a key yet; it opens nothing, and must not seal. */
SPILL_CHECKED enum spill_status seal_create(const uint8_t *cell_key, struct seal **seal);
void seal_destroy(struct seal **seal);
void seal_set_key(struct seal *seal, const uint8_t cell_key[SEAL_KEY_BYTES]);

/* Seals into size_bytes + SEAL_EXTRA_BYTES; returns that size. */
size_t seal_close(const struct seal *seal, const struct frame_label *label, const uint8_t *bytes,
                  size_t size_bytes, uint8_t *sealed);
/* Opens into sealed_bytes - SEAL_EXTRA_BYTES. */
SPILL_CHECKED bool seal_open(const struct seal *seal, const struct frame_label *label,
                             const uint8_t *sealed, size_t sealed_bytes, uint8_t *bytes,
                             size_t *size_bytes);

/* The same for a stream; the seal is kept by whoever uses it. */
struct stream_cipher seal_cipher(struct seal *seal);

#endif
