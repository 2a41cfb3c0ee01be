/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader: the steps of scenario_load, in the order in which they run; for the files of this folder
 * only.
 *
 * A step reports every fault that it finds and goes on; only a lack of memory ends it, noted in the
 * binder. What faulty input left empty (an id, a list) later steps pass over in silence: it has its
 * fault already. One thread at a time.
 */
#ifndef SPILL_LOADER_H
#define SPILL_LOADER_H

#include "coordinator/scenario/table.h"

/* One kind of thing with ids: the table to find them, and their ranks. */
struct loader_index {
    struct ids ids;         /* Number: position in the file. */
    const uint32_t *rank;   /* By position: place among the ids sorted by their bytes. */
    const uint32_t *sorted; /* The other way round. */
    size_t count;
    bool broken; /* What it was to be made from has faults of its own: unknown ids are passed over
                    in silence. */
};

/* What the row of an asset was. */
struct loader_asset {
    struct source_asset row;
    uint32_t kind; /* Position in kinds; NO_KIND: unknown. */
    uint32_t row_offset_bytes;
    bool latitude_given;
    bool longitude_given;
};
#define LOADER_NO_KIND UINT32_MAX

/* Positions of a link's two assets, or IDS_NONE, and how its weight is written. */
struct loader_ends {
    uint32_t asset;
    uint32_t supplier;
    bool weight_given;
    bool weight_percent;
};

struct loader_inject {
    struct source_inject row;
    struct csv_field fields[SPILL_CSV_COLUMNS_MAX]; /* To find a value's place again. */
    const struct source_inject_text *texts[LANGUAGE_COUNT];
};

enum loader_file {
    FILE_SCENARIO,
    FILE_ASSETS,
    FILE_LINKS,
    FILE_TRUST,
    FILE_EDGES,
    FILE_MSEL,
    FILE_TEXTS,
    FILE_COUNT = FILE_TEXTS + LANGUAGE_COUNT
};

struct loader {
    const struct package *package;
    const struct vary_factors *factors; /* NULL: none. */
    struct arena *keep;                 /* The scenario's own. */
    struct arena scratch;               /* Gone after loading. */
    struct fault_list *faults;
    struct binder binder; /* Of the file that is being read. */
    uint8_t hash_key[IDS_KEY_BYTES];
    struct source sources[FILE_COUNT];
    struct yaml yaml; /* scenario.yaml */
    struct source_scenario file;
    struct loader_index index[REFERS_COUNT];
    struct source *unknown; /* Files that the format does not know. */

    /* Columns that are looked at in every row; SIZE_MAX: not there. */
    struct {
        size_t latitude, longitude, sector, pool, surge, tags, weight;
    } columns;

    struct table assets_table;
    struct loader_asset *assets;
    struct asset_spec *asset_specs; /* Parallel. */
    size_t asset_count;

    struct table links_table;
    struct link_spec *links;
    uint32_t *link_rows;           /* Offset of each link's row, bytes. */
    struct loader_ends *link_ends; /* Parallel. */
    size_t link_count;

    struct table trust_table;
    struct trust_spec *trusts;
    uint32_t *trust_rows;
    size_t trust_count;

    struct table edges_table;
    struct edge_spec *edges;
    uint32_t *edge_rows;
    size_t edge_count;

    struct table msel_table;
    struct loader_inject *injects;
    size_t inject_count;

    struct yaml texts_yaml[LANGUAGE_COUNT];
    struct source_texts texts[LANGUAGE_COUNT];

    bool guessed;       /* loader_resolve took a name on trust, for its table is broken. */
    int64_t *assets_in; /* Assets of each sector and country, by position: [sector * countries +
                           country]. */
    int64_t *people_in; /* People served by them. */
};

/* ---- Reading ---- */

void loader_read_scenario(struct loader *loader);
void loader_read_assets(struct loader *loader);
void loader_read_links(struct loader *loader);
void loader_read_trust(struct loader *loader);
void loader_read_edges(struct loader *loader);
void loader_read_msel(struct loader *loader);
void loader_read_texts(struct loader *loader);

/* ---- Checking: each looks at one part, when everything was read. ---- */

/* Every mention: unknown ids, conditions, words in each language. */
void loader_check_mentions(struct loader *loader);
/* What scenario.yaml says of countries, sectors, surges and kinds. */
void loader_check_world(struct loader *loader);
/* assets.csv, links.csv, trust.csv. */
void loader_check_tables(struct loader *loader);
/* Layers, and edges.csv. */
void loader_check_layers(struct loader *loader);
/* Campaigns, rules, orders, cells. */
void loader_check_script(struct loader *loader);
/* msel.csv and texts. */
void loader_check_msel(struct loader *loader);

/* ---- Helpers of every step ---- */

/* Fills an index from `count` ids, each at `stride_bytes` from the one before; NULL ids are passed
 * over. Ids that are there twice keep the first. */
void loader_make_index(struct loader *loader, enum refers refers, const void *first_id,
                       size_t stride_bytes, size_t count);
/* Position of an id, or IDS_NONE. */
uint32_t loader_find(const struct loader *loader, enum refers refers, const char *id);
/* The fault "there is no country 'nll'; did you mean 'nl'?". */
void loader_unknown(struct loader *loader, enum refers refers, const char *id, struct place place);
void loader_error(struct loader *loader, struct place place, const char *format, ...)
    SPILL_PRINTF(3, 4);
void loader_warn(struct loader *loader, struct place place, const char *format, ...)
    SPILL_PRINTF(3, 4);
/* Place of a key's value in a mapping of scenario.yaml; of the mapping's own key when it is not
 * there. */
struct place loader_place(const struct loader *loader, const struct item *item, const char *key);
/* Place of a column of a table's row. */
struct place loader_row_place(const struct table *table, uint32_t row_offset_bytes,
                              const char *column);
struct place loader_inject_place(const struct loader *loader, const struct loader_inject *inject,
                                 const char *column);
size_t loader_line(struct place place);

/* Whether a kind has this need; its position in *at. */
bool loader_find_need(const struct source_kind *kind, const char *need, size_t *at);
/* Whether a cell may give an order to some target. */
bool loader_cell_may(const struct source_cell *cell, const char *order);
/* Whether an inject goes to a cell. */
bool loader_inject_reaches(const struct loader_inject *inject, const char *cell);

/* The resolver of conditions: indexes are ranks. context: the loader. */
enum spill_status loader_resolve(enum condition_name kind, const char *name, uint32_t within,
                                 uint32_t *index, void *loader);
const char *loader_nearest(enum condition_name kind, const char *name, uint32_t within,
                           void *loader);

#endif
