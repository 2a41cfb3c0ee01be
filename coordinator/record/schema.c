/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/record/schema.h"

/* Exercise time for people, as spill_time_print writes it. */
#define SCHEMA_TIME                                                                                \
    "printf('D+%d %02d:%02d:%02d', exercise_ms / 86400000, exercise_ms / 3600000 % 24, "           \
    "exercise_ms / 60000 % 60, exercise_ms / 1000 % 60) AS time"

const struct schema_object schema_objects[] = {
    {"table", "records",
     "CREATE TABLE records(sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, exercise_ms INTEGER, "
     "monotonic_us INTEGER, utc_us INTEGER, body BLOB, text TEXT, salt BLOB, leaf BLOB, "
     "length INTEGER NOT NULL, hash BLOB NOT NULL) STRICT"},
    {"table", "signatures",
     "CREATE TABLE signatures(number INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, "
     "utc_us INTEGER NOT NULL, head BLOB NOT NULL, key BLOB NOT NULL, signature BLOB NOT NULL) "
     "STRICT"},
    {"view", "meta",
     "CREATE VIEW meta AS SELECT key, value FROM json_each((SELECT text FROM records "
     "WHERE sequence = 1))"},
    {"view", "package",
     "CREATE VIEW package AS SELECT text AS path, body AS bytes FROM records "
     "WHERE kind = 'file'"},
    {"view", "inputs",
     "CREATE VIEW inputs AS SELECT sequence, exercise_ms, " SCHEMA_TIME
     ", utc_us, json_extract(text, '$.kind') AS kind, json_extract(text, '$.who') AS who, "
     "json_extract(text, '$.by') AS by, text FROM records WHERE kind = 'input'"},
    {"view", "outputs",
     "CREATE VIEW outputs AS SELECT sequence, exercise_ms, " SCHEMA_TIME
     ", utc_us, json_extract(text, '$.kind') AS kind, text FROM records WHERE kind = 'output'"},
    {"view", "changes",
     "CREATE VIEW changes AS SELECT sequence, exercise_ms, time, "
     "json_extract(text, '$.asset') AS asset, "
     "json_extract(text, '$.service_ppm') AS service_ppm, "
     "json_extract(text, '$.health_ppm') AS health_ppm, "
     "json_extract(text, '$.status') AS status FROM outputs WHERE kind = 'change'"},
    {"view", "causes",
     "CREATE VIEW causes AS SELECT sequence, json_extract(text, '$.at_ms') AS at_ms, time, "
     "json_extract(text, '$.number') AS number, json_extract(text, '$.parent') AS parent, "
     "json_extract(text, '$.round') AS round, json_extract(text, '$.asset') AS asset, "
     "json_extract(text, '$.before_ppm') AS before_ppm, "
     "json_extract(text, '$.after_ppm') AS after_ppm, "
     "json_extract(text, '$.limit') AS limited_by, json_extract(text, '$.need') AS need, "
     "json_extract(text, '$.supplier') AS supplier, "
     "json_extract(text, '$.backup_ended') AS backup_ended, "
     "json_extract(text, '$.root_kind') AS root_kind, "
     "json_extract(text, '$.root_id') AS root_id, "
     "json_extract(text, '$.root_at_ms') AS root_at_ms, "
     "json_extract(text, '$.root_country') AS root_country "
     "FROM outputs WHERE kind = 'cause'"},
    {"view", "roots",
     "CREATE VIEW roots AS SELECT root_kind AS kind, root_id AS id, root_at_ms AS at_ms, "
     "max(root_country) AS country, count(DISTINCT asset) AS assets FROM causes "
     "WHERE root_kind <> '' GROUP BY 1, 2, 3"},
    {"view", "messages",
     "CREATE VIEW messages AS SELECT sequence, exercise_ms, time, "
     "json_extract(text, '$.cell') AS cell, json_extract(text, '$.sequence') AS number, "
     "json_extract(text, '$.message') AS kind, text FROM outputs WHERE kind = 'message'"},
    {"view", "digests",
     "CREATE VIEW digests AS SELECT sequence, exercise_ms, " SCHEMA_TIME
     ", lower(hex(body)) AS digest FROM records WHERE kind = 'digest'"},
};
const size_t schema_object_count = sizeof schema_objects / sizeof schema_objects[0];
