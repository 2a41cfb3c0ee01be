/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spillover keys: the keys by which a coordinator and its nodes know each other.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/commands/command.h"
#include "proto/seal/key_file.h"

enum { KEYS_ARGUMENTS_MAX = 2, KEYS_LINE_BYTES = KEY_FILE_PATH_BYTES_MAX + 512 };

struct keys_arguments {
    const char *words[KEYS_ARGUMENTS_MAX]; /* The verb, and what it takes. */
    size_t count;
    bool json;
};

static error_t keys_option(int key, char *argument, struct argp_state *state) {
    struct keys_arguments *const arguments = state->input;
    switch (key) {
    case 'j':
        arguments->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->count == KEYS_ARGUMENTS_MAX) {
            argp_usage(state);
        }
        arguments->words[arguments->count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (arguments->count != 2 ||
            (strcmp(arguments->words[0], "new") != 0 && strcmp(arguments->words[0], "show") != 0)) {
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
    seal_pair_random(&pair);
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

enum spill_exit command_keys(int argc, char **argv) {
    struct keys_arguments arguments = {.count = 0};
    const struct argp_option options[] = {
        {"json", 'j', NULL, 0, command_words(WORDS_JSON_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = keys_option,
        .args_doc = "new FILE\nshow FILE",
        .doc = command_words(WORDS_COMMAND_KEYS),
    };
    command_parse(&argp, argc, argv, &arguments);
    const bool make = strcmp(arguments.words[0], "new") == 0;
    return (make ? keys_new : keys_show)(arguments.words[1], arguments.json);
}
