/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "coordinator/scenario/format.h"
#include "coordinator/scenario/write.h"

enum { WRITE_DEPTH_MAX = 16, WRITE_TABLES_MAX = 64, WRITE_NAME_BYTES = 64 };

/* Patterns are the loader's own rules, in the subset of regular expressions that POSIX and
 * ECMAScript share. */
#define WRITE_DIGITS "[0-9]+"
#define WRITE_DURATION                                                                             \
    "(" WRITE_DIGITS "d(" WRITE_DIGITS "h)?(" WRITE_DIGITS "min)?(" WRITE_DIGITS                   \
    "s)?(" WRITE_DIGITS "ms)?|" WRITE_DIGITS "h(" WRITE_DIGITS "min)?(" WRITE_DIGITS               \
    "s)?(" WRITE_DIGITS "ms)?|" WRITE_DIGITS "min(" WRITE_DIGITS "s)?(" WRITE_DIGITS               \
    "ms)?|" WRITE_DIGITS "s(" WRITE_DIGITS "ms)?|" WRITE_DIGITS "ms)"
#define WRITE_NUMBER "(0|[1-9][0-9]{0,11})"
#define WRITE_LAW                                                                                  \
    "^(none|fixed " WRITE_DURATION "|uniform " WRITE_DURATION " " WRITE_DURATION                   \
    "|triangular " WRITE_DURATION " " WRITE_DURATION " " WRITE_DURATION                            \
    "|exponential " WRITE_DURATION "|lognormal " WRITE_DURATION " " WRITE_NUMBER                   \
    "([.][0-9]{1,6})?|empirical " WRITE_DURATION "( " WRITE_DURATION ")+)$"
#define WRITE_AMOUNTS                                                                              \
    "^(none|fixed " WRITE_NUMBER "|uniform " WRITE_NUMBER " " WRITE_NUMBER                         \
    "|triangular " WRITE_NUMBER " " WRITE_NUMBER " " WRITE_NUMBER "|exponential " WRITE_NUMBER     \
    "|lognormal " WRITE_NUMBER " " WRITE_NUMBER "([.][0-9]{1,6})?|empirical " WRITE_NUMBER         \
    "( " WRITE_NUMBER ")+)$"
#define WRITE_SHARE "(100([.]0{1,4})?|(0|[1-9][0-9]?)([.][0-9]{1,4})?)%"
#define WRITE_SHARE_LAW                                                                            \
    "^(none|fixed " WRITE_SHARE "|uniform " WRITE_SHARE " " WRITE_SHARE "|triangular " WRITE_SHARE \
    " " WRITE_SHARE " " WRITE_SHARE "|exponential " WRITE_SHARE "|lognormal " WRITE_SHARE          \
    " " WRITE_NUMBER "([.][0-9]{1,6})?|empirical " WRITE_SHARE "( " WRITE_SHARE ")+)$"
#define WRITE_ID "^[a-z0-9][a-z0-9._-]{0,62}$"

/* ---- JSON, a line a member ---- */

struct writer {
    FILE *file;
    int depth;
    bool first[WRITE_DEPTH_MAX]; /* Nothing was written at this depth yet. */
};

static void write_text(struct writer *writer, const char *text) {
    fputc('"', writer->file);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            fputc('\\', writer->file);
        }
        fputc(*text, writer->file);
    }
    fputc('"', writer->file);
}

static void write_next(struct writer *writer) {
    fputs(writer->first[writer->depth] ? "\n" : ",\n", writer->file);
    writer->first[writer->depth] = false;
    fprintf(writer->file, "%*s", 2 * writer->depth, "");
}

static void write_name(struct writer *writer, const char *name) {
    write_next(writer);
    write_text(writer, name);
    fputs(": ", writer->file);
}

static void write_begin(struct writer *writer, char bracket) {
    fputc(bracket, writer->file);
    writer->depth++;
    writer->first[writer->depth] = true;
}

static void write_end(struct writer *writer, char bracket) {
    const bool empty = writer->first[writer->depth];
    writer->depth--;
    if (!empty) {
        fprintf(writer->file, "\n%*s", 2 * writer->depth, "");
    }
    fputc(bracket, writer->file);
}

static void write_object(struct writer *writer, const char *name) {
    write_name(writer, name);
    write_begin(writer, '{');
}

static void write_array(struct writer *writer, const char *name) {
    write_name(writer, name);
    write_begin(writer, '[');
}

static void write_member(struct writer *writer, const char *name, const char *text) {
    write_name(writer, name);
    write_text(writer, text);
}

static void write_number(struct writer *writer, const char *name, int64_t number) {
    write_name(writer, name);
    fprintf(writer->file, "%" PRId64, number);
}

static void write_false(struct writer *writer, const char *name) {
    write_name(writer, name);
    fputs("false", writer->file);
}

/* "crew pool" as a key of $defs. */
static void write_ref(struct writer *writer, const char *name) {
    char text[WRITE_NAME_BYTES + 16];
    snprintf(text, sizeof text, "#/$defs/%s", name);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at == ' ' ? '-' : *at;
    }
    write_member(writer, "$ref", text);
}

/* ---- Types ---- */

static void write_choices(struct writer *writer, const struct choice *choices) {
    write_array(writer, "enum");
    for (; choices->word != NULL; choices++) {
        write_next(writer);
        write_text(writer, choices->word);
    }
    write_end(writer, ']');
}

static void write_range(struct writer *writer, const struct key *key) {
    int64_t least = 0;
    int64_t most = 0;
    format_range(key, &least, &most);
    write_number(writer, "minimum", least);
    write_number(writer, "maximum", most);
}

static const char *write_pattern(const struct key *key) {
    switch (key->type) {
    case TYPE_PERCENT:
        return key->most == 0 ? "^" WRITE_SHARE "$" : "^" WRITE_NUMBER "([.][0-9]{1,4})?%$";
    case TYPE_FRACTION:
        return "^[0-9]{1,18}/[0-9]{1,18}$";
    case TYPE_CURRENCY:
        return "^[A-Z]{3}$";
    case TYPE_DATE_TIME:
        return "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$";
    default:
        return NULL;
    }
}

/* The members of a scalar's schema. */
static void write_scalar(struct writer *writer, const struct key *key) {
    const char *const pattern = write_pattern(key);
    switch (key->type) {
    case TYPE_ID:
        write_ref(writer, "id");
        return;
    case TYPE_DURATION:
        write_ref(writer, "duration");
        return;
    case TYPE_LAW:
        write_ref(writer, "law");
        return;
    case TYPE_AMOUNTS:
        write_ref(writer, "amounts");
        return;
    case TYPE_SHARE_LAW:
        write_ref(writer, "share law");
        return;
    case TYPE_INTEGER:
        write_member(writer, "type", "integer");
        write_range(writer, key);
        return;
    case TYPE_BOOLEAN:
        write_member(writer, "type", "boolean");
        return;
    case TYPE_CHOICE:
        write_choices(writer, key->choices);
        return;
    default:
        break;
    }
    write_member(writer, "type", "string");
    if (pattern != NULL) {
        write_member(writer, "pattern", pattern);
    } else {
        write_number(writer, "minLength", 1);
    }
}

static void write_items_ref(struct writer *writer, const struct key *key, const char *name) {
    write_member(writer, "type", "array");
    write_number(writer, "maxItems", key->most);
    write_object(writer, "items");
    write_ref(writer, name);
    write_end(writer, '}');
}

static void write_points(struct writer *writer, const struct key *key) {
    static const struct key percent = {.type = TYPE_PERCENT};
    write_member(writer, "type", "array");
    write_number(writer, "maxItems", key->most);
    write_object(writer, "items");
    write_member(writer, "type", "array");
    write_number(writer, "minItems", 2);
    write_number(writer, "maxItems", 2);
    write_object(writer, "items");
    write_scalar(writer, &percent);
    write_end(writer, '}');
    write_end(writer, '}');
}

static void write_list_of(struct writer *writer, const struct key *key) {
    write_member(writer, "type", "array");
    if (key->type == TYPE_CHOICES) {
        write_number(writer, "minItems", 1);
    }
    write_name(writer, "uniqueItems");
    fputs("true", writer->file);
    write_object(writer, "items");
    if (key->type == TYPE_CHOICES) {
        write_choices(writer, key->choices);
    } else {
        write_ref(writer, "id");
    }
    write_end(writer, '}');
}

static void write_map(struct writer *writer, const struct key *key) {
    write_member(writer, "type", "object");
    write_number(writer, "maxProperties", key->most);
    if ((key->flags & KEY_TEXT_IDS) == 0) {
        write_object(writer, "propertyNames");
        write_member(writer, "pattern", WRITE_ID);
        write_end(writer, '}');
    }
    write_object(writer, "additionalProperties");
    if (key->type == TYPE_LISTS) {
        const struct key list = {.type = TYPE_LIST, .most = SCRIPT_POLICY_RULES_MAX};
        write_items_ref(writer, &list, key->of->name);
    } else {
        write_ref(writer, key->of->name);
    }
    write_end(writer, '}');
}

static void write_type(struct writer *writer, const struct key *key) {
    switch (key->type) {
    case TYPE_WORDS:
        write_ref(writer, "words");
        return;
    case TYPE_OBJECT:
        write_ref(writer, key->of->name);
        return;
    case TYPE_LIST:
        write_items_ref(writer, key, key->of->name);
        return;
    case TYPE_SECTORS:
        write_items_ref(writer, key, "sector");
        return;
    case TYPE_POINTS:
        write_points(writer, key);
        return;
    case TYPE_IDS:
    case TYPE_CHOICES:
        write_list_of(writer, key);
        return;
    case TYPE_MAP:
    case TYPE_LISTS:
        write_map(writer, key);
        return;
    case TYPE_EFFECTS:
    case TYPE_ORDERED:
        write_items_ref(writer, key, key->type == TYPE_ORDERED ? "order effect" : "effect");
        write_number(writer, "minItems", 1);
        return;
    default:
        write_scalar(writer, key);
        return;
    }
}

/* ---- Tables ---- */

static void write_default(struct writer *writer, const struct key *key) {
    if (key->initial == NULL) {
        return;
    }
    write_name(writer, "default");
    if (key->type == TYPE_INTEGER || key->type == TYPE_BOOLEAN) {
        fputs(key->initial, writer->file);
    } else {
        write_text(writer, key->initial);
    }
}

/* The members of an object's schema. */
static void write_keys(struct writer *writer, const struct keys *keys) {
    write_member(writer, "type", "object");
    write_object(writer, "properties");
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *const key = &keys->key[i];
        write_object(writer, key->name);
        write_member(writer, "description", key->about);
        write_type(writer, key);
        write_default(writer, key);
        write_end(writer, '}');
    }
    write_end(writer, '}');
    bool required = false;
    for (size_t i = 0; i < keys->count; i++) {
        required = required || (keys->key[i].flags & KEY_REQUIRED) != 0;
    }
    if (required) {
        write_array(writer, "required");
        for (size_t i = 0; i < keys->count; i++) {
            if ((keys->key[i].flags & KEY_REQUIRED) != 0) {
                write_next(writer);
                write_text(writer, keys->key[i].name);
            }
        }
        write_end(writer, ']');
    }
    write_false(writer, "additionalProperties");
}

static void write_define(struct writer *writer, const char *name) {
    char key[WRITE_NAME_BYTES];
    snprintf(key, sizeof key, "%s", name);
    for (char *at = key; *at != '\0'; at++) {
        *at = *at == ' ' ? '-' : *at;
    }
    write_object(writer, key);
}

/* The tables that a table leads to, itself last, each name once. Their nesting is that of the
 * format, not of any input. */
struct write_tables {
    const struct keys *tables[WRITE_TABLES_MAX];
    size_t count;
};

static void write_collect(struct write_tables *found, const struct keys *keys) {
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->key[i].of != NULL) {
            write_collect(found, keys->key[i].of);
        }
    }
    for (size_t i = 0; i < found->count; i++) {
        if (strcmp(found->tables[i]->name, keys->name) == 0) {
            return;
        }
    }
    SPILL_ASSERT(found->count < WRITE_TABLES_MAX);
    found->tables[found->count] = keys;
    found->count++;
}

/* ---- Definitions of their own ---- */

static void write_patterns(struct writer *writer) {
    static const struct {
        const char *name;
        const char *about;
        const char *pattern;
    } types[] = {
        {"id", "An id: small letters, digits, '-', '_' and '.'.", WRITE_ID},
        {"duration", "A duration such as 90s, 15min, 8h or 1d12h.", "^" WRITE_DURATION "$"},
        {"law", "A law of duration.", WRITE_LAW},
        {"amounts", "A law of whole numbers.", WRITE_AMOUNTS},
        {"share law", "A law of shares.", WRITE_SHARE_LAW},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        write_define(writer, types[i].name);
        write_member(writer, "description", types[i].about);
        write_member(writer, "type", "string");
        write_member(writer, "pattern", types[i].pattern);
        write_end(writer, '}');
    }
}

static void write_words(struct writer *writer) {
    write_define(writer, "words");
    write_member(writer, "description", "Words in each language.");
    write_member(writer, "type", "object");
    write_object(writer, "properties");
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        write_object(writer, format_languages[i]);
        write_member(writer, "type", "string");
        write_number(writer, "minLength", 1);
        write_end(writer, '}');
    }
    write_end(writer, '}');
    write_number(writer, "minProperties", 1);
    write_false(writer, "additionalProperties");
    write_end(writer, '}');
}

static void write_sector(struct writer *writer) {
    write_define(writer, "sector");
    write_array(writer, "anyOf");
    write_next(writer);
    write_begin(writer, '{');
    write_ref(writer, "id");
    write_end(writer, '}');
    write_next(writer);
    write_begin(writer, '{');
    write_keys(writer, &format_sector);
    write_end(writer, '}');
    write_end(writer, ']');
    write_end(writer, '}');
}

/* What may stand behind an action's name. */
static void write_action(struct writer *writer, const struct action_format *action, bool of_order) {
    write_object(writer, action->name);
    write_array(writer, "anyOf");
    write_next(writer);
    write_begin(writer, '{');
    if (of_order) {
        /* Which key a plain value stands for depends on the order's target. */
        write_array(writer, "type");
        write_next(writer);
        write_text(writer, "string");
        write_next(writer);
        write_text(writer, "integer");
        write_end(writer, ']');
    } else {
        write_scalar(writer, &action->keys.key[0]);
    }
    write_end(writer, '}');
    write_next(writer);
    write_begin(writer, '{');
    write_keys(writer, &action->keys);
    write_end(writer, '}');
    write_end(writer, ']');
    write_end(writer, '}');
}

static void write_effect(struct writer *writer, const char *name, bool of_order) {
    size_t count = 0;
    const struct action_format *const actions = format_actions(&count);
    write_define(writer, name);
    write_array(writer, "anyOf");
    write_next(writer);
    write_begin(writer, '{');
    write_array(writer, "enum");
    for (size_t i = 0; i < count; i++) {
        write_next(writer);
        write_text(writer, actions[i].name);
    }
    write_end(writer, ']');
    write_end(writer, '}');
    write_next(writer);
    write_begin(writer, '{');
    write_member(writer, "type", "object");
    write_number(writer, "minProperties", 1);
    write_number(writer, "maxProperties", 1);
    write_object(writer, "properties");
    for (size_t i = 0; i < count; i++) {
        write_action(writer, &actions[i], of_order);
    }
    write_end(writer, '}');
    write_false(writer, "additionalProperties");
    write_end(writer, '}');
    write_end(writer, ']');
    write_end(writer, '}');
}

void write_schema(FILE *file) {
    struct writer writer = {.file = file};
    struct write_tables found = {.count = 0};
    write_collect(&found, &format_scenario);
    write_begin(&writer, '{');
    write_member(&writer, "$schema", "https://json-schema.org/draft/2020-12/schema");
    write_member(&writer, "title", "A Spillover scenario: scenario.yaml");
    write_member(&writer, "description",
                 "Printed by `spillover schema` from the tables that drive the loader. Meaning "
                 "(ids that exist, texts "
                 "in each language and so on) is checked by `spillover check`.");
    write_keys(&writer, &format_scenario);
    write_object(&writer, "$defs");
    write_patterns(&writer);
    write_words(&writer);
    write_sector(&writer);
    write_effect(&writer, "effect", false);
    write_effect(&writer, "order effect", true);
    for (size_t i = 0; i + 1 < found.count; i++) {
        write_define(&writer, found.tables[i]->name);
        write_member(&writer, "description", found.tables[i]->about);
        write_keys(&writer, found.tables[i]);
        write_end(&writer, '}');
    }
    write_end(&writer, '}');
    write_end(&writer, '}');
    fputc('\n', file);
}
