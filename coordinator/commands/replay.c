/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spillover replay: a recording proved, or told again.
 */
#include "coordinator/control/replay.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "coordinator/cascade/team.h"
#include "coordinator/commands/command.h"
#include "coordinator/commands/print.h"
#include "coordinator/commands/story.h"
#include "coordinator/commands/terminal.h"

enum {
    REPLAY_RUNS_MAX = 16,
    REPLAY_LINE_BYTES = 2048,
    REPLAY_HEX_BYTES = 2 * RECORDING_KEY_BYTES + 1,
    REPLAY_LABEL_COLUMNS = 14,
};

struct replay_arguments {
    const char *file;
    int threads[REPLAY_RUNS_MAX];
    size_t thread_count;
    const char *signer; /* NULL: anybody. */
    int64_t from_ms;
    int64_t speed; /* Exercise seconds a wall second; 0: as fast as it goes; -1: the scenario's. */
    bool verify;
    bool json;
};

/* How fast a story is told. */
struct replay_pace {
    double began;    /* Wall time at which exercise time from_ms is told, in seconds. */
    int64_t from_ms; /* INT64_MIN: the first event's. */
    int64_t told_ms; /* Told so far. */
    int64_t speed;   /* Exercise seconds a wall second; 0: no waiting. */
};

#define REPLAY_FRAME_SECONDS 0.1

/* All that a verification has to say. */
struct replay_result {
    const char *verdict; /* "same", "different", "corrupt", "other_signer". */
    struct replay_verdict runs[REPLAY_RUNS_MAX];
    double seconds[REPLAY_RUNS_MAX];
    size_t run_count;
    struct recording_summary summary;
    struct recording_meta meta;
    bool opened;
    struct spill_error error; /* "corrupt": what is. */
};

/* ---- Arguments ---- */

static bool replay_threads(struct replay_arguments *arguments, const char *text) {
    const char *at = text;
    do {
        char *end = NULL;
        const long threads = strtol(at, &end, 10);
        if (end == at || threads < 1 || threads > TEAM_THREADS_MAX ||
            arguments->thread_count == REPLAY_RUNS_MAX || (*end != ',' && *end != '\0')) {
            return false;
        }
        arguments->threads[arguments->thread_count++] = (int)threads;
        at = *end == ',' ? end + 1 : end;
    } while (*at != '\0');
    return true;
}

static bool replay_speed(struct replay_arguments *arguments, const char *text) {
    if (strcmp(text, "max") == 0) {
        arguments->speed = 0;
        return true;
    }
    char *end = NULL;
    const long speed = strtol(text, &end, 10);
    arguments->speed = speed;
    return end != text && *end == '\0' && speed >= 1 && speed <= 1000000;
}

static error_t replay_option(int key, char *argument, struct argp_state *state) {
    struct replay_arguments *const arguments = state->input;
    switch (key) {
    case 'v':
        arguments->verify = true;
        return 0;
    case 't':
        if (!replay_threads(arguments, argument)) {
            argp_error(state, "%s: %s", command_words(WORDS_REPLAY_BAD_THREADS), argument);
        }
        return 0;
    case 'k':
        if (argument[strspn(argument, "0123456789abcdefABCDEF: ")] != '\0' ||
            argument[strspn(argument, ": ")] == '\0') {
            argp_error(state, "%s: %s", command_words(WORDS_REPLAY_BAD_SIGNER), argument);
        }
        arguments->signer = argument;
        return 0;
    case 'f':
        if (spill_time_parse(argument, &arguments->from_ms) != SPILL_OK) {
            argp_error(state, "%s: %s", command_words(WORDS_REPLAY_BAD_TIME), argument);
        }
        return 0;
    case 's':
        if (!replay_speed(arguments, argument)) {
            argp_error(state, "%s: %s", command_words(WORDS_REPLAY_BAD_SPEED), argument);
        }
        return 0;
    case 'j':
        arguments->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->file != NULL) {
            argp_usage(state);
        }
        arguments->file = argument;
        return 0;
    case ARGP_KEY_END:
        if (arguments->file == NULL) {
            argp_usage(state);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- Verifying ---- */

static void replay_on_progress(uint64_t done, uint64_t total, void *context) {
    const char *const words = *(const char **)context;
    terminal_progress("%s %d %%", words, total > 0 ? (int)(100 * done / total) : 100);
}

static double replay_seconds(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Whether a key is the one that somebody wrote, in full or as its fingerprint, in any spacing. */
static bool replay_signer_is(const char *written, const uint8_t key[RECORDING_KEY_BYTES]) {
    char text[RECORDING_FINGERPRINT_TEXT_BYTES];
    char fingerprint[REPLAY_HEX_BYTES] = "";
    char full[REPLAY_HEX_BYTES];
    char wanted[REPLAY_HEX_BYTES];
    size_t bytes = 0;
    for (const char *at = written; *at != '\0'; at++) {
        if (*at == ' ' || *at == ':') {
            continue;
        }
        if (bytes == REPLAY_HEX_BYTES - 1) {
            return false;
        }
        wanted[bytes++] = *at >= 'A' && *at <= 'F' ? (char)(*at - 'A' + 'a') : *at;
    }
    wanted[bytes] = '\0';
    recording_fingerprint(key, text);
    bytes = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at != ' ') {
            fingerprint[bytes++] = *at;
        }
    }
    fingerprint[bytes] = '\0';
    sodium_bin2hex(full, sizeof full, key, RECORDING_KEY_BYTES);
    return strcmp(wanted, fingerprint) == 0 || strcmp(wanted, full) == 0;
}

static enum spill_status replay_verify_all(const struct replay_arguments *arguments,
                                           struct replay_result *result,
                                           struct spill_error *error) {
    const char *words = command_words(WORDS_REPLAY_CHECKING);
    const struct replay_options options = {.on_progress = replay_on_progress, .context = &words};
    struct replay *replay = NULL;
    enum spill_status status = replay_open(arguments->file, &options, &replay, error);
    if (status != SPILL_OK) {
        return status;
    }
    result->opened = true;
    result->meta = *recording_meta(replay_recording(replay));
    recording_summary(replay_recording(replay), &result->summary);
    result->verdict = "same";
    if (arguments->signer != NULL && !replay_signer_is(arguments->signer, result->meta.signer)) {
        result->verdict = "other_signer";
    }
    words = command_words(WORDS_REPLAY_EXECUTING);
    for (size_t i = 0; status == SPILL_OK && i < arguments->thread_count; i++) {
        const double began = replay_seconds();
        status = replay_verify(replay, arguments->threads[i], &result->runs[i], error);
        result->seconds[i] = replay_seconds() - began;
        if (status == SPILL_OK) {
            result->run_count++;
            result->verdict = result->runs[i].same ? result->verdict : "different";
        }
    }
    replay_close(&replay);
    return status;
}

/* ---- Saying it ---- */

static void replay_line(const char *label, const char *text) {
    fputs("  ", stdout);
    print_padded(stdout, label, REPLAY_LABEL_COLUMNS);
    puts(text);
}

static void replay_say(enum words_key label, enum words_key key, const struct words_value *values,
                       size_t value_count) {
    char line[REPLAY_LINE_BYTES];
    words_fill(line, sizeof line, key, command_language(), values, value_count);
    replay_line(command_words(label), line);
}

static void replay_say_what(const struct replay_arguments *arguments,
                            const struct replay_result *result) {
    char seed[PRINT_NUMBER_BYTES];
    char revision[PRINT_NUMBER_BYTES];
    char line[REPLAY_LINE_BYTES];
    snprintf(seed, sizeof seed, "%" PRIu64, result->meta.seed);
    snprintf(revision, sizeof revision, "%" PRIu32, result->meta.model_revision);
    const struct words_value values[] = {{"file", arguments->file},
                                         {"scenario", result->meta.scenario},
                                         {"seed", seed},
                                         {"program", result->meta.program},
                                         {"revision", revision}};
    words_fill(line, sizeof line, WORDS_REPLAY_WHAT, command_language(), values, 5);
    puts(line);
}

static void replay_say_chain(const struct replay_arguments *arguments,
                             const struct replay_result *result) {
    const struct recording_summary *const summary = &result->summary;
    char records[PRINT_NUMBER_BYTES];
    char signatures[PRINT_NUMBER_BYTES];
    char withheld[PRINT_NUMBER_BYTES];
    char fingerprint[RECORDING_FINGERPRINT_TEXT_BYTES];
    char time[SPILL_DURATION_TEXT_BYTES];
    const struct words_value values[] = {
        {"records", print_count((int64_t)summary->records, records)},
        {"signatures", print_count((int64_t)summary->signatures, signatures)},
        {"withheld", print_count((int64_t)summary->withheld, withheld)},
        {"fingerprint", recording_fingerprint(result->meta.signer, fingerprint)},
        {"time", spill_time_print(summary->exercise_ms, time)},
    };
    replay_say(WORDS_REPLAY_LABEL_CHAIN,
               summary->withheld > 0 ? WORDS_REPLAY_CHAIN_WITHHELD : WORDS_REPLAY_CHAIN, values, 5);
    replay_say(WORDS_REPLAY_LABEL_SIGNER,
               arguments->signer == NULL                      ? WORDS_REPLAY_SELF_SIGNED
               : strcmp(result->verdict, "other_signer") == 0 ? WORDS_REPLAY_OTHER_SIGNER
                                                              : WORDS_REPLAY_SIGNER,
               values, 5);
    replay_say(WORDS_REPLAY_LABEL_END,
               summary->closed ? WORDS_REPLAY_CLOSED : WORDS_REPLAY_NOT_CLOSED, values, 5);
}

static void replay_say_run(const struct replay_verdict *run, double seconds) {
    char label[REPLAY_LINE_BYTES];
    char line[REPLAY_LINE_BYTES];
    char numbers[5][PRINT_NUMBER_BYTES];
    char took[PRINT_NUMBER_BYTES];
    char time[SPILL_DURATION_TEXT_BYTES];
    snprintf(took, sizeof took, "%.2f", seconds);
    const struct words_value values[] = {
        {"inputs", print_count((int64_t)run->input_count, numbers[0])},
        {"outputs", print_count((int64_t)run->output_count, numbers[1])},
        {"digests", print_count((int64_t)run->digest_count, numbers[2])},
        {"unrecorded", print_count((int64_t)run->unrecorded_count, numbers[3])},
        {"record", print_count((int64_t)run->sequence, numbers[4])},
        {"time", spill_time_print(run->same ? run->exercise_ms : run->at_ms, time)},
        {"seconds", took},
        {"difference", run->words},
    };
    const enum words_key key =
        !run->same ? run->sequence > 0 ? WORDS_REPLAY_DIFFERS : WORDS_REPLAY_DIFFERS_BEHIND
        : run->unrecorded_count > 0 ? WORDS_REPLAY_SAME_CUT
                                    : WORDS_REPLAY_SAME;
    char threads[PRINT_NUMBER_BYTES];
    const struct words_value value = {"count", print_count(run->threads, threads)};
    words_fill(label, sizeof label,
               run->threads == 1 ? WORDS_THREAD_COUNT_ONE : WORDS_THREAD_COUNT_MANY,
               command_language(), &value, 1);
    words_fill(line, sizeof line, key, command_language(), values,
               sizeof values / sizeof values[0]);
    replay_line(label, line);
}

static void replay_say_result(const struct replay_arguments *arguments,
                              const struct replay_result *result) {
    terminal_progress_end();
    replay_say_what(arguments, result);
    replay_say_chain(arguments, result);
    for (size_t i = 0; i < result->run_count; i++) {
        replay_say_run(&result->runs[i], result->seconds[i]);
    }
    const enum words_key key = strcmp(result->verdict, "same") == 0 ? WORDS_REPLAY_VERDICT_SAME
                               : strcmp(result->verdict, "different") == 0
                                   ? WORDS_REPLAY_VERDICT_DIFFERENT
                                   : WORDS_REPLAY_VERDICT_SIGNER;
    printf("%s\n", command_words(key));
}

static json_t *replay_json_runs(const struct replay_result *result) {
    json_t *const runs = json_array();
    for (size_t i = 0; i < result->run_count; i++) {
        const struct replay_verdict *const run = &result->runs[i];
        json_t *const object =
            json_pack("{s:i, s:b, s:I, s:I, s:I, s:I, s:I, s:f}", "threads", run->threads, "same",
                      run->same, "inputs", (json_int_t)run->input_count, "outputs",
                      (json_int_t)run->output_count, "digests", (json_int_t)run->digest_count,
                      "unrecorded", (json_int_t)run->unrecorded_count, "exercise_ms",
                      (json_int_t)run->exercise_ms, "seconds", result->seconds[i]);
        if (!run->same) {
            json_object_set_new(object, "difference",
                                json_pack("{s:I, s:I, s:s}", "record", (json_int_t)run->sequence,
                                          "at_ms", (json_int_t)run->at_ms, "text", run->words));
        }
        json_array_append_new(runs, object);
    }
    return runs;
}

static void replay_say_json(const struct replay_arguments *arguments,
                            const struct replay_result *result) {
    char key[REPLAY_HEX_BYTES];
    char head[2 * RECORDING_HASH_BYTES + 1];
    char digest[2 * CASCADE_DIGEST_BYTES + 1] = "";
    char seed[PRINT_NUMBER_BYTES];
    char fingerprint[RECORDING_FINGERPRINT_TEXT_BYTES];
    const struct recording_summary *const summary = &result->summary;
    json_t *const root = json_pack("{s:s, s:s, s:s}", "schema", "spillover-verify-1", "file",
                                   arguments->file, "verdict", result->verdict);
    if (result->opened) {
        sodium_bin2hex(key, sizeof key, result->meta.signer, RECORDING_KEY_BYTES);
        sodium_bin2hex(head, sizeof head, summary->head, RECORDING_HASH_BYTES);
        if (result->run_count > 0) {
            sodium_bin2hex(digest, sizeof digest, result->runs[0].digest, CASCADE_DIGEST_BYTES);
        }
        snprintf(seed, sizeof seed, "%" PRIu64, result->meta.seed);
        json_object_update_new(
            root,
            json_pack("{s:s, s:s, s:i, s:s, s:I, s:I, s:I, s:b, s:I, s:s, s:s, s:b, s:s, s:s}",
                      "scenario", result->meta.scenario, "seed", seed, "model_revision",
                      (int)result->meta.model_revision, "program", result->meta.program, "records",
                      (json_int_t)summary->records, "signatures", (json_int_t)summary->signatures,
                      "withheld", (json_int_t)summary->withheld, "closed", summary->closed,
                      "exercise_ms", (json_int_t)summary->exercise_ms, "signer", key, "fingerprint",
                      recording_fingerprint(result->meta.signer, fingerprint), "self_signed",
                      arguments->signer == NULL, "head", head, "digest", digest));
        json_object_set_new(root, "runs", replay_json_runs(result));
    } else {
        json_object_set_new(root, "error", json_string(result->error.text));
    }
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}

static enum spill_exit replay_prove(const struct replay_arguments *arguments) {
    struct replay_result *const result = spill_alloc(1, sizeof *result);
    if (result == NULL) {
        return command_fail_status(SPILL_MEMORY, NULL);
    }
    enum spill_exit code = SPILL_EXIT_OK;
    const enum spill_status status = replay_verify_all(arguments, result, &result->error);
    if (status == SPILL_CORRUPT) {
        /* What was looked for is found. */
        result->verdict = "corrupt";
        result->opened = false;
        command_fail(SPILL_EXIT_FOUND, "%s", result->error.text);
        if (arguments->json) {
            replay_say_json(arguments, result);
        } else {
            puts(command_words(WORDS_REPLAY_VERDICT_CORRUPT));
        }
        code = SPILL_EXIT_FOUND;
    } else if (status != SPILL_OK) {
        code = command_fail_status(status, &result->error);
    } else {
        arguments->json ? replay_say_json(arguments, result) : replay_say_result(arguments, result);
        code = strcmp(result->verdict, "same") == 0 ? SPILL_EXIT_OK : SPILL_EXIT_FOUND;
    }
    free(result);
    return code;
}

/* ---- Telling it again ---- */

/* Waits until the wall clock has come as far as the exercise; false when somebody interrupted. */
static bool replay_wait(const struct replay_pace *pace, int64_t at_ms) {
    while (pace->speed > 0 && !command_interrupted()) {
        const double due =
            pace->began + (double)(at_ms - pace->from_ms) / 1e3 / (double)pace->speed;
        const double left = due - replay_seconds();
        if (left <= 0) {
            break;
        }
        char time[SPILL_DURATION_TEXT_BYTES];
        const double now = (double)(at_ms - pace->from_ms) - left * 1e3 * (double)pace->speed;
        terminal_progress("%s", spill_time_print(pace->from_ms + (int64_t)now, time));
        const struct timespec frame = {.tv_nsec = left < REPLAY_FRAME_SECONDS
                                                      ? (long)(left * 1e9)
                                                      : (long)(REPLAY_FRAME_SECONDS * 1e9)};
        nanosleep(&frame, NULL);
    }
    return !command_interrupted();
}

static void replay_print_event(const struct replay_event *event) {
    const struct record *const record = event->record;
    const bool text = record->kind != RECORD_DIGEST && record->text != NULL;
    printf("{\"record\": %" PRIu64 ", \"kind\": \"%s\", ", record->sequence,
           record_kind_name(record->kind));
    if (record->withheld) {
        printf("\"withheld\": true}\n");
        return;
    }
    printf("\"exercise_ms\": %" PRId64 ", \"utc_us\": %" PRId64 ", ", record->exercise_ms,
           record->utc_us);
    if (text) {
        printf("\"said\": %s}\n", record->text);
    } else {
        char hex[2 * RECORDING_HASH_BYTES + 1] = "";
        if (record->body_bytes == RECORDING_HASH_BYTES) {
            sodium_bin2hex(hex, sizeof hex, record->body, record->body_bytes);
        }
        printf("\"digest\": \"%s\"}\n", hex);
    }
}

static enum spill_status replay_tell_events(struct replay_walk *walk,
                                            const struct replay_arguments *arguments,
                                            struct replay_pace *pace, struct story *story,
                                            struct spill_error *error) {
    struct replay_event event;
    for (;;) {
        const enum spill_status status = replay_walk_next(walk, &event, error);
        if (status != SPILL_OK) {
            return status == SPILL_NOT_FOUND ? SPILL_OK : status;
        }
        const int64_t at_ms =
            event.output != NULL ? event.output->at_ms : event.record->exercise_ms;
        if (pace->from_ms == INT64_MIN) {
            pace->from_ms = at_ms;
        }
        if (!event.record->withheld && at_ms > pace->told_ms) {
            story_flush(story);
            fflush(stdout);
            pace->told_ms = at_ms;
            if (!replay_wait(pace, at_ms)) {
                return SPILL_INTERRUPTED;
            }
        }
        if (arguments->json) {
            replay_print_event(&event);
        } else if (event.output != NULL) {
            story_take(event.output, story);
        }
    }
}

static enum spill_exit replay_tell_all(struct replay *replay,
                                       const struct replay_arguments *arguments,
                                       struct story *story) {
    struct replay_walk *walk = NULL;
    struct spill_error error = {{0}};
    struct replay_pace pace = {.began = replay_seconds(),
                               .from_ms = arguments->from_ms,
                               .told_ms = INT64_MIN,
                               .speed = arguments->speed >= 0
                                            ? arguments->speed
                                            : scenario_speed(replay_scenario(replay))};
    enum spill_status status = replay_walk_open(replay, arguments->from_ms, &walk);
    command_watch_interrupt();
    if (status == SPILL_OK) {
        status = replay_tell_events(walk, arguments, &pace, story, &error);
    }
    replay_walk_close(&walk);
    story_flush(story);
    terminal_progress_end();
    return status == SPILL_OK            ? SPILL_EXIT_OK
           : status == SPILL_INTERRUPTED ? SPILL_EXIT_INTERRUPTED
                                         : command_fail_status(status, &error);
}

static enum spill_exit replay_tell(const struct replay_arguments *arguments) {
    const char *words = command_words(WORDS_REPLAY_CHECKING);
    const struct replay_options options = {
        .any_revision = true, .on_progress = replay_on_progress, .context = &words};
    struct spill_error error = {{0}};
    struct replay *replay = NULL;
    struct story *story = NULL;
    enum spill_exit code = SPILL_EXIT_OK;
    enum spill_status status = replay_open(arguments->file, &options, &replay, &error);
    if (status == SPILL_OK) {
        const struct story_options story_options = {.scenario = replay_scenario(replay),
                                                    .language = (enum language)command_language(),
                                                    .stream = arguments->json ? NULL : stdout,
                                                    .colours = terminal_colours(stdout),
                                                    .columns = terminal_columns(stdout)};
        status = story_create(&story_options, &story);
    }
    terminal_progress_end();
    code = status == SPILL_OK ? replay_tell_all(replay, arguments, story)
                              : command_fail_status(status, &error);
    story_destroy(&story);
    replay_close(&replay);
    return code;
}

enum spill_exit command_replay(int argc, char **argv) {
    struct replay_arguments arguments = {.from_ms = INT64_MIN, .speed = -1};
    const struct argp_option options[] = {
        {"verify", 'v', NULL, 0, command_words(WORDS_REPLAY_VERIFY_OPTION), 0},
        {"threads", 't', "N,N", 0, command_words(WORDS_REPLAY_THREADS_OPTION), 0},
        {"signer", 'k', "KEY", 0, command_words(WORDS_REPLAY_SIGNER_OPTION), 0},
        {"from", 'f', "T", 0, command_words(WORDS_REPLAY_FROM_OPTION), 0},
        {"speed", 's', "N|max", 0, command_words(WORDS_REPLAY_SPEED_OPTION), 0},
        {"json", 'j', NULL, 0, command_words(WORDS_JSON_OPTION), 0},
        {0},
    };
    const struct argp argp = {
        .options = options,
        .parser = replay_option,
        .args_doc = command_words(WORDS_REPLAY_ARGUMENTS),
        .doc = command_words(WORDS_COMMAND_REPLAY),
    };
    command_parse(&argp, argc, argv, &arguments);
    if (arguments.thread_count == 0) {
        for (int threads = 1; threads <= 3; threads++) {
            arguments.threads[arguments.thread_count++] = threads;
        }
    }
    return arguments.verify ? replay_prove(&arguments) : replay_tell(&arguments);
}
