/* SPDX-License-Identifier: Apache-2.0 */
/* A package is written into a folder beside its own, which then takes its name: whole or not there.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coordinator/exchange/graph_parts.h"
#include "proto/words.h"

enum { WRITE_PATH_BYTES = 4096, WRITE_KEY_BYTES = 96 };

static const char *const write_files[] = {"scenario.yaml", "assets.csv", "links.csv", "edges.csv"};
enum { WRITE_FILE_COUNT = sizeof write_files / sizeof write_files[0] };

/* A need that some asset of a sector has. */
struct write_need {
    uint32_t sector;
    const char *need;
};

/* ---- Texts ---- */

/* In double quotes, as YAML and JSON have them. */
static void write_quoted(FILE *file, const char *text) {
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            fputc('\\', file);
        }
        fputc(*text, file);
    }
    fputc('"', file);
}

/* One field of a table. */
static void write_field(FILE *file, const char *text) {
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            fputc('"', file);
        }
        fputc(*text, file);
    }
    fputc('"', file);
}

/* Whether the program has words of its own for a sector. */
static bool write_is_known(const char *sector) {
    char name[WRITE_KEY_BYTES];
    enum words_key key;
    snprintf(name, sizeof name, "sector_%s", sector);
    return words_find(name, &key);
}

/* ---- scenario.yaml ---- */

static int write_compare_needs(const void *a, const void *b) {
    const struct write_need *const left = a;
    const struct write_need *const right = b;
    return left->sector != right->sector ? (left->sector > right->sector ? 1 : -1)
                                         : strcmp(left->need, right->need);
}

/* Each need of each sector once, by sector; freed by the caller. */
static struct write_need *write_needs(const struct graph *graph, size_t *count) {
    struct write_need *const needs = spill_alloc(graph->link_count, sizeof *needs);
    if (needs == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < graph->link_count; i++) {
        needs[i] = (struct write_need){.sector = graph->nodes[graph->links[i].to].sector,
                                       .need = graph->links[i].need};
    }
    qsort(needs, graph->link_count, sizeof *needs, write_compare_needs);
    *count = 0;
    for (size_t i = 0; i < graph->link_count; i++) {
        if (*count == 0 || write_compare_needs(&needs[*count - 1], &needs[i]) != 0) {
            needs[(*count)++] = needs[i];
        }
    }
    return needs;
}

static void write_head(FILE *file, const struct graph_package *package, const char *id) {
    fputs("# Made by `spillover import`: what exists and who needs whom, as the source has it.\n"
          "# Repair, backups, what happens and who plays are yours to write: see "
          "scenarios/README.md.\n",
          file);
    fprintf(file, "format: 1\nid: %s\ntitle: {en: ", id);
    write_quoted(file, package->title);
    fputs("}\nsummary: {en: A network without a story yet.}\nnotice: {en: ", file);
    char notice[GRAPH_TEXT_BYTES + 32];
    snprintf(notice, sizeof notice, "Imported from %s.", package->source);
    spill_utf8_trim(notice);
    write_quoted(file, notice);
    fputs("}\nlanguages: [en]\nstarts_at: 2027-01-04T09:00\nzone: Europe/Amsterdam\nduration: "
          "24h\n",
          file);
}

static void write_places(FILE *file, const struct graph *graph) {
    fputs("\ncountries:\n", file);
    for (uint32_t i = 0; i < graph->countries.count; i++) {
        const char *const id = graph->countries.ids[i];
        fprintf(file, "  \"%s\": {name: {en: \"", id);
        for (const char *at = id; *at != '\0'; at++) {
            const bool small = strlen(id) <= 3 && *at >= 'a' && *at <= 'z';
            fputc(small ? *at - 'a' + 'A' : *at, file);
        }
        fputs("\"}}\n", file);
    }
    fputs("\nsectors:\n", file);
    for (uint32_t i = 0; i < graph->sectors.count; i++) {
        const char *const id = graph->sectors.ids[i];
        if (write_is_known(id)) {
            fprintf(file, "  - \"%s\"\n", id);
        } else {
            fprintf(file, "  - {id: \"%s\", name: {en: \"%s\"}}\n", id, id);
        }
    }
}

static void write_kinds(FILE *file, const struct graph *graph, const struct write_need *needs,
                        size_t need_count) {
    fputs("\nkinds:\n", file);
    size_t at = 0;
    for (uint32_t i = 0; i < graph->sectors.count; i++) {
        fprintf(file, "  \"%s\":\n    sector: \"%s\"\n    repair: none\n", graph->sectors.ids[i],
                graph->sectors.ids[i]);
        if (at < need_count && needs[at].sector == i) {
            fputs("    needs:\n", file);
        }
        for (; at < need_count && needs[at].sector == i; at++) {
            fprintf(file, "      \"%s\": {aggregator: %s}\n", needs[at].need, graph->aggregator);
        }
    }
}

/* Words for needs that are no sector of this scenario. */
static bool write_need_names(FILE *file, const struct graph *graph, const struct write_need *needs,
                             size_t need_count) {
    struct graph_names *const named = spill_alloc(1, sizeof *named);
    if (named == NULL) {
        return false;
    }
    for (size_t i = 0; i < need_count && named->count < SPILL_COUNTRIES_MAX; i++) {
        bool known = false;
        for (uint32_t j = 0; j < graph->sectors.count && !known; j++) {
            known = strcmp(graph->sectors.ids[j], needs[i].need) == 0;
        }
        for (uint32_t j = 0; j < named->count && !known; j++) {
            known = strcmp(named->ids[j], needs[i].need) == 0;
        }
        if (!known) {
            fputs(named->count == 0 ? "\nneeds:\n" : "", file);
            fprintf(file, "  \"%s\": {name: {en: \"%s\"}}\n", needs[i].need, needs[i].need);
            snprintf(named->ids[named->count++], sizeof named->ids[0], "%s", needs[i].need);
        }
    }
    free(named);
    return true;
}

/* The layer that all assets of a power grid are members of. */
static void write_layer(FILE *file, const struct graph *graph) {
    if (graph->branch_count > 0) {
        fprintf(file, "\nlayers:\n  grid: {kind: dc_flow, sector: \"%s\"}\n",
                graph->sectors.ids[0]);
    }
}

static bool write_scenario(FILE *file, const struct graph *graph,
                           const struct graph_package *package, const char *id) {
    size_t need_count = 0;
    struct write_need *const needs = write_needs(graph, &need_count);
    if (needs == NULL) {
        return false;
    }
    write_head(file, package, id);
    write_places(file, graph);
    const bool named = write_need_names(file, graph, needs, need_count);
    write_kinds(file, graph, needs, need_count);
    write_layer(file, graph);
    free(needs);
    fprintf(file,
            "\ncells:\n  control-room:\n    name: {en: Control room}\n    role: {en: Sees every "
            "asset}\n    briefing: {en: You see the whole network.}\n    kind: operator\n    "
            "country: \"%s\"\n    fictional: true\n    sees: [{}]\n",
            graph->countries.ids[graph->nodes[0].country]);
    return named;
}

/* ---- The tables ---- */

static bool write_assets(FILE *file, const struct graph *graph) {
    const bool powers = graph->branch_count > 0;
    fprintf(file, "id,kind,name_en,country,place,lat,lon,people%s\n",
            powers ? ",load,generation,capacity" : "");
    for (size_t i = 0; i < graph->node_count; i++) {
        const struct graph_node_kept *const node = &graph->nodes[i];
        fprintf(file, "%s,%s,", node->id, graph->sectors.ids[node->sector]);
        write_field(file, node->name);
        fprintf(file, ",%s,", graph->countries.ids[node->country]);
        write_field(file, node->place);
        if (node->located) {
            fprintf(file, ",%.6f,%.6f", node->latitude, node->longitude);
        } else {
            fputs(",,", file);
        }
        fprintf(file, ",%" PRId64, node->people);
        if (powers) {
            fprintf(file, ",%" PRId64 ",%" PRId64 ",%" PRId64, node->load_w, node->generation_w,
                    node->capacity_w);
        }
        fputc('\n', file);
    }
    return true;
}

static bool write_links(FILE *file, const struct graph *graph) {
    fputs("supplier,asset,need\n", file);
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_link_kept *const link = &graph->links[i];
        fprintf(file, "%s,%s,%s\n", graph->nodes[link->from].id, graph->nodes[link->to].id,
                link->need);
    }
    return true;
}

/* Branches are told apart by their numbers: two buses may be joined more than once. */
static bool write_edges(FILE *file, const struct graph *graph) {
    fputs("from,to,circuit,reactance,limit\n", file);
    for (size_t i = 0; i < graph->branch_count; i++) {
        const struct graph_branch_kept *const branch = &graph->branches[i];
        fprintf(file, "%s,%s,%zu,%" PRId64 ",%" PRId64 "\n", graph->nodes[branch->from].id,
                graph->nodes[branch->to].id, i + 1, branch->reactance, branch->limit_w);
    }
    return true;
}

/* ---- The folder ---- */

static enum spill_status write_file(const struct graph *graph, const struct graph_package *package,
                                    const char *id, const char *folder, size_t at,
                                    struct spill_error *error) {
    char path[WRITE_PATH_BYTES + 32];
    snprintf(path, sizeof path, "%s/%s", folder, write_files[at]);
    FILE *const file = fopen(path, "w");
    if (file == NULL) {
        return spill_fail(error, SPILL_IO, "%s: %s", path, strerror(errno));
    }
    const bool made = at == 0   ? write_scenario(file, graph, package, id)
                      : at == 1 ? write_assets(file, graph)
                      : at == 2 ? write_links(file, graph)
                                : write_edges(file, graph);
    const bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        return spill_fail(error, SPILL_IO, "%s: it could not be written", path);
    }
    return made ? SPILL_OK
                : spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
}

static void write_undo(const char *folder) {
    for (size_t i = 0; i < WRITE_FILE_COUNT; i++) {
        char path[WRITE_PATH_BYTES + 32];
        snprintf(path, sizeof path, "%s/%s", folder, write_files[i]);
        unlink(path);
    }
    rmdir(folder);
}

enum spill_status graph_write(const struct graph *graph, const struct graph_package *package,
                              struct spill_error *error) {
    SPILL_ASSERT(graph->by_key != NULL);
    char folder[WRITE_PATH_BYTES];
    size_t bytes = strlen(package->folder);
    while (bytes > 1 && package->folder[bytes - 1] == '/') {
        bytes--;
    }
    if (bytes == 0 || bytes > WRITE_PATH_BYTES - 16) {
        return spill_fail(error, SPILL_INVALID, "no folder to write, or a path that is too long");
    }
    memcpy(folder, package->folder, bytes);
    folder[bytes] = '\0';
    const char *const slash = strrchr(folder, '/');
    char id[WRITE_PATH_BYTES];
    snprintf(id, sizeof id, "%s", slash != NULL ? slash + 1 : folder);
    if (!spill_id_valid(id, strlen(id))) {
        return spill_fail(error, SPILL_INVALID,
                          "%s: a scenario's folder has an id as its name: small letters, digits, "
                          "'-', '_', '.'",
                          package->folder);
    }
    struct stat facts;
    if (lstat(folder, &facts) == 0) {
        return spill_fail(error, SPILL_EXISTS, "%s: it is there already", folder);
    }
    char temporary[WRITE_PATH_BYTES + 16];
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", folder);
    if (mkdtemp(temporary) == NULL || chmod(temporary, 0755) != 0) {
        return spill_fail(error, SPILL_IO, "%s: %s", folder, strerror(errno));
    }
    enum spill_status status = SPILL_OK;
    const size_t count = graph->branch_count > 0 ? WRITE_FILE_COUNT : WRITE_FILE_COUNT - 1;
    for (size_t i = 0; i < count && status == SPILL_OK; i++) {
        status = write_file(graph, package, id, temporary, i, error);
    }
    if (status == SPILL_OK && rename(temporary, folder) != 0) {
        status = spill_fail(error, SPILL_IO, "%s: %s", folder, strerror(errno));
    }
    if (status != SPILL_OK) {
        write_undo(temporary);
    }
    return status;
}
