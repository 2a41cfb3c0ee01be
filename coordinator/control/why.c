/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/why.h"

#include <stdlib.h>
#include <string.h>

enum {
    WHY_FIRST_RECORDS = 1024,
    WHY_FIRST_ROOTS = 16,
    WHY_NAME_BYTES = 192, /* Of a name that is compared; longer ones are cut. */
    WHY_DEPTH_MAX = 60000,
};

#define WHY_NONE UINT32_MAX
#define WHY_TELLING_BELOW INT64_C(900000) /* A loss that is worth a chain. */

/* A cause, by index; its number is one more. */
struct why_record {
    int64_t at_ms;
    uint32_t parent;   /* Index, or WHY_NONE. */
    uint32_t previous; /* Of the same asset, or WHY_NONE. */
    uint32_t asset;
    uint32_t need; /* NETWORK_NO_INDEX: none, here and below. */
    uint32_t supplier;
    uint32_t root; /* Index in roots, or WHY_NONE. */
    int32_t before_ppm;
    int32_t after_ppm;
    uint16_t depth;     /* Links to the first record of its chain. */
    uint16_t crossings; /* Borders on that way, that from the root's country included. */
    uint8_t limit;
    bool backup_ended;
};

struct why {
    const struct scenario *scenario;
    const struct network *network;
    int64_t latest_ms; /* Of all outputs. */
    struct why_record *records;
    size_t record_count;
    size_t record_max;
    uint32_t *mark;         /* For each record: scratch of a question. */
    uint32_t *last;         /* For each asset: its last record. */
    struct why_root *roots; /* Kinds and ids are owned. */
    size_t root_count;
    size_t root_max;
    uint8_t *seen;        /* For each asset: scratch of a question. */
    struct why_hit *hits; /* For each asset: scratch of a question. */
};

enum spill_status why_create(const struct scenario *scenario, struct why **why) {
    SPILL_ASSERT(scenario != NULL);
    struct why *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->scenario = scenario;
    made->network = scenario_network(scenario);
    const size_t asset_count = network_asset_count(made->network);
    made->record_max = WHY_FIRST_RECORDS;
    made->root_max = WHY_FIRST_ROOTS;
    made->records = spill_alloc(made->record_max, sizeof *made->records);
    made->mark = spill_alloc(made->record_max, sizeof *made->mark);
    made->roots = spill_alloc(made->root_max, sizeof *made->roots);
    made->last = spill_alloc(asset_count, sizeof *made->last);
    made->seen = spill_alloc(asset_count, sizeof *made->seen);
    made->hits = spill_alloc(asset_count, sizeof *made->hits);
    if (made->records == NULL || made->mark == NULL || made->roots == NULL || made->last == NULL ||
        made->seen == NULL || made->hits == NULL) {
        why_destroy(&made);
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < asset_count; i++) {
        made->last[i] = WHY_NONE;
    }
    *why = made;
    return SPILL_OK;
}

void why_destroy(struct why **why) {
    if (*why == NULL) {
        return;
    }
    for (size_t i = 0; i < (*why)->root_count; i++) {
        free((void *)(uintptr_t)(*why)->roots[i].kind);
        free((void *)(uintptr_t)(*why)->roots[i].id);
    }
    free((*why)->records);
    free((*why)->mark);
    free((*why)->last);
    free((*why)->roots);
    free((*why)->seen);
    free((*why)->hits);
    free(*why);
    *why = NULL;
}

const struct scenario *why_scenario(const struct why *why) {
    return why->scenario;
}

uint64_t why_cause_count(const struct why *why) {
    return why->record_count;
}

/* ---- Taking causes in ---- */

static char *why_copy(const char *text) {
    const size_t bytes = strlen(text) + 1;
    char *const copy = spill_alloc(bytes, 1);
    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}

static enum spill_status why_add_root(struct why *why, const struct output *output,
                                      uint32_t *root) {
    if (why->root_count == why->root_max) {
        struct why_root *const grown =
            spill_grow(why->roots, why->root_max, 2 * why->root_max, sizeof *why->roots);
        if (grown == NULL) {
            return SPILL_MEMORY;
        }
        why->roots = grown;
        why->root_max *= 2;
    }
    char *const kind = why_copy(output->cause.root_kind);
    char *const id = why_copy(output->cause.root_id);
    if (kind == NULL || id == NULL) {
        free(kind);
        free(id);
        return SPILL_MEMORY;
    }
    why->roots[why->root_count] = (struct why_root){
        .kind = kind, .id = id, .at_ms = output->cause.root_at_ms, .country = {NETWORK_NO_INDEX}};
    *root = (uint32_t)why->root_count++;
    return SPILL_OK;
}

/* The root of a cause; its country may become known only later. */
static enum spill_status why_root_of(struct why *why, const struct output *output, uint32_t *root) {
    uint32_t found = WHY_NONE;
    if (output->cause.root_kind[0] == '\0') {
        *root = WHY_NONE;
        return SPILL_OK;
    }
    /* The latest roots are the likeliest. */
    for (size_t i = why->root_count; i-- > 0 && found == WHY_NONE;) {
        const struct why_root *const known = &why->roots[i];
        if (known->at_ms == output->cause.root_at_ms &&
            strcmp(known->id, output->cause.root_id) == 0 &&
            strcmp(known->kind, output->cause.root_kind) == 0) {
            found = (uint32_t)i;
        }
    }
    if (found == WHY_NONE) {
        const enum spill_status status = why_add_root(why, output, &found);
        if (status != SPILL_OK) {
            return status;
        }
    }
    struct country_ref country = {NETWORK_NO_INDEX};
    if (network_find_country(why->network, output->cause.root_country, &country) == SPILL_OK) {
        why->roots[found].country = country;
    }
    *root = found;
    return SPILL_OK;
}

static uint32_t why_need_of(const struct why *why, struct asset_ref asset, const char *id) {
    size_t count = 0;
    const struct need_ref first = network_asset_needs(why->network, asset, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct need_ref need = {first.index + i};
        if (strcmp(network_need_id(why->network, need), id) == 0) {
            return need.index;
        }
    }
    return NETWORK_NO_INDEX;
}

static uint32_t why_country(const struct why *why, uint32_t asset) {
    return network_asset_country(why->network, (struct asset_ref){asset}).index;
}

/* How far a record is from its root. */
static void why_measure(const struct why *why, struct why_record *record) {
    const uint32_t country = why_country(why, record->asset);
    uint32_t from = country;
    if (record->parent != WHY_NONE) {
        const struct why_record *const parent = &why->records[record->parent];
        record->depth =
            (uint16_t)(parent->depth < WHY_DEPTH_MAX ? parent->depth + 1 : WHY_DEPTH_MAX);
        record->crossings = parent->crossings;
        from = why_country(why, parent->asset);
    } else if (record->root != WHY_NONE &&
               why->roots[record->root].country.index != NETWORK_NO_INDEX) {
        from = why->roots[record->root].country.index;
    }
    if (from != country && record->crossings < WHY_DEPTH_MAX) {
        record->crossings++;
    }
}

static enum spill_status why_room(struct why *why) {
    if (why->record_count < why->record_max) {
        return SPILL_OK;
    }
    if (why->record_max > WHY_NONE / 4) {
        return SPILL_MEMORY;
    }
    const size_t more = 2 * why->record_max;
    uint32_t *const mark = spill_grow(why->mark, why->record_max, more, sizeof *why->mark);
    if (mark == NULL) {
        return SPILL_MEMORY;
    }
    why->mark = mark;
    struct why_record *const records =
        spill_grow(why->records, why->record_max, more, sizeof *why->records);
    if (records == NULL) {
        return SPILL_MEMORY;
    }
    why->records = records;
    why->record_max = more;
    return SPILL_OK;
}

enum spill_status why_take(struct why *why, const struct output *output) {
    if (output->kind != OUTPUT_CAUSE) {
        why->latest_ms = output->at_ms > why->latest_ms ? output->at_ms : why->latest_ms;
        return SPILL_OK;
    }
    struct asset_ref asset = {NETWORK_NO_INDEX};
    struct asset_ref supplier = {NETWORK_NO_INDEX};
    const char *const supplier_id = output->cause.supplier;
    if (output->cause.number != why->record_count + 1 || output->cause.parent > why->record_count ||
        network_find_asset(why->network, output->cause.asset, &asset) != SPILL_OK ||
        (supplier_id[0] != '\0' &&
         network_find_asset(why->network, supplier_id, &supplier) != SPILL_OK)) {
        return SPILL_INVALID;
    }
    uint32_t root = WHY_NONE;
    enum spill_status status = why_room(why);
    if (status == SPILL_OK) {
        status = why_root_of(why, output, &root);
    }
    if (status != SPILL_OK) {
        return status;
    }
    const uint32_t at = (uint32_t)why->record_count++;
    why->records[at] = (struct why_record){
        .at_ms = output->at_ms,
        .parent = output->cause.parent > 0 ? (uint32_t)(output->cause.parent - 1) : WHY_NONE,
        .previous = why->last[asset.index],
        .asset = asset.index,
        .need = why_need_of(why, asset, output->cause.need),
        .supplier = supplier.index,
        .root = root,
        .before_ppm = (int32_t)output->cause.before_ppm,
        .after_ppm = (int32_t)output->cause.after_ppm,
        .limit = (uint8_t)output->cause.limit,
        .backup_ended = output->cause.backup_ended,
    };
    why->last[asset.index] = at;
    why->latest_ms = output->at_ms > why->latest_ms ? output->at_ms : why->latest_ms;
    why_measure(why, &why->records[at]);
    return SPILL_OK;
}

/* ---- Answering ---- */

/* The record in force for an asset at a moment. */
static uint32_t why_in_force(const struct why *why, uint32_t asset, int64_t at_ms) {
    uint32_t at = why->last[asset];
    while (at != WHY_NONE && why->records[at].at_ms > at_ms) {
        at = why->records[at].previous;
    }
    return at;
}

/* The record at which an asset's service was lowest, up to and including `from`; the first of
 * equals. */
static uint32_t why_worst(const struct why *why, uint32_t from) {
    uint32_t worst = WHY_NONE;
    for (uint32_t at = from; at != WHY_NONE; at = why->records[at].previous) {
        if (why->records[at].after_ppm < SPILL_PPM &&
            (worst == WHY_NONE || why->records[at].after_ppm <= why->records[worst].after_ppm)) {
            worst = at;
        }
    }
    return worst;
}

/* The first record of the loss that a record belongs to. */
static uint32_t why_begin(const struct why *why, uint32_t at) {
    uint32_t begin = at;
    while (why->records[begin].previous != WHY_NONE &&
           why->records[why->records[begin].previous].after_ppm < SPILL_PPM) {
        begin = why->records[begin].previous;
    }
    return begin;
}

static void why_fill_step(const struct why *why, uint32_t at, struct why_step *step) {
    const struct why_record *const record = &why->records[at];
    *step = (struct why_step){
        .number = at + 1,
        .parent = record->parent != WHY_NONE ? record->parent + UINT64_C(1) : 0,
        .asset = {record->asset},
        .at_ms = record->at_ms,
        .before_ppm = record->before_ppm,
        .after_ppm = record->after_ppm,
        .limit = (enum limit_kind)record->limit,
        .need = "",
        .need_name = {{"", ""}},
        .supplier = {record->supplier},
        .supplier_ppm = record->parent != WHY_NONE ? why->records[record->parent].after_ppm : -1,
        .backup_ended = record->backup_ended,
    };
    if (record->need != NETWORK_NO_INDEX) {
        const struct need_ref need = {record->need};
        step->need = network_need_id(why->network, need);
        step->need_name = scenario_need_name(why->scenario, need);
    }
}

/* The way from the root to a record; of a long one, its two ends. */
static void why_fill_steps(const struct why *why, uint32_t at, struct why_chain *chain) {
    size_t length = 0;
    for (uint32_t i = at; i != WHY_NONE; i = why->records[i].parent) {
        length++;
    }
    const size_t kept = length < WHY_STEPS_MAX ? length : WHY_STEPS_MAX;
    const size_t first_half = kept / 2;
    chain->step_count = kept;
    chain->left_out = length - kept;
    size_t from_root = length;
    for (uint32_t i = at; i != WHY_NONE; i = why->records[i].parent) {
        from_root--;
        if (chain->left_out == 0 || from_root < first_half) {
            why_fill_step(why, i, &chain->steps[from_root]);
        } else if (from_root >= first_half + chain->left_out) {
            why_fill_step(why, i, &chain->steps[from_root - chain->left_out]);
        }
    }
}

static void why_fill_root(const struct why *why, uint32_t root, int64_t at_ms,
                          struct why_chain *chain) {
    if (root == WHY_NONE) {
        return;
    }
    uint64_t countries[(SPILL_COUNTRIES_MAX + 63) / 64] = {0};
    chain->root = why->roots[root];
    memset(why->seen, 0, network_asset_count(why->network));
    for (size_t i = 0; i < why->record_count; i++) {
        const struct why_record *const record = &why->records[i];
        if (record->root != root || record->at_ms > at_ms || record->after_ppm >= SPILL_PPM ||
            why->seen[record->asset]) {
            continue;
        }
        const uint32_t country = why_country(why, record->asset);
        why->seen[record->asset] = 1;
        chain->root.asset_count++;
        if ((countries[country / 64] >> (country % 64) & 1) == 0) {
            countries[country / 64] |= UINT64_C(1) << (country % 64);
            chain->root.country_count++;
        }
    }
}

static int why_compare_hits(const void *left, const void *right) {
    const struct why_hit *const a = left;
    const struct why_hit *const b = right;
    if (a->depth != b->depth) {
        return a->depth < b->depth ? -1 : 1;
    }
    if (a->at_ms != b->at_ms) {
        return a->at_ms < b->at_ms ? -1 : 1;
    }
    return (a->asset.index > b->asset.index) - (a->asset.index < b->asset.index);
}

/* Notes that an asset was hit; hits of an asset are found by seen. */
static void why_add_hit(const struct why *why, const struct why_record *record, size_t depth,
                        struct why_chain *chain) {
    const uint32_t asset = record->asset;
    if (asset == chain->asset.index) {
        return;
    }
    struct why_hit *const hit = &why->hits[asset];
    if (!why->seen[asset]) {
        if (record->after_ppm >= SPILL_PPM) {
            return; /* It came back from something else. */
        }
        why->seen[asset] = 1;
        *hit = (struct why_hit){.asset = {asset},
                                .at_ms = record->at_ms,
                                .lowest_ppm = record->after_ppm,
                                .depth = depth};
        chain->hit_count++;
    }
    hit->depth = depth < hit->depth ? depth : hit->depth;
    hit->lowest_ppm = record->after_ppm < hit->lowest_ppm ? record->after_ppm : hit->lowest_ppm;
}

/* Everything whose chain runs through the asset's loss from record `begin` on. */
static void why_fill_hits(const struct why *why, uint32_t begin, struct why_chain *chain) {
    const size_t asset_count = network_asset_count(why->network);
    memset(why->seen, 0, asset_count);
    for (size_t i = begin; i < why->record_count; i++) {
        const struct why_record *const record = &why->records[i];
        why->mark[i] = 0;
        if (record->at_ms > chain->asked_ms) {
            continue;
        }
        if (record->asset == chain->asset.index && record->at_ms < chain->restored_ms) {
            why->mark[i] = 1;
        } else if (record->parent != WHY_NONE && record->parent >= begin &&
                   why->mark[record->parent] > 0) {
            why->mark[i] = why->mark[record->parent] + 1;
            why_add_hit(why, record, why->mark[record->parent], chain);
        }
    }
    uint64_t countries[(SPILL_COUNTRIES_MAX + 63) / 64] = {0};
    size_t count = 0;
    for (uint32_t asset = 0; asset < asset_count; asset++) {
        if (why->seen[asset]) {
            const uint32_t country = why_country(why, asset);
            countries[country / 64] |= UINT64_C(1) << (country % 64);
            chain->hit_people += network_asset_people(why->network, (struct asset_ref){asset});
            why->hits[count++] = why->hits[asset];
        }
    }
    for (size_t i = 0; i < SPILL_COUNTRIES_MAX; i++) {
        chain->hit_country_count += countries[i / 64] >> (i % 64) & 1;
    }
    qsort(why->hits, count, sizeof *why->hits, why_compare_hits);
    const size_t named = count < WHY_HITS_MAX ? count : WHY_HITS_MAX;
    memcpy(chain->hits, why->hits, named * sizeof *why->hits);
}

void why_explain(const struct why *why, struct asset_ref asset, int64_t at_ms,
                 struct why_chain *chain) {
    SPILL_ASSERT(asset.index < network_asset_count(why->network));
    const int64_t asked_ms = at_ms == SPILL_NEVER ? why->latest_ms : at_ms;
    *chain = (struct why_chain){.asset = asset,
                                .asked_ms = asked_ms,
                                .service_ppm = SPILL_PPM,
                                .explained_ms = asked_ms,
                                .explained_ppm = SPILL_PPM,
                                .since_ms = SPILL_NEVER,
                                .restored_ms = SPILL_NEVER,
                                .root = {.kind = "", .id = "", .country = {NETWORK_NO_INDEX}}};
    const uint32_t now = why_in_force(why, asset.index, asked_ms);
    if (now == WHY_NONE) {
        return;
    }
    chain->service_ppm = why->records[now].after_ppm;
    uint32_t explained = now;
    if (chain->service_ppm >= SPILL_PPM) {
        explained = why_worst(why, now);
        if (explained == WHY_NONE) {
            return;
        }
        chain->explained_ms = why->records[explained].at_ms;
        for (uint32_t i = now; i > explained; i = why->records[i].previous) {
            if (why->records[i].after_ppm >= SPILL_PPM) {
                chain->restored_ms = why->records[i].at_ms;
            }
        }
    }
    const uint32_t begin = why_begin(why, explained);
    chain->explained_ppm = why->records[explained].after_ppm;
    chain->since_ms = why->records[begin].at_ms;
    why_fill_steps(why, explained, chain);
    why_fill_root(why, why->records[explained].root, asked_ms, chain);
    why_fill_hits(why, begin, chain);
}

size_t why_followed(const struct why *why, const struct why_chain *chain, struct why_step *steps,
                    size_t capacity) {
    if (chain->step_count == 0) {
        return 0;
    }
    size_t count = 0;
    const uint32_t last = (uint32_t)chain->steps[chain->step_count - 1].number - 1;
    const uint32_t begin = why_begin(why, last);
    memset(why->seen, 0, network_asset_count(why->network));
    for (size_t i = begin; i < why->record_count; i++) {
        const struct why_record *const record = &why->records[i];
        const bool own = record->asset == chain->asset.index;
        const bool follows =
            record->parent != WHY_NONE && record->parent >= begin && why->mark[record->parent] > 0;
        why->mark[i] = record->at_ms <= chain->asked_ms &&
                       (own ? record->at_ms < chain->restored_ms : follows);
        if (why->mark[i] == 0 || own || why->seen[record->asset] ||
            record->after_ppm >= SPILL_PPM) {
            continue;
        }
        why->seen[record->asset] = 1;
        if (count < capacity) {
            why_fill_step(why, (uint32_t)i, &steps[count]);
        }
        count++;
    }
    return count;
}

/* ---- Telling chains ---- */

static int64_t why_score(const struct why *why, uint32_t at) {
    const struct why_record *const record = &why->records[at];
    int64_t people = network_asset_people(why->network, (struct asset_ref){record->asset});
    int64_t score = (SPILL_PPM - record->after_ppm) / (SPILL_PPM / 400);
    while (people > 0) {
        score += 10;
        people /= 2;
    }
    return score + 300 * (record->depth < 6 ? record->depth : 6) +
           300 * (record->crossings < 4 ? record->crossings : 4);
}

/* The sector, root and country of an asset that was chosen make others like it less telling. */
static int64_t why_sameness(const struct why *why, uint32_t at, uint32_t other) {
    const struct why_record *const a = &why->records[at];
    const struct why_record *const b = &why->records[other];
    const struct sector_ref sector =
        network_asset_sector(why->network, (struct asset_ref){a->asset});
    const struct sector_ref taken =
        network_asset_sector(why->network, (struct asset_ref){b->asset});
    int64_t sameness = sector.index == taken.index ? 400 : 0;
    sameness += a->root == b->root ? 800 : 0;
    sameness += why_country(why, a->asset) == why_country(why, b->asset) ? 200 : 0;
    return sameness;
}

/* The record at which an asset lost most; WHY_NONE: next to nothing. */
static uint32_t why_loss(const struct why *why, uint32_t asset, int64_t at_ms) {
    const uint32_t worst = why_worst(why, why_in_force(why, asset, at_ms));
    const bool lost = worst != WHY_NONE && why->records[worst].after_ppm < WHY_TELLING_BELOW;
    return lost ? worst : WHY_NONE;
}

size_t why_telling(const struct why *why, int64_t at_ms, struct asset_ref *assets,
                   size_t capacity) {
    size_t count = 0;
    while (count < capacity) {
        int64_t best_score = INT64_MIN;
        uint32_t best = WHY_NONE;
        for (uint32_t asset = 0; asset < network_asset_count(why->network); asset++) {
            const uint32_t loss = why_loss(why, asset, at_ms);
            if (loss == WHY_NONE) {
                continue;
            }
            int64_t score = why_score(why, loss);
            bool taken = false;
            for (size_t i = 0; i < count; i++) {
                taken = taken || assets[i].index == asset;
                score -= why_sameness(why, loss, why_loss(why, assets[i].index, at_ms));
            }
            if (!taken && score > best_score) {
                best_score = score;
                best = asset;
            }
        }
        if (best == WHY_NONE) {
            break;
        }
        assets[count++] = (struct asset_ref){best};
    }
    return count;
}

/* ---- Names ---- */

/* A name as it is compared: small letters, cut. */
static size_t why_plain(const char *name, char plain[WHY_NAME_BYTES]) {
    size_t bytes = 0;
    for (; name[bytes] != '\0' && bytes < WHY_NAME_BYTES - 1; bytes++) {
        const char c = name[bytes];
        plain[bytes] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    plain[bytes] = '\0';
    return bytes;
}

enum spill_status why_find(const struct scenario *scenario, const char *name,
                           struct asset_ref *asset) {
    const struct network *const network = scenario_network(scenario);
    if (network_find_asset(network, name, asset) == SPILL_OK) {
        return SPILL_OK;
    }
    char wanted[WHY_NAME_BYTES];
    uint32_t found = NETWORK_NO_INDEX;
    size_t count = 0;
    why_plain(name, wanted);
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        bool same = false;
        for (int language = 0; language < LANGUAGE_COUNT; language++) {
            char plain[WHY_NAME_BYTES];
            why_plain(scenario_asset(scenario, (struct asset_ref){i})->name.in[language], plain);
            same = same || strcmp(plain, wanted) == 0;
        }
        if (same) {
            found = i;
            count++;
        }
    }
    if (count != 1) {
        return SPILL_NOT_FOUND;
    }
    *asset = (struct asset_ref){found};
    return SPILL_OK;
}

/* How unlike two names are; a part of the other is close. SIZE_MAX: another word. */
static size_t why_unlike(const char *wanted, size_t wanted_bytes, const char *name) {
    char plain[WHY_NAME_BYTES];
    const size_t bytes = why_plain(name, plain);
    if (wanted_bytes >= 2 && strstr(plain, wanted) != NULL) {
        return 1 + (bytes - wanted_bytes) / 8;
    }
    const size_t distance = spill_edit_distance(wanted, plain);
    return distance <= 1 + wanted_bytes / 3 ? 2 * distance : SIZE_MAX;
}

size_t why_nearest(const struct scenario *scenario, const char *name,
                   const char *nearest[WHY_NEAREST_MAX]) {
    const struct network *const network = scenario_network(scenario);
    char wanted[WHY_NAME_BYTES];
    const size_t wanted_bytes = why_plain(name, wanted);
    size_t unlike[WHY_NEAREST_MAX + 1];
    size_t count = 0;
    for (uint32_t i = 0; wanted_bytes > 0 && i < network_asset_count(network); i++) {
        const struct asset_ref asset = {i};
        size_t least = why_unlike(wanted, wanted_bytes, network_asset_id(network, asset));
        for (int language = 0; language < LANGUAGE_COUNT; language++) {
            const char *const shown = scenario_asset(scenario, asset)->name.in[language];
            const size_t other = why_unlike(wanted, wanted_bytes, shown);
            least = other < least ? other : least;
        }
        if (least == SIZE_MAX) {
            continue;
        }
        size_t place = count;
        while (place > 0 && least < unlike[place - 1]) {
            place--;
        }
        for (size_t j = count < WHY_NEAREST_MAX ? count : WHY_NEAREST_MAX - 1; j > place; j--) {
            unlike[j] = unlike[j - 1];
            nearest[j] = nearest[j - 1];
        }
        if (place < WHY_NEAREST_MAX) {
            unlike[place] = least;
            nearest[place] = network_asset_id(network, asset);
            count += count < WHY_NEAREST_MAX;
        }
    }
    return count;
}
