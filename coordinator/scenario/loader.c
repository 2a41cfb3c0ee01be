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
    const struct loader *const loader = context;
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

static void loader_check_condition(struct loader *loader, const struct mention *mention) {
    struct condition *condition = NULL;
    struct condition_fault fault = {0};
    const enum spill_status status =
        condition_create_helped(mention->text, mention->key->scope, loader_resolve, loader_nearest,
                                loader, &condition, &fault);
    if (status == SPILL_MEMORY) {
        loader->binder.memory = true;
    } else if (status != SPILL_OK) {
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
        if (wanted && mention->words->in[i] == NULL) {
            loader_warn(
                loader, place,
                "the words for '%s' are missing in %s; those of the other language stand in",
                mention->key->name, format_languages[i]);
        }
    }
}

static void loader_check_carrier(struct loader *loader, const struct mention *mention) {
    /* Looked at with the links, when there are any: loader_check. */
    (void)loader;
    (void)mention;
}

void loader_check_mentions(struct loader *loader) {
    for (size_t i = 0; i < loader->binder.mention_count; i++) {
        const struct mention *const mention = &loader->binder.mentions[i];
        if (mention->words != NULL) {
            loader_check_words(loader, mention);
        } else if (mention->key->type == TYPE_CONDITION) {
            loader_check_condition(loader, mention);
        } else if (mention->key->type == TYPE_CARRIER) {
            loader_check_carrier(loader, mention);
        } else if (strcmp(mention->text, "*") != 0 &&
                   loader_find(loader, mention->key->refers, mention->text) == IDS_NONE) {
            loader_unknown(loader, mention->key->refers, mention->text,
                           origin_place_within(&mention->origin, mention->offset_bytes,
                                               strlen(mention->text)));
        }
    }
}
