/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/record/chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

_Static_assert(RECORDING_HASH_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");
_Static_assert(CHAIN_SALT_BYTES == crypto_generichash_BYTES_MIN, "a salt is a short hash");
_Static_assert(RECORDING_KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519");
_Static_assert(RECORDING_SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519");

/* Each use of a hash or signature starts with its own words, so that one can never stand for
 * another. */
static const char chain_start_words[] = "spillover recording 1";
static const char chain_head_words[16] = "spillover head 1";

enum { CHAIN_HEAD_BYTES = sizeof chain_head_words + 8 + 8 + RECORDING_HASH_BYTES };

static void chain_put(uint8_t *bytes, uint64_t value) {
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint64_t chain_get(const uint8_t *bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    return value;
}

void chain_start(uint8_t hash[RECORDING_HASH_BYTES]) {
    crypto_generichash(hash, RECORDING_HASH_BYTES, (const uint8_t *)chain_start_words,
                       sizeof chain_start_words - 1, NULL, 0);
}

void chain_salt(const uint8_t salt_key[32], uint64_t sequence, uint8_t salt[CHAIN_SALT_BYTES]) {
    uint8_t number[8];
    chain_put(number, sequence);
    crypto_generichash(salt, CHAIN_SALT_BYTES, number, sizeof number, salt_key, 32);
}

uint64_t chain_length(const struct record *record) {
    return 4 * 8 + record->body_bytes + 1 + (record->text != NULL ? strlen(record->text) : 0);
}

void chain_leaf(const uint8_t salt[CHAIN_SALT_BYTES], const struct record *record,
                uint8_t leaf[RECORDING_HASH_BYTES]) {
    SPILL_ASSERT(record->body != NULL || record->body_bytes == 0);
    uint8_t numbers[4 * 8];
    chain_put(numbers, (uint64_t)record->exercise_ms);
    chain_put(numbers + 8, (uint64_t)record->monotonic_us);
    chain_put(numbers + 16, (uint64_t)record->utc_us);
    chain_put(numbers + 24, record->body_bytes);
    const uint8_t has_text = record->text != NULL;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, RECORDING_HASH_BYTES);
    crypto_generichash_update(&state, salt, CHAIN_SALT_BYTES);
    crypto_generichash_update(&state, numbers, sizeof numbers);
    if (record->body_bytes > 0) {
        crypto_generichash_update(&state, record->body, record->body_bytes);
    }
    crypto_generichash_update(&state, &has_text, 1);
    if (has_text) {
        crypto_generichash_update(&state, (const uint8_t *)record->text, strlen(record->text));
    }
    crypto_generichash_final(&state, leaf, RECORDING_HASH_BYTES);
}

void chain_next(uint8_t hash[RECORDING_HASH_BYTES], uint64_t sequence, enum record_kind kind,
                uint64_t length, const uint8_t leaf[RECORDING_HASH_BYTES]) {
    uint8_t bytes[RECORDING_HASH_BYTES + 8 + 1 + 8 + RECORDING_HASH_BYTES];
    uint8_t *at = bytes;
    memcpy(at, hash, RECORDING_HASH_BYTES);
    at += RECORDING_HASH_BYTES;
    chain_put(at, sequence);
    at += 8;
    *at++ = (uint8_t)kind;
    chain_put(at, length);
    at += 8;
    memcpy(at, leaf, RECORDING_HASH_BYTES);
    crypto_generichash(hash, RECORDING_HASH_BYTES, bytes, sizeof bytes, NULL, 0);
}

void chain_keys(const uint8_t seed[32], uint8_t key[RECORDING_KEY_BYTES], uint8_t secret[64]) {
    crypto_sign_seed_keypair(key, secret, seed);
}

static void chain_head(uint8_t bytes[CHAIN_HEAD_BYTES], uint64_t sequence, int64_t utc_us,
                       const uint8_t head[RECORDING_HASH_BYTES]) {
    memcpy(bytes, chain_head_words, sizeof chain_head_words);
    chain_put(bytes + sizeof chain_head_words, sequence);
    chain_put(bytes + sizeof chain_head_words + 8, (uint64_t)utc_us);
    memcpy(bytes + sizeof chain_head_words + 16, head, RECORDING_HASH_BYTES);
}

void chain_sign(const uint8_t secret[64], uint64_t sequence, int64_t utc_us,
                const uint8_t head[RECORDING_HASH_BYTES],
                uint8_t signature[RECORDING_SIGNATURE_BYTES]) {
    uint8_t bytes[CHAIN_HEAD_BYTES];
    chain_head(bytes, sequence, utc_us, head);
    crypto_sign_detached(signature, NULL, bytes, sizeof bytes, secret);
}

bool chain_signed(const uint8_t key[RECORDING_KEY_BYTES], uint64_t sequence, int64_t utc_us,
                  const uint8_t head[RECORDING_HASH_BYTES],
                  const uint8_t signature[RECORDING_SIGNATURE_BYTES]) {
    uint8_t bytes[CHAIN_HEAD_BYTES];
    chain_head(bytes, sequence, utc_us, head);
    return crypto_sign_verify_detached(signature, bytes, sizeof bytes, key) == 0;
}

char *recording_fingerprint(const uint8_t key[RECORDING_KEY_BYTES],
                            char text[RECORDING_FINGERPRINT_TEXT_BYTES]) {
    uint8_t hash[16];
    crypto_generichash(hash, sizeof hash, key, RECORDING_KEY_BYTES, NULL, 0);
    size_t at = 0;
    for (size_t i = 0; i < sizeof hash; i += 2) {
        at += (size_t)snprintf(text + at, RECORDING_FINGERPRINT_TEXT_BYTES - at, "%s%02x%02x",
                               i > 0 ? " " : "", hash[i], hash[i + 1]);
    }
    SPILL_ASSERT(at < RECORDING_FINGERPRINT_TEXT_BYTES);
    return text;
}

/* ---- Record 1 ---- */

static bool chain_plain(const char *text) {
    const size_t bytes = strlen(text);
    for (size_t i = 0; i < bytes; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == '"' || text[i] == '\\') {
            return false;
        }
    }
    return bytes <= SPILL_ID_BYTES_MAX && spill_utf8_valid(text, bytes);
}

static void chain_hex(char *text, const uint8_t *bytes, size_t bytes_count) {
    sodium_bin2hex(text, 2 * bytes_count + 1, bytes, bytes_count);
}

static void chain_meta_print(const struct recording_meta *meta, size_t file_count,
                             char text[CHAIN_META_TEXT_BYTES]) {
    char exercise[2 * RECORDING_ID_BYTES + 1];
    char package[2 * RECORDING_HASH_BYTES + 1];
    char signer[2 * RECORDING_KEY_BYTES + 1];
    chain_hex(exercise, meta->exercise_id, sizeof meta->exercise_id);
    chain_hex(package, meta->package_hash, sizeof meta->package_hash);
    chain_hex(signer, meta->signer, sizeof meta->signer);
    /* The seed is text: not every reader of JSON has 64-bit integers. */
    const int written = snprintf(
        text, CHAIN_META_TEXT_BYTES,
        "{\"format\": %d, \"model_revision\": %" PRIu32
        ", \"scenario\": \"%s\", \"causes\": %s, \"seed\": \"%" PRIu64
        "\", \"team\": \"%s\", \"program\": \"%s\", \"created_utc_us\": %" PRId64
        ", \"exercise_id\": \"%s\", \"package_hash\": \"%s\", \"files\": %zu, \"signer\": \"%s\"}",
        RECORDING_FORMAT, meta->model_revision, meta->scenario, meta->causes ? "true" : "false",
        meta->seed, meta->team, meta->program, meta->created_utc_us, exercise, package, file_count,
        signer);
    SPILL_ASSERT(written > 0);
    SPILL_ASSERT(written < CHAIN_META_TEXT_BYTES);
}

static uint8_t *chain_put_text(uint8_t *at, const char *text) {
    const size_t bytes = strlen(text);
    *at++ = (uint8_t)bytes;
    memcpy(at, text, bytes);
    return at + bytes;
}

bool chain_meta_encode(const struct recording_meta *meta, size_t file_count,
                       uint8_t body[CHAIN_META_BYTES_MAX], size_t *body_bytes,
                       char text[CHAIN_META_TEXT_BYTES]) {
    if (!chain_plain(meta->scenario) || !chain_plain(meta->team) || !chain_plain(meta->program)) {
        return false;
    }
    uint8_t *at = body;
    const uint64_t numbers[] = {RECORDING_FORMAT, meta->model_revision,
                                meta->seed,       (uint64_t)meta->created_utc_us,
                                file_count,       meta->causes};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        chain_put(at, numbers[i]);
        at += 8;
    }
    memcpy(at, meta->exercise_id, sizeof meta->exercise_id);
    at += sizeof meta->exercise_id;
    memcpy(at, meta->package_hash, sizeof meta->package_hash);
    at += sizeof meta->package_hash;
    memcpy(at, meta->signer, sizeof meta->signer);
    at += sizeof meta->signer;
    at = chain_put_text(at, meta->scenario);
    at = chain_put_text(at, meta->team);
    at = chain_put_text(at, meta->program);
    *body_bytes = (size_t)(at - body);
    SPILL_ASSERT(*body_bytes <= CHAIN_META_BYTES_MAX);
    chain_meta_print(meta, file_count, text);
    return true;
}

static bool chain_get_text(const uint8_t **at, const uint8_t *end,
                           char text[SPILL_ID_BYTES_MAX + 1]) {
    if (*at >= end || **at > SPILL_ID_BYTES_MAX || (size_t)(end - *at) < 1 + (size_t) * *at) {
        return false;
    }
    const size_t bytes = **at;
    memcpy(text, *at + 1, bytes);
    text[bytes] = '\0';
    *at += 1 + bytes;
    return strlen(text) == bytes && chain_plain(text);
}

bool chain_meta_decode(const uint8_t *body, size_t body_bytes, struct recording_meta *meta,
                       size_t *file_count) {
    enum {
        NUMBERS = 6,
        FIXED = NUMBERS * 8 + RECORDING_ID_BYTES + RECORDING_HASH_BYTES + RECORDING_KEY_BYTES
    };
    if (body_bytes < FIXED) {
        return false;
    }
    struct recording_meta read = {0};
    const uint8_t *at = body;
    uint64_t numbers[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++) {
        numbers[i] = chain_get(at);
        at += 8;
    }
    read.model_revision = (uint32_t)numbers[1];
    read.seed = numbers[2];
    read.created_utc_us = (int64_t)numbers[3];
    read.causes = numbers[5] != 0;
    memcpy(read.exercise_id, at, sizeof read.exercise_id);
    at += sizeof read.exercise_id;
    memcpy(read.package_hash, at, sizeof read.package_hash);
    at += sizeof read.package_hash;
    memcpy(read.signer, at, sizeof read.signer);
    at += sizeof read.signer;
    const uint8_t *const end = body + body_bytes;
    if (!chain_get_text(&at, end, read.scenario) || !chain_get_text(&at, end, read.team) ||
        !chain_get_text(&at, end, read.program) || at != end || numbers[0] != RECORDING_FORMAT ||
        numbers[1] > UINT32_MAX || numbers[4] > RECORDING_FILES_MAX || numbers[5] > 1) {
        return false;
    }
    *meta = read;
    *file_count = (size_t)numbers[4];
    return true;
}
