/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/chance.h"

#include <sodium.h>
#include <string.h>

#include "proto/vocabulary.h"

enum { CHANCE_ROUNDS = 10, CHANCE_INDEX_BITS = 24, CHANCE_HASH_BYTES = 32 };

void chance_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < CHANCE_ROUNDS; round++) {
        const uint64_t product0 = UINT64_C(0xD2511F53) * c0;
        const uint64_t product1 = UINT64_C(0xCD9E8D57) * c2;
        const uint32_t n0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0;
        const uint32_t n2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)product1;
        c3 = (uint32_t)product0;
        c0 = n0;
        c2 = n2;
        k0 += UINT32_C(0x9E3779B9);
        k1 += UINT32_C(0xBB67AE85);
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
}

uint64_t chance_hash(const char *kind, const char *id) {
    SPILL_ASSERT(kind != NULL);
    SPILL_ASSERT(id != NULL);
    crypto_generichash_state state;
    uint8_t bytes[CHANCE_HASH_BYTES];
    /* These fail only for sizes out of range. */
    (void)crypto_generichash_init(&state, NULL, 0, sizeof bytes);
    (void)crypto_generichash_update(&state, (const unsigned char *)kind, strlen(kind));
    (void)crypto_generichash_update(&state, (const unsigned char *)":", 1);
    (void)crypto_generichash_update(&state, (const unsigned char *)id, strlen(id));
    (void)crypto_generichash_final(&state, bytes, sizeof bytes);
    uint64_t hash = 0;
    for (int i = 7; i >= 0; i--) {
        hash = hash << 8 | bytes[i];
    }
    return hash;
}

uint32_t chance_draw(uint64_t seed, uint32_t replica, uint64_t hash, enum chance_purpose purpose,
                     uint32_t index) {
    const uint32_t index_mask = (UINT32_C(1) << CHANCE_INDEX_BITS) - 1;
    const uint32_t counter[4] = {(index & index_mask) << 8 | (uint32_t)purpose, (uint32_t)hash,
                                 (uint32_t)(hash >> 32), replica};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t words[4];
    chance_philox(counter, key, words);
    return words[0];
}

bool chance_event(uint32_t draw, int64_t probability_ppm) {
    SPILL_ASSERT(probability_ppm >= 0);
    return (int64_t)((uint64_t)draw * (uint64_t)SPILL_PPM >> 32) < probability_ppm;
}
