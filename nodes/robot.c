/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/robot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/cascade/law.h"
#include "coordinator/world/policy.h"
#include "nodes/knowledge.h"

enum {
    ROBOT_ID_BYTES = SPILL_ID_BYTES_MAX + 1,
    ROBOT_DECIDED_MAX = 64, /* Intentions that the policy writes at a time. */
};

/* An inject that it has not dealt with yet. */
struct robot_inject {
    char id[ROBOT_ID_BYTES];
    char option[ROBOT_ID_BYTES]; /* That it will choose; "": there is nothing to
                                    choose. */
    bool acknowledge;
    bool opened;
    bool acknowledged;
    int64_t open_ms;
    int64_t answer_ms; /* SPILL_NEVER: it does not answer. */
};

/* Texts of an input, good until the next robot_take. */
struct robot_texts {
    char key[ROBOT_ID_BYTES];
    struct robot_inject inject;
};

struct robot {
    struct knowledge *knowledge;
    const struct network *network; /* Of the knowledge, and what follows. */
    const struct script *script;
    struct cell_ref cell;
    const char *id;
    char team[ROBOT_ID_BYTES];
    uint64_t seed;
    uint32_t replica;
    struct law_spec answers_after;
    int64_t *quantile_ms;
    struct brief_answer *answers;
    char (*answer_ids)[ROBOT_ID_BYTES];
    size_t answer_count;
    bool passive;
    int64_t tick_ms;

    bool running; /* As the clock messages said. */
    uint64_t sequence;
    struct view *view;
    struct policy *policy;
    int64_t decide_ms;            /* When to look at its policy next; SPILL_NEVER. */
    struct intention *intentions; /* By time, then as decided. */
    size_t intention_count;
    size_t intention_max;
    struct robot_inject *injects; /* As they came. */
    size_t inject_count;
    uint64_t order_count; /* Keys used. */
    struct robot_texts texts[ROBOT_TAKE_MAX];
    struct codec_arena *arena;
};

/* ---- Life ---- */

static void robot_copy_id(char to[ROBOT_ID_BYTES], const char *id) {
    snprintf(to, ROBOT_ID_BYTES, "%s", id);
}

/* Keeps copies of what the brief says. */
static enum spill_status robot_take_brief(struct robot *robot, const struct brief *brief) {
    robot_copy_id(robot->team, brief->team);
    robot->seed = brief->seed;
    robot->replica = brief->replica;
    robot->passive = strcmp(brief->team, BRIEF_PASSIVE) == 0;
    robot->answers_after = brief->answers_after;
    robot->quantile_ms = spill_alloc(brief->answers_after.quantile_count, sizeof(int64_t));
    robot->answers = spill_alloc(brief->answer_count, sizeof robot->answers[0]);
    robot->answer_ids = spill_alloc(2 * brief->answer_count, sizeof robot->answer_ids[0]);
    if (robot->quantile_ms == NULL || robot->answers == NULL || robot->answer_ids == NULL) {
        return SPILL_MEMORY;
    }
    for (size_t i = 0; i < brief->answers_after.quantile_count; i++) {
        robot->quantile_ms[i] = brief->answers_after.quantile_ms[i];
    }
    robot->answers_after.quantile_ms = robot->quantile_ms;
    for (size_t i = 0; i < brief->answer_count; i++) {
        robot_copy_id(robot->answer_ids[2 * i], brief->answers[i].inject);
        robot_copy_id(robot->answer_ids[2 * i + 1], brief->answers[i].option);
        robot->answers[i] = (struct brief_answer){.inject = robot->answer_ids[2 * i],
                                                  .option = robot->answer_ids[2 * i + 1]};
    }
    robot->answer_count = brief->answer_count;
    return SPILL_OK;
}

static enum spill_status robot_create_mind(struct robot *robot) {
    enum spill_status status =
        view_create(robot->network, robot->script, robot->cell, &robot->view);
    if (status == SPILL_OK) {
        status = policy_create(robot->network, robot->script, robot->cell, robot->team, robot->seed,
                               robot->replica, &robot->policy);
    }
    if (status == SPILL_OK) {
        status = codec_arena_create(OUTPUT_ARENA_BYTES, &robot->arena);
    }
    if (status != SPILL_OK) {
        return status;
    }
    robot->intention_max = policy_intentions_max(robot->policy);
    robot->intentions = spill_alloc(robot->intention_max, sizeof robot->intentions[0]);
    robot->injects = spill_alloc(ROBOT_INJECTS_MAX, sizeof robot->injects[0]);
    return robot->intentions == NULL || robot->injects == NULL ? SPILL_MEMORY : SPILL_OK;
}

enum spill_status robot_create(const struct brief *brief, struct robot **robot,
                               struct spill_error *error) {
    SPILL_ASSERT(brief != NULL);
    SPILL_ASSERT(robot != NULL);
    struct robot *made = spill_alloc(1, sizeof *made);
    enum spill_status status =
        made == NULL ? SPILL_MEMORY : knowledge_create(brief, &made->knowledge, error);
    if (status == SPILL_OK) {
        made->network = knowledge_network(made->knowledge);
        made->script = knowledge_script(made->knowledge);
        made->cell = knowledge_cell(made->knowledge);
        made->id = script_cell_id(made->script, made->cell);
        made->tick_ms = network_tick_ms(made->network);
        made->decide_ms = SPILL_NEVER;
        status = robot_take_brief(made, brief);
    }
    if (status == SPILL_OK) {
        status = robot_create_mind(made);
    }
    if (status != SPILL_OK) {
        robot_destroy(&made);
        return status;
    }
    *robot = made;
    return SPILL_OK;
}

void robot_destroy(struct robot **robot) {
    SPILL_ASSERT(robot != NULL);
    struct robot *const made = *robot;
    if (made == NULL) {
        return;
    }
    view_destroy(&made->view);
    policy_destroy(&made->policy);
    codec_arena_destroy(&made->arena);
    free(made->quantile_ms);
    free(made->answers);
    free(made->answer_ids);
    free(made->intentions);
    free(made->injects);
    knowledge_destroy(&made->knowledge);
    free(made);
    *robot = NULL;
}

/* ---- Hearing ---- */

/* On the tick at or after it. */
static int64_t robot_tick_ms(const struct robot *robot, int64_t at_ms) {
    return at_ms == SPILL_NEVER ? SPILL_NEVER
                                : (at_ms + robot->tick_ms - 1) / robot->tick_ms * robot->tick_ms;
}

static void robot_decide_at(struct robot *robot, int64_t at_ms) {
    robot->decide_ms = at_ms < robot->decide_ms ? at_ms : robot->decide_ms;
}

/* A message's bits by its list of campaigns, as bits by campaign of what it knows. */
static uint32_t robot_campaign_bits(const struct robot *robot, const struct message *message,
                                    uint32_t bits) {
    uint32_t known = 0;
    for (size_t i = 0; i < message->reports.campaign_count && i < VIEW_CAMPAIGNS_MAX; i++) {
        if ((bits >> i & 1) != 0) {
            const struct campaign_ref campaign =
                knowledge_campaign(robot->knowledge, message->reports.campaigns[i]);
            if (campaign.index < VIEW_CAMPAIGNS_MAX) {
                known |= UINT32_C(1) << campaign.index;
            }
        }
    }
    return known;
}

/* A report as the view takes it; false when it is about something that this
 * cell does not see. */
static bool robot_read_report(const struct robot *robot, const struct message *message, size_t at,
                              struct report *report) {
    const struct message_report *const from = &message->reports.reports[at];
    *report = (struct report){.at_ms = from->at_ms,
                              .asset = {NETWORK_NO_INDEX},
                              .country = {NETWORK_NO_INDEX},
                              .service_ppm = from->service_ppm,
                              .status = from->status,
                              .trust_ppm = from->trust_ppm,
                              .escalation = from->escalation};
    if (from->asset[0] == '\0') {
        return network_find_country(robot->network, from->country, &report->country) == SPILL_OK &&
               view_has_country(robot->view, report->country);
    }
    if (network_find_asset(robot->network, from->asset, &report->asset) != SPILL_OK ||
        !script_cell_sees(robot->script, robot->cell, report->asset)) {
        return false;
    }
    report->country = network_asset_country(robot->network, report->asset);
    report->detected = robot_campaign_bits(robot, message, from->detected);
    report->triggered = robot_campaign_bits(robot, message, from->triggered);
    return true;
}

static enum spill_status robot_hear_reports(struct robot *robot, const struct output *output,
                                            struct spill_error *error) {
    struct report report;
    const size_t count = output->message.reports.report_count;
    for (size_t i = 0; i < count; i++) {
        if (!robot_read_report(robot, &output->message, i, &report)) {
            return spill_fail(error, SPILL_INVALID, "a report on what the cell does not see");
        }
    }
    for (size_t i = 0; i < count; i++) {
        SPILL_ASSERT(robot_read_report(robot, &output->message, i, &report));
        view_apply(robot->view, &report);
    }
    robot_decide_at(robot, output->at_ms);
    return SPILL_OK;
}

/* What it will choose; "" when there is nothing to choose. */
static const char *robot_choice(const struct robot *robot, const struct message *message) {
    const char *choice = message->inject.option_count > 0 ? message->inject.options[0].id : "";
    for (size_t i = 0; i < robot->answer_count; i++) {
        if (strcmp(robot->answers[i].inject, message->inject.inject) == 0) {
            for (size_t j = 0; j < message->inject.option_count; j++) {
                if (strcmp(message->inject.options[j].id, robot->answers[i].option) == 0) {
                    choice = message->inject.options[j].id;
                }
            }
        }
    }
    return choice;
}

/* How long it takes, on ticks; the index-th draw for this inject. */
static int64_t robot_latency_ms(const struct robot *robot, const char *inject, uint32_t index) {
    char id[2 * ROBOT_ID_BYTES];
    snprintf(id, sizeof id, "%s/%s", robot->id, inject);
    const uint32_t draw =
        chance_draw(robot->seed, robot->replica, chance_hash("answer", id), CHANCE_ANSWER, index);
    return robot_tick_ms(robot, law_duration_ms(&robot->answers_after, draw));
}

static void robot_hear_inject(struct robot *robot, const struct output *output) {
    const struct message *const message = &output->message;
    uint32_t rank = 0;
    if (script_resolve(robot->script, robot->network, NAME_INJECT, message->inject.inject, &rank) ==
        SPILL_OK) {
        view_receive(robot->view, rank, output->at_ms);
    }
    robot_decide_at(robot, output->at_ms);
    if (robot->inject_count == ROBOT_INJECTS_MAX) {
        return;
    }
    struct robot_inject *const inject = &robot->injects[robot->inject_count++];
    *inject =
        (struct robot_inject){.acknowledge = message->inject.acknowledge, .answer_ms = SPILL_NEVER};
    robot_copy_id(inject->id, message->inject.inject);
    inject->open_ms = output->at_ms + robot_latency_ms(robot, inject->id, 0);
    if (!robot->passive && message->inject.option_count > 0) {
        robot_copy_id(inject->option, robot_choice(robot, message));
        inject->answer_ms = inject->open_ms + robot_latency_ms(robot, inject->id, 1);
    }
}

static enum spill_status robot_hear(struct robot *robot, const struct output *output,
                                    struct spill_error *error) {
    const struct message *const message = &output->message;
    struct order_ref order = {0};
    switch (message->kind) {
    case MESSAGE_CLOCK:
        robot->running = message->clock.state == CLOCK_RUNNING;
        robot_decide_at(robot, output->at_ms);
        return SPILL_OK;
    case MESSAGE_ENDEX:
        robot->running = false;
        return SPILL_OK;
    case MESSAGE_INJECT:
        robot_hear_inject(robot, output);
        return SPILL_OK;
    case MESSAGE_REPORTS:
        return robot_hear_reports(robot, output, error);
    case MESSAGE_ORDER_ACCEPTED:
        if (script_find_order(robot->script, message->order.order, &order) != SPILL_OK) {
            return spill_fail(error, SPILL_INVALID, "there is no order '%s'", message->order.order);
        }
        /* Its own order changes what it knows; it thinks of that in the next tick,
         * as a world's cells do. */
        view_ordered(robot->view, order);
        robot_decide_at(robot, output->at_ms + robot->tick_ms);
        return SPILL_OK;
    default:
        return SPILL_OK;
    }
}

enum spill_status robot_receive(struct robot *robot, const uint8_t *bytes, size_t size_bytes,
                                struct spill_error *error) {
    SPILL_ASSERT(robot != NULL);
    struct output output;
    codec_arena_reset(robot->arena);
    const enum spill_status status = output_decode(bytes, size_bytes, robot->arena, &output, error);
    if (status != SPILL_OK) {
        return SPILL_INVALID;
    }
    if (output.kind != OUTPUT_MESSAGE) {
        return spill_fail(error, SPILL_INVALID, "it is no message");
    }
    if (strcmp(output.message.cell, robot->id) != 0) {
        return spill_fail(error, SPILL_INVALID, "it is for cell '%s'", output.message.cell);
    }
    if (output.message.sequence != robot->sequence + 1) {
        return spill_fail(error, SPILL_INVALID, "message %" PRIu64 " comes after %" PRIu64,
                          output.message.sequence, robot->sequence);
    }
    const enum spill_status heard = robot_hear(robot, &output, error);
    if (heard == SPILL_OK) {
        robot->sequence = output.message.sequence;
    }
    return heard;
}

uint64_t robot_sequence(const struct robot *robot) {
    return robot->sequence;
}

/* ---- Acting ---- */

/* When it next does something about an inject; SPILL_NEVER: it is done with it.
 */
static int64_t robot_inject_ms(const struct robot_inject *inject) {
    return !inject->opened || (inject->acknowledge && !inject->acknowledged) ? inject->open_ms
                                                                             : inject->answer_ms;
}

int64_t robot_quiet_until_ms(const struct robot *robot) {
    if (!robot->running) {
        return SPILL_NEVER;
    }
    int64_t quiet_ms = robot->decide_ms;
    if (robot->intention_count > 0 && robot->intentions[0].at_ms < quiet_ms) {
        quiet_ms = robot->intentions[0].at_ms;
    }
    for (size_t i = 0; i < robot->inject_count; i++) {
        const int64_t at_ms = robot_inject_ms(&robot->injects[i]);
        quiet_ms = at_ms < quiet_ms ? at_ms : quiet_ms;
    }
    return quiet_ms;
}

static void robot_intend(struct robot *robot, const struct intention *intention) {
    SPILL_ASSERT(robot->intention_count < robot->intention_max);
    size_t at = robot->intention_count++;
    for (; at > 0 && robot->intentions[at - 1].at_ms > intention->at_ms; at--) {
        robot->intentions[at] = robot->intentions[at - 1];
    }
    robot->intentions[at] = *intention;
}

static void robot_decide(struct robot *robot, int64_t now_ms) {
    struct intention decided[ROBOT_DECIDED_MAX];
    size_t count = ROBOT_DECIDED_MAX;
    view_set_time(robot->view, now_ms);
    while (count == ROBOT_DECIDED_MAX) {
        count = policy_decide(robot->policy, robot->view, now_ms, decided, ROBOT_DECIDED_MAX);
        for (size_t i = 0; i < count; i++) {
            SPILL_ASSERT(decided[i].at_ms >= now_ms);
            robot_intend(robot, &decided[i]);
        }
    }
    const int64_t next_ms = robot_tick_ms(robot, policy_next_ms(robot->policy));
    robot->decide_ms = next_ms > now_ms ? next_ms : now_ms + robot->tick_ms;
}

/* The next thing to do about an inject. */
static void robot_do_inject(struct robot *robot, struct robot_inject *inject,
                            struct robot_texts *texts, struct input *input) {
    texts->inject = *inject;
    const char *const id = texts->inject.id;
    *input = (struct input){.who = {WHO_CELL, robot->id}};
    if (!inject->opened) {
        inject->opened = true;
        input->kind = INPUT_OPENED;
        input->seen.cell = robot->id;
        input->seen.inject = id;
    } else if (inject->acknowledge && !inject->acknowledged) {
        inject->acknowledged = true;
        input->kind = INPUT_ACKNOWLEDGED;
        input->seen.cell = robot->id;
        input->seen.inject = id;
    } else {
        inject->answer_ms = SPILL_NEVER;
        input->kind = INPUT_ANSWERED;
        input->answer.cell = robot->id;
        input->answer.inject = id;
        input->answer.option = texts->inject.option;
        input->answer.decision = "";
        input->answer.rationale = robot->team;
    }
}

static void robot_do_order(struct robot *robot, const struct intention *intention,
                           struct robot_texts *texts, struct input *input) {
    const struct network *const network = robot->network;
    const struct order_request *const request = &intention->request;
    const uint32_t none = NETWORK_NO_INDEX;
    robot->order_count++;
    snprintf(texts->key, sizeof texts->key, "robot-%" PRIu64, robot->order_count);
    *input = (struct input){
        .kind = INPUT_ORDER,
        .who = {WHO_CELL, robot->id},
        .order = {
            .cell = robot->id,
            .key = texts->key,
            .order = script_order_id(robot->script, request->order),
            .asset = request->asset.index == none ? "" : network_asset_id(network, request->asset),
            .tag = request->tag.index == none ? "" : network_tag_id(network, request->tag),
            .country =
                request->country.index == none ? "" : network_country_id(network, request->country),
            .other_country = request->other_country.index == none
                                 ? ""
                                 : network_country_id(network, request->other_country),
            .pool = request->pool.index == none ? "" : network_pool_id(network, request->pool),
            .other_pool = request->other_pool.index == none
                              ? ""
                              : network_pool_id(network, request->other_pool),
            .amount = request->amount,
            .rationale = intention->rule}};
}

/* Forgets the injects that it is done with. */
static void robot_forget(struct robot *robot) {
    size_t kept = 0;
    for (size_t i = 0; i < robot->inject_count; i++) {
        if (robot_inject_ms(&robot->injects[i]) != SPILL_NEVER) {
            robot->injects[kept++] = robot->injects[i];
        }
    }
    robot->inject_count = kept;
}

size_t robot_take(struct robot *robot, int64_t now_ms, struct input *inputs, size_t capacity) {
    SPILL_ASSERT(robot != NULL);
    SPILL_ASSERT(inputs != NULL);
    if (!robot->running) {
        return 0;
    }
    if (robot->decide_ms <= now_ms) {
        robot_decide(robot, now_ms);
    }
    const size_t most = capacity < ROBOT_TAKE_MAX ? capacity : ROBOT_TAKE_MAX;
    size_t count = 0;
    for (size_t i = 0; i < robot->inject_count; i++) {
        while (count < most && robot_inject_ms(&robot->injects[i]) <= now_ms) {
            robot_do_inject(robot, &robot->injects[i], &robot->texts[count], &inputs[count]);
            count++;
        }
    }
    robot_forget(robot);
    size_t given = 0;
    while (count < most && given < robot->intention_count &&
           robot->intentions[given].at_ms <= now_ms) {
        robot_do_order(robot, &robot->intentions[given], &robot->texts[count], &inputs[count]);
        given++;
        count++;
    }
    robot->intention_count -= given;
    memmove(robot->intentions, robot->intentions + given,
            robot->intention_count * sizeof robot->intentions[0]);
    return count;
}
