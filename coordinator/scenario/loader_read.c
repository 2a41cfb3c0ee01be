/* SPDX-License-Identifier: Apache-2.0 */
/* The part of loader that reads the files of a package. */
#include <stdlib.h>
#include <string.h>

#include "coordinator/scenario/loader.h"
#include "coordinator/scenario/value.h"

/* ---- scenario.yaml ---- */

/* Makes the index of what a key of scenario.yaml lists; broken when the key has a fault. */
static void loader_index_key(struct loader *loader, enum refers refers, const char *key,
                             const void *array, size_t id_offset, size_t size_bytes, size_t count) {
    const char *const first = array == NULL ? NULL : (const char *)array + id_offset;
    loader_make_index(loader, refers, first, size_bytes, array == NULL ? 0 : count);
    const bool missing = loader->file.at.node == YAML_NONE;
    loader->index[refers].broken =
        missing || (array == NULL && yaml_find(&loader->yaml, 1, key) != YAML_NONE);
}

#define LOADER_INDEX(refers, key, array, array_count)                                              \
    loader_index_key(loader, refers, key, array, offsetof(struct item, id), sizeof(array)[0],      \
                     array_count)

static void loader_index_scenario(struct loader *loader) {
    const struct source_scenario *const file = &loader->file;
    LOADER_INDEX(REFERS_COUNTRY, "countries", file->countries, file->country_count);
    LOADER_INDEX(REFERS_SECTOR, "sectors", file->sectors, file->sector_count);
    LOADER_INDEX(REFERS_POOL, "pools", file->pools, file->pool_count);
    LOADER_INDEX(REFERS_TAG, "tags", file->tags, file->tag_count);
    LOADER_INDEX(REFERS_SURGE, "surges", file->surges, file->surge_count);
    LOADER_INDEX(REFERS_KIND, "kinds", file->kinds, file->kind_count);
    LOADER_INDEX(REFERS_CAMPAIGN, "campaigns", file->campaigns, file->campaign_count);
    LOADER_INDEX(REFERS_RULE, "rules", file->rules, file->rule_count);
    LOADER_INDEX(REFERS_ORDER, "orders", file->orders, file->order_count);
    LOADER_INDEX(REFERS_OBJECTIVE, "objectives", file->objectives, file->objective_count);
    LOADER_INDEX(REFERS_CELL, "cells", file->cells, file->cell_count);
    /* Until their tables were read. */
    loader->index[REFERS_ASSET].broken = true;
    loader->index[REFERS_INJECT].broken = true;
}

void loader_read_scenario(struct loader *loader) {
    const struct source *const source = &loader->sources[FILE_SCENARIO];
    struct source_scenario *const file = &loader->file;
    file->duration_ms = SPILL_NEVER; /* Until it was read: then nothing is too late. */
    if (source->bytes == NULL) {
        loader_error(loader, (struct place){source, PLACE_WHOLE, 0},
                     "the file is missing; a package begins with it");
        loader_index_scenario(loader);
        return;
    }
    const size_t errors_before = fault_list_errors(loader->faults);
    const enum spill_status status = yaml_load(source, loader->keep, loader->faults, &loader->yaml);
    loader->binder.memory = loader->binder.memory || status == SPILL_MEMORY;
    loader->binder.yaml = &loader->yaml;
    if (loader->yaml.node_count > 1) {
        bind_mapping(&loader->binder, &format_scenario, 1, (struct place){source, 0, 1}, file);
        file->at.node = 1;
    } else if (status == SPILL_OK && fault_list_errors(loader->faults) == errors_before) {
        loader_error(loader, (struct place){source, PLACE_WHOLE, 0}, "the file is empty");
    }
    loader_index_scenario(loader);
}

/* ---- assets.csv ---- */

/* An id of a table's column that must exist already. */
static uint32_t loader_look_up(struct loader *loader, const struct table *table,
                               const struct csv_field *fields, enum refers refers,
                               const char *column, const char *id) {
    const uint32_t position = loader_find(loader, refers, id);
    if (id != NULL && position == IDS_NONE) {
        const size_t at = table_column(table, column);
        loader_unknown(loader, refers, id, csv_place(&table->csv, &fields[at]));
    }
    return position;
}

static void loader_look_up_tags(struct loader *loader, const struct csv_field *fields,
                                const struct asset_spec *spec) {
    const struct table *const table = &loader->assets_table;
    const size_t column = loader->columns.tags;
    if (column == SIZE_MAX || fields[column].text_bytes == 0) {
        return; /* From the kind, where they were looked at. */
    }
    size_t offset_bytes = 0;
    for (size_t i = 0; i < spec->tag_count; i++) {
        offset_bytes += strspn(fields[column].text + offset_bytes, " \t\r\n");
        const struct place place =
            csv_place_within(&table->csv, &fields[column], offset_bytes, strlen(spec->tags[i]));
        if (loader_find(loader, REFERS_TAG, spec->tags[i]) == IDS_NONE) {
            loader_unknown(loader, REFERS_TAG, spec->tags[i], place);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(spec->tags[i], spec->tags[j]) == 0) {
                loader_error(loader, place, "the tag '%s' is there twice", spec->tags[i]);
            }
        }
        offset_bytes += strlen(spec->tags[i]);
    }
}

static bool loader_given(const struct csv_field *fields, size_t column) {
    return column != SIZE_MAX && fields[column].text_bytes > 0;
}

/* Binds a row: first its own columns, then, over a copy of the kind's, those that override the
 * kind. */
static void loader_read_asset(struct loader *loader, const struct csv_field *fields,
                              struct loader_asset *asset, struct asset_spec *spec) {
    struct table *const table = &loader->assets_table;
    asset->row = (struct source_asset){.latitude_e6 = INT32_MIN, .longitude_e6 = INT32_MIN};
    asset->row_offset_bytes = table->csv.row_offset_bytes;
    asset->latitude_given = loader_given(fields, loader->columns.latitude);
    asset->longitude_given = loader_given(fields, loader->columns.longitude);
    for (size_t i = 0; i < table->csv.column_count; i++) {
        if (table->columns[i] != NULL && !table->extra[i]) {
            (void)table_bind(&loader->binder, table, fields, i, false, &asset->row);
        }
    }
    asset->kind = loader_look_up(loader, table, fields, REFERS_KIND, "kind", asset->row.kind);
    struct source_kind made = {0};
    if (asset->kind != LOADER_NO_KIND) {
        made.spec = loader->file.kinds[asset->kind].spec;
    }
    for (size_t i = 0; i < table->csv.column_count; i++) {
        if (table->extra[i]) {
            (void)table_bind(&loader->binder, table, fields, i, false, &made);
        }
    }
    *spec = made.spec;
    spec->id = asset->row.id;
    spec->country = asset->row.country;
    (void)loader_look_up(loader, table, fields, REFERS_COUNTRY, "country", asset->row.country);
    if (loader_given(fields, loader->columns.sector)) {
        (void)loader_look_up(loader, table, fields, REFERS_SECTOR, "sector", spec->sector);
    }
    if (loader_given(fields, loader->columns.pool)) {
        (void)loader_look_up(loader, table, fields, REFERS_POOL, "pool", spec->pool);
    }
    if (loader_given(fields, loader->columns.surge)) {
        (void)loader_look_up(loader, table, fields, REFERS_SURGE, "surge", spec->surge);
    }
    loader_look_up_tags(loader, fields, spec);
}

/* True for a table that is there and can be read. */
static bool loader_open_table(struct loader *loader, enum loader_file file, const struct keys *keys,
                              const struct keys *extra, bool required, struct table *table) {
    const struct source *const source = &loader->sources[file];
    if (source->bytes == NULL) {
        if (required) {
            loader_error(loader, (struct place){source, PLACE_WHOLE, 0}, "the file is missing");
        }
        return false;
    }
    return table_open(&loader->binder, source, keys, extra, table);
}

/* True while there is room for another row. */
static bool loader_has_room(struct loader *loader, const struct table *table, size_t count,
                            size_t max, const char *what) {
    if (count < max) {
        return true;
    }
    loader_error(loader, (struct place){table->csv.source, table->csv.row_offset_bytes, 1},
                 "more than %zu %s", max, what);
    return false;
}

void loader_read_assets(struct loader *loader) {
    struct table *const table = &loader->assets_table;
    if (!loader_open_table(loader, FILE_ASSETS, &format_assets, &format_kind, true, table)) {
        return;
    }
    loader->columns.latitude = table_column(table, "lat");
    loader->columns.longitude = table_column(table, "lon");
    loader->columns.sector = table_column(table, "sector");
    loader->columns.pool = table_column(table, "pool");
    loader->columns.surge = table_column(table, "surge");
    loader->columns.tags = table_column(table, "tags");
    const size_t max = table->row_count_max;
    loader->assets = arena_alloc(&loader->scratch, max, sizeof *loader->assets);
    loader->asset_specs = arena_alloc(&loader->scratch, max, sizeof *loader->asset_specs);
    if (loader->assets == NULL || loader->asset_specs == NULL) {
        loader->binder.memory = true;
        return;
    }
    struct csv_field fields[SPILL_CSV_COLUMNS_MAX];
    while (table_next(table, fields) &&
           loader_has_room(loader, table, loader->asset_count, SPILL_ASSETS_MAX, "assets")) {
        loader_read_asset(loader, fields, &loader->assets[loader->asset_count],
                          &loader->asset_specs[loader->asset_count]);
        loader->asset_count++;
    }
    loader_make_index(loader, REFERS_ASSET,
                      loader->asset_count == 0 ? NULL : &loader->asset_specs[0].id,
                      sizeof loader->asset_specs[0], loader->asset_count);
    loader->index[REFERS_ASSET].broken = false;
}

/* ---- links.csv, trust.csv, edges.csv ---- */

void loader_read_links(struct loader *loader) {
    struct table *const table = &loader->links_table;
    if (!loader_open_table(loader, FILE_LINKS, &format_links, NULL, true, table)) {
        return;
    }
    loader->links = arena_alloc(&loader->scratch, table->row_count_max, sizeof *loader->links);
    loader->link_rows =
        arena_alloc(&loader->scratch, table->row_count_max, sizeof *loader->link_rows);
    loader->link_ends =
        arena_alloc(&loader->scratch, table->row_count_max, sizeof *loader->link_ends);
    if (loader->links == NULL || loader->link_rows == NULL || loader->link_ends == NULL) {
        loader->binder.memory = true;
        return;
    }
    loader->columns.weight = table_column(table, "weight");
    struct source_link initial = {0};
    bind_defaults(&loader->binder, &format_links, &initial);
    initial.spec.coupling_given = true;
    struct csv_field fields[SPILL_CSV_COLUMNS_MAX];
    while (table_next(table, fields) &&
           loader_has_room(loader, table, loader->link_count, SPILL_LINKS_MAX, "links")) {
        struct source_link link = initial;
        for (size_t i = 0; i < table->csv.column_count; i++) {
            if (table->columns[i] != NULL) {
                (void)table_bind(&loader->binder, table, fields, i, false, &link);
            }
        }
        const struct csv_field *const weight =
            loader_given(fields, loader->columns.weight) ? &fields[loader->columns.weight] : NULL;
        loader->link_ends[loader->link_count] = (struct loader_ends){
            .asset = loader_look_up(loader, table, fields, REFERS_ASSET, "asset", link.spec.asset),
            .supplier =
                loader_look_up(loader, table, fields, REFERS_ASSET, "supplier", link.spec.supplier),
            .weight_given = weight != NULL,
            .weight_percent = weight != NULL && weight->text[weight->text_bytes - 1] == '%',
        };
        loader->links[loader->link_count] = link.spec;
        loader->link_rows[loader->link_count] = table->csv.row_offset_bytes;
        loader->link_count++;
    }
}

void loader_read_trust(struct loader *loader) {
    struct table *const table = &loader->trust_table;
    if (!loader_open_table(loader, FILE_TRUST, &format_trust, NULL, false, table)) {
        return;
    }
    loader->trusts = arena_alloc(&loader->scratch, table->row_count_max, sizeof *loader->trusts);
    loader->trust_rows =
        arena_alloc(&loader->scratch, table->row_count_max, sizeof *loader->trust_rows);
    if (loader->trusts == NULL || loader->trust_rows == NULL) {
        loader->binder.memory = true;
        return;
    }
    struct csv_field fields[SPILL_CSV_COLUMNS_MAX];
    while (table_next(table, fields) &&
           loader_has_room(loader, table, loader->trust_count, SPILL_TRUSTS_MAX, "rows")) {
        struct source_trust trust = {0};
        for (size_t i = 0; i < table->csv.column_count; i++) {
            if (table->columns[i] != NULL) {
                (void)table_bind(&loader->binder, table, fields, i, false, &trust);
            }
        }
        (void)loader_look_up(loader, table, fields, REFERS_ASSET, "from", trust.spec.from);
        (void)loader_look_up(loader, table, fields, REFERS_ASSET, "to", trust.spec.to);
        loader->trusts[loader->trust_count] = trust.spec;
        loader->trust_rows[loader->trust_count] = table->csv.row_offset_bytes;
        loader->trust_count++;
    }
}

void loader_read_edges(struct loader *loader) {
    struct table *const table = &loader->edges_table;
    if (!loader_open_table(loader, FILE_EDGES, &format_edges, NULL, false, table)) {
        return;
    }
    loader->edges = arena_alloc(&loader->scratch, table->row_count_max, sizeof *loader->edges);
    loader->edge_rows =
        arena_alloc(&loader->scratch, table->row_count_max, sizeof *loader->edge_rows);
    if (loader->edges == NULL || loader->edge_rows == NULL) {
        loader->binder.memory = true;
        return;
    }
    struct source_edge initial = {0};
    bind_defaults(&loader->binder, &format_edges, &initial);
    struct csv_field fields[SPILL_CSV_COLUMNS_MAX];
    while (table_next(table, fields) &&
           loader_has_room(loader, table, loader->edge_count, SPILL_EDGES_MAX, "edges")) {
        struct source_edge edge = initial;
        for (size_t i = 0; i < table->csv.column_count; i++) {
            if (table->columns[i] != NULL) {
                (void)table_bind(&loader->binder, table, fields, i, false, &edge);
            }
        }
        (void)loader_look_up(loader, table, fields, REFERS_ASSET, "from", edge.spec.from);
        (void)loader_look_up(loader, table, fields, REFERS_ASSET, "to", edge.spec.to);
        (void)loader_look_up(loader, table, fields, REFERS_ASSET, "line", edge.spec.line);
        loader->edges[loader->edge_count] = edge.spec;
        loader->edge_rows[loader->edge_count] = table->csv.row_offset_bytes;
        loader->edge_count++;
    }
}

/* ---- msel.csv ---- */

static void loader_read_inject(struct loader *loader, const struct source_inject *initial,
                               const struct csv_field *fields, struct loader_inject *inject) {
    struct table *const table = &loader->msel_table;
    inject->row = *initial;
    memcpy(inject->fields, fields, table->csv.column_count * sizeof *fields);
    for (size_t i = 0; i < table->csv.column_count; i++) {
        if (table->columns[i] != NULL) {
            (void)table_bind(&loader->binder, table, fields, i, true, &inject->row);
        }
    }
}

void loader_read_msel(struct loader *loader) {
    struct table *const table = &loader->msel_table;
    if (!loader_open_table(loader, FILE_MSEL, &format_msel, NULL, false, table)) {
        return;
    }
    const size_t max =
        table->row_count_max < SPILL_INJECTS_MAX ? table->row_count_max : SPILL_INJECTS_MAX;
    loader->injects = arena_alloc(&loader->scratch, max, sizeof *loader->injects);
    if (loader->injects == NULL) {
        loader->binder.memory = true;
        return;
    }
    struct source_inject initial = {.inject = {.storyline = "",
                                               .event = "",
                                               .incident = "",
                                               .at_ms = SPILL_NEVER,
                                               .expires_ms = SPILL_NEVER,
                                               .due_ms = SPILL_NEVER,
                                               .place = {NETWORK_NO_INDEX}}};
    bind_defaults(&loader->binder, &format_msel, &initial);
    struct csv_field fields[SPILL_CSV_COLUMNS_MAX];
    while (table_next(table, fields) &&
           loader_has_room(loader, table, loader->inject_count, SPILL_INJECTS_MAX, "injects")) {
        loader_read_inject(loader, &initial, fields, &loader->injects[loader->inject_count]);
        loader->inject_count++;
    }
    loader_make_index(loader, REFERS_INJECT,
                      loader->inject_count == 0 ? NULL : &loader->injects[0].row.inject.id,
                      sizeof loader->injects[0], loader->inject_count);
    loader->index[REFERS_INJECT].broken = false;
}

/* ---- texts ---- */

static void loader_read_language(struct loader *loader, enum language language) {
    const struct source *const source = &loader->sources[FILE_TEXTS + (int)language];
    struct yaml *const yaml = &loader->texts_yaml[language];
    struct source_texts *const texts = &loader->texts[language];
    if (source->bytes == NULL) {
        return;
    }
    const size_t errors_before = fault_list_errors(loader->faults);
    const enum spill_status status = yaml_load(source, loader->keep, loader->faults, yaml);
    loader->binder.memory = loader->binder.memory || status == SPILL_MEMORY;
    if (yaml->node_count == 1) {
        if (status == SPILL_OK && fault_list_errors(loader->faults) == errors_before) {
            loader_error(loader, (struct place){source, PLACE_WHOLE, 0}, "the file is empty");
        }
        return;
    }
    loader->binder.yaml = yaml;
    bind_mapping(&loader->binder, &format_texts, 1, (struct place){source, 0, 1}, texts);
    for (size_t i = 0; i < texts->inject_count && !loader->binder.memory; i++) {
        const struct source_inject_text *const text = &texts->injects[i];
        const uint32_t position = loader_find(loader, REFERS_INJECT, text->at.id);
        if (position == IDS_NONE) {
            loader_unknown(loader, REFERS_INJECT, text->at.id, yaml_place(yaml, text->at.key));
        } else if (loader->injects[position].texts[language] == NULL) {
            loader->injects[position].texts[language] = text;
        }
    }
}

void loader_read_texts(struct loader *loader) {
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        loader_read_language(loader, (enum language)i);
    }
}
