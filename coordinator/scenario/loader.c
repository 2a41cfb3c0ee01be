/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Faults and places ---- */

static void loader_tell(struct loader *loader, enum fault_severity severity, struct place place,
                        const char *format, va_list arguments) {
    char text[SPILL_ERROR_TEXT_BYTES];
    vsnprintf(text, sizeof text, format, arguments);
    spill_utf8_trim(text);
    fault_add(loader->faults, severity, FAULT_MEANING, place, "%s", text);
}

void loader_error(struct loader *loader, struct place place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    loader_tell(loader, FAULT_ERROR, place, format, arguments);
    va_end(arguments);
}

void loader_warn(struct loader *loader, struct place place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    loader_tell(loader, FAULT_WARNING, place, format, arguments);
    va_end(arguments);
}

void loader_unknown(struct loader *loader, enum refers refers, const char *id, struct place place) {
    if (loader->index[refers].broken) {
        return;
    }
    char hint[NEAREST_WORDS_BYTES] = "";
    if (!fault_list_full(loader->faults)) {
        struct nearest nearest = nearest_start(id);
        ids_offer(&loader->index[refers].ids, &nearest);
        nearest_words(&nearest, hint, sizeof hint);
    }
    loader_error(loader, place, "there is no %s '%s'%s", format_refers_words(refers), id, hint);
}

struct place loader_place(const struct loader *loader, const struct item *item, const char *key) {
    const uint32_t value = key == NULL ? YAML_NONE : yaml_find(&loader->yaml, item->node, key);
    return yaml_place(&loader->yaml, value != YAML_NONE       ? value
                                     : item->key != YAML_NONE ? item->key
                                                              : item->node);
}

struct place loader_row_place(const struct table *table, uint32_t row_offset_bytes,
                              const char *column) {
    const size_t at = table_column(table, column);
    return csv_place_again(&table->csv, row_offset_bytes, at == SIZE_MAX ? 0 : at);
}

struct place loader_inject_place(const struct loader *loader, const struct loader_inject *inject,
                                 const char *column) {
    const size_t at = table_column(&loader->msel_table, column);
    return csv_place(&loader->msel_table.csv, &inject->fields[at == SIZE_MAX ? 0 : at]);
}

size_t loader_line(struct place place) {
    size_t line = 0;
    size_t column = 0;
    source_position(place, &line, &column);
    return line;
}

/* ---- Ids ---- */

struct loader_rank {
    const char *id;
    uint32_t position;
};

static int loader_rank_order(const void *left, const void *right) {
    const struct loader_rank *const a = left;
    const struct loader_rank *const b = right;
    const int by_id = strcmp(a->id, b->id);
    return by_id != 0 ? by_id : (a->position > b->position) - (a->position < b->position);
}

static const char *loader_id_at(const void *first_id, size_t stride_bytes, size_t at) {
    const char *const id =
        *(const char *const *)(const void *)((const char *)first_id + at * stride_bytes);
    return id != NULL ? id : "";
}

void loader_make_index(struct loader *loader, enum refers refers, const void *first_id,
                       size_t stride_bytes, size_t count) {
    struct loader_index *const index = &loader->index[refers];
    struct loader_rank *const ranks = spill_alloc(count, sizeof *ranks);
    uint32_t *const rank = arena_alloc(&loader->scratch, count, sizeof *rank);
    uint32_t *const sorted = arena_alloc(&loader->scratch, count, sizeof *sorted);
    const bool made = ids_create(&index->ids, count, loader->hash_key, &loader->scratch);
    if (ranks == NULL || rank == NULL || sorted == NULL || !made) {
        free(ranks);
        loader->binder.memory = true;
        return;
    }
    bool in_order = true;
    for (size_t i = 0; i < count; i++) {
        ranks[i] = (struct loader_rank){loader_id_at(first_id, stride_bytes, i), (uint32_t)i};
        in_order = in_order && (i == 0 || strcmp(ranks[i - 1].id, ranks[i].id) <= 0);
        if (ranks[i].id[0] != '\0') {
            (void)ids_add(&index->ids, ranks[i].id, (uint32_t)i);
        }
    }
    if (!in_order) {
        qsort(ranks, count, sizeof *ranks, loader_rank_order);
    }
    for (size_t i = 0; i < count; i++) {
        rank[ranks[i].position] = (uint32_t)i;
        sorted[i] = ranks[i].position;
    }
    free(ranks);
    index->rank = rank;
    index->sorted = sorted;
    index->count = count;
}

uint32_t loader_find(const struct loader *loader, enum refers refers, const char *id) {
    return id == NULL || loader->index[refers].count == 0
               ? IDS_NONE
               : ids_find(&loader->index[refers].ids, id);
}

/* ---- Facts of what was read ---- */

bool loader_find_need(const struct source_kind *kind, const char *need, size_t *at) {
    for (size_t i = 0; need != NULL && i < kind->need_count; i++) {
        if (strcmp(kind->needs[i].at.id, need) == 0) {
            *at = i;
            return true;
        }
    }
    return false;
}

bool loader_cell_may(const struct source_cell *cell, const char *order) {
    for (size_t i = 0; i < cell->authority_count; i++) {
        if (cell->authority[i].order != NULL && strcmp(cell->authority[i].order, order) == 0) {
            return true;
        }
    }
    return false;
}

bool loader_inject_reaches(const struct loader_inject *inject, const char *cell) {
    for (size_t i = 0; i < inject->row.to_count; i++) {
        if (strcmp(inject->row.to[i], "*") == 0 || strcmp(inject->row.to[i], cell) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- Conditions ---- */

static enum refers loader_refers(enum condition_name kind) {
    switch (kind) {
    case NAME_ASSET:
        return REFERS_ASSET;
    case NAME_SECTOR:
        return REFERS_SECTOR;
    case NAME_COUNTRY:
        return REFERS_COUNTRY;
    case NAME_CAMPAIGN:
        return REFERS_CAMPAIGN;
    case NAME_SURGE:
        return REFERS_SURGE;
    case NAME_TAG:
        return REFERS_TAG;
    case NAME_POOL:
        return REFERS_POOL;
    case NAME_RULE:
        return REFERS_RULE;
    case NAME_ORDER:
        return REFERS_ORDER;
    case NAME_CELL:
        return REFERS_CELL;
    case NAME_INJECT:
        return REFERS_INJECT;
    case NAME_OPTION:
    case NAME_POLICY:
        break;
    }
    return REFERS_NOTHING;
}

/* The options of an inject, by its rank: those of the first language that has any. */
static const struct source_inject_text *loader_options(const struct loader *loader,
                                                       uint32_t inject_rank) {
    if (inject_rank >= loader->index[REFERS_INJECT].count) {
        return NULL;
    }
    const struct loader_inject *const inject =
        &loader->injects[loader->index[REFERS_INJECT].sorted[inject_rank]];
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        if (inject->texts[i] != NULL && inject->texts[i]->option_count > 0) {
            return inject->texts[i];
        }
    }
    return NULL;
}

enum spill_status loader_resolve(enum condition_name kind, const char *name, uint32_t within,
                                 uint32_t *index, void *context) {
    struct loader *const loader = context;
    if (kind == NAME_OPTION) {
        const struct source_inject_text *const text = loader_options(loader, within);
        for (size_t i = 0; text != NULL && i < text->option_count; i++) {
            if (strcmp(text->options[i].at.id, name) == 0) {
                *index = (uint32_t)i;
                return SPILL_OK;
            }
        }
        return SPILL_NOT_FOUND;
    }
    const enum refers refers = loader_refers(kind);
    const uint32_t position = loader_find(loader, refers, name);
    if (position == IDS_NONE && loader->index[refers].broken) {
        loader->guessed = true; /* The name may be right; only its table is not. */
        *index = 0;
        return SPILL_OK;
    }
    if (position == IDS_NONE) {
        return SPILL_NOT_FOUND;
    }
    *index = loader->index[refers].rank[position];
    return SPILL_OK;
}

const char *loader_nearest(enum condition_name kind, const char *name, uint32_t within,
                           void *context) {
    const struct loader *const loader = context;
    struct nearest nearest = nearest_start(name);
    if (fault_list_full(loader->faults)) {
        return NULL;
    }
    if (kind == NAME_OPTION) {
        const struct source_inject_text *const text = loader_options(loader, within);
        for (size_t i = 0; text != NULL && i < text->option_count; i++) {
            nearest_offer(&nearest, text->options[i].at.id);
        }
    } else {
        ids_offer(&loader->index[loader_refers(kind)].ids, &nearest);
    }
    return nearest.name;
}

/* ---- Mentions ---- */

/* A condition being looked at, and what it belongs to. */
struct loader_condition {
    const struct loader *loader;
    uint32_t self; /* Rank of the inject that waits for it; IDS_NONE: none. */
};

/* Position of a ranked thing. */
static uint32_t loader_position(const struct loader *loader, enum refers refers, uint32_t rank) {
    return loader->index[refers].sorted[rank];
}

/* Sums a table of sectors and countries over what `*` stands for. */
static int64_t loader_sum(const struct loader *loader, const int64_t *table, uint32_t sector_rank,
                          uint32_t country_rank) {
    const size_t country_count = loader->file.country_count;
    int64_t sum = 0;
    for (uint32_t i = 0; table != NULL && i < loader->index[REFERS_SECTOR].count; i++) {
        for (uint32_t j = 0; j < country_count; j++) {
            const bool sector = sector_rank == CONDITION_EVERY ||
                                loader_position(loader, REFERS_SECTOR, sector_rank) == i;
            const bool country = country_rank == CONDITION_EVERY ||
                                 loader_position(loader, REFERS_COUNTRY, country_rank) == j;
            sum += sector && country ? table[i * country_count + j] : 0;
        }
    }
    return sum;
}

/* The most orders that a function can count. */
static int64_t loader_orders_most(const struct loader *loader, uint32_t order_rank,
                                  uint32_t cell_rank) {
    const struct source_scenario *const file = &loader->file;
    const char *const order = file->orders[loader_position(loader, REFERS_ORDER, order_rank)].at.id;
    for (uint32_t i = 0; i < file->cell_count; i++) {
        const bool counts =
            cell_rank == CONDITION_EVERY || loader_position(loader, REFERS_CELL, cell_rank) == i;
        if (counts && loader_cell_may(&file->cells[i], order)) {
            return INT64_MAX / 2;
        }
    }
    return 0;
}

static bool loader_reaches(const struct loader *loader, uint32_t inject_rank, uint32_t cell_rank) {
    const struct loader_inject *const inject =
        &loader->injects[loader_position(loader, REFERS_INJECT, inject_rank)];
    if (cell_rank == CONDITION_EVERY) {
        return true;
    }
    return loader_inject_reaches(
        inject, loader->file.cells[loader_position(loader, REFERS_CELL, cell_rank)].at.id);
}

static void loader_bounds(enum condition_function function,
                          const uint32_t arguments[CONDITION_ARGUMENTS_MAX], int64_t *least,
                          int64_t *most, const void *context) {
    const struct loader_condition *const condition = context;
    const struct loader *const loader = condition->loader;
    const bool self = condition->self != IDS_NONE && condition->self == arguments[0];
    *least = 0;
    *most = SPILL_PPM;
    switch (function) {
    case FUNCTION_SERVICE:
    case FUNCTION_HEALTH:
    case FUNCTION_LEVEL:
    case FUNCTION_TRUST:
    case FUNCTION_NARRATIVE:
        break;
    case FUNCTION_TIME:
        *most = loader->file.duration_ms;
        break;
    case FUNCTION_FAILED:
        *most = 1;
        break;
    case FUNCTION_FAILED_COUNT:
    case FUNCTION_DEGRADED_COUNT:
        *most = loader_sum(loader, loader->assets_in, arguments[0], arguments[1]);
        break;
    case FUNCTION_PEOPLE_WITHOUT:
        *most = loader_sum(loader, loader->people_in, arguments[0], arguments[1]);
        break;
    case FUNCTION_INFECTED:
    case FUNCTION_TRIGGERED:
    case FUNCTION_DETECTED:
        *most = loader_sum(loader, loader->assets_in, CONDITION_EVERY, arguments[1]);
        break;
    case FUNCTION_DEMAND:
        *least = SPILL_PPM;
        *most = 21 * SPILL_PPM;
        break;
    case FUNCTION_ESCALATION:
        *least = INT64_MIN / 2;
        *most = INT64_MAX / 2;
        break;
    case FUNCTION_FIRED:
        *most =
            loader->file.rules[loader_position(loader, REFERS_RULE, arguments[0])].spec.times_max;
        break;
    case FUNCTION_ORDERED:
        *most = loader_orders_most(loader, arguments[0], arguments[1]);
        break;
    case FUNCTION_RELEASED:
        *most = self ? 0 : 1; /* An inject that waits for its own release waits for ever. */
        break;
    case FUNCTION_ACKNOWLEDGED:
    case FUNCTION_ANSWERED:
    case FUNCTION_CHOSE:
        *most = !self && loader_reaches(loader, arguments[0], arguments[1]) ? 1 : 0;
        break;
    case FUNCTION_SINCE:
        *least = -1;
        *most = self ? -1 : loader->file.duration_ms;
        break;
    }
}

static void loader_foresee(struct loader *loader, const struct mention *mention,
                           const struct condition *condition) {
    struct loader_condition context = {loader, IDS_NONE};
    const bool waits = strcmp(mention->key->name, "when") == 0;
    if (mention->origin.csv != NULL && waits) {
        const struct source_inject *const row = mention->owner;
        const uint32_t position = loader_find(loader, REFERS_INJECT, row->inject.id);
        context.self =
            position == IDS_NONE ? IDS_NONE : loader->index[REFERS_INJECT].rank[position];
    }
    const struct condition_prospect prospect =
        condition_foresee(condition, loader_bounds, &context);
    if (!prospect.may_hold) {
        loader_warn(loader, origin_place(&mention->origin),
                    "this condition can never hold in this scenario");
    } else if (!prospect.may_fail) {
        loader_warn(loader, origin_place(&mention->origin),
                    "this condition always holds in this scenario");
    }
}

static void loader_check_condition(struct loader *loader, const struct mention *mention) {
    struct condition *condition = NULL;
    struct condition_fault fault = {0};
    loader->guessed = false;
    const enum spill_status status =
        condition_create_helped(mention->text, mention->key->scope, loader_resolve, loader_nearest,
                                loader, &condition, &fault);
    if (status == SPILL_OK) {
        if (!loader->guessed && !loader->index[REFERS_ASSET].broken) {
            loader_foresee(loader, mention, condition);
        }
    } else if (status == SPILL_MEMORY) {
        loader->binder.memory = true;
    } else {
        loader_error(loader,
                     origin_place_within(&mention->origin, fault.offset_bytes, fault.length_bytes),
                     "%s", fault.error.text);
    }
    condition_destroy(&condition);
}

static void loader_check_words(struct loader *loader, const struct mention *mention) {
    const struct place place = origin_place(&mention->origin);
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        const bool wanted = (loader->file.languages & (1U << i)) != 0;
        const bool faulty =
            yaml_find(mention->origin.yaml, mention->origin.node, format_languages[i]) != YAML_NONE;
        if (wanted && mention->words->in[i] == NULL && !faulty) {
            loader_warn(
                loader, place,
                "the words for '%s' are missing in %s; those of the other language stand in",
                mention->key->name, format_languages[i]);
        }
    }
}

/* How many assets each sector has in each country, and how many people they serve. */
static void loader_count_assets(struct loader *loader) {
    const size_t country_count = loader->file.country_count;
    const size_t cell_count = loader->file.sector_count * country_count;
    loader->assets_in = arena_alloc(&loader->scratch, cell_count, sizeof *loader->assets_in);
    loader->people_in = arena_alloc(&loader->scratch, cell_count, sizeof *loader->people_in);
    if (loader->assets_in == NULL || loader->people_in == NULL) {
        loader->binder.memory = true;
        return;
    }
    for (size_t i = 0; i < loader->asset_count; i++) {
        const uint32_t sector = loader_find(loader, REFERS_SECTOR, loader->asset_specs[i].sector);
        const uint32_t country =
            loader_find(loader, REFERS_COUNTRY, loader->asset_specs[i].country);
        if (sector != IDS_NONE && country != IDS_NONE) {
            loader->assets_in[sector * country_count + country]++;
            loader->people_in[sector * country_count + country] += loader->asset_specs[i].people;
        }
    }
}

void loader_check_mentions(struct loader *loader) {
    loader_count_assets(loader);
    if (loader->binder.memory) {
        return;
    }
    for (size_t i = 0; i < loader->binder.mention_count; i++) {
        const struct mention *const mention = &loader->binder.mentions[i];
        if (mention->words != NULL) {
            loader_check_words(loader, mention);
        } else if (mention->key->type == TYPE_CONDITION) {
            loader_check_condition(loader, mention);
        } else if (mention->key->type == TYPE_CARRIER) {
            continue; /* With its link, in loader_check_tables. */
        } else if (strcmp(mention->text, "*") != 0 &&
                   loader_find(loader, mention->key->refers, mention->text) == IDS_NONE) {
            loader_unknown(loader, mention->key->refers, mention->text,
                           origin_place_within(&mention->origin, mention->offset_bytes,
                                               strlen(mention->text)));
        }
    }
}
