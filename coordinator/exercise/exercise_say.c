/* SPDX-License-Identifier: Apache-2.0 */
/* What an exercise says: outputs, and the messages of each cell's stream. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/exercise/exercise_parts.h"

enum { EXERCISE_BATCH = 128 }; /* Names or assets tried in one message. */
_Static_assert((int)EXERCISE_BATCH <= (int)OUTPUT_REPORTS_MAX,
               "a batch is a list that a message may have");

const struct who exercise_nobody = {WHO_SYSTEM, ""};

/* ---- Saying ---- */

void exercise_say(struct exercise *exercise, struct output *output) {
    output->at_ms = exercise->now_ms;
    const bool message = output->kind == OUTPUT_MESSAGE;
    if (!message && exercise->output == NULL && !exercise->rehearsing) {
        return;
    }
    size_t size_bytes = 0;
    const enum spill_status status =
        output_encode(output, exercise->bytes, OUTPUT_BYTES_MAX, &size_bytes);
    if (exercise->rehearsing) {
        if (status != SPILL_OK && exercise->rehearsed == SPILL_OK) {
            exercise->rehearsed = SPILL_LIMIT;
        }
        return;
    }
    /* Every text was tried in exercise_rehearse, or came in an input, which is smaller. */
    SPILL_ASSERT(status == SPILL_OK);
    if (message) {
        struct cell_ref cell = {0};
        SPILL_ASSERT(script_find_cell(exercise->script, output->message.cell, &cell) == SPILL_OK);
        struct exercise_cell *const receiver = &exercise->cells[cell.index];
        SPILL_ASSERT(output->message.sequence == receiver->sequence + 1);
        receiver->sequence++;
        exercise->message_count++;
        output_head(receiver->head, exercise->bytes, size_bytes);
        exercise_touch(exercise, ENTITY_CELL, cell.index);
    }
    if (exercise->output != NULL) {
        exercise->output(output, exercise->bytes, size_bytes, exercise->context);
    }
}

void exercise_tell(struct exercise *exercise, struct cell_ref cell, struct output *output) {
    SPILL_ASSERT(cell.index < exercise->cell_count);
    const struct exercise_cell *const receiver = &exercise->cells[cell.index];
    /* The briefing is the first of every stream. */
    SPILL_ASSERT(receiver->briefed);
    output->kind = OUTPUT_MESSAGE;
    output->message.cell = receiver->id;
    output->message.sequence = receiver->sequence + 1;
    exercise_say(exercise, output);
}

enum spill_status exercise_refuse(struct exercise *exercise, const struct input *input,
                                  enum refusal refusal, const char *format, ...) {
    struct spill_error words;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words.text, sizeof words.text, format, arguments);
    va_end(arguments);
    spill_utf8_trim(words.text);
    /* An input with a fault in itself may not even say who gave it. */
    const bool faulty = input_fault(input) != NULL;
    struct output output = {
        .kind = OUTPUT_REFUSED,
        .refused = {.who = faulty ? exercise_nobody : input->who,
                    .input = (unsigned)input->kind < INPUT_KIND_COUNT ? input->kind : INPUT_ADVANCE,
                    .refusal = refusal,
                    .text = words.text}};
    exercise_say(exercise, &output);
    return SPILL_REFUSED;
}

/* ---- The first messages of a stream ---- */

static void exercise_tell_briefing(struct exercise *exercise, struct cell_ref cell) {
    const struct scenario *const scenario = exercise->scenario;
    const struct cast *const cast = exercise->cells[cell.index].cast;
    struct output output = {
        .message = {.kind = MESSAGE_BRIEFING,
                    .briefing = {.exercise = scenario_id(scenario),
                                 .title = scenario_title(scenario),
                                 .notice = scenario_notice(scenario),
                                 .classification = scenario_classification(scenario),
                                 .starts_at = scenario_starts_at(scenario),
                                 .duration_ms = exercise->duration_ms,
                                 .tick_ms = exercise->tick_ms,
                                 .currency = scenario_currency(scenario),
                                 .name = cast->name,
                                 .role = cast->role,
                                 .briefing = cast->briefing,
                                 .kind = cast->kind,
                                 .language = cast->language,
                                 .clearance = cast->clearance,
                                 .fictional = cast->fictional}}};
    output.message.briefing.country =
        network_country_id(exercise->network, exercise->cells[cell.index].country);
    output.message.briefing.reporting_delay_ms =
        script_cell_reporting_delay_ms(exercise->script, cell);
    exercise_tell(exercise, cell, &output);
}

/* The number-th thing that has a name: cells, countries, sectors. */
static bool exercise_name_at(const struct exercise *exercise, size_t number,
                             struct message_name *name) {
    const struct network *const network = exercise->network;
    if (number < exercise->cell_count) {
        *name = (struct message_name){NAMED_CELL, exercise->cells[number].id,
                                      exercise->cells[number].cast->name};
        return true;
    }
    number -= exercise->cell_count;
    if (number < network_country_count(network)) {
        const struct country_ref country = {(uint32_t)number};
        *name = (struct message_name){NAMED_COUNTRY, network_country_id(network, country),
                                      scenario_country_name(exercise->scenario, country)};
        return true;
    }
    number -= network_country_count(network);
    if (number < network_sector_count(network)) {
        const struct sector_ref sector = {(uint32_t)number};
        *name = (struct message_name){NAMED_SECTOR, network_sector_id(network, sector),
                                      scenario_sector_name(exercise->scenario, sector)};
        return true;
    }
    return false;
}

/* Says a list in as many messages as it takes: the batch is halved until it fits. Returns how many
 * entries were said. */
static size_t exercise_tell_batch(struct exercise *exercise, struct cell_ref cell,
                                  struct output *output, size_t *count) {
    const size_t whole = *count;
    size_t size_bytes = 0;
    output->kind = OUTPUT_MESSAGE;
    output->at_ms = exercise->now_ms;
    output->message.cell = exercise->cells[cell.index].id;
    output->message.sequence = exercise->cells[cell.index].sequence + 1;
    while (*count > 1 &&
           output_encode(output, exercise->bytes, OUTPUT_BYTES_MAX, &size_bytes) == SPILL_LIMIT) {
        *count = (*count + 1) / 2;
    }
    exercise_tell(exercise, cell, output);
    SPILL_ASSERT(*count <= whole);
    return *count;
}

static void exercise_tell_names(struct exercise *exercise, struct cell_ref cell) {
    size_t said = 0;
    for (;;) {
        size_t count = 0;
        while (count < EXERCISE_BATCH &&
               exercise_name_at(exercise, said + count, &exercise->names[count])) {
            count++;
        }
        if (count == 0) {
            return;
        }
        struct output output = {
            .message = {.kind = MESSAGE_NAMES,
                        .names = {.names = exercise->names, .name_count = count}}};
        said += exercise_tell_batch(exercise, cell, &output, &output.message.names.name_count);
    }
}

/* Adds an id to a list of the menu, unless it is the last there already. */
static void exercise_menu_add(struct exercise_menu_list *list, const char *id, bool *more) {
    if (list->count > 0 && list->ids[list->count - 1] == id) {
        return;
    }
    if (list->count == OUTPUT_TARGETS_MAX) {
        *more = true;
        return;
    }
    list->ids[list->count++] = id;
}

static bool exercise_may(const struct exercise *exercise, struct cell_ref cell,
                         const struct order_request *request) {
    return world_may_order(exercise->world, cell, request, NULL);
}

/* The first two fields that a target of two has, tried in every pair: those that go with any other
 * field of theirs. */
static void exercise_menu_targets(struct exercise *exercise, struct cell_ref cell,
                                  struct order_request request, bool *more) {
    const struct network *const network = exercise->network;
    const enum target_kind target = script_order_target(exercise->script, request.order);
    struct exercise_menu *const menu = exercise->menu;
    if (target == TARGET_ASSET) {
        for (uint32_t i = 0; i < network_asset_count(network); i++) {
            request.asset.index = i;
            if (script_cell_sees(exercise->script, cell, request.asset) &&
                exercise_may(exercise, cell, &request)) {
                exercise_menu_add(&menu->assets, network_asset_id(network, request.asset), more);
            }
        }
    }
    const bool tag = target == TARGET_TAG;
    const uint32_t tag_count = tag ? (uint32_t)network_tag_count(network) : 1;
    const bool country = tag || target == TARGET_COUNTRY || target == TARGET_BORDER;
    const uint32_t country_count = country ? (uint32_t)network_country_count(network) : 0;
    for (uint32_t i = 0; i < country_count; i++) {
        for (uint32_t j = 0; j < tag_count; j++) {
            request.country.index = i;
            request.other_country.index = i == 0 ? 1 : 0;
            request.tag.index = tag ? j : NETWORK_NO_INDEX;
            if (exercise_may(exercise, cell, &request)) {
                exercise_menu_add(&menu->countries, network_country_id(network, request.country),
                                  more);
                menu->tag_may[j] = true;
            }
        }
    }
    for (uint32_t j = 0; tag && j < tag_count; j++) {
        if (menu->tag_may[j]) {
            exercise_menu_add(&menu->tags, network_tag_id(network, (struct tag_ref){j}), more);
        }
    }
    const uint32_t pool_count = target == TARGET_POOLS ? (uint32_t)network_pool_count(network) : 0;
    for (uint32_t i = 0; i < pool_count; i++) {
        request.pool.index = i;
        request.other_pool.index = i == 0 ? 1 : 0;
        if (exercise_may(exercise, cell, &request)) {
            exercise_menu_add(&menu->pools, network_pool_id(network, request.pool), more);
        }
    }
}

static void exercise_tell_order(struct exercise *exercise, struct cell_ref cell,
                                struct order_ref order) {
    const struct order_request request = {.order = order,
                                          .asset = {NETWORK_NO_INDEX},
                                          .tag = {NETWORK_NO_INDEX},
                                          .country = {NETWORK_NO_INDEX},
                                          .other_country = {NETWORK_NO_INDEX},
                                          .pool = {NETWORK_NO_INDEX},
                                          .other_pool = {NETWORK_NO_INDEX},
                                          .amount = 1}; /* Fits whatever wants an amount. */
    struct exercise_menu *const menu = exercise->menu;
    menu->assets.count = 0;
    menu->tags.count = 0;
    menu->countries.count = 0;
    menu->pools.count = 0;
    memset(menu->tag_may, 0, (network_tag_count(exercise->network) + 1) * sizeof menu->tag_may[0]);
    bool more = false;
    exercise_menu_targets(exercise, cell, request, &more);
    struct output output = {
        .message = {.kind = MESSAGE_MENU,
                    .menu = {.id = script_order_id(exercise->script, order),
                             .name = scenario_order_name(exercise->scenario, order),
                             .target = script_order_target(exercise->script, order),
                             .cost = script_order_cost(exercise->script, order),
                             .assets = menu->assets.ids,
                             .asset_count = menu->assets.count,
                             .tags = menu->tags.ids,
                             .tag_count = menu->tags.count,
                             .countries = menu->countries.ids,
                             .country_count = menu->countries.count,
                             .pools = menu->pools.ids,
                             .pool_count = menu->pools.count,
                             .more = more}}};
    exercise_tell(exercise, cell, &output);
}

static void exercise_tell_menu(struct exercise *exercise, struct cell_ref cell) {
    for (size_t i = 0; i < script_order_count(exercise->script); i++) {
        const struct order_ref order = {(uint32_t)i};
        if (script_cell_may(exercise->script, cell, order)) {
            exercise_tell_order(exercise, cell, order);
        }
    }
}

static struct message_asset exercise_asset_facts(const struct exercise *exercise,
                                                 struct asset_ref asset) {
    const struct network *const network = exercise->network;
    const struct asset_facts *const facts = scenario_asset(exercise->scenario, asset);
    return (struct message_asset){
        .id = network_asset_id(network, asset),
        .name = facts->name,
        .country = network_country_id(network, network_asset_country(network, asset)),
        .sector = network_sector_id(network, network_asset_sector(network, asset)),
        .place = facts->place,
        .kind = facts->kind,
        .latitude_e6 = facts->latitude_e6,
        .longitude_e6 = facts->longitude_e6};
}

static void exercise_tell_assets(struct exercise *exercise, struct cell_ref cell) {
    const size_t asset_count = network_asset_count(exercise->network);
    size_t at = 0;
    for (;;) {
        size_t count = 0;
        size_t i = at;
        for (; i < asset_count && count < EXERCISE_BATCH; i++) {
            const struct asset_ref asset = {(uint32_t)i};
            if (script_cell_sees(exercise->script, cell, asset)) {
                exercise->assets[count++] = exercise_asset_facts(exercise, asset);
            }
        }
        if (count == 0) {
            return;
        }
        struct output output = {
            .message = {.kind = MESSAGE_ASSETS,
                        .assets = {.assets = exercise->assets, .asset_count = count}}};
        const size_t said =
            exercise_tell_batch(exercise, cell, &output, &output.message.assets.asset_count);
        struct asset_ref last = {0};
        SPILL_ASSERT(network_find_asset(exercise->network, exercise->assets[said - 1].id, &last) ==
                     SPILL_OK);
        at = (size_t)last.index + 1;
    }
}

void exercise_brief_cell(struct exercise *exercise, struct cell_ref cell) {
    struct exercise_cell *const receiver = &exercise->cells[cell.index];
    if (receiver->briefed) {
        return;
    }
    receiver->briefed = true;
    exercise_tell_briefing(exercise, cell);
    exercise_tell_names(exercise, cell);
    exercise_tell_menu(exercise, cell);
    exercise_tell_assets(exercise, cell);
}

/* ---- Messages during play ---- */

void exercise_tell_clock(struct exercise *exercise) {
    for (size_t i = 0; i < exercise->cell_count; i++) {
        if (exercise->cells[i].briefed) {
            struct output output = {
                .message = {.kind = exercise->clock == CLOCK_ENDED ? MESSAGE_ENDEX : MESSAGE_CLOCK,
                            .clock = {.state = exercise->clock}}};
            exercise_tell(exercise, (struct cell_ref){(uint32_t)i}, &output);
        }
    }
}

void exercise_tell_inject(struct exercise *exercise, struct cell_ref cell,
                          const struct exercise_inject *inject) {
    const struct inject *const facts = inject->facts;
    struct text title = facts->title;
    struct text body = facts->body;
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        title.in[i] = inject->title != NULL ? inject->title : title.in[i];
        body.in[i] = inject->body != NULL ? inject->body : body.in[i];
    }
    SPILL_ASSERT(facts->option_count <= OUTPUT_OPTIONS_MAX);
    for (size_t i = 0; i < facts->option_count; i++) {
        exercise->choices[i] =
            (struct message_option){facts->options[i].id, facts->options[i].text};
    }
    const bool place = facts->place.index != NETWORK_NO_INDEX &&
                       script_cell_sees(exercise->script, cell, facts->place);
    struct output output = {
        .message = {
            .kind = MESSAGE_INJECT,
            .inject = {.inject = facts->id,
                       .type = facts->type,
                       .tlp = facts->tlp,
                       .channel = facts->channel,
                       .from = facts->from,
                       .title = title,
                       .body = body,
                       .place = place ? network_asset_id(exercise->network, facts->place) : "",
                       .acknowledge = facts->acknowledge,
                       .options = exercise->choices,
                       .option_count = facts->option_count}}};
    exercise_tell(exercise, cell, &output);
}

/* ---- Reports ---- */

/* Bits by campaign of the network, as bits by the message's list. */
static uint32_t exercise_campaign_bits(uint32_t bits, const uint32_t places[VIEW_CAMPAIGNS_MAX]) {
    uint32_t out = 0;
    for (uint32_t i = 0; i < VIEW_CAMPAIGNS_MAX; i++) {
        if ((bits >> i & 1) != 0) {
            out |= UINT32_C(1) << places[i];
        }
    }
    return out;
}

static void exercise_message_report(const struct exercise *exercise, const struct report *report,
                                    const uint32_t places[VIEW_CAMPAIGNS_MAX],
                                    struct message_report *out) {
    const struct network *const network = exercise->network;
    const bool asset = report->asset.index != NETWORK_NO_INDEX;
    *out = (struct message_report){.at_ms = report->at_ms,
                                   .asset = asset ? network_asset_id(network, report->asset) : "",
                                   .country =
                                       asset ? "" : network_country_id(network, report->country)};
    /* What a report does not speak of is left at zero, so that equal reports have equal bytes. */
    if (asset) {
        out->service_ppm = report->service_ppm;
        out->status = report->status;
        out->detected = exercise_campaign_bits(report->detected, places);
        out->triggered = exercise_campaign_bits(report->triggered, places);
    } else {
        out->trust_ppm = report->trust_ppm;
        out->escalation = report->escalation;
    }
}

void exercise_flush_reports(struct exercise *exercise) {
    if (exercise->report_count == 0) {
        return;
    }
    uint32_t named = 0;
    for (size_t i = 0; i < exercise->report_count; i++) {
        if (exercise->reports[i].asset.index != NETWORK_NO_INDEX) {
            named |= exercise->reports[i].detected | exercise->reports[i].triggered;
        }
    }
    const char *campaigns[VIEW_CAMPAIGNS_MAX];
    uint32_t places[VIEW_CAMPAIGNS_MAX] = {0};
    size_t campaign_count = 0;
    for (uint32_t i = 0; i < VIEW_CAMPAIGNS_MAX; i++) {
        if ((named >> i & 1) != 0) {
            places[i] = (uint32_t)campaign_count;
            campaigns[campaign_count++] =
                network_campaign_id(exercise->network, (struct campaign_ref){i});
        }
    }
    for (size_t i = 0; i < exercise->report_count; i++) {
        exercise_message_report(exercise, &exercise->reports[i], places,
                                &exercise->message_reports[i]);
    }
    struct output output = {.message = {.kind = MESSAGE_REPORTS,
                                        .reports = {.campaigns = campaigns,
                                                    .campaign_count = campaign_count,
                                                    .reports = exercise->message_reports,
                                                    .report_count = exercise->report_count}}};
    exercise_tell(exercise, exercise->report_cell, &output);
    exercise->report_count = 0;
}

/* ---- What a world tells ---- */

static void exercise_on_change(int64_t at_ms, const struct asset_ref *changed, size_t count,
                               void *context) {
    struct exercise *const exercise = context;
    SPILL_ASSERT(at_ms == exercise->now_ms);
    if (exercise->output == NULL) {
        return;
    }
    const struct cascade *const cascade = world_cascade(exercise->world);
    for (size_t i = 0; i < count; i++) {
        struct output output = {.kind = OUTPUT_CHANGE,
                                .change = {.asset = network_asset_id(exercise->network, changed[i]),
                                           .service_ppm = cascade_service_ppm(cascade, changed[i]),
                                           .health_ppm = cascade_health_ppm(cascade, changed[i]),
                                           .status = cascade_status(cascade, changed[i])}};
        exercise_say(exercise, &output);
    }
}

static void exercise_on_fired(int64_t at_ms, struct rule_ref rule, void *context) {
    struct exercise *const exercise = context;
    SPILL_ASSERT(at_ms == exercise->now_ms);
    struct output output = {.kind = OUTPUT_FIRED,
                            .fired = {.rule = script_rule_id(exercise->script, rule)}};
    exercise_say(exercise, &output);
}

static void exercise_on_report(int64_t at_ms, struct cell_ref cell, const struct report *report,
                               void *context) {
    struct exercise *const exercise = context;
    SPILL_ASSERT(at_ms == exercise->now_ms);
    SPILL_ASSERT(report->asset.index == NETWORK_NO_INDEX ||
                 script_cell_sees(exercise->script, cell, report->asset));
    if (exercise->report_cell.index != cell.index || exercise->report_count == OUTPUT_REPORTS_MAX) {
        exercise_flush_reports(exercise);
    }
    exercise->report_cell = cell;
    exercise->reports[exercise->report_count++] = *report;
}

static void exercise_on_acted(int64_t at_ms, struct cell_ref cell, uint32_t number, void *context) {
    struct exercise *const exercise = context;
    SPILL_ASSERT(at_ms == exercise->now_ms);
    /* World numbers rise as orders are accepted. */
    size_t low = 0;
    size_t high = exercise->accepted_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (exercise->orders[exercise->accepted[middle]].world_number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    SPILL_ASSERT(low < exercise->accepted_count);
    const struct exercise_order *const order = &exercise->orders[exercise->accepted[low]];
    SPILL_ASSERT(order->world_number == number);
    SPILL_ASSERT(order->cell.index == cell.index);
    struct output acted = {.kind = OUTPUT_ACTED,
                           .acted = {.cell = exercise->cells[cell.index].id,
                                     .order = order->name,
                                     .number = order->number}};
    exercise_say(exercise, &acted);
    struct output output = {.message = {.kind = MESSAGE_ORDER_ACTED,
                                        .order = {.key = order->key,
                                                  .order = order->name,
                                                  .number = order->number,
                                                  .acts_at_ms = order->acts_at_ms,
                                                  .text = ""}}};
    exercise_tell(exercise, cell, &output);
}

static void exercise_on_cause(const struct cause_record *record, void *context) {
    struct exercise *const exercise = context;
    if (exercise->output == NULL) {
        return;
    }
    const struct network *const network = exercise->network;
    const bool need = record->limit == LIMIT_NEED && record->need.index != NETWORK_NO_INDEX;
    struct output output = {.kind = OUTPUT_CAUSE,
                            .cause = {.number = record->number,
                                      .parent = record->parent,
                                      .round = record->round,
                                      .asset = network_asset_id(network, record->asset),
                                      .before_ppm = record->before_ppm,
                                      .after_ppm = record->after_ppm,
                                      .limit = record->limit,
                                      .need = need ? network_need_id(network, record->need) : "",
                                      .supplier = "",
                                      .root_kind = "",
                                      .root_id = "",
                                      .root_at_ms = -1,
                                      .root_country = "",
                                      .backup_ended = record->backup_ended}};
    if (record->link.index != NETWORK_NO_INDEX) {
        output.cause.supplier =
            network_asset_id(network, network_link_supplier(network, record->link));
    }
    if (record->root.index != NETWORK_NO_INDEX) {
        const struct root root = cascade_root(world_cascade(exercise->world), record->root);
        output.cause.root_kind = root.kind;
        output.cause.root_id = root.id;
        output.cause.root_at_ms = root.at_ms;
        output.cause.root_country =
            root.country.index != NETWORK_NO_INDEX ? network_country_id(network, root.country) : "";
    }
    exercise_say(exercise, &output);
}

struct world_sink exercise_sink(struct exercise *exercise) {
    return (struct world_sink){.on_change = exercise_on_change,
                               .on_fired = exercise_on_fired,
                               .on_report = exercise_on_report,
                               .on_acted = exercise_on_acted,
                               .on_cause = exercise->options.causes ? exercise_on_cause : NULL,
                               .context = exercise};
}

/* ---- Trying everything for size ---- */

/* Whether every receiver of an inject may have it. */
static bool exercise_is_allowed(const struct exercise *exercise, const struct inject *facts) {
    for (size_t i = 0; i < facts->to_count; i++) {
        const struct exercise_cell *const cell = &exercise->cells[facts->to[i].index];
        bool releasable = facts->releasable_count == 0;
        for (size_t j = 0; j < facts->releasable_count; j++) {
            releasable = releasable || facts->releasable_to[j].index == cell->country.index;
        }
        if (!releasable || facts->tlp > cell->cast->clearance) {
            return false;
        }
    }
    return true;
}

enum spill_status exercise_rehearse(struct exercise *exercise) {
    exercise->rehearsing = true;
    exercise->rehearsed = SPILL_OK;
    for (size_t i = 0; i < exercise->cell_count; i++) {
        exercise_brief_cell(exercise, (struct cell_ref){(uint32_t)i});
    }
    for (size_t i = 0; i < exercise->planned_count; i++) {
        const struct exercise_inject *const inject = &exercise->injects[i];
        const struct inject *const facts = inject->facts;
        if (!exercise_is_allowed(exercise, facts)) {
            exercise->rehearsed = SPILL_INVALID;
        } else if (facts->option_count > OUTPUT_OPTIONS_MAX) {
            exercise->rehearsed = SPILL_LIMIT;
        } else if (facts->to_count > 0) {
            exercise_tell_inject(exercise, facts->to[0], inject);
        }
    }
    for (size_t i = 0; i < exercise->cell_count; i++) {
        exercise->cells[i].briefed = false;
    }
    exercise->rehearsing = false;
    return exercise->rehearsed;
}
