/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/scenario/table.h"

#include <string.h>

static const struct key *table_find(const struct keys *keys, const char *name, unsigned flag,
                                    struct nearest *nearest) {
    for (size_t i = 0; keys != NULL && i < keys->count; i++) {
        if (flag != 0 && (keys->key[i].flags & flag) == 0) {
            continue;
        }
        if (strcmp(keys->key[i].name, name) == 0) {
            return &keys->key[i];
        }
        nearest_offer(nearest, keys->key[i].name);
    }
    return NULL;
}

static void table_read_header(struct binder *binder, const struct keys *keys,
                              const struct keys *extra, struct table *table) {
    for (size_t i = 0; i < table->csv.column_count; i++) {
        const struct csv_field *const field = &table->csv.header[i];
        struct nearest nearest = nearest_start(field->text);
        table->columns[i] = table_find(keys, field->text, 0, &nearest);
        if (table->columns[i] == NULL) {
            table->columns[i] = table_find(extra, field->text, KEY_COLUMN, &nearest);
            table->extra[i] = table->columns[i] != NULL;
        }
        if (table->columns[i] == NULL) {
            char hint[NEAREST_WORDS_BYTES];
            char shown[BIND_SHOWN_BYTES];
            bind_fault(binder, csv_place(&table->csv, field), "unknown column '%s'%s",
                       bind_shown(field->text, shown), nearest_words(&nearest, hint, sizeof hint));
        }
        for (size_t j = 0; j < i && table->columns[i] != NULL; j++) {
            if (table->columns[j] == table->columns[i]) {
                bind_fault(binder, csv_place(&table->csv, field), "the column '%s' is there twice",
                           field->text);
                table->columns[i] = NULL;
                table->extra[i] = false;
            }
        }
    }
}

bool table_open(struct binder *binder, const struct source *source, const struct keys *keys,
                const struct keys *extra, struct table *table) {
    *table = (struct table){0};
    const enum spill_status status = csv_open(source, binder->arena, binder->faults, &table->csv);
    if (status != SPILL_OK) {
        binder->memory = binder->memory || status == SPILL_MEMORY;
        return false;
    }
    table_read_header(binder, keys, extra, table);
    table->row_count_max = csv_row_max(&table->csv);
    bool well = true;
    for (size_t i = 0; i < keys->count; i++) {
        if ((keys->key[i].flags & KEY_REQUIRED) != 0 &&
            table_column(table, keys->key[i].name) == SIZE_MAX) {
            bind_fault(binder, csv_place(&table->csv, &table->csv.header[0]),
                       "the column '%s' is missing: %s", keys->key[i].name, keys->key[i].about);
            well = false;
        }
    }
    return well;
}

size_t table_column(const struct table *table, const char *name) {
    for (size_t i = 0; i < table->csv.column_count; i++) {
        if (table->columns[i] != NULL && strcmp(table->columns[i]->name, name) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

bool table_next(struct table *table, struct csv_field fields[SPILL_CSV_COLUMNS_MAX]) {
    return csv_next(&table->csv, fields);
}

bool table_bind(struct binder *binder, struct table *table, const struct csv_field *fields,
                size_t column, bool mention, void *into) {
    SPILL_ASSERT(column < table->csv.column_count);
    const struct key *const key = table->columns[column];
    const struct csv_field *const field = &fields[column];
    SPILL_ASSERT(key != NULL);
    if (field->text_bytes == 0) {
        if ((key->flags & KEY_REQUIRED) != 0) {
            bind_fault(binder, csv_place(&table->csv, field), "'%s' is empty: %s", key->name,
                       key->about);
        }
        return false;
    }
    const struct origin origin = {.csv = &table->csv, .field = *field};
    return bind_value(binder, key, field->text, &origin, mention, into);
}
