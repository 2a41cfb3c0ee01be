/* SPDX-License-Identifier: Apache-2.0 */
/* The state digest: a sum over entities, kept up to date by what changed. EXERCISE.md, Digest. */
#include <sodium.h>
#include <string.h>

#include "coordinator/exercise/exercise_parts.h"

enum { EXERCISE_FIELDS_MAX = 16 };

void exercise_touch(struct exercise *exercise, enum exercise_entity kind, size_t index) {
    if (!exercise->options.digests) {
        return;
    }
    const size_t entity = exercise->entity_first[kind] + index;
    SPILL_ASSERT(entity < exercise->entity_first[(size_t)kind + 1]);
    if (!exercise->entity_stale[entity]) {
        exercise->entity_stale[entity] = true;
        exercise->stale[exercise->stale_count++] = (uint32_t)entity;
    }
}

void exercise_touch_inject(struct exercise *exercise, const struct exercise_inject *inject) {
    exercise_touch(exercise, ENTITY_INJECT, (size_t)(inject - exercise->injects));
}

void exercise_touch_expectation(struct exercise *exercise, const struct exercise_inject *inject) {
    exercise_touch(exercise, ENTITY_EXPECTATION, (size_t)(inject - exercise->injects));
}

void exercise_touch_delivery(struct exercise *exercise, const struct exercise_delivery *delivery) {
    exercise_touch(exercise, ENTITY_DELIVERY, (size_t)(delivery - exercise->deliveries));
}

/* An entity is fed to its hash as an id, a zero byte, numbers, texts. */

static void exercise_hash_text(crypto_generichash_state *hash, const char *text) {
    /* With its NUL, so that texts do not run together. */
    crypto_generichash_update(hash, (const unsigned char *)text, strlen(text) + 1);
}

static void exercise_hash_begin(crypto_generichash_state *hash, const char *kind, const char *id,
                                const char *second) {
    crypto_generichash_init(hash, NULL, 0, CASCADE_DIGEST_BYTES);
    crypto_generichash_update(hash, (const unsigned char *)kind, strlen(kind));
    crypto_generichash_update(hash, (const unsigned char *)":", 1);
    crypto_generichash_update(hash, (const unsigned char *)id, strlen(id));
    if (second != NULL) {
        crypto_generichash_update(hash, (const unsigned char *)"/", 1);
        crypto_generichash_update(hash, (const unsigned char *)second, strlen(second));
    }
    crypto_generichash_update(hash, (const unsigned char *)"", 1);
}

static void exercise_hash_numbers(crypto_generichash_state *hash, const int64_t *numbers,
                                  size_t count) {
    uint8_t bytes[EXERCISE_FIELDS_MAX * sizeof numbers[0]];
    SPILL_ASSERT(count <= EXERCISE_FIELDS_MAX);
    for (size_t i = 0; i < count * sizeof numbers[0]; i++) {
        bytes[i] = (uint8_t)((uint64_t)numbers[i / 8] >> (8 * (i % 8)));
    }
    crypto_generichash_update(hash, bytes, count * sizeof numbers[0]);
}

#define EXERCISE_HASH_NUMBERS(hash, ...)                                                           \
    do {                                                                                           \
        const int64_t numbers[] = {__VA_ARGS__};                                                   \
        exercise_hash_numbers(hash, numbers, sizeof numbers / sizeof numbers[0]);                  \
    } while (0)

static void exercise_hash_inject(const struct exercise *exercise, size_t at,
                                 crypto_generichash_state *hash) {
    const struct exercise_inject *const inject = &exercise->injects[at];
    exercise_hash_begin(hash, "inject", inject->facts->id, NULL);
    EXERCISE_HASH_NUMBERS(hash, inject->state, inject->planned_ms, inject->armed_ms,
                          inject->holds_ms, inject->proposed_ms, inject->released_ms,
                          inject->title != NULL, inject->body != NULL);
    exercise_hash_text(hash, inject->title != NULL ? inject->title : "");
    exercise_hash_text(hash, inject->body != NULL ? inject->body : "");
    if (at >= exercise->planned_count) {
        const struct inject *const facts = inject->facts;
        EXERCISE_HASH_NUMBERS(hash, facts->type, facts->tlp, facts->acknowledge);
        exercise_hash_text(hash, facts->channel);
        exercise_hash_text(hash, facts->from.in[0]);
        exercise_hash_text(hash, facts->title.in[0]);
        exercise_hash_text(hash, facts->body.in[0]);
    }
}

static void exercise_hash_expectation(const struct exercise *exercise, size_t at,
                                      crypto_generichash_state *hash) {
    const struct exercise_inject *const inject = &exercise->injects[at];
    exercise_hash_begin(hash, "expectation", inject->facts->id, NULL);
    EXERCISE_HASH_NUMBERS(hash, inject->expectation, inject->expected_by_ms, inject->expected_at_ms,
                          inject->mark);
}

static void exercise_hash_delivery(const struct exercise *exercise, size_t at,
                                   crypto_generichash_state *hash) {
    const struct exercise_delivery *const delivery = &exercise->deliveries[at];
    exercise_hash_begin(hash, "delivery", exercise->injects[delivery->inject].facts->id,
                        exercise->cells[delivery->cell.index].id);
    EXERCISE_HASH_NUMBERS(hash, delivery->state, (int64_t)delivery->sequence,
                          delivery->delivered_ms, delivery->opened_ms, delivery->acknowledged_ms,
                          delivery->answered_ms, delivery->option, delivery->mark);
}

static void exercise_hash_cell(const struct exercise *exercise, size_t at,
                               crypto_generichash_state *hash) {
    const struct exercise_cell *const cell = &exercise->cells[at];
    exercise_hash_begin(hash, "cell", cell->id, NULL);
    EXERCISE_HASH_NUMBERS(hash, (int64_t)cell->sequence, (int64_t)cell->delivered);
    crypto_generichash_update(hash, cell->head, sizeof cell->head);
}

static void exercise_hash_rfi(const struct exercise *exercise, size_t at,
                              crypto_generichash_state *hash) {
    const struct exercise_rfi *const rfi = &exercise->rfis[at];
    exercise_hash_begin(hash, "rfi", "", NULL);
    EXERCISE_HASH_NUMBERS(hash, (int64_t)at + 1, rfi->asked_ms, rfi->answered_ms);
    exercise_hash_text(hash, exercise->cells[rfi->cell.index].id);
    exercise_hash_text(hash, rfi->text);
}

static void exercise_hash_order(const struct exercise *exercise, size_t at,
                                crypto_generichash_state *hash) {
    const struct exercise_order *const order = &exercise->orders[at];
    exercise_hash_begin(hash, "order", exercise->cells[order->cell.index].id, order->key);
    EXERCISE_HASH_NUMBERS(hash, (int64_t)order->number, order->acts_at_ms, order->refusal);
    exercise_hash_text(hash, order->name);
    exercise_hash_text(hash, order->text);
}

/* The hash of one entity as it is now. */
static void exercise_entity_hash_now(const struct exercise *exercise, size_t entity,
                                     uint8_t digest[CASCADE_DIGEST_BYTES]) {
    size_t kind = 0;
    while (entity >= exercise->entity_first[kind + 1]) {
        kind++;
    }
    const size_t at = entity - exercise->entity_first[kind];
    crypto_generichash_state hash;
    switch ((enum exercise_entity)kind) {
    case ENTITY_CLOCK:
        exercise_hash_begin(&hash, "clock", "exercise", NULL);
        /* Not the time itself: quiet time changes nothing. */
        EXERCISE_HASH_NUMBERS(&hash, exercise->clock);
        break;
    case ENTITY_INJECT:
        exercise_hash_inject(exercise, at, &hash);
        break;
    case ENTITY_EXPECTATION:
        exercise_hash_expectation(exercise, at, &hash);
        break;
    case ENTITY_DELIVERY:
        exercise_hash_delivery(exercise, at, &hash);
        break;
    case ENTITY_CELL:
        exercise_hash_cell(exercise, at, &hash);
        break;
    case ENTITY_RFI:
        exercise_hash_rfi(exercise, at, &hash);
        break;
    case ENTITY_ORDER:
        exercise_hash_order(exercise, at, &hash);
        break;
    }
    crypto_generichash_final(&hash, digest, CASCADE_DIGEST_BYTES);
}

/* sum := sum + sign * term, modulo 2^256, little-endian. */
static void exercise_sum(uint8_t sum[CASCADE_DIGEST_BYTES],
                         const uint8_t term[CASCADE_DIGEST_BYTES], int sign) {
    int carry = 0;
    for (size_t i = 0; i < CASCADE_DIGEST_BYTES; i++) {
        const int value = sum[i] + sign * term[i] + carry;
        sum[i] = (uint8_t)(value & 0xFF);
        carry = value < 0 ? -1 : value >> 8;
    }
}

void exercise_digest(struct exercise *exercise, uint8_t digest[CASCADE_DIGEST_BYTES]) {
    SPILL_ASSERT(exercise->options.digests);
    for (size_t i = 0; i < exercise->stale_count; i++) {
        const size_t entity = exercise->stale[i];
        uint8_t *const known = exercise->entity_digests[entity];
        exercise_sum(exercise->sum, known, -1);
        exercise_entity_hash_now(exercise, entity, known);
        exercise_sum(exercise->sum, known, 1);
        exercise->entity_stale[entity] = false;
    }
    exercise->stale_count = 0;
    world_digest(exercise->world, digest);
    exercise_sum(digest, exercise->sum, 1);
}

void exercise_digest_anew(struct exercise *exercise, uint8_t digest[CASCADE_DIGEST_BYTES]) {
    SPILL_ASSERT(exercise->options.digests);
    const size_t counts[ENTITY_COUNT] = {[ENTITY_CLOCK] = 1,
                                         [ENTITY_INJECT] = exercise->inject_count,
                                         [ENTITY_EXPECTATION] = exercise->inject_count,
                                         [ENTITY_DELIVERY] = exercise->delivery_count,
                                         [ENTITY_CELL] = exercise->cell_count,
                                         [ENTITY_RFI] = exercise->rfi_count,
                                         [ENTITY_ORDER] = exercise->order_count};
    world_digest(exercise->world, digest);
    for (size_t kind = 0; kind < ENTITY_COUNT; kind++) {
        for (size_t i = 0; i < counts[kind]; i++) {
            uint8_t term[CASCADE_DIGEST_BYTES];
            exercise_entity_hash_now(exercise, exercise->entity_first[kind] + i, term);
            exercise_sum(digest, term, 1);
        }
    }
}
