/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exchange/geojson.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum { GEOJSON_TEXT_BYTES = GRAPH_TEXT_BYTES };

/* A node where it stands, so that lines find it. */
struct geojson_point {
    double longitude, latitude;
    char *key;
};

struct geojson_reader {
    const char *path;
    struct graph *graph;
    struct geojson_point *points; /* By longitude, latitude, once all are in. */
    size_t point_count;
    size_t feature; /* The one at hand. */
    struct spill_error *error;
};

static enum spill_status geojson_bad(struct geojson_reader *reader, enum spill_status status,
                                     const char *words) {
    return spill_fail(reader->error, status, "%s: features[%zu]: %s", reader->path, reader->feature,
                      words);
}

/* A property as text; numbers too, since ids often are. NULL: there is none. */
static const char *geojson_text(const json_t *object, const char *name, char *text) {
    const json_t *const value = json_object_get(object, name);
    if (json_is_string(value)) {
        snprintf(text, GEOJSON_TEXT_BYTES, "%s", json_string_value(value));
        spill_utf8_trim(text);
        return text;
    }
    if (json_is_integer(value)) {
        snprintf(text, GEOJSON_TEXT_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return text;
    }
    return NULL;
}

static bool geojson_position(const json_t *position, double *longitude, double *latitude) {
    const json_t *const east = json_array_get(position, 0);
    const json_t *const north = json_array_get(position, 1);
    *longitude = json_number_value(east);
    *latitude = json_number_value(north);
    return json_is_number(east) && json_is_number(north);
}

static const char *geojson_geometry(const json_t *feature) {
    const char *const type =
        json_string_value(json_object_get(json_object_get(feature, "geometry"), "type"));
    return type != NULL ? type : "";
}

/* ---- Nodes ---- */

static enum spill_status geojson_node(struct geojson_reader *reader, const json_t *feature) {
    const json_t *const properties = json_object_get(feature, "properties");
    char texts[5][GEOJSON_TEXT_BYTES];
    const char *key = geojson_text(properties, "id", texts[0]);
    key = key != NULL ? key : geojson_text(feature, "id", texts[0]);
    struct graph_node node = {.key = key,
                              .name = geojson_text(properties, "name", texts[1]),
                              .country = geojson_text(properties, "country", texts[2]),
                              .sector = geojson_text(properties, "sector", texts[3]),
                              .place = geojson_text(properties, "place", texts[4]),
                              .located = true};
    const json_t *const people = json_object_get(properties, "people");
    if (people != NULL && !json_is_null(people) && !json_is_integer(people)) {
        return geojson_bad(reader, SPILL_INVALID, "people is not a whole number");
    }
    node.people = json_integer_value(people);
    if (key == NULL) {
        return geojson_bad(reader, SPILL_INVALID, "a point has no id");
    }
    const json_t *const geometry = json_object_get(feature, "geometry");
    if (!geojson_position(json_object_get(geometry, "coordinates"), &node.longitude,
                          &node.latitude)) {
        return geojson_bad(reader, SPILL_INVALID, "a point has no coordinates");
    }
    struct spill_error words = {{0}};
    const enum spill_status status = graph_add_node(reader->graph, &node, &words);
    if (status != SPILL_OK) {
        return geojson_bad(reader, status, words.text);
    }
    char *const kept = spill_alloc(strlen(key) + 1, 1);
    if (kept == NULL) {
        return geojson_bad(reader, SPILL_MEMORY, spill_status_words(SPILL_MEMORY));
    }
    strcpy(kept, key);
    reader->points[reader->point_count++] =
        (struct geojson_point){.longitude = node.longitude, .latitude = node.latitude, .key = kept};
    return SPILL_OK;
}

/* ---- Links ---- */

static int geojson_compare(const void *a, const void *b) {
    const struct geojson_point *const left = a;
    const struct geojson_point *const right = b;
    if (left->longitude != right->longitude) {
        return left->longitude < right->longitude ? -1 : 1;
    }
    return (left->latitude > right->latitude) - (left->latitude < right->latitude);
}

/* The key of the node at a line's end; NULL: there is none, or more than one. */
static const char *geojson_at(const struct geojson_reader *reader, const json_t *position) {
    struct geojson_point wanted = {0};
    if (!geojson_position(position, &wanted.longitude, &wanted.latitude)) {
        return NULL;
    }
    const struct geojson_point *const found =
        bsearch(&wanted, reader->points, reader->point_count, sizeof wanted, geojson_compare);
    if (found == NULL) {
        return NULL;
    }
    const bool before = found > reader->points && geojson_compare(found - 1, found) == 0;
    const bool after =
        found + 1 < reader->points + reader->point_count && geojson_compare(found, found + 1) == 0;
    return before || after ? NULL : found->key;
}

static enum spill_status geojson_link(struct geojson_reader *reader, const json_t *feature) {
    const json_t *const properties = json_object_get(feature, "properties");
    const json_t *const line = json_object_get(json_object_get(feature, "geometry"), "coordinates");
    char texts[3][GEOJSON_TEXT_BYTES];
    const char *from = geojson_text(properties, "from", texts[0]);
    const char *to = geojson_text(properties, "to", texts[1]);
    from = from != NULL ? from : geojson_text(properties, "source", texts[0]);
    to = to != NULL ? to : geojson_text(properties, "target", texts[1]);
    from = from != NULL ? from : geojson_at(reader, json_array_get(line, 0));
    const size_t count = json_array_size(line);
    to = to != NULL ? to : geojson_at(reader, count > 0 ? json_array_get(line, count - 1) : NULL);
    if (from == NULL || to == NULL) {
        return geojson_bad(reader, SPILL_INVALID,
                           "a line has no properties from and to, and does not begin and end where "
                           "exactly one point stands");
    }
    const struct graph_link link = {.from = from,
                                    .to = to,
                                    .need = geojson_text(properties, "need", texts[2]),
                                    .both_ways =
                                        json_is_true(json_object_get(properties, "both_ways"))};
    struct spill_error words = {{0}};
    const enum spill_status status = graph_add_link(reader->graph, &link, &words);
    return status == SPILL_OK ? SPILL_OK : geojson_bad(reader, status, words.text);
}

/* ---- All ---- */

static enum spill_status geojson_features(struct geojson_reader *reader, const json_t *features) {
    const size_t count = json_array_size(features);
    enum spill_status status = SPILL_OK;
    for (reader->feature = 0; reader->feature < count && status == SPILL_OK; reader->feature++) {
        const json_t *const feature = json_array_get(features, reader->feature);
        const char *const type = geojson_geometry(feature);
        if (strcmp(type, "Point") == 0) {
            status = geojson_node(reader, feature);
        } else if (strcmp(type, "LineString") != 0) {
            status = geojson_bad(reader, SPILL_INVALID, "only Points and LineStrings can be read");
        }
    }
    if (reader->point_count > 0) {
        qsort(reader->points, reader->point_count, sizeof *reader->points, geojson_compare);
    }
    for (reader->feature = 0; reader->feature < count && status == SPILL_OK; reader->feature++) {
        const json_t *const feature = json_array_get(features, reader->feature);
        if (strcmp(geojson_geometry(feature), "LineString") == 0) {
            status = geojson_link(reader, feature);
        }
    }
    return status;
}

enum spill_status geojson_read(const char *path, const char *bytes, size_t size_bytes,
                               struct graph *graph, struct spill_error *error) {
    json_error_t fault;
    json_t *const root = json_loadb(bytes, size_bytes, JSON_REJECT_DUPLICATES, &fault);
    if (root == NULL) {
        return spill_fail(error, SPILL_INVALID, "%s:%d:%d: %s", path, fault.line, fault.column,
                          fault.text);
    }
    const char *const type = json_string_value(json_object_get(root, "type"));
    const json_t *const features = json_object_get(root, "features");
    if (type == NULL || strcmp(type, "FeatureCollection") != 0 || !json_is_array(features)) {
        json_decref(root);
        return spill_fail(error, SPILL_INVALID, "%s: it is no FeatureCollection", path);
    }
    struct geojson_reader reader = {.path = path, .graph = graph, .error = error};
    reader.points = spill_alloc(json_array_size(features), sizeof *reader.points);
    const enum spill_status status =
        reader.points == NULL
            ? spill_fail(error, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY))
            : geojson_features(&reader, features);
    for (size_t i = 0; i < reader.point_count; i++) {
        free(reader.points[i].key);
    }
    free(reader.points);
    json_decref(root);
    return status;
}
