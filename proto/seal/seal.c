/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/seal/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

enum {
    SEAL_TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    SEAL_LABEL_BYTES_MAX = 128,
    SEAL_GROUP_BYTES = 2, /* Bytes in one group of a fingerprint … */
    SEAL_GROUPS = 8,      /* … and how many groups. */
};
_Static_assert(SEAL_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "XChaCha20");
_Static_assert(SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "XChaCha20");
_Static_assert((int)SEAL_EXTRA_BYTES == (int)SEAL_NONCE_BYTES + SEAL_TAG_BYTES, "nonce and tag");
_Static_assert((int)SEAL_BOX_BYTES == (int)SEAL_KEY_BYTES + SEAL_EXTRA_BYTES, "a key, sealed");

/* What each hash is for: no two uses can be mistaken for each other. */
static const char seal_use_cell[] = "spillover cell 1";
static const char seal_use_box[] = "spillover box 1";
static const char seal_use_seal[] = "spillover seal 1";
static const char seal_use_nonce[] = "spillover nonce 1";

struct seal {
    bool has_key;
    uint8_t cipher_key[SEAL_KEY_BYTES];
    uint8_t nonce_key[SEAL_KEY_BYTES];
};

/* ---- Keys ---- */

static void seal_start(void) {
    const int started = sodium_init(); /* As often as one likes. */
    SPILL_ASSERT(started >= 0);
}

void seal_random(uint8_t key[SEAL_KEY_BYTES]) {
    seal_start();
    randombytes_buf(key, SEAL_KEY_BYTES);
}

void seal_pair_of(const uint8_t secret_key[SEAL_KEY_BYTES], struct seal_pair *pair) {
    seal_start();
    memmove(pair->secret_key, secret_key, SEAL_KEY_BYTES);
    const int made = crypto_scalarmult_base(pair->public_key, pair->secret_key);
    SPILL_ASSERT(made == 0);
}

void seal_pair_random(struct seal_pair *pair) {
    uint8_t secret_key[SEAL_KEY_BYTES];
    seal_random(secret_key);
    seal_pair_of(secret_key, pair);
    seal_wipe(secret_key, sizeof secret_key);
}

void seal_wipe(void *memory, size_t size_bytes) {
    sodium_memzero(memory, size_bytes);
}

/* Z85: five of these characters for each four bytes. */
static const char seal_digits[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
enum { SEAL_BASE = sizeof seal_digits - 1 };
_Static_assert(SEAL_BASE == 85, "Z85");

char *seal_key_print(const uint8_t key[SEAL_KEY_BYTES], char text[SEAL_TEXT_BYTES]) {
    char *at = text;
    for (size_t i = 0; i < SEAL_KEY_BYTES; i += 4) {
        uint32_t number = (uint32_t)key[i] << 24 | (uint32_t)key[i + 1] << 16 |
                          (uint32_t)key[i + 2] << 8 | key[i + 3];
        for (size_t j = 5; j > 0; j--) {
            at[j - 1] = seal_digits[number % SEAL_BASE];
            number /= SEAL_BASE;
        }
        at += 5;
    }
    *at = '\0';
    return text;
}

enum spill_status seal_key_parse(const char *text, uint8_t key[SEAL_KEY_BYTES]) {
    uint8_t made[SEAL_KEY_BYTES];
    if (strnlen(text, SEAL_TEXT_BYTES) != SEAL_TEXT_BYTES - 1) {
        return SPILL_INVALID;
    }
    for (size_t i = 0; i < SEAL_KEY_BYTES / 4; i++) {
        uint64_t number = 0;
        for (size_t j = 0; j < 5; j++) {
            const char *const digit = strchr(seal_digits, text[5 * i + j]);
            number = number * SEAL_BASE + (uint64_t)(digit == NULL ? 0 : digit - seal_digits);
            if (digit == NULL || number > UINT32_MAX) {
                return SPILL_INVALID;
            }
        }
        for (size_t j = 0; j < 4; j++) {
            made[4 * i + j] = (uint8_t)(number >> (24 - 8 * j));
        }
    }
    memcpy(key, made, sizeof made);
    seal_wipe(made, sizeof made);
    return SPILL_OK;
}

char *seal_fingerprint(const uint8_t public_key[SEAL_KEY_BYTES],
                       char text[SEAL_FINGERPRINT_BYTES]) {
    uint8_t hash[32];
    (void)crypto_generichash(hash, sizeof hash, public_key, SEAL_KEY_BYTES, NULL, 0);
    size_t at = 0;
    for (size_t i = 0; i < SEAL_GROUPS; i++) {
        const int written =
            snprintf(text + at, SEAL_FINGERPRINT_BYTES - at, "%s%02x%02x", i == 0 ? "" : " ",
                     hash[SEAL_GROUP_BYTES * i], hash[SEAL_GROUP_BYTES * i + 1]);
        SPILL_ASSERT(written > 0);
        at += (size_t)written;
    }
    SPILL_ASSERT(at == SEAL_FINGERPRINT_BYTES - 1);
    return text;
}

/* ---- Labels: the bytes that a seal binds a message to. ---- */

struct seal_bytes {
    uint8_t bytes[SEAL_LABEL_BYTES_MAX];
    size_t size_bytes;
};

static void seal_put(struct seal_bytes *to, const void *bytes, size_t size_bytes) {
    SPILL_ASSERT(size_bytes <= sizeof to->bytes - to->size_bytes);
    memcpy(to->bytes + to->size_bytes, bytes, size_bytes);
    to->size_bytes += size_bytes;
}

/* Little-endian. */
static void seal_put_number(struct seal_bytes *to, uint64_t number, size_t size_bytes) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size_bytes; i++) {
        bytes[i] = (uint8_t)(number >> (8 * i));
    }
    seal_put(to, bytes, size_bytes);
}

static void seal_put_cell(struct seal_bytes *to, const char *cell) {
    const size_t cell_bytes = strlen(cell);
    SPILL_ASSERT(cell_bytes <= SPILL_ID_BYTES_MAX);
    seal_put_number(to, cell_bytes, 1);
    seal_put(to, cell, cell_bytes);
}

static struct seal_bytes seal_label_bytes(const struct frame_label *label) {
    struct seal_bytes bytes = {.size_bytes = 0};
    seal_put(&bytes, label->exercise, FRAME_EXERCISE_BYTES);
    seal_put_number(&bytes, label->epoch, 8);
    seal_put_number(&bytes, label->sequence, 8);
    seal_put_number(&bytes, (uint64_t)label->way, 1);
    seal_put_number(&bytes, label->kind, 1);
    seal_put_number(&bytes, label->tlp, 1);
    seal_put_number(&bytes, label->part, 4);
    seal_put_cell(&bytes, label->cell);
    return bytes;
}

/* ---- Sealing ---- */

/* BLAKE2b-256 of a use, with a key. */
static void seal_derive(const uint8_t key[SEAL_KEY_BYTES], const char *use,
                        uint8_t derived[SEAL_KEY_BYTES]) {
    (void)crypto_generichash(derived, SEAL_KEY_BYTES, (const uint8_t *)use, strlen(use), key,
                             SEAL_KEY_BYTES);
}

/* The nonce follows from all that is sealed: the same message gives the same bytes again, and no
 * nonce ever serves two. */
static void seal_nonce(const uint8_t nonce_key[SEAL_KEY_BYTES], const struct seal_bytes *label,
                       const uint8_t *bytes, size_t size_bytes, uint8_t nonce[SEAL_NONCE_BYTES]) {
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, nonce_key, SEAL_KEY_BYTES, SEAL_NONCE_BYTES);
    (void)crypto_generichash_update(&state, label->bytes, label->size_bytes);
    (void)crypto_generichash_update(&state, bytes, size_bytes);
    (void)crypto_generichash_final(&state, nonce, SEAL_NONCE_BYTES);
}

static size_t seal_close_with(const struct seal *seal, const struct seal_bytes *label,
                              const uint8_t *bytes, size_t size_bytes, uint8_t *sealed) {
    SPILL_ASSERT(seal->has_key);
    unsigned long long cipher_bytes = 0;
    seal_nonce(seal->nonce_key, label, bytes, size_bytes, sealed);
    const int closed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed + SEAL_NONCE_BYTES, &cipher_bytes, bytes, size_bytes, label->bytes,
        label->size_bytes, NULL, sealed, seal->cipher_key);
    SPILL_ASSERT(closed == 0);
    SPILL_ASSERT(cipher_bytes == size_bytes + SEAL_TAG_BYTES);
    return size_bytes + SEAL_EXTRA_BYTES;
}

static bool seal_open_with(const struct seal *seal, const struct seal_bytes *label,
                           const uint8_t *sealed, size_t sealed_bytes, uint8_t *bytes,
                           size_t *size_bytes) {
    if (!seal->has_key || sealed_bytes < SEAL_EXTRA_BYTES) {
        return false;
    }
    unsigned long long opened_bytes = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            bytes, &opened_bytes, NULL, sealed + SEAL_NONCE_BYTES, sealed_bytes - SEAL_NONCE_BYTES,
            label->bytes, label->size_bytes, sealed, seal->cipher_key) != 0) {
        return false;
    }
    /* One message has one sealed form. */
    uint8_t nonce[SEAL_NONCE_BYTES];
    seal_nonce(seal->nonce_key, label, bytes, (size_t)opened_bytes, nonce);
    if (sodium_memcmp(nonce, sealed, sizeof nonce) != 0) {
        return false;
    }
    *size_bytes = (size_t)opened_bytes;
    return true;
}

static void seal_set(struct seal *seal, const uint8_t key[SEAL_KEY_BYTES]) {
    seal_derive(key, seal_use_seal, seal->cipher_key);
    seal_derive(key, seal_use_nonce, seal->nonce_key);
    seal->has_key = true;
}

enum spill_status seal_create(const uint8_t *cell_key, struct seal **seal) {
    SPILL_ASSERT(seal != NULL);
    seal_start();
    struct seal *const made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    if (cell_key != NULL) {
        seal_set(made, cell_key);
    }
    *seal = made;
    return SPILL_OK;
}

void seal_destroy(struct seal **seal) {
    if (*seal != NULL) {
        seal_wipe(*seal, sizeof **seal);
        free(*seal);
        *seal = NULL;
    }
}

void seal_set_key(struct seal *seal, const uint8_t cell_key[SEAL_KEY_BYTES]) {
    seal_set(seal, cell_key);
}

size_t seal_close(const struct seal *seal, const struct frame_label *label, const uint8_t *bytes,
                  size_t size_bytes, uint8_t *sealed) {
    const struct seal_bytes made = seal_label_bytes(label);
    return seal_close_with(seal, &made, bytes, size_bytes, sealed);
}

bool seal_open(const struct seal *seal, const struct frame_label *label, const uint8_t *sealed,
               size_t sealed_bytes, uint8_t *bytes, size_t *size_bytes) {
    const struct seal_bytes made = seal_label_bytes(label);
    return seal_open_with(seal, &made, sealed, sealed_bytes, bytes, size_bytes);
}

static size_t seal_cipher_seal(const struct frame_label *label, const uint8_t *bytes,
                               size_t size_bytes, uint8_t *sealed, void *context) {
    return seal_close(context, label, bytes, size_bytes, sealed);
}

static bool seal_cipher_open(const struct frame_label *label, const uint8_t *sealed,
                             size_t sealed_bytes, uint8_t *bytes, size_t *size_bytes,
                             void *context) {
    return seal_open(context, label, sealed, sealed_bytes, bytes, size_bytes);
}

struct stream_cipher seal_cipher(struct seal *seal) {
    return (struct stream_cipher){
        .seal = seal_cipher_seal, .open = seal_cipher_open, .context = seal};
}

/* ---- A cell's key, and its box ---- */

void seal_cell_key(const uint8_t master_key[SEAL_KEY_BYTES], const char *cell,
                   uint8_t cell_key[SEAL_KEY_BYTES]) {
    struct seal_bytes bytes = {.size_bytes = 0};
    seal_put(&bytes, seal_use_cell, strlen(seal_use_cell));
    seal_put_cell(&bytes, cell);
    (void)crypto_generichash(cell_key, SEAL_KEY_BYTES, bytes.bytes, bytes.size_bytes, master_key,
                             SEAL_KEY_BYTES);
}

/* The key that coordinator and node share, as a seal. False: one of the keys is none. */
static bool seal_box_key(const uint8_t secret_key[SEAL_KEY_BYTES],
                         const uint8_t their_key[SEAL_KEY_BYTES],
                         const uint8_t coordinator[SEAL_KEY_BYTES],
                         const uint8_t node[SEAL_KEY_BYTES], struct seal *seal) {
    uint8_t point[SEAL_KEY_BYTES];
    uint8_t shared[SEAL_KEY_BYTES];
    if (crypto_scalarmult(point, secret_key, their_key) != 0) {
        return false;
    }
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, sizeof shared);
    (void)crypto_generichash_update(&state, (const uint8_t *)seal_use_box, strlen(seal_use_box));
    (void)crypto_generichash_update(&state, point, sizeof point);
    (void)crypto_generichash_update(&state, coordinator, SEAL_KEY_BYTES);
    (void)crypto_generichash_update(&state, node, SEAL_KEY_BYTES);
    (void)crypto_generichash_final(&state, shared, sizeof shared);
    seal_set(seal, shared);
    seal_wipe(point, sizeof point);
    seal_wipe(shared, sizeof shared);
    seal_wipe(&state, sizeof state);
    return true;
}

static struct seal_bytes seal_box_label(const uint8_t exercise[FRAME_EXERCISE_BYTES],
                                        const char *cell) {
    struct seal_bytes bytes = {.size_bytes = 0};
    seal_put(&bytes, exercise, FRAME_EXERCISE_BYTES);
    seal_put_cell(&bytes, cell);
    return bytes;
}

void seal_box_close(const struct seal_pair *coordinator, const uint8_t node[SEAL_KEY_BYTES],
                    const uint8_t exercise[FRAME_EXERCISE_BYTES], const char *cell,
                    const uint8_t cell_key[SEAL_KEY_BYTES], uint8_t box[SEAL_BOX_BYTES]) {
    struct seal seal;
    const struct seal_bytes label = seal_box_label(exercise, cell);
    memset(box, 0, SEAL_BOX_BYTES);
    /* A key that is no point of the curve gets an empty box, which opens for nobody. */
    if (seal_box_key(coordinator->secret_key, node, coordinator->public_key, node, &seal)) {
        const size_t box_bytes = seal_close_with(&seal, &label, cell_key, SEAL_KEY_BYTES, box);
        SPILL_ASSERT(box_bytes == SEAL_BOX_BYTES);
    }
    seal_wipe(&seal, sizeof seal);
}

bool seal_box_open(const struct seal_pair *node, const uint8_t coordinator[SEAL_KEY_BYTES],
                   const uint8_t exercise[FRAME_EXERCISE_BYTES], const char *cell,
                   const uint8_t *box, size_t box_bytes, uint8_t cell_key[SEAL_KEY_BYTES]) {
    struct seal seal;
    uint8_t opened[SEAL_BOX_BYTES];
    size_t opened_bytes = 0;
    const struct seal_bytes label = seal_box_label(exercise, cell);
    const bool open =
        box_bytes == SEAL_BOX_BYTES &&
        seal_box_key(node->secret_key, coordinator, coordinator, node->public_key, &seal) &&
        seal_open_with(&seal, &label, box, box_bytes, opened, &opened_bytes);
    if (open) {
        SPILL_ASSERT(opened_bytes == SEAL_KEY_BYTES);
        memcpy(cell_key, opened, SEAL_KEY_BYTES);
    }
    seal_wipe(&seal, sizeof seal);
    seal_wipe(opened, sizeof opened);
    return open;
}
