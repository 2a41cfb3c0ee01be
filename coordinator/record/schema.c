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
     ", utc_us, text FROM records WHERE kind = 'input'"},
    {"view", "outputs",
     "CREATE VIEW outputs AS SELECT sequence, exercise_ms, " SCHEMA_TIME
     ", utc_us, text FROM records WHERE kind = 'output'"},
    {"view", "digests",
     "CREATE VIEW digests AS SELECT sequence, exercise_ms, " SCHEMA_TIME
     ", lower(hex(body)) AS digest FROM records WHERE kind = 'digest'"},
};
const size_t schema_object_count = sizeof schema_objects / sizeof schema_objects[0];
