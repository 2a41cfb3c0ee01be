/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spillover keys: the keys by which a coordinator and its nodes know each other.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/commands/command.h"
#include "coordinator/control/roster.h"
#include "proto/seal/key_file.h"

enum { KEYS_ARGUMENTS_MAX = 4, KEYS_LINE_BYTES = KEY_FILE_PATH_BYTES_MAX + 512 };

struct keys_arguments {
    const char *words[KEYS_ARGUMENTS_MAX]; /* The verb, and what it takes. */
    size_t count;
    int64_t not_after_s;
    const char *name;
    bool robot;
    bool json;
};

/* The verbs, and how many words each takes, itself included. */
enum keys_verb { KEYS_NEW, KEYS_SHOW, KEYS_ENROL, KEYS_REVOKE };
static const struct {
    const char *word;
    size_t count;
} keys_verbs[] = {{"new", 2}, {"show", 2}, {"enrol", 4}, {"revoke", 3}};
enum { KEYS_VERB_COUNT = sizeof keys_verbs / sizeof keys_verbs[0] };

static size_t keys_verb(const struct keys_arguments *arguments) {
    size_t verb = 0;
    while (verb < KEYS_VERB_COUNT && (arguments->count != keys_verbs[verb].count ||
                                      strcmp(arguments->words[0], keys_verbs[verb].word) != 0)) {
        verb++;
    }
    return verb;
}

static error_t keys_option(int key, char *argument, struct argp_state *state) {
    struct keys_arguments *const arguments = state->input;
    switch (key) {
    case 'j':
        arguments->json = true;
        return 0;
    case 'r':
        arguments->robot = true;
        return 0;
    case 'n':
        arguments->name = argument;
        return 0;
    case 'u':
        if (roster_time_parse(argument, &arguments->not_after_s) != SPILL_OK) {
            argp_error(state, "%s", command_words(WORDS_KEYS_BAD_TIME));
        }
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->count == KEYS_ARGUMENTS_MAX) {
            argp_usage(state);
        }
        arguments->words[arguments->count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (arguments->count == 0 || keys_verb(arguments) == KEYS_VERB_COUNT) {
            argp_usage(state);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Says which public key belongs to the file, never more. */
static enum spill_exit keys_print(const char *path, enum key_file_kind kind,
                                  const uint8_t public_key[SEAL_KEY_BYTES], bool json,
                                  enum words_key line_key) {
    char key[SEAL_TEXT_BYTES];
    char fingerprint[SEAL_FINGERPRINT_BYTES];
    seal_key_print(public_key, key);
    seal_fingerprint(public_key, fingerprint);
    if (json) {
        json_t *const object = json_pack("{s:s, s:s, s:s, s:s, s:s}", "schema", "spillover-keys-1",
                                         "file", path, "kind", key_file_kind_name(kind),
                                         "public_key", key, "fingerprint", fingerprint);
        const bool printed = object != NULL && json_dumpf(object, stdout, JSON_INDENT(1)) == 0;
        json_decref(object);
        putchar('\n');
        /* A path that is not UTF-8 has no place in JSON. */
        return printed ? SPILL_EXIT_OK : command_fail_status(SPILL_INVALID, NULL);
    }
    char line[KEYS_LINE_BYTES];
    const struct words_value values[] = {{"path", path}, {"key", key}, {"print", fingerprint}};
    words_fill(line, sizeof line, line_key, command_language(), values, 3);
    puts(line);
    return SPILL_EXIT_OK;
}

static enum spill_exit keys_new(const char *path, bool json) {
    struct spill_error error = {0};
    struct seal_pair pair;
    char key[SEAL_TEXT_BYTES];
    do { /* A key that looks like an option would be hard to type. */
        seal_pair_random(&pair);
        seal_key_print(pair.public_key, key);
    } while (key[0] == '-');
    const enum spill_status status = key_file_write(path, KEY_FILE_NODE, pair.secret_key, &error);
    seal_wipe(pair.secret_key, sizeof pair.secret_key);
    if (status != SPILL_OK) {
        return command_fail(SPILL_EXIT_CANNOT_CREATE, "%s", error.text);
    }
    return keys_print(path, KEY_FILE_NODE, pair.public_key, json, WORDS_KEYS_MADE);
}

static enum spill_exit keys_show(const char *path, bool json) {
    struct spill_error error = {0};
    struct seal_pair pair;
    enum key_file_kind kind = KEY_FILE_NODE;
    enum spill_status status = key_file_read(path, kind, pair.secret_key, &error);
    if (status == SPILL_INVALID) {
        kind = KEY_FILE_SERVER;
        status = key_file_read(path, kind, pair.secret_key, NULL);
    }
    if (status != SPILL_OK) {
        return command_fail(SPILL_EXIT_INPUT, "%s", error.text);
    }
    seal_pair_of(pair.secret_key, &pair);
    seal_wipe(pair.secret_key, sizeof pair.secret_key);
    return keys_print(path, kind, pair.public_key, json, WORDS_KEYS_SHOWN);
}

/* ---- The roster ---- */

/* The roster in the file, or an empty one for a new file. */
static enum spill_exit keys_load_roster(const char *path, bool may_be_new, struct roster **roster) {
    struct spill_error error = {0};
    enum spill_status status = roster_load(path, roster, &error);
    if (status == SPILL_NOT_FOUND && may_be_new) {
        status = roster_create(roster);
    }
    return status == SPILL_OK ? SPILL_EXIT_OK : command_fail(SPILL_EXIT_INPUT, "%s", error.text);
}

static enum spill_exit keys_save_roster(const struct roster *roster, const char *path) {
    struct spill_error error = {0};
    return roster_save(roster, path, &error) == SPILL_OK
               ? SPILL_EXIT_OK
               : command_fail(SPILL_EXIT_CANNOT_CREATE, "%s", error.text);
}

static enum spill_exit keys_say(enum words_key line_key, const char *path, const char *cells,
                                const uint8_t key[SEAL_KEY_BYTES]) {
    char line[KEYS_LINE_BYTES + ROSTER_CELLS_BYTES];
    char fingerprint[SEAL_FINGERPRINT_BYTES];
    const struct words_value values[] = {
        {"path", path}, {"cells", cells}, {"print", seal_fingerprint(key, fingerprint)}};
    words_fill(line, sizeof line, line_key, command_language(), values, 3);
    puts(line);
    return SPILL_EXIT_OK;
}

static enum spill_exit keys_enrol(const struct keys_arguments *arguments,
                                  const uint8_t key[SEAL_KEY_BYTES]) {
    struct roster *roster = NULL;
    struct spill_error error = {0};
    struct roster_entry entry = {.role = arguments->robot ? ROSTER_ROBOT : ROSTER_PEOPLE,
                                 .not_after_s = arguments->not_after_s};
    memcpy(entry.key, key, SEAL_KEY_BYTES);
    const int cells_bytes = snprintf(entry.cells, sizeof entry.cells, "%s", arguments->words[3]);
    const int name_bytes = snprintf(entry.name, sizeof entry.name, "%s", arguments->name);
    if (cells_bytes >= (int)sizeof entry.cells || name_bytes >= (int)sizeof entry.name) {
        return command_fail(SPILL_EXIT_USAGE, "%s", command_words(WORDS_KEYS_TOO_LONG));
    }
    enum spill_exit code = keys_load_roster(arguments->words[1], true, &roster);
    if (code == SPILL_EXIT_OK) {
        const enum spill_status status = roster_enrol(roster, &entry, &error);
        code = status == SPILL_OK       ? keys_save_roster(roster, arguments->words[1])
               : status == SPILL_EXISTS ? command_fail(SPILL_EXIT_CANNOT_CREATE, "%s",
                                                       command_words(WORDS_KEYS_ENROLLED_ALREADY))
                                        : command_fail(SPILL_EXIT_USAGE, "%s", error.text);
    }
    roster_destroy(&roster);
    return code == SPILL_EXIT_OK
               ? keys_say(WORDS_KEYS_ENROLLED, arguments->words[1], entry.cells, key)
               : code;
}

static enum spill_exit keys_revoke(const struct keys_arguments *arguments,
                                   const uint8_t key[SEAL_KEY_BYTES]) {
    struct roster *roster = NULL;
    enum spill_exit code = keys_load_roster(arguments->words[1], false, &roster);
    if (code == SPILL_EXIT_OK) {
        code = roster_revoke(roster, key) == SPILL_OK
                   ? keys_save_roster(roster, arguments->words[1])
                   : command_fail(SPILL_EXIT_INPUT, "%s", command_words(WORDS_KEYS_NOT_ENROLLED));
    }
    roster_destroy(&roster);
    return code == SPILL_EXIT_OK ? keys_say(WORDS_KEYS_REVOKED, arguments->words[1], "", key)
                                 : code;
}

static enum spill_exit keys_change_roster(const struct keys_arguments *arguments, size_t verb) {
    uint8_t key[SEAL_KEY_BYTES];
    if (seal_key_parse(arguments->words[2], key) != SPILL_OK) {
        return command_fail(SPILL_EXIT_USAGE, "%s", command_words(WORDS_KEYS_BAD_KEY));
    }
    return verb == KEYS_ENROL ? keys_enrol(arguments, key) : keys_revoke(arguments, key);
}

enum spill_exit command_keys(int argc, char **argv) {
    struct keys_arguments arguments = {.not_after_s = SPILL_NEVER, .name = ""};
    const struct argp_option options[] = {
        {"robot", 'r', NULL, 0, command_words(WORDS_KEYS_OPTION_ROBOT), 0},
        {"until", 'u', "TIME", 0, command_words(WORDS_KEYS_OPTION_UNTIL), 0},
        {"name", 'n', "TEXT", 0, command_words(WORDS_KEYS_OPTION_NAME), 0},
        {"json", 'j', NULL, 0, command_words(WORDS_JSON_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = keys_option,
        .args_doc = "new FILE\nshow FILE\nenrol ROSTER KEY CELL[,CELL]\nrevoke ROSTER KEY",
        .doc = command_words(WORDS_COMMAND_KEYS),
    };
    command_parse(&argp, argc, argv, &arguments);
    const size_t verb = keys_verb(&arguments);
    if (verb == KEYS_ENROL || verb == KEYS_REVOKE) {
        return keys_change_roster(&arguments, verb);
    }
    return (verb == KEYS_NEW ? keys_new : keys_show)(arguments.words[1], arguments.json);
}
