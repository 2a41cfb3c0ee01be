/* SPDX-License-Identifier: Apache-2.0 */
/* spillover control: exercise control from a shell, through the control interface of a coordinator
 * that runs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <uv.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/control_print.h"
#include "coordinator/control/web_secrets.h"
#include "proto/http/client.h"

enum {
    CONTROL_PATH_BYTES = 4096,
    CONTROL_TOKEN_FILE_BYTES = 128,
    CONTROL_POLL_MS = 200,
    CONTROL_FORECAST_MS = 600000, /* A forecast that takes longer is not waited for. */
    CONTROL_ARGUMENTS_MAX = 2,
};

struct control_arguments {
    const char *record, *address, *token_file, *why;
    bool json;
    const char *words[CONTROL_ARGUMENTS_MAX]; /* The command and what it takes. */
    size_t word_count;
};

/* A command that is an input of the exercise. */
static const struct control_verb {
    const char *name;
    const char *command; /* As the interface calls it. */
    enum { TAKES_NOTHING, TAKES_INJECT, TAKES_SPEED, TAKES_TIME } takes;
} control_verbs[] = {
    {"start", "start", TAKES_NOTHING},      {"pause", "pause", TAKES_NOTHING},
    {"resume", "resume", TAKES_NOTHING},    {"end", "end", TAKES_NOTHING},
    {"speed", "speed", TAKES_SPEED},        {"jump", "jump", TAKES_TIME},
    {"inject", "inject_now", TAKES_INJECT}, {"hold", "hold", TAKES_INJECT},
    {"release", "release", TAKES_INJECT},   {"skip", "skip", TAKES_INJECT},
    {"cancel", "cancel", TAKES_INJECT},     {"approve", "approve", TAKES_INJECT},
    {"veto", "veto", TAKES_INJECT},
};

/* Where the coordinator is. */
struct control_peer {
    uv_loop_t loop;
    char address[HTTP_ADDRESS_BYTES];
    char token[HEADERS_TOKEN_BYTES];
};

static error_t control_option(int key, char *argument, struct argp_state *state) {
    struct control_arguments *const arguments = state->input;
    switch (key) {
    case 'r':
        arguments->record = argument;
        return 0;
    case 'a':
        arguments->address = argument;
        return 0;
    case 'k':
        arguments->token_file = argument;
        return 0;
    case 'y':
        arguments->why = argument;
        return 0;
    case 'j':
        arguments->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->word_count == CONTROL_ARGUMENTS_MAX) {
            argp_usage(state);
        }
        arguments->words[arguments->word_count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (arguments->word_count == 0) {
            argp_usage(state);
        } else if (arguments->record == NULL &&
                   (arguments->address == NULL || arguments->token_file == NULL)) {
            argp_error(state, "%s", command_words(WORDS_CONTROL_NEEDS_PEER));
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- The peer ---- */

static enum spill_exit control_token_file(const char *path, char token[HEADERS_TOKEN_BYTES]) {
    char text[CONTROL_TOKEN_FILE_BYTES] = "";
    FILE *const file = fopen(path, "r");
    const bool read = file != NULL && fgets(text, sizeof text, file) != NULL;
    if (file != NULL) {
        fclose(file);
    }
    text[strcspn(text, "\r\n")] = '\0';
    if (!read || !headers_token_valid(text)) {
        return command_fail(SPILL_EXIT_INPUT, "%s: %s", path,
                            command_words(WORDS_CONTROL_NO_TOKEN));
    }
    memcpy(token, text, HEADERS_TOKEN_BYTES);
    return SPILL_EXIT_OK;
}

static enum spill_exit control_find(const struct control_arguments *arguments,
                                    struct control_peer *peer) {
    char folder[CONTROL_PATH_BYTES];
    struct spill_error error = {0};
    struct web_secrets secrets = {.address = ""};
    if (arguments->record != NULL) {
        snprintf(folder, sizeof folder, "%s.secrets", arguments->record);
        const enum spill_status status = web_secrets_read(folder, &secrets, &error);
        if (status == SPILL_NOT_FOUND) {
            return command_fail(SPILL_EXIT_UNAVAILABLE, "%s: %s", arguments->record,
                                command_words(WORDS_CONTROL_NO_PAGES));
        }
        if (status != SPILL_OK) {
            return command_fail_status(status, &error);
        }
        snprintf(peer->address, sizeof peer->address, "%s", secrets.address);
        snprintf(peer->token, sizeof peer->token, "%s", secrets.tokens[OVERVIEW_CONTROL]);
        web_secrets_wipe(&secrets);
    }
    if (arguments->address != NULL) {
        snprintf(peer->address, sizeof peer->address, "%s", arguments->address);
    }
    return arguments->token_file == NULL ? SPILL_EXIT_OK
                                         : control_token_file(arguments->token_file, peer->token);
}

/* ---- Asking ---- */

struct control_answer {
    enum spill_status status;
    unsigned code;
    json_t *json;
    struct spill_error error;
};

static void control_on_answer(enum spill_status status, const struct client_answer *answer,
                              const struct spill_error *error, void *context) {
    struct control_answer *const given = context;
    given->status = status;
    if (status != SPILL_OK) {
        given->error = *error;
        return;
    }
    given->code = answer->code;
    given->json = json_loadb(answer->body, answer->body_bytes, 0, NULL);
}

/* The answer's JSON is the caller's. An exit other than OK was told. */
static enum spill_exit control_ask(struct control_peer *peer, const char *path, const char *body,
                                   struct control_answer *answer) {
    const struct client_request request = {
        .address = peer->address, .path = path, .token = peer->token, .body = body};
    *answer = (struct control_answer){.status = SPILL_UNAVAILABLE};
    struct spill_error error = {0};
    const enum spill_status status =
        client_ask(&peer->loop, &request, control_on_answer, answer, &error);
    if (status != SPILL_OK) {
        return command_fail_status(status, &error);
    }
    uv_run(&peer->loop, UV_RUN_DEFAULT);
    if (answer->status != SPILL_OK) {
        return command_fail(SPILL_EXIT_UNAVAILABLE, "%s: %s", peer->address, answer->error.text);
    }
    if (answer->code == 401 || answer->code == 403) {
        json_decref(answer->json);
        return command_fail(SPILL_EXIT_INPUT, "%s", command_words(WORDS_CONTROL_BAD_TOKEN));
    }
    if (answer->json == NULL) {
        return command_fail(SPILL_EXIT_UNAVAILABLE, "%s: %s", peer->address,
                            command_words(WORDS_CONTROL_NO_ANSWER));
    }
    return SPILL_EXIT_OK;
}

/* ---- Commands ---- */

/* An object for the interface; NULL: a usage error, which was told. */
static json_t *control_build(const struct control_verb *verb,
                             const struct control_arguments *arguments) {
    const char *const word = arguments->words[1];
    json_t *const json = json_pack("{s:s}", "do", verb->command);
    int64_t time_ms = 0;
    char *end = NULL;
    const bool optional = verb->takes == TAKES_TIME || verb->takes == TAKES_NOTHING;
    bool fits = json != NULL && (word == NULL ? optional : verb->takes != TAKES_NOTHING);
    if (fits && word != NULL) {
        switch (verb->takes) {
        case TAKES_INJECT:
            json_object_set_new(json, "inject", json_string(word));
            fits = json_object_get(json, "inject") != NULL;
            break;
        case TAKES_SPEED: {
            const long long speed = strcmp(word, "max") == 0 ? 0 : strtoll(word, &end, 10);
            fits = end == NULL || (*end == '\0' && speed > 0 && speed <= 1000000);
            json_object_set_new(json, "speed_permille", json_integer(speed * 1000));
            break;
        }
        default:
            fits = spill_time_parse(word, &time_ms) == SPILL_OK;
            json_object_set_new(json, "to_ms", json_integer(time_ms));
            break;
        }
    }
    const bool takes_why = verb->takes == TAKES_NOTHING || verb->takes == TAKES_INJECT;
    if (fits && arguments->why != NULL && takes_why) {
        json_object_set_new(json, "why", json_string(arguments->why));
    }
    if (!fits) {
        json_decref(json);
        (void)command_fail(SPILL_EXIT_USAGE, command_words(WORDS_CONTROL_BAD_ARGUMENT), verb->name);
        return NULL;
    }
    return json;
}

static enum spill_exit control_command(struct control_peer *peer, const struct control_verb *verb,
                                       const struct control_arguments *arguments) {
    struct control_answer answer;
    json_t *const json = control_build(verb, arguments);
    char *const body = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (body == NULL) {
        return SPILL_EXIT_USAGE;
    }
    enum spill_exit code = control_ask(peer, "/api/v1/control", body, &answer);
    free(body);
    if (code != SPILL_EXIT_OK) {
        return code;
    }
    if (arguments->json) {
        json_object_set_new(answer.json, "schema", json_string("spillover-control-1"));
        json_dumpf(answer.json, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        fputc('\n', stdout);
    }
    if (answer.code != 200) {
        const char *const words = json_string_value(json_object_get(
            json_object_get(answer.json, "words"), words_language_code(command_language())));
        code = command_fail(answer.code == 409   ? SPILL_EXIT_FOUND
                            : answer.code == 400 ? SPILL_EXIT_INPUT
                                                 : SPILL_EXIT_UNAVAILABLE,
                            "%s", words != NULL ? words : command_words(WORDS_CONTROL_NO_ANSWER));
    }
    json_decref(answer.json);
    return code;
}

/* A document; what the coordinator says instead is told. */
static enum spill_exit control_get(struct control_peer *peer, const char *path,
                                   struct control_answer *answer) {
    const enum spill_exit code = control_ask(peer, path, NULL, answer);
    if (code != SPILL_EXIT_OK || answer->code == 200) {
        return code;
    }
    const char *const words = json_string_value(json_object_get(answer->json, "error"));
    (void)command_fail(SPILL_EXIT_UNAVAILABLE, "%s: %s", path,
                       words == NULL ? command_words(WORDS_CONTROL_NO_ANSWER) : words);
    json_decref(answer->json);
    return SPILL_EXIT_UNAVAILABLE;
}

static enum spill_exit control_status(struct control_peer *peer,
                                      const struct control_arguments *arguments) {
    struct control_answer scenario;
    struct control_answer state;
    enum spill_exit code = control_get(peer, "/api/v1/scenario", &scenario);
    if (code != SPILL_EXIT_OK) {
        return code;
    }
    code = control_get(peer, "/api/v1/state", &state);
    if (code == SPILL_EXIT_OK) {
        control_print_status(scenario.json, state.json, arguments->json, command_language(),
                             stdout);
        json_decref(state.json);
    }
    json_decref(scenario.json);
    return code;
}

/* ---- Forecasts ---- */

static void control_on_wait(uv_timer_t *timer) {
    uv_close((uv_handle_t *)timer, NULL);
}

static void control_wait(struct control_peer *peer) {
    uv_timer_t timer;
    (void)uv_timer_init(&peer->loop, &timer);
    (void)uv_timer_start(&timer, control_on_wait, CONTROL_POLL_MS, 0);
    uv_run(&peer->loop, UV_RUN_DEFAULT);
}

static json_int_t control_made_us(const struct control_answer *answer) {
    return answer->code == 200 ? json_integer_value(json_object_get(answer->json, "made_at_us"))
                               : -1;
}

static enum spill_exit control_forecast(struct control_peer *peer,
                                        const struct control_arguments *arguments) {
    struct control_answer answer;
    enum spill_exit code = control_ask(peer, "/api/v1/forecast", NULL, &answer);
    if (code != SPILL_EXIT_OK) {
        return code;
    }
    const json_int_t before_us = control_made_us(&answer);
    json_decref(answer.json);
    code = control_ask(peer, "/api/v1/forecast", "{}", &answer);
    const bool accepted = code == SPILL_EXIT_OK && answer.code == 202;
    if (code != SPILL_EXIT_OK) {
        return code;
    }
    json_decref(answer.json);
    for (int64_t waited_ms = 0; accepted && waited_ms < CONTROL_FORECAST_MS;
         waited_ms += CONTROL_POLL_MS) {
        code = control_ask(peer, "/api/v1/forecast", NULL, &answer);
        if (code != SPILL_EXIT_OK) {
            return code;
        }
        if (control_made_us(&answer) > before_us) {
            struct control_answer scenario;
            code = control_get(peer, "/api/v1/scenario", &scenario);
            if (code == SPILL_EXIT_OK) {
                control_print_forecast(scenario.json, answer.json, arguments->json,
                                       command_language(), stdout);
                json_decref(scenario.json);
            }
            json_decref(answer.json);
            return code;
        }
        json_decref(answer.json);
        control_wait(peer);
    }
    return command_fail(SPILL_EXIT_UNAVAILABLE, "%s", command_words(WORDS_CONTROL_NO_FORECAST));
}

static enum spill_exit control_run(const struct control_arguments *arguments) {
    struct control_peer peer = {.address = ""};
    enum spill_exit code = control_find(arguments, &peer);
    if (code != SPILL_EXIT_OK) {
        return code;
    }
    const int loop = uv_loop_init(&peer.loop);
    SPILL_ASSERT(loop == 0);
    code = SPILL_EXIT_USAGE;
    const struct control_verb *verb = NULL;
    for (size_t i = 0; i < sizeof control_verbs / sizeof control_verbs[0]; i++) {
        verb = strcmp(control_verbs[i].name, arguments->words[0]) == 0 ? &control_verbs[i] : verb;
    }
    if (verb != NULL) {
        code = control_command(&peer, verb, arguments);
    } else if (strcmp(arguments->words[0], "status") == 0) {
        code = control_status(&peer, arguments);
    } else if (strcmp(arguments->words[0], "forecast") == 0) {
        code = control_forecast(&peer, arguments);
    } else {
        code = command_fail(SPILL_EXIT_USAGE, command_words(WORDS_CONTROL_UNKNOWN),
                            arguments->words[0]);
    }
    const int closed = uv_loop_close(&peer.loop);
    SPILL_ASSERT(closed == 0);
    return code;
}

enum spill_exit command_control(int argc, char **argv) {
    struct control_arguments arguments = {.json = false};
    const struct argp_option options[] = {
        {"record", 'r', "FILE", 0, command_words(WORDS_CONTROL_OPTION_RECORD), 0},
        {"address", 'a', "ADDRESS", 0, command_words(WORDS_CONTROL_OPTION_ADDRESS), 0},
        {"token-file", 'k', "FILE", 0, command_words(WORDS_CONTROL_OPTION_TOKEN), 0},
        {"why", 'y', "TEXT", 0, command_words(WORDS_CONTROL_OPTION_WHY), 0},
        {"json", 'j', NULL, 0, command_words(WORDS_JSON_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = control_option,
        .args_doc = command_words(WORDS_CONTROL_ARGUMENTS),
        .doc = command_words(WORDS_COMMAND_CONTROL),
    };
    command_parse(&argp, argc, argv, &arguments);
    return control_run(&arguments);
}
