/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain: the bytes that a recording hashes and signs.
 *
 * Pure functions over bytes; the formulas are in RECORDING.md, so that anybody can check a
 * recording without this program. Any thread; sodium_init must have run.
 */
#ifndef SPILL_CHAIN_H
#define SPILL_CHAIN_H

#include "coordinator/record/recording.h"

enum {
    CHAIN_SALT_BYTES = 16,
    CHAIN_META_BYTES_MAX = 512, /* Longest body of record 1. */
    CHAIN_META_TEXT_BYTES = 1024,
};

/* The hash before record 1. */
void chain_start(uint8_t hash[RECORDING_HASH_BYTES]);

/* The salt of a record, from the secret key: nobody without it can guess what a withheld record
 * said. */
void chain_salt(const uint8_t salt_key[32], uint64_t sequence, uint8_t salt[CHAIN_SALT_BYTES]);

/* Bytes of a record's content: its three times, body and text. */
uint64_t chain_length(const struct record *record);

/* The commitment to a record's content. */
void chain_leaf(const uint8_t salt[CHAIN_SALT_BYTES], const struct record *record,
                uint8_t leaf[RECORDING_HASH_BYTES]);

/* Goes on from the hash of the record before to that of this one. */
void chain_next(uint8_t hash[RECORDING_HASH_BYTES], uint64_t sequence, enum record_kind kind,
                uint64_t length, const uint8_t leaf[RECORDING_HASH_BYTES]);

/* Signing keys from their seed; secret is libsodium's 64 bytes. */
void chain_keys(const uint8_t seed[32], uint8_t key[RECORDING_KEY_BYTES], uint8_t secret[64]);

/* Signs the head at sequence; utc_us is when. */
void chain_sign(const uint8_t secret[64], uint64_t sequence, int64_t utc_us,
                const uint8_t head[RECORDING_HASH_BYTES],
                uint8_t signature[RECORDING_SIGNATURE_BYTES]);
SPILL_CHECKED bool chain_signed(const uint8_t key[RECORDING_KEY_BYTES], uint64_t sequence,
                                int64_t utc_us, const uint8_t head[RECORDING_HASH_BYTES],
                                const uint8_t signature[RECORDING_SIGNATURE_BYTES]);

/* Record 1: meta and the number of files behind it, as bytes and as JSON. False: a text in meta
 * holds what JSON would have to escape. */
SPILL_CHECKED bool chain_meta_encode(const struct recording_meta *meta, size_t file_count,
                                     uint8_t body[CHAIN_META_BYTES_MAX], size_t *body_bytes,
                                     char text[CHAIN_META_TEXT_BYTES]);
SPILL_CHECKED bool chain_meta_decode(const uint8_t *body, size_t body_bytes,
                                     struct recording_meta *meta, size_t *file_count);

#endif
