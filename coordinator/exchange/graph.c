/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exchange/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/exchange/graph_parts.h"

#define GRAPH_PEOPLE_MAX INT64_C(10000000000)

/* ---- Texts ---- */

static char *graph_copy(const char *text) {
    const size_t bytes = strnlen(text, GRAPH_TEXT_BYTES - 1);
    char *const copy = spill_alloc(bytes + 1, 1);
    if (copy != NULL) {
        memcpy(copy, text, bytes);
        copy[bytes] = '\0';
        spill_utf8_trim(copy);
    }
    return copy;
}

/* What the format takes as a name: what steers a reader's eye becomes a blank. */
static void graph_plain(char *text) {
    for (;;) {
        uint32_t code = 0;
        const size_t at = spill_utf8_steers(text, &code);
        if (text[at] == '\0') {
            break;
        }
        text[at] = ' ';
        for (size_t i = at + 1; ((unsigned char)text[i] & 0xC0) == 0x80; i++) {
            text[i] = ' ';
        }
    }
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '\n' || *at == '\t' || *at == '\r') {
            *at = ' ';
        }
    }
}

/* "Ede (150 kV)" as "ede-150-kv"; "" when nothing of it can stand in an id. */
static void graph_id(const char *text, char id[SPILL_ID_BYTES_MAX + 1]) {
    size_t bytes = 0;
    for (; *text != '\0' && bytes < SPILL_ID_BYTES_MAX - 8; text++) {
        const char byte = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        if (plain || ((byte == '_' || byte == '.') && bytes > 0)) {
            id[bytes++] = byte;
        } else if (bytes > 0 && id[bytes - 1] != '-') {
            id[bytes++] = '-';
        }
    }
    while (bytes > 0 && id[bytes - 1] == '-') {
        bytes--;
    }
    id[bytes] = '\0';
}

/* The number of a country or sector; SPILL_LIMIT: there is no room for one more. */
static enum spill_status graph_intern(struct graph_names *names, const char *text,
                                      uint32_t *number) {
    for (uint32_t i = 0; i < names->count; i++) {
        if (strcmp(names->ids[i], text) == 0) {
            *number = i;
            return SPILL_OK;
        }
    }
    if (names->count == names->max) {
        return SPILL_LIMIT;
    }
    snprintf(names->ids[names->count], sizeof names->ids[0], "%s", text);
    *number = names->count++;
    return SPILL_OK;
}

/* ---- Making ---- */

enum spill_status graph_create(const struct graph_defaults *defaults, struct graph **graph) {
    SPILL_ASSERT(defaults != NULL);
    SPILL_ASSERT(defaults->aggregator != NULL);
    struct graph *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return SPILL_MEMORY;
    }
    made->countries.max = SPILL_COUNTRIES_MAX;
    made->sectors.max = SPILL_SECTORS_MAX;
    snprintf(made->country, sizeof made->country, "%s",
             defaults->country != NULL ? defaults->country : "");
    snprintf(made->sector, sizeof made->sector, "%s",
             defaults->sector != NULL ? defaults->sector : "");
    snprintf(made->aggregator, sizeof made->aggregator, "%s", defaults->aggregator);
    *graph = made;
    return SPILL_OK;
}

void graph_destroy(struct graph **graph) {
    SPILL_ASSERT(graph != NULL);
    struct graph *const made = *graph;
    if (made == NULL) {
        return;
    }
    for (size_t i = 0; i < made->node_count; i++) {
        free(made->nodes[i].key);
        free(made->nodes[i].name);
        free(made->nodes[i].place);
    }
    for (size_t i = 0; i < made->link_count; i++) {
        free(made->links[i].from_key);
        free(made->links[i].to_key);
    }
    for (size_t i = 0; i < made->branch_count; i++) {
        free(made->branches[i].from_key);
        free(made->branches[i].to_key);
    }
    free(made->nodes);
    free(made->links);
    free(made->branches);
    free(made->by_key);
    free(made);
    *graph = NULL;
}

static enum spill_status graph_memory(struct spill_error *error) {
    return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
}

/* Country or sector of a node, as an id. */
static enum spill_status graph_place(struct graph_names *names, const char *what, const char *said,
                                     const char *fallback, uint32_t *number,
                                     struct spill_error *error) {
    char id[SPILL_ID_BYTES_MAX + 1];
    graph_id(said != NULL && said[0] != '\0' ? said : fallback, id);
    if (id[0] == '\0') {
        return spill_fail(error, SPILL_INVALID,
                          "it has no %s; name one for all with --%s, or give each its own", what,
                          what);
    }
    const enum spill_status status = graph_intern(names, id, number);
    return status == SPILL_OK
               ? SPILL_OK
               : spill_fail(error, status, "there are more than %u different values of %s",
                            (unsigned)names->max, what);
}

enum spill_status graph_add_node(struct graph *graph, const struct graph_node *node,
                                 struct spill_error *error) {
    SPILL_ASSERT(graph != NULL);
    SPILL_ASSERT(node->key != NULL);
    if (graph->node_count == SPILL_ASSETS_MAX) {
        return spill_fail(error, SPILL_LIMIT, "more than %d nodes", SPILL_ASSETS_MAX);
    }
    if (node->people < 0 || node->people > GRAPH_PEOPLE_MAX) {
        return spill_fail(error, SPILL_INVALID, "people is not from 0 to 10 000 000 000");
    }
    if (node->located && !(node->longitude >= -180 && node->longitude <= 180 &&
                           node->latitude >= -90 && node->latitude <= 90)) {
        return spill_fail(error, SPILL_INVALID,
                          "%g, %g are no degrees east and north (WGS 84, longitude first)",
                          node->longitude, node->latitude);
    }
    struct graph_node_kept kept = {.people = node->people,
                                   .located = node->located,
                                   .longitude = node->longitude,
                                   .latitude = node->latitude,
                                   .load_w = node->load_w,
                                   .generation_w = node->generation_w,
                                   .capacity_w = node->capacity_w};
    enum spill_status status = graph_place(&graph->countries, "country", node->country,
                                           graph->country, &kept.country, error);
    if (status == SPILL_OK) {
        status = graph_place(&graph->sectors, "sector", node->sector, graph->sector, &kept.sector,
                             error);
    }
    if (status != SPILL_OK) {
        return status;
    }
    if (graph->node_count == graph->node_capacity) {
        const size_t more = graph->node_capacity == 0 ? 64 : 2 * graph->node_capacity;
        struct graph_node_kept *const nodes =
            spill_grow(graph->nodes, graph->node_capacity, more, sizeof *nodes);
        if (nodes == NULL) {
            return graph_memory(error);
        }
        graph->nodes = nodes;
        graph->node_capacity = more;
    }
    kept.key = graph_copy(node->key);
    kept.name = graph_copy(node->name != NULL && node->name[0] != '\0' ? node->name : node->key);
    kept.place = graph_copy(node->place != NULL ? node->place : "");
    if (kept.key == NULL || kept.name == NULL || kept.place == NULL) {
        free(kept.key);
        free(kept.name);
        free(kept.place);
        return graph_memory(error);
    }
    graph_plain(kept.name);
    graph_plain(kept.place);
    graph->nodes[graph->node_count++] = kept;
    return SPILL_OK;
}

enum spill_status graph_add_link(struct graph *graph, const struct graph_link *link,
                                 struct spill_error *error) {
    SPILL_ASSERT(graph != NULL);
    SPILL_ASSERT(link->from != NULL);
    SPILL_ASSERT(link->to != NULL);
    if (graph->link_count == SPILL_LINKS_MAX / 2) {
        return spill_fail(error, SPILL_LIMIT, "more than %d links", SPILL_LINKS_MAX / 2);
    }
    struct graph_link_kept kept = {.both_ways = link->both_ways};
    if (link->need != NULL) {
        graph_id(link->need, kept.need);
    }
    if (graph->link_count == graph->link_capacity) {
        const size_t more = graph->link_capacity == 0 ? 64 : 2 * graph->link_capacity;
        struct graph_link_kept *const links =
            spill_grow(graph->links, graph->link_capacity, more, sizeof *links);
        if (links == NULL) {
            return graph_memory(error);
        }
        graph->links = links;
        graph->link_capacity = more;
    }
    kept.from_key = graph_copy(link->from);
    kept.to_key = graph_copy(link->to);
    if (kept.from_key == NULL || kept.to_key == NULL) {
        free(kept.from_key);
        free(kept.to_key);
        return graph_memory(error);
    }
    graph->links[graph->link_count++] = kept;
    return SPILL_OK;
}

enum spill_status graph_add_branch(struct graph *graph, const struct graph_branch *branch,
                                   struct spill_error *error) {
    SPILL_ASSERT(graph != NULL);
    SPILL_ASSERT(branch->from != NULL);
    SPILL_ASSERT(branch->to != NULL);
    if (graph->branch_count == SPILL_EDGES_MAX) {
        return spill_fail(error, SPILL_LIMIT, "more than %d branches", SPILL_EDGES_MAX);
    }
    if (graph->branch_count == graph->branch_capacity) {
        const size_t more = graph->branch_capacity == 0 ? 64 : 2 * graph->branch_capacity;
        struct graph_branch_kept *const branches =
            spill_grow(graph->branches, graph->branch_capacity, more, sizeof *branches);
        if (branches == NULL) {
            return graph_memory(error);
        }
        graph->branches = branches;
        graph->branch_capacity = more;
    }
    struct graph_branch_kept kept = {.from_key = graph_copy(branch->from),
                                     .to_key = graph_copy(branch->to),
                                     .reactance = branch->reactance,
                                     .limit_w = branch->limit_w};
    if (kept.from_key == NULL || kept.to_key == NULL) {
        free(kept.from_key);
        free(kept.to_key);
        return graph_memory(error);
    }
    graph->branches[graph->branch_count++] = kept;
    return SPILL_OK;
}

/* ---- Once everything is in ---- */

static int graph_compare_keys(const void *a, const void *b) {
    const struct graph_key *const left = a;
    const struct graph_key *const right = b;
    const int keys = strcmp(left->key, right->key);
    return keys != 0 ? keys : (left->node > right->node) - (left->node < right->node);
}

/* Among the first count nodes, which by_key is of. */
static const struct graph_key *graph_find(const struct graph *graph, size_t count,
                                          const char *key) {
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(graph->by_key[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && strcmp(graph->by_key[low].key, key) == 0 ? &graph->by_key[low] : NULL;
}

static enum spill_status graph_index(struct graph *graph, struct spill_error *error) {
    graph->by_key = spill_alloc(graph->node_count, sizeof *graph->by_key);
    if (graph->by_key == NULL) {
        return graph_memory(error);
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        graph->by_key[i] = (struct graph_key){.key = graph->nodes[i].key, .node = (uint32_t)i};
    }
    qsort(graph->by_key, graph->node_count, sizeof *graph->by_key, graph_compare_keys);
    for (size_t i = 1; i < graph->node_count; i++) {
        if (strcmp(graph->by_key[i].key, graph->by_key[i - 1].key) == 0) {
            return spill_fail(error, SPILL_INVALID, "two nodes are called '%s'",
                              graph->by_key[i].key);
        }
    }
    return SPILL_OK;
}

static int graph_compare_ids(const void *a, const void *b) {
    const struct graph_node_kept *const *const left = a;
    const struct graph_node_kept *const *const right = b;
    const int ids = strcmp((*left)->id, (*right)->id);
    return ids != 0 ? ids : strcmp((*left)->key, (*right)->key);
}

/* Ids of the format from the source's keys: where two would be the same, all but the first (by key)
 * get a number behind it. Numbered ids cannot meet others: what a key makes is 8 bytes shorter than
 * an id may be, and "--" never comes from a key. */
static enum spill_status graph_identify(struct graph *graph, struct spill_error *error) {
    struct graph_node_kept **const order = spill_alloc(graph->node_count, sizeof *order);
    if (order == NULL) {
        return graph_memory(error);
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        struct graph_node_kept *const node = &graph->nodes[i];
        graph_id(node->key, node->id);
        if (node->id[0] == '\0') {
            snprintf(node->id, sizeof node->id, "node");
        }
        order[i] = node;
    }
    qsort(order, graph->node_count, sizeof(struct graph_node_kept *), graph_compare_ids);
    char last[SPILL_ID_BYTES_MAX + 1] = "";
    unsigned number = 1;
    for (size_t i = 0; i < graph->node_count; i++) {
        if (strcmp(order[i]->id, last) != 0) {
            memcpy(last, order[i]->id, sizeof last);
            number = 1;
        } else {
            const size_t bytes = strlen(order[i]->id);
            number++;
            snprintf(order[i]->id + bytes, sizeof order[i]->id - bytes, "--%u", number);
        }
    }
    free(order);
    return SPILL_OK;
}

static int graph_compare_links(const void *a, const void *b) {
    const struct graph_link_kept *const left = a;
    const struct graph_link_kept *const right = b;
    if (left->from != right->from) {
        return left->from < right->from ? -1 : 1;
    }
    if (left->to != right->to) {
        return left->to < right->to ? -1 : 1;
    }
    return strcmp(left->need, right->need);
}

static void graph_drop(struct graph *graph, size_t at) {
    free(graph->links[at].from_key);
    free(graph->links[at].to_key);
    graph->links[at].from_key = graph->links[at].to_key = NULL;
    graph->dropped++;
}

/* Both ways become two links; doubles and loops go. */
static enum spill_status graph_settle(struct graph *graph, struct spill_error *error) {
    size_t both_count = 0;
    for (size_t i = 0; i < graph->link_count; i++) {
        both_count += graph->links[i].both_ways;
    }
    const size_t all = graph->link_count + both_count;
    struct graph_link_kept *const links =
        spill_grow(graph->links, graph->link_capacity,
                   all > graph->link_capacity ? all : graph->link_capacity, sizeof *links);
    if (links == NULL) {
        return graph_memory(error);
    }
    graph->links = links;
    graph->link_capacity = all > graph->link_capacity ? all : graph->link_capacity;
    for (size_t i = 0, at = graph->link_count; i < graph->link_count; i++) {
        if (links[i].both_ways) {
            links[at] = links[i];
            links[at].from = links[i].to;
            links[at].to = links[i].from;
            links[at].from_key = links[at].to_key = NULL;
            at++;
        }
    }
    graph->link_count = all;
    for (size_t i = 0; i < all; i++) {
        if (links[i].need[0] == '\0') {
            snprintf(links[i].need, sizeof links[i].need, "%s",
                     graph->sectors.ids[graph->nodes[links[i].from].sector]);
        }
    }
    qsort(links, all, sizeof *links, graph_compare_links);
    size_t kept_count = 0;
    for (size_t i = 0; i < all; i++) {
        if (links[i].from == links[i].to ||
            (kept_count > 0 && graph_compare_links(&links[kept_count - 1], &links[i]) == 0)) {
            graph_drop(graph, i);
        } else {
            links[kept_count++] = links[i];
        }
    }
    graph->link_count = kept_count;
    return SPILL_OK;
}

static int graph_compare_texts(const void *a, const void *b) {
    const char *const *const left = a;
    const char *const *const right = b;
    return strcmp(*left, *right);
}

enum spill_status graph_add_ends(struct graph *graph, struct spill_error *error) {
    SPILL_ASSERT(graph->by_key == NULL);
    const size_t count = 2 * graph->link_count;
    const char **const ends = spill_alloc(count, sizeof *ends);
    enum spill_status status = ends == NULL ? graph_memory(error) : SPILL_OK;
    if (status == SPILL_OK && graph->node_count > 0) {
        status = graph_index(graph, error);
    }
    for (size_t i = 0; status == SPILL_OK && i < graph->link_count; i++) {
        ends[2 * i] = graph->links[i].from_key;
        ends[2 * i + 1] = graph->links[i].to_key;
    }
    if (status == SPILL_OK && count > 0) {
        qsort(ends, count, sizeof *ends, graph_compare_texts);
    }
    const size_t there = graph->node_count;
    for (size_t i = 0; status == SPILL_OK && i < count; i++) {
        const bool again = i > 0 && strcmp(ends[i], ends[i - 1]) == 0;
        if (!again && (there == 0 || graph_find(graph, there, ends[i]) == NULL)) {
            const struct graph_node node = {.key = ends[i]};
            struct spill_error words = {{0}};
            status = graph_add_node(graph, &node, &words);
            if (status != SPILL_OK) {
                status = spill_fail(error, status, "node '%s': %s", ends[i], words.text);
            }
        }
    }
    free(ends);
    free(graph->by_key);
    graph->by_key = NULL;
    return status;
}

/* The ends of the branches; a grid is one sector, whose assets are the members of its layer. */
static enum spill_status graph_check_branches(struct graph *graph, struct spill_error *error) {
    if (graph->branch_count > 0 && graph->sectors.count > 1) {
        return spill_fail(error, SPILL_INVALID, "a power grid is one sector");
    }
    for (size_t i = 0; i < graph->branch_count; i++) {
        struct graph_branch_kept *const branch = &graph->branches[i];
        const struct graph_key *const from = graph_find(graph, graph->node_count, branch->from_key);
        const struct graph_key *const to = graph_find(graph, graph->node_count, branch->to_key);
        if (from == NULL || to == NULL) {
            return spill_fail(error, SPILL_INVALID, "a branch from '%s' to '%s': there is no '%s'",
                              branch->from_key, branch->to_key,
                              from == NULL ? branch->from_key : branch->to_key);
        }
        branch->from = from->node;
        branch->to = to->node;
    }
    return SPILL_OK;
}

enum spill_status graph_check(struct graph *graph, struct spill_error *error) {
    SPILL_ASSERT(graph != NULL);
    SPILL_ASSERT(graph->by_key == NULL);
    if (graph->node_count == 0) {
        return spill_fail(error, SPILL_INVALID, "there is no node in it");
    }
    enum spill_status status = graph_index(graph, error);
    for (size_t i = 0; status == SPILL_OK && i < graph->link_count; i++) {
        struct graph_link_kept *const link = &graph->links[i];
        const struct graph_key *const from = graph_find(graph, graph->node_count, link->from_key);
        const struct graph_key *const to = graph_find(graph, graph->node_count, link->to_key);
        if (from == NULL || to == NULL) {
            status = spill_fail(error, SPILL_INVALID, "a link from '%s' to '%s': there is no '%s'",
                                link->from_key, link->to_key,
                                from == NULL ? link->from_key : link->to_key);
        } else {
            link->from = from->node;
            link->to = to->node;
        }
    }
    if (status == SPILL_OK) {
        status = graph_check_branches(graph, error);
    }
    if (status == SPILL_OK) {
        status = graph_identify(graph, error);
    }
    return status == SPILL_OK ? graph_settle(graph, error) : status;
}

size_t graph_node_count(const struct graph *graph) {
    return graph->node_count;
}

size_t graph_link_count(const struct graph *graph) {
    return graph->link_count;
}

size_t graph_dropped(const struct graph *graph) {
    return graph->dropped;
}
