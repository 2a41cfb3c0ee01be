/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that an exercise played by robots is the world that the same team plays by itself, that
 * robots deal with their injects, and that a node refuses what is not its stream. */
#include "nodes/node.h"
#include "tests/check.h"
#include "tests/exercise/play.h"

enum { SEATS_MAX = PLAY_CELLS_MAX };

/* An exercise and its robots, as a session drives them, without a recording. */
struct table {
    struct play play;
    size_t seat_count;
    struct link *links[SEATS_MAX];
    struct brief *briefs[SEATS_MAX];
    struct node *nodes[SEATS_MAX];
    uint64_t delivered[SEATS_MAX];
    struct codec_arena *arena;
    size_t input_count;
};

static void table_hear(const struct output *output, const uint8_t *bytes, size_t size_bytes,
                       void *context) {
    struct table *const table = context;
    play_see(output, bytes, size_bytes, &table->play);
    if (output->kind == OUTPUT_MESSAGE) {
        struct cell_ref cell = {0};
        CHECK_OK(
            script_find_cell(scenario_script(table->play.scenario), output->message.cell, &cell));
        CHECK_OK(link_send(table->links[cell.index], LINK_DOWN, bytes, size_bytes));
    }
}

static enum spill_status table_apply(struct table *table, const struct input *input) {
    table->input_count++;
    return exercise_apply(table->play.exercise, input, table_hear, table);
}

static void table_begin(struct table *table, struct package *package, const char *team,
                        uint64_t seed) {
    memset(table, 0, sizeof *table);
    play_begin(&table->play, package, seed);
    const struct scenario *const scenario = table->play.scenario;
    table->seat_count = script_cell_count(scenario_script(scenario));
    CHECK_LE(table->seat_count, SEATS_MAX);
    CHECK_OK(codec_arena_create(INPUT_ARENA_BYTES, &table->arena));
    for (size_t i = 0; i < table->seat_count; i++) {
        const struct cell_ref cell = {(uint32_t)i};
        CHECK_OK(link_create(LINK_BYTES_DEFAULT, &table->links[i]));
        CHECK_OK(brief_create(scenario, cell, team, seed, &table->briefs[i]));
        CHECK_OK(node_create(table->briefs[i], table->links[i], &table->nodes[i], NULL));
    }
}

static void table_end(struct table *table) {
    for (size_t i = 0; i < table->seat_count; i++) {
        node_destroy(&table->nodes[i]);
        brief_destroy(&table->briefs[i]);
        link_destroy(&table->links[i]);
    }
    codec_arena_destroy(&table->arena);
    play_end(&table->play);
}

static const char *table_cell(const struct table *table, size_t seat) {
    return script_cell_id(scenario_script(table->play.scenario), (struct cell_ref){(uint32_t)seat});
}

/* Takes up what one node does now; true if it did anything. */
static bool table_take(struct table *table, size_t seat) {
    const size_t count =
        node_act(table->nodes[seat], exercise_now_ms(table->play.exercise), SIZE_MAX);
    const uint8_t *bytes = NULL;
    size_t size_bytes = 0;
    while (link_peek(table->links[seat], LINK_UP, &bytes, &size_bytes)) {
        struct input input;
        codec_arena_reset(table->arena);
        CHECK_OK(input_decode(bytes, size_bytes, table->arena, &input, NULL));
        CHECK_EQ(input.who.kind, WHO_CELL);
        CHECK_EQ(input.who.id, table_cell(table, seat));
        /* A robot does nothing that it may not. */
        CHECK_OK(table_apply(table, &input));
        link_drop(table->links[seat], LINK_UP);
    }
    return count > 0;
}

static void table_settle(struct table *table) {
    bool any = true;
    while (any) {
        any = false;
        for (size_t i = 0; i < table->seat_count; i++) {
            CHECK_OK(node_receive(table->nodes[i], NULL));
            const uint64_t delivered = node_delivered(table->nodes[i]);
            if (delivered > table->delivered[i]) {
                table->delivered[i] = delivered;
                const struct input input = {
                    .kind = INPUT_DELIVERED,
                    .who = {WHO_SYSTEM, ""},
                    .delivered = {.cell = table_cell(table, i), .up_to = delivered}};
                CHECK_OK(table_apply(table, &input));
            }
        }
        for (size_t i = 0; i < table->seat_count; i++) {
            any = table_take(table, i) || any;
        }
    }
}

static void table_clock(struct table *table, enum input_kind kind) {
    const struct input input = {.kind = kind, .who = {WHO_CONTROL, "excon"}, .clock = {.why = ""}};
    CHECK_OK(table_apply(table, &input));
    table_settle(table);
}

static int64_t table_next_ms(const struct table *table) {
    int64_t next_ms = exercise_next_ms(table->play.exercise);
    for (size_t i = 0; i < table->seat_count; i++) {
        const int64_t quiet_ms = node_quiet_until_ms(table->nodes[i]);
        next_ms = quiet_ms < next_ms ? quiet_ms : next_ms;
    }
    return next_ms;
}

static void table_run(struct table *table, int64_t until_ms) {
    while (exercise_now_ms(table->play.exercise) < until_ms) {
        const int64_t next_ms = table_next_ms(table);
        const struct input input = {
            .kind = INPUT_ADVANCE,
            .who = {WHO_SYSTEM, ""},
            .advance = {.until_ms = next_ms < until_ms ? next_ms : until_ms}};
        CHECK_OK(table_apply(table, &input));
        table_settle(table);
    }
}

/* The end of the world that the team plays by itself. */
static struct world *world_of_team(const struct scenario *scenario, const char *team,
                                   uint64_t seed) {
    const struct world_options options = {.seed = seed, .team = team, .digests = true};
    struct world *world = NULL;
    CHECK_OK(world_create(scenario_network(scenario), scenario_script(scenario), &options, &world));
    world_advance(world, scenario_duration_ms(scenario));
    return world;
}

static void check_same_orders(const struct world *one, const struct world *two) {
    CHECK_EQ(world_order_count(one), world_order_count(two));
    for (uint32_t i = 0; i < world_order_count(one); i++) {
        const struct world_order_facts a = world_order_at(one, i);
        const struct world_order_facts b = world_order_at(two, i);
        CHECK_EQ(a.name, b.name);
        CHECK_EQ(a.cell.index, b.cell.index);
        CHECK_EQ(a.given_ms, b.given_ms);
        CHECK_EQ(a.acts_at_ms, b.acts_at_ms);
        CHECK_EQ(a.request.asset.index, b.request.asset.index);
    }
}

/* Takes the package over. */
static void check_same_world(struct package *package, const char *team, uint64_t seed,
                             size_t orders_min) {
    struct table table;
    table_begin(&table, package, team, seed);
    const struct scenario *const scenario = table.play.scenario;
    table_clock(&table, INPUT_START);
    table_run(&table, scenario_duration_ms(scenario));
    struct world *world = world_of_team(scenario, team, seed);
    uint8_t played[CASCADE_DIGEST_BYTES];
    uint8_t alone[CASCADE_DIGEST_BYTES];
    check_same_orders(world, exercise_world(table.play.exercise));
    CHECK_LE(orders_min, world_order_count(world));
    world_digest(world, alone);
    world_digest((struct world *)(uintptr_t)exercise_world(table.play.exercise), played);
    CHECK_BYTES(alone, sizeof alone, played, sizeof played);
    world_destroy(&world);
    table_end(&table);
}

TEST(robot, an_exercise_of_robots_is_the_world_of_their_team) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        check_same_world(play_open_package("scenarios/tutorial"), "doctrine", seed, 1);
    }
    check_same_world(play_open_package("scenarios/tutorial"), "passive", 7, 0);
}

TEST(robot, the_flagship_of_robots_is_the_world_of_their_team) {
    check_same_world(play_open_package("scenarios/amber-tide"), "doctrine", 1, 10);
    check_same_world(play_open_package("scenarios/amber-tide"), "passive", 1, 0);
}

/* The drill, and its CSIRT has a policy that looks at its own orders and gives several at once.
 */
static struct package *nervous_package(void) {
    static const char before[] = "        - id: isolate-the-infected\n";
    static const char added[] =
        "        - {id: n1, when: \"ordered(patch, nl-csirt) >= 1\", order: isolate, "
        "asset: nl-control}\n"
        "        - {id: n2, when: \"ordered(isolate, nl-csirt) >= 1\", order: isolate, "
        "asset: nl-station-a, thinking: fixed 5min}\n"
        "        - {id: n3, when: \"ordered(isolate, nl-csirt) >= 1\", order: reconnect, "
        "asset: nl-control, thinking: fixed 5min}\n"
        "        - {id: n0, when: \"ordered(reconnect, nl-csirt) >= 1\", order: isolate, "
        "asset: nl-mobile-a}\n"
        "        - {id: n4, when: time() >= 30min, order: isolate, "
        "asset: nl-mobile-b, thinking: fixed 5min}\n"
        "        - {id: n5, when: time() >= 35min, order: isolate, "
        "asset: nl-mobile-a, times: 3, again_after: 20min}\n";
    struct package *drill = play_open_package(PLAY_DRILL);
    struct package_file files[32];
    char *text = NULL;
    const size_t count = package_file_count(drill);
    CHECK_LE(count, 32);
    for (size_t i = 0; i < count; i++) {
        files[i] = package_file(drill, i);
        if (strcmp(files[i].path, "scenario.yaml") == 0) {
            text = calloc(files[i].size_bytes + sizeof added, 1);
            memcpy(text, files[i].bytes, files[i].size_bytes);
            char *const place = strstr(text, before);
            CHECK(place != NULL);
            memmove(place + sizeof added - 1, place, strlen(place) + 1);
            memcpy(place, added, sizeof added - 1);
            files[i].bytes = (const uint8_t *)text;
            files[i].size_bytes = strlen(text);
        }
    }
    struct package *package = NULL;
    CHECK_OK(package_create(files, count, &package, NULL));
    free(text);
    package_destroy(&drill);
    return package;
}

TEST(robot, orders_that_follow_from_orders_are_given_in_the_same_ticks) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
        check_same_world(nervous_package(), "doctrine", seed, 8);
    }
}

TEST(robot, doctrine_does_what_is_expected_with_every_inject) {
    struct table table;
    table_begin(&table, play_open_package(PLAY_DRILL), "doctrine", 7);
    table_clock(&table, INPUT_START);
    table_run(&table, 12 * PLAY_H);
    const struct play *const play = &table.play;
    CHECK_EQ(play_delivery(play, "h-decide", "nl-csirt").option, "act");
    CHECK_EQ(play_inject(play, "h-decide").expectation, EXPECTATION_MET);
    CHECK_EQ(play_inject(play, "a-start").state, RUN_CLOSED);
    CHECK_EQ(play_inject(play, "e-for").state, RUN_CLOSED);
    const struct delivery_now delivery = play_delivery(play, "a-start", "nl-csirt");
    /* Its law: uniform 3min 12min. */
    CHECK_LE(3 * PLAY_MIN, delivery.acknowledged_ms);
    CHECK_LE(delivery.acknowledged_ms, 12 * PLAY_MIN);
    CHECK_EQ(delivery.state, DELIVERY_ACKNOWLEDGED);
    for (uint32_t i = 0; i < table.seat_count; i++) {
        struct cell_now now;
        exercise_cell(play->exercise, (struct cell_ref){i}, &now);
        CHECK_EQ(now.unread, 0);
        CHECK_EQ(now.awaited, 0);
    }
    table_end(&table);
}

TEST(robot, passive_acknowledges_and_no_more) {
    struct table table;
    table_begin(&table, play_open_package(PLAY_DRILL), "passive", 7);
    table_clock(&table, INPUT_START);
    table_run(&table, 12 * PLAY_H);
    const struct play *const play = &table.play;
    CHECK_EQ(play_delivery(play, "h-decide", "nl-csirt").state, DELIVERY_ACKNOWLEDGED);
    CHECK_EQ(play_inject(play, "h-decide").expectation, EXPECTATION_MISSED);
    CHECK_EQ(play->counts[OUTPUT_ORDER], 0);
    table_end(&table);
}

TEST(robot, a_robot_rests_in_a_pause) {
    struct table table;
    table_begin(&table, play_open_package(PLAY_DRILL), "doctrine", 7);
    CHECK_EQ(node_quiet_until_ms(table.nodes[0]), SPILL_NEVER);
    table_clock(&table, INPUT_START);
    CHECK_NE(node_quiet_until_ms(table.nodes[0]), SPILL_NEVER);
    table_clock(&table, INPUT_PAUSE);
    CHECK_EQ(node_quiet_until_ms(table.nodes[0]), SPILL_NEVER);
    CHECK_EQ(node_act(table.nodes[0], 24 * PLAY_H, SIZE_MAX), 0);
    table_clock(&table, INPUT_RESUME);
    CHECK_NE(node_quiet_until_ms(table.nodes[0]), SPILL_NEVER);
    table_clock(&table, INPUT_END);
    CHECK_EQ(node_quiet_until_ms(table.nodes[0]), SPILL_NEVER);
    table_end(&table);
}

TEST(robot, how_far_time_went_in_pieces_does_not_matter) {
    uint8_t digests[2][CASCADE_DIGEST_BYTES];
    for (size_t i = 0; i < 2; i++) {
        struct table table;
        table_begin(&table, play_open_package(PLAY_DRILL), "doctrine", 3);
        table_clock(&table, INPUT_START);
        for (int64_t at_ms = 0; i == 1 && at_ms < 12 * PLAY_H; at_ms += 17000) {
            table_run(&table, at_ms);
        }
        table_run(&table, 12 * PLAY_H);
        exercise_digest(table.play.exercise, digests[i]);
        table_end(&table);
    }
    CHECK_BYTES(digests[0], CASCADE_DIGEST_BYTES, digests[1], CASCADE_DIGEST_BYTES);
}

/* ---- What a robot refuses ---- */

static size_t encode_clock(const char *cell, uint64_t sequence, uint8_t bytes[1000]) {
    const struct output output = {.kind = OUTPUT_MESSAGE,
                                  .message = {.kind = MESSAGE_CLOCK,
                                              .cell = cell,
                                              .sequence = sequence,
                                              .clock = {.state = CLOCK_RUNNING}}};
    size_t size_bytes = 0;
    CHECK_OK(output_encode(&output, bytes, 1000, &size_bytes));
    return size_bytes;
}

TEST(robot, a_node_takes_the_next_message_of_its_own_cell_only) {
    struct table table;
    table_begin(&table, play_open_package(PLAY_DRILL), "doctrine", 3);
    const struct {
        const char *cell;
        uint64_t sequence;
    } wrong[] = {{"nl-grid", 1}, {"nl-csirt", 2}, {"nl-csirt", 0}};
    uint8_t bytes[1000];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct node *node = NULL;
        struct link *link = NULL;
        struct spill_error error = {{0}};
        CHECK_OK(link_create(10000, &link));
        CHECK_OK(node_create(table.briefs[0], link, &node, NULL));
        size_t size_bytes = encode_clock(wrong[i].cell, wrong[i].sequence, bytes);
        CHECK_OK(link_send(link, LINK_DOWN, bytes, size_bytes));
        CHECK_EQ(node_receive(node, &error), SPILL_INVALID);
        CHECK(error.text[0] != '\0');
        CHECK_EQ(node_delivered(node), 0);
        /* Its seat has ended. */
        size_bytes = encode_clock("nl-csirt", 1, bytes);
        CHECK_OK(link_send(link, LINK_DOWN, bytes, size_bytes));
        CHECK_EQ(node_receive(node, &error), SPILL_INVALID);
        CHECK_EQ(node_quiet_until_ms(node), SPILL_NEVER);
        node_destroy(&node);
        link_destroy(&link);
    }
    table_end(&table);
}

TEST(robot, a_report_on_what_the_cell_does_not_see_is_refused) {
    struct table table;
    table_begin(&table, play_open_package(PLAY_DRILL), "doctrine", 3);
    const struct message_report reports[] = {
        {.asset = "nl-hospital", .country = ""}, /* Not electricity. */
        {.asset = "nowhere", .country = ""},
        {.asset = "", .country = "de"}};
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        struct robot *robot = NULL;
        CHECK_OK(robot_create(table.briefs[1], &robot, NULL));
        const struct output output = {
            .kind = OUTPUT_MESSAGE,
            .message = {.kind = MESSAGE_REPORTS,
                        .cell = "nl-grid",
                        .sequence = 1,
                        .reports = {.reports = &reports[i], .report_count = 1}}};
        uint8_t bytes[1000];
        size_t size_bytes = 0;
        CHECK_OK(output_encode(&output, bytes, sizeof bytes, &size_bytes));
        CHECK_EQ(robot_receive(robot, bytes, size_bytes, NULL), SPILL_INVALID);
        CHECK_EQ(robot_sequence(robot), 0);
        robot_destroy(&robot);
    }
    table_end(&table);
}

TEST(robot, injects_that_are_too_many_are_not_answered_and_harm_nothing) {
    struct table table;
    table_begin(&table, play_open_package(PLAY_DRILL), "doctrine", 3);
    struct robot *robot = NULL;
    CHECK_OK(robot_create(table.briefs[0], &robot, NULL));
    uint8_t bytes[2000];
    size_t size_bytes = encode_clock("nl-csirt", 1, bytes);
    CHECK_OK(robot_receive(robot, bytes, size_bytes, NULL));
    const struct text text = {{"", ""}};
    for (uint64_t i = 0; i < ROBOT_INJECTS_MAX + 10; i++) {
        char id[20];
        snprintf(id, sizeof id, "i%u", (unsigned)i);
        const struct output output = {.kind = OUTPUT_MESSAGE,
                                      .message = {.kind = MESSAGE_INJECT,
                                                  .cell = "nl-csirt",
                                                  .sequence = i + 2,
                                                  .inject = {.inject = id,
                                                             .channel = "mail",
                                                             .from = text,
                                                             .title = text,
                                                             .body = text,
                                                             .place = "",
                                                             .acknowledge = true}}};
        CHECK_OK(output_encode(&output, bytes, sizeof bytes, &size_bytes));
        CHECK_OK(robot_receive(robot, bytes, size_bytes, NULL));
    }
    size_t count = 0;
    struct input inputs[7];
    for (size_t taken = 1; taken > 0;) {
        taken = robot_take(robot, PLAY_H, inputs, 7);
        count += taken;
    }
    CHECK_EQ(count, 2 * ROBOT_INJECTS_MAX);
    robot_destroy(&robot);
    table_end(&table);
}

TEST(robot, a_full_link_makes_a_node_wait_and_loses_nothing) {
    struct table table;
    table_begin(&table, play_open_package(PLAY_DRILL), "doctrine", 7);
    struct link *link = NULL;
    struct node *node = NULL;
    CHECK_OK(link_create(400, &link));
    CHECK_OK(node_create(table.briefs[0], link, &node, NULL));
    uint8_t bytes[1000];
    const struct text text = {{"", ""}};
    size_t size_bytes = encode_clock("nl-csirt", 1, bytes);
    CHECK_OK(link_send(link, LINK_DOWN, bytes, size_bytes));
    CHECK_OK(node_receive(node, NULL));
    enum { COUNT = 50 };
    for (uint64_t i = 0; i < COUNT; i++) {
        char id[20];
        snprintf(id, sizeof id, "i%u", (unsigned)i);
        const struct output output = {.kind = OUTPUT_MESSAGE,
                                      .message = {.kind = MESSAGE_INJECT,
                                                  .cell = "nl-csirt",
                                                  .sequence = i + 2,
                                                  .inject = {.inject = id,
                                                             .channel = "mail",
                                                             .from = text,
                                                             .title = text,
                                                             .body = text,
                                                             .place = ""}}};
        CHECK_OK(output_encode(&output, bytes, sizeof bytes, &size_bytes));
        CHECK_OK(link_send(link, LINK_DOWN, bytes, size_bytes));
        CHECK_OK(node_receive(node, NULL));
    }
    size_t taken = 0;
    for (int i = 0; i < 1000 && taken < COUNT; i++) {
        (void)node_act(node, PLAY_H, SIZE_MAX);
        const uint8_t *up = NULL;
        while (link_peek(link, LINK_UP, &up, &size_bytes)) {
            struct input input;
            char id[20];
            snprintf(id, sizeof id, "i%zu", taken);
            codec_arena_reset(table.arena);
            CHECK_OK(input_decode(up, size_bytes, table.arena, &input, NULL));
            CHECK_EQ(input.kind, INPUT_OPENED);
            CHECK_EQ(input.seen.inject, id);
            taken++;
            link_drop(link, LINK_UP);
        }
    }
    CHECK_EQ(taken, COUNT);
    CHECK_EQ(node_act(node, PLAY_H, SIZE_MAX), 0);
    node_destroy(&node);
    link_destroy(&link);
    table_end(&table);
}

TEST(robot, a_node_and_its_brief_that_find_no_memory_are_not_made) {
    struct table table;
    table_begin(&table, play_open_package(PLAY_DRILL), "doctrine", 3);
    const struct scenario *const scenario = table.play.scenario;
    enum spill_status status = SPILL_MEMORY;
    for (long after = 0; status == SPILL_MEMORY; after++) {
        struct brief *brief = NULL;
        spill_alloc_fail_after(after, false);
        status = brief_create(scenario, (struct cell_ref){0}, "doctrine", 1, &brief);
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(brief == NULL, status == SPILL_MEMORY);
        brief_destroy(&brief);
    }
    CHECK_OK(status);
    status = SPILL_MEMORY;
    for (long after = 0; status == SPILL_MEMORY; after++) {
        struct node *node = NULL;
        spill_alloc_fail_after(after, false);
        status = node_create(table.briefs[0], table.links[0], &node, NULL);
        spill_alloc_fail_after(-1, false);
        CHECK_EQ(node == NULL, status == SPILL_MEMORY);
        node_destroy(&node);
    }
    CHECK_OK(status);
    table_end(&table);
}
