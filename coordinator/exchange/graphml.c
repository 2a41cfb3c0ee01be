/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exchange/graphml.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlreader.h>

enum { GRAPHML_KEYS_MAX = 256, GRAPHML_KEY_BYTES = 64, GRAPHML_MESSAGE_BYTES = 200 };

/* What an attribute is for. */
enum graphml_field {
    GRAPHML_IGNORED,
    GRAPHML_NAME,
    GRAPHML_COUNTRY,
    GRAPHML_SECTOR,
    GRAPHML_PLACE,
    GRAPHML_PEOPLE,
    GRAPHML_LONGITUDE,
    GRAPHML_LATITUDE,
    GRAPHML_NEED,
    GRAPHML_FIELD_COUNT
};

static const struct {
    const char *name;
    enum graphml_field field;
} graphml_names[] = {
    {"name", GRAPHML_NAME},         {"label", GRAPHML_NAME},          {"country", GRAPHML_COUNTRY},
    {"sector", GRAPHML_SECTOR},     {"place", GRAPHML_PLACE},         {"people", GRAPHML_PEOPLE},
    {"population", GRAPHML_PEOPLE}, {"longitude", GRAPHML_LONGITUDE}, {"lon", GRAPHML_LONGITUDE},
    {"x", GRAPHML_LONGITUDE},       {"latitude", GRAPHML_LATITUDE},   {"lat", GRAPHML_LATITUDE},
    {"y", GRAPHML_LATITUDE},        {"need", GRAPHML_NEED},
};

struct graphml_key {
    char id[GRAPHML_KEY_BYTES];
    enum graphml_field field;
};

enum graphml_place { GRAPHML_OUTSIDE, GRAPHML_IN_GRAPH, GRAPHML_IN_NODE, GRAPHML_IN_EDGE };

struct graphml_reader {
    const char *path;
    xmlTextReaderPtr xml;
    struct graph *graph;
    struct graphml_key keys[GRAPHML_KEYS_MAX];
    size_t key_count;
    enum graphml_place place;
    bool had_graph;
    bool directed; /* What an edge is that does not say. */
    bool edge_directed;
    bool has[GRAPHML_FIELD_COUNT];
    char texts[GRAPHML_FIELD_COUNT][GRAPH_TEXT_BYTES];
    char ends[2][GRAPH_TEXT_BYTES];      /* Of an edge; the first also a node's id. */
    enum graphml_field data;             /* Of the data element at hand. */
    char message[GRAPHML_MESSAGE_BYTES]; /* The first that libxml2 said. */
    int message_line;
    struct spill_error *error;
};

static enum spill_status graphml_bad(struct graphml_reader *reader, enum spill_status status,
                                     const char *words) {
    return spill_fail(reader->error, status, "%s:%d: %s", reader->path,
                      xmlTextReaderGetParserLineNumber(reader->xml), words);
}

#if LIBXML_VERSION >= 21200
static void graphml_on_error(void *context, const xmlError *fault) {
#else
static void graphml_on_error(void *context, xmlErrorPtr fault) {
#endif
    struct graphml_reader *const reader = context;
    if (reader->message[0] == '\0' && fault->message != NULL) {
        snprintf(reader->message, sizeof reader->message, "%s", fault->message);
        spill_utf8_trim(reader->message);
        reader->message[strcspn(reader->message, "\n")] = '\0';
        reader->message_line = fault->line;
    }
}

/* An attribute of the element at hand, cut to its room; false: there is none. */
static bool graphml_attribute(struct graphml_reader *reader, const char *name, char *text,
                              size_t text_bytes) {
    xmlChar *const value = xmlTextReaderGetAttribute(reader->xml, (const xmlChar *)name);
    if (value == NULL) {
        return false;
    }
    snprintf(text, text_bytes, "%s", (const char *)value);
    spill_utf8_trim(text);
    xmlFree(value);
    return true;
}

/* ---- Elements ---- */

static enum spill_status graphml_begin_key(struct graphml_reader *reader) {
    struct graphml_key key = {.field = GRAPHML_IGNORED};
    char name[GRAPHML_KEY_BYTES] = "";
    if (reader->key_count == GRAPHML_KEYS_MAX) {
        return graphml_bad(reader, SPILL_LIMIT, "more than 256 keys");
    }
    if (!graphml_attribute(reader, "id", key.id, sizeof key.id)) {
        return graphml_bad(reader, SPILL_INVALID, "a key has no id");
    }
    (void)graphml_attribute(reader, "attr.name", name, sizeof name);
    for (size_t i = 0; i < sizeof graphml_names / sizeof graphml_names[0]; i++) {
        if (xmlStrcasecmp((const xmlChar *)name, (const xmlChar *)graphml_names[i].name) == 0) {
            key.field = graphml_names[i].field;
        }
    }
    reader->keys[reader->key_count++] = key;
    return SPILL_OK;
}

static enum spill_status graphml_begin_graph(struct graphml_reader *reader) {
    char directed[16] = "directed";
    if (reader->place != GRAPHML_OUTSIDE || reader->had_graph) {
        return graphml_bad(reader, SPILL_INVALID,
                           "only one graph can be read, and none inside another");
    }
    (void)graphml_attribute(reader, "edgedefault", directed, sizeof directed);
    reader->directed = strcmp(directed, "undirected") != 0;
    reader->had_graph = true;
    reader->place = GRAPHML_IN_GRAPH;
    return SPILL_OK;
}

static enum spill_status graphml_begin_member(struct graphml_reader *reader, bool node) {
    if (reader->place != GRAPHML_IN_GRAPH) {
        return graphml_bad(reader, SPILL_INVALID, "it stands where no node or edge can stand");
    }
    memset(reader->has, 0, sizeof reader->has);
    char directed[16] = "";
    reader->edge_directed = reader->directed;
    if (graphml_attribute(reader, "directed", directed, sizeof directed)) {
        reader->edge_directed = strcmp(directed, "true") == 0;
    }
    const bool named =
        node ? graphml_attribute(reader, "id", reader->ends[0], GRAPH_TEXT_BYTES)
             : graphml_attribute(reader, "source", reader->ends[0], GRAPH_TEXT_BYTES) &&
                   graphml_attribute(reader, "target", reader->ends[1], GRAPH_TEXT_BYTES);
    if (!named) {
        return graphml_bad(reader, SPILL_INVALID,
                           node ? "a node has no id" : "an edge has no source or no target");
    }
    reader->place = node ? GRAPHML_IN_NODE : GRAPHML_IN_EDGE;
    return SPILL_OK;
}

static void graphml_begin_data(struct graphml_reader *reader) {
    char key[GRAPHML_KEY_BYTES] = "";
    reader->data = GRAPHML_IGNORED;
    if (reader->place != GRAPHML_IN_NODE && reader->place != GRAPHML_IN_EDGE) {
        return;
    }
    (void)graphml_attribute(reader, "key", key, sizeof key);
    for (size_t i = 0; i < reader->key_count; i++) {
        if (strcmp(reader->keys[i].id, key) == 0) {
            reader->data = reader->keys[i].field;
        }
    }
}

static bool graphml_number(const char *text, double *number) {
    char *end = NULL;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*number);
}

static enum spill_status graphml_end_node(struct graphml_reader *reader) {
    const bool *const has = reader->has;
    struct graph_node node = {.key = reader->ends[0],
                              .name = has[GRAPHML_NAME] ? reader->texts[GRAPHML_NAME] : NULL,
                              .country =
                                  has[GRAPHML_COUNTRY] ? reader->texts[GRAPHML_COUNTRY] : NULL,
                              .sector = has[GRAPHML_SECTOR] ? reader->texts[GRAPHML_SECTOR] : NULL,
                              .place = has[GRAPHML_PLACE] ? reader->texts[GRAPHML_PLACE] : NULL,
                              .located = has[GRAPHML_LONGITUDE] && has[GRAPHML_LATITUDE]};
    double people = 0;
    if (has[GRAPHML_PEOPLE] &&
        (!graphml_number(reader->texts[GRAPHML_PEOPLE], &people) || people < 0 || people > 1e10)) {
        return graphml_bad(reader, SPILL_INVALID,
                           "people is not a number from 0 to 10 000 000 000");
    }
    node.people = (int64_t)people;
    if (node.located && (!graphml_number(reader->texts[GRAPHML_LONGITUDE], &node.longitude) ||
                         !graphml_number(reader->texts[GRAPHML_LATITUDE], &node.latitude))) {
        return graphml_bad(reader, SPILL_INVALID, "longitude or latitude is no number");
    }
    struct spill_error words = {{0}};
    const enum spill_status status = graph_add_node(reader->graph, &node, &words);
    reader->place = GRAPHML_IN_GRAPH;
    return status == SPILL_OK ? SPILL_OK : graphml_bad(reader, status, words.text);
}

static enum spill_status graphml_end_edge(struct graphml_reader *reader) {
    const struct graph_link link = {.from = reader->ends[0],
                                    .to = reader->ends[1],
                                    .need = reader->has[GRAPHML_NEED] ? reader->texts[GRAPHML_NEED]
                                                                      : NULL,
                                    .both_ways = !reader->edge_directed};
    struct spill_error words = {{0}};
    const enum spill_status status = graph_add_link(reader->graph, &link, &words);
    reader->place = GRAPHML_IN_GRAPH;
    return status == SPILL_OK ? SPILL_OK : graphml_bad(reader, status, words.text);
}

static enum spill_status graphml_begin(struct graphml_reader *reader, const char *name) {
    if (strcmp(name, "key") == 0) {
        return graphml_begin_key(reader);
    }
    if (strcmp(name, "graph") == 0) {
        return graphml_begin_graph(reader);
    }
    if (strcmp(name, "node") == 0 || strcmp(name, "edge") == 0) {
        return graphml_begin_member(reader, name[0] == 'n');
    }
    if (strcmp(name, "data") == 0) {
        graphml_begin_data(reader);
        return SPILL_OK;
    }
    if (strcmp(name, "hyperedge") == 0 || strcmp(name, "port") == 0) {
        return graphml_bad(reader, SPILL_INVALID, "hyperedges and ports cannot be read");
    }
    return SPILL_OK;
}

static enum spill_status graphml_end(struct graphml_reader *reader, const char *name) {
    if (strcmp(name, "node") == 0 && reader->place == GRAPHML_IN_NODE) {
        return graphml_end_node(reader);
    }
    if (strcmp(name, "edge") == 0 && reader->place == GRAPHML_IN_EDGE) {
        return graphml_end_edge(reader);
    }
    if (strcmp(name, "graph") == 0 && reader->place == GRAPHML_IN_GRAPH) {
        reader->place = GRAPHML_OUTSIDE;
    }
    if (strcmp(name, "data") == 0) {
        reader->data = GRAPHML_IGNORED;
    }
    return SPILL_OK;
}

static void graphml_text(struct graphml_reader *reader) {
    const xmlChar *const text = xmlTextReaderConstValue(reader->xml);
    if (reader->data != GRAPHML_IGNORED && text != NULL) {
        char *const kept = reader->texts[reader->data];
        const char *at = (const char *)text;
        at += strspn(at, " \t\r\n");
        snprintf(kept, GRAPH_TEXT_BYTES, "%s", at);
        spill_utf8_trim(kept);
        size_t bytes = strlen(kept);
        while (bytes > 0 && strchr(" \t\r\n", kept[bytes - 1]) != NULL) {
            kept[--bytes] = '\0';
        }
        reader->has[reader->data] = bytes > 0;
    }
}

/* ---- All ---- */

static enum spill_status graphml_take(struct graphml_reader *reader) {
    const int type = xmlTextReaderNodeType(reader->xml);
    const xmlChar *const local = xmlTextReaderConstLocalName(reader->xml);
    const char *const name = local != NULL ? (const char *)local : "";
    if (type == XML_READER_TYPE_DOCUMENT_TYPE || type == XML_READER_TYPE_ENTITY_REFERENCE) {
        return graphml_bad(reader, SPILL_INVALID, "document types and entities are not read");
    }
    if (type == XML_READER_TYPE_ELEMENT) {
        const bool empty = xmlTextReaderIsEmptyElement(reader->xml) == 1;
        const enum spill_status status = graphml_begin(reader, name);
        return status == SPILL_OK && empty ? graphml_end(reader, name) : status;
    }
    if (type == XML_READER_TYPE_END_ELEMENT) {
        return graphml_end(reader, name);
    }
    if (type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA) {
        graphml_text(reader);
    }
    return SPILL_OK;
}

enum spill_status graphml_read(const char *path, const char *bytes, size_t size_bytes,
                               struct graph *graph, struct spill_error *error) {
    struct graphml_reader *const reader = spill_alloc(1, sizeof *reader);
    if (reader == NULL || size_bytes > INT_MAX) {
        free(reader);
        return spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    reader->path = path;
    reader->graph = graph;
    reader->error = error;
    reader->xml = xmlReaderForMemory(bytes, (int)size_bytes, NULL, NULL, XML_PARSE_NONET);
    enum spill_status status = SPILL_OK;
    if (reader->xml == NULL) {
        status = spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    } else {
        xmlTextReaderSetStructuredErrorHandler(reader->xml, graphml_on_error, reader);
        int more = xmlTextReaderRead(reader->xml);
        while (status == SPILL_OK && more == 1) {
            status = graphml_take(reader);
            more = status == SPILL_OK ? xmlTextReaderRead(reader->xml) : 0;
        }
        if (status == SPILL_OK && more != 0) {
            status = spill_fail(error, SPILL_INVALID, "%s:%d: %s", path, reader->message_line,
                                reader->message[0] != '\0' ? reader->message : "it is no XML");
        } else if (status == SPILL_OK && !reader->had_graph) {
            status = spill_fail(error, SPILL_INVALID, "%s: there is no graph in it", path);
        }
        xmlFreeTextReader(reader->xml);
    }
    free(reader);
    return status;
}
