/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_golden: makes the golden recording anew: the tutorial with its robots, exercise control and
 * an evaluator, with fixed keys and without clocks.
 *
 *     make_golden SCENARIO FILE
 *
 * `./dev golden` calls it. Commit what it makes together with a raise of SPILL_MODEL_REVISION.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/control/seats.h"

static const struct recording_keys golden_keys = {.signing_seed = "the golden recording, signing",
                                                  .salt_key = "the golden recording, salts"};

struct golden {
    struct package *package;
    struct scenario *scenario;
    struct seats *seats;
    struct session *session;
    struct spill_error error;
};

static bool golden_open(struct golden *golden, const char *folder, const char *path) {
    struct fault_list *faults = NULL;
    enum spill_status status = package_open(folder, &golden->package, &golden->error);
    if (status == SPILL_OK) {
        status = scenario_load(golden->package, folder, &golden->scenario, &faults);
        fault_list_destroy(&faults);
    }
    if (status == SPILL_OK) {
        status = seats_create(golden->scenario, "doctrine", scenario_seed(golden->scenario),
                              &golden->seats);
    }
    if (status != SPILL_OK) {
        return false;
    }
    const struct session_options options = {
        .scenario = golden->scenario,
        .package = golden->package,
        .record_path = path,
        .keys = &golden_keys,
        .seed = scenario_seed(golden->scenario),
        .team = "doctrine",
        .program = "golden",
        .causes = true,
        .seats = seats_way(golden->seats),
    };
    status = session_open(&options, &golden->session, &golden->error);
    if (status == SPILL_OK) {
        seats_join(golden->seats, golden->session);
    }
    return status == SPILL_OK;
}

static void golden_close(struct golden *golden) {
    session_close(&golden->session);
    seats_destroy(&golden->seats);
    scenario_free(&golden->scenario);
    package_destroy(&golden->package);
}

/* What people do between the robots' doings; some of it is refused, which is recorded too. */
static bool golden_apply(struct golden *golden, const struct input *input) {
    const enum spill_status status = session_apply(golden->session, input, &golden->error);
    return status == SPILL_OK || status == SPILL_REFUSED;
}

static const struct who golden_control = {.kind = WHO_CONTROL, .id = "excon"};
static const struct who golden_evaluator = {.kind = WHO_EVALUATOR, .id = "evaluator"};

static bool golden_clock(struct golden *golden, enum input_kind kind) {
    const struct input input = {.kind = kind, .who = golden_control, .clock = {.why = "script"}};
    return golden_apply(golden, &input);
}

static bool golden_command(struct golden *golden, enum input_kind kind, const char *inject) {
    const struct input input = {
        .kind = kind,
        .who = golden_control,
        .command = {.inject = inject, .title = "", .text = "", .why = "script"}};
    return golden_apply(golden, &input);
}

static bool golden_ad_hoc(struct golden *golden) {
    static const char *const to[] = {"nl-csirt", "nl-grid"};
    const struct input input = {.kind = INPUT_AD_HOC,
                                .who = golden_control,
                                .ad_hoc = {.to = to,
                                           .to_count = 2,
                                           .replaces = "",
                                           .type = INJECT_MEDIA,
                                           .tlp = TLP_GREEN,
                                           .acknowledge = true,
                                           .channel = "news",
                                           .from = "Regional radio",
                                           .title = "Listeners call in",
                                           .text = "Is it true that the lights will go?"}};
    return golden_apply(golden, &input);
}

static bool golden_note(struct golden *golden) {
    const struct input note = {.kind = INPUT_NOTE,
                               .who = golden_evaluator,
                               .note = {.inject = "3-share", .text = "They talk, nobody writes."}};
    const struct input mark = {
        .kind = INPUT_MARK,
        .who = golden_evaluator,
        .mark = {.inject = "3-share", .cell = "nl-csirt", .mark = MARK_MET, .text = ""}};
    return golden_apply(golden, &note) && golden_apply(golden, &mark);
}

static bool golden_ask(struct golden *golden) {
    const struct input ask = {
        .kind = INPUT_RFI,
        .who = {.kind = WHO_CELL, .id = "nl-grid"},
        .rfi = {.cell = "nl-grid", .text = "How many sites run on batteries?"}};
    const struct input answer = {.kind = INPUT_RFI_ANSWER,
                                 .who = golden_control,
                                 .rfi_answer = {.number = 1, .text = "All of them."}};
    return golden_apply(golden, &ask) && golden_apply(golden, &answer);
}

static bool golden_run(struct golden *golden, int64_t until_ms) {
    return session_run(golden->session, until_ms, &golden->error) == SPILL_OK;
}

static bool golden_play(struct golden *golden) {
    enum { MINUTE_MS = 60000 };
    const int64_t end_ms = scenario_duration_ms(golden->scenario);
    return golden_clock(golden, INPUT_START) && golden_run(golden, 45 * MINUTE_MS) &&
           golden_clock(golden, INPUT_PAUSE) &&
           golden_command(golden, INPUT_HOLD, "2-odd-update") &&
           golden_clock(golden, INPUT_RESUME) && golden_run(golden, 65 * MINUTE_MS) &&
           golden_command(golden, INPUT_RELEASE, "2-odd-update") && golden_ad_hoc(golden) &&
           golden_run(golden, 150 * MINUTE_MS) && golden_note(golden) && golden_ask(golden) &&
           golden_command(golden, INPUT_APPROVE, "1-welcome") /* Refused. */ &&
           golden_run(golden, 300 * MINUTE_MS) &&
           golden_command(golden, INPUT_INJECT_NOW, "6-hospital") && golden_run(golden, end_ms) &&
           golden_clock(golden, INPUT_END) &&
           session_finish(golden->session, &golden->error) == SPILL_OK;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: make_golden SCENARIO FILE\n");
        return 64;
    }
    char secrets[4096];
    char name[4096];
    static const char *const keys[] = {"signing.key", "salt.key", "lock"};
    snprintf(secrets, sizeof secrets, "%.3000s.secrets", argv[2]);
    unlink(argv[2]);
    struct golden golden = {.package = NULL};
    const bool made = golden_open(&golden, argv[1], argv[2]) && golden_play(&golden);
    golden_close(&golden);
    /* The keys are no secret: they stand above. */
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        snprintf(name, sizeof name, "%.3900s/%s", secrets, keys[i]);
        unlink(name);
    }
    rmdir(secrets);
    if (!made) {
        fprintf(stderr, "make_golden: %s\n", golden.error.text);
        return 1;
    }
    return 0;
}
