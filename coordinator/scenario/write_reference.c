/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "coordinator/scenario/format.h"
#include "coordinator/scenario/write.h"

enum { WRITE_TABLES_MAX = 64 };

/* ---- Values ---- */

static void write_choices(FILE *file, const struct choice *choices) {
    for (size_t i = 0; choices[i].word != NULL; i++) {
        fprintf(file, "%s`%s`", i == 0 ? "" : " ", choices[i].word);
    }
}

static void write_percent_range(FILE *file, const struct key *key) {
    int64_t least = 0;
    int64_t most = 0;
    char low[FORMAT_TEXT_BYTES];
    char high[FORMAT_TEXT_BYTES];
    format_range(key, &least, &most);
    fprintf(file, "percentage, %s to %s", format_print_percent(least, low),
            format_print_percent(most, high));
}

static void write_integer_range(FILE *file, const struct key *key) {
    int64_t least = 0;
    int64_t most = 0;
    format_range(key, &least, &most);
    if (least == most) {
        fprintf(file, "`%" PRId64 "`", least);
    } else if (key->most == 0 || most == INT64_MAX) {
        fprintf(file, "whole number");
    } else {
        fprintf(file, "whole number, %" PRId64 " to %" PRId64, least, most);
    }
}

static void write_structure(FILE *file, const struct key *key) {
    switch (key->type) {
    case TYPE_OBJECT:
        fprintf(file, "[%s](#%s)", key->of->name, key->of->name);
        break;
    case TYPE_LIST:
        fprintf(file, "list of %s", key->of->name);
        break;
    case TYPE_MAP:
        fprintf(file, "%s: %s", (key->flags & KEY_TEXT_IDS) != 0 ? "name" : "id", key->of->name);
        break;
    case TYPE_LISTS:
        fprintf(file, "team: list of %s", key->of->name);
        break;
    case TYPE_SECTORS:
        fprintf(file, "list of sectors");
        break;
    case TYPE_POINTS:
        fprintf(file, "list of points");
        break;
    default:
        fprintf(file, "list of actions");
        break;
    }
}

static void write_value(FILE *file, const struct key *key) {
    static const char *const names[] = {
        [TYPE_TEXT] = "text",
        [TYPE_WORDS] = "words",
        [TYPE_DURATION] = "duration",
        [TYPE_LAW] = "law",
        [TYPE_AMOUNTS] = "law of numbers",
        [TYPE_SHARE_LAW] = "law of shares",
        [TYPE_DECIMAL] = "degrees",
        [TYPE_CONDITION] = "condition",
        [TYPE_FRACTION] = "fraction",
        [TYPE_CURRENCY] = "three capitals",
        [TYPE_DATE_TIME] = "local time",
        [TYPE_ZONE] = "IANA name",
        [TYPE_CARRIER] = "link",
        [TYPE_WEIGHT] = "number or percentage",
    };
    switch (key->type) {
    case TYPE_ID:
    case TYPE_IDS:
        fprintf(file, "%s%s", key->type == TYPE_IDS ? "ids" : "id",
                key->refers == REFERS_NOTHING ? "" : ": ");
        fputs(key->refers == REFERS_NOTHING ? "" : format_refers_words(key->refers), file);
        break;
    case TYPE_INTEGER:
        write_integer_range(file, key);
        break;
    case TYPE_PERCENT:
        write_percent_range(file, key);
        break;
    case TYPE_CHOICE:
    case TYPE_CHOICES:
        fputs(key->type == TYPE_CHOICES ? "list of " : "", file);
        write_choices(file, key->choices);
        break;
    case TYPE_BOOLEAN:
        fputs(strcmp(key->initial, "no") == 0 ? "yes or no" : "true or false", file);
        break;
    case TYPE_OBJECT:
    case TYPE_LIST:
    case TYPE_MAP:
    case TYPE_LISTS:
    case TYPE_SECTORS:
    case TYPE_POINTS:
    case TYPE_EFFECTS:
    case TYPE_ORDERED:
        write_structure(file, key);
        break;
    default:
        fputs(names[key->type], file);
        break;
    }
}

/* ---- Tables ---- */

static void write_rows(FILE *file, const struct keys *keys, unsigned flag) {
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *const key = &keys->key[i];
        if (flag != 0 && (key->flags & flag) == 0) {
            continue;
        }
        fprintf(file, "| `%s` | ", key->name);
        write_value(file, key);
        const bool required = (key->flags & KEY_REQUIRED) != 0;
        if (key->initial != NULL) {
            fprintf(file, " | `%s`", key->initial);
        } else {
            fprintf(file, " | %s", required ? "**required**" : "–");
        }
        fprintf(file, " | %s |\n", key->about);
    }
}

static void write_table(FILE *file, const struct keys *keys, const char *column) {
    fprintf(file, "### %s\n\n%s\n\n| %s | value | default | meaning |\n|---|---|---|---|\n",
            keys->name, keys->about, column);
    write_rows(file, keys, 0);
    fputc('\n', file);
}

struct write_tables {
    const struct keys *tables[WRITE_TABLES_MAX];
    size_t count;
};

static bool write_has(const struct write_tables *found, const char *name) {
    for (size_t i = 0; i < found->count; i++) {
        if (strcmp(found->tables[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* A table, then the tables that it leads to, each name once, in the order in which a reader meets
 * them. Nested as the format is, not as any input. */
static void write_collect(struct write_tables *found, const struct keys *keys) {
    if (write_has(found, keys->name)) {
        return;
    }
    SPILL_ASSERT(found->count < WRITE_TABLES_MAX);
    found->tables[found->count] = keys;
    found->count++;
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->key[i].of != NULL) {
            write_collect(found, keys->key[i].of);
        }
    }
}

static void write_actions(FILE *file) {
    size_t count = 0;
    const struct action_format *const actions = format_actions(&count);
    fputs("### Actions of `do`\n\n"
          "An action is its name alone, `name: value` or `name: {key: value, …}`. In an order, the "
          "target gives some keys; a plain\n"
          "value stands for the first key, as listed here, that it does not give. An amount that "
          "an order leaves out (`health`,\n"
          "`priority`, `crews`, `level`) comes with the order.\n\n"
          "| action | key | value | default | meaning |\n|---|---|---|---|---|\n",
          file);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < actions[i].keys.count; j++) {
            const struct key *const key = &actions[i].keys.key[j];
            fprintf(file, "| %s%s%s | `%s` | ", j == 0 ? "`" : "", j == 0 ? actions[i].name : "",
                    j == 0 ? "`" : "", key->name);
            write_value(file, key);
            if (key->initial != NULL) {
                fprintf(file, " | `%s` | %s |\n", key->initial, key->about);
            } else {
                fprintf(file, " | – | %s |\n", key->about);
            }
        }
    }
    fputc('\n', file);
}

static void write_functions(FILE *file) {
    size_t count = 0;
    const struct condition_function_facts *const functions = condition_functions(&count);
    fputs("### Functions of conditions\n\n"
          "| function | gives | rules | injects | policies |\n|---|---|---|---|---|\n",
          file);
    for (size_t i = 0; i < count; i++) {
        const struct condition_function_facts *const facts = &functions[i];
        fprintf(file, "| `%s(%s)` | %s |", facts->name, facts->arguments, facts->returns);
        fprintf(file, " %s | %s | %s |\n", (facts->scopes & SCOPE_MODEL) != 0 ? "yes" : "–",
                (facts->scopes & SCOPE_EXERCISE) != 0 ? "yes" : "–",
                (facts->scopes & SCOPE_VIEW) != 0 ? "yes" : "–");
    }
    fputc('\n', file);
}

void write_reference(FILE *file) {
    struct write_tables found = {.count = 0};
    fputs("## scenario.yaml\n\n", file);
    write_collect(&found, &format_scenario);
    for (size_t i = 0; i < found.count; i++) {
        write_table(file, found.tables[i], "key");
    }
    write_actions(file);
    fputs("## Tables\n\n", file);
    write_table(file, &format_assets, "column");
    fputs("Further columns override the kind, empty fields do not:", file);
    for (size_t i = 0; i < format_kind.count; i++) {
        if ((format_kind.key[i].flags & KEY_COLUMN) != 0) {
            fprintf(file, " `%s`", format_kind.key[i].name);
        }
    }
    fputs(".\n\n", file);
    write_table(file, &format_links, "column");
    write_table(file, &format_trust, "column");
    write_table(file, &format_edges, "column");
    write_table(file, &format_msel, "column");
    fputs("## texts/LANGUAGE.yaml\n\n", file);
    struct write_tables texts = {.count = 0};
    write_collect(&texts, &format_texts);
    for (size_t i = 0; i < texts.count; i++) {
        write_table(file, texts.tables[i], "key");
    }
    fputs("## Conditions\n\n", file);
    write_functions(file);
}
