/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a brief survives its bytes, that the bytes are canonical, bounded and the only ones
 * taken, and that a brief says nothing of what its cell may not know. */
#include "coordinator/exercise/brief.h"

#include "tests/exercise/play.h"

enum { MUTATION_ROUNDS = 20000 };

static const char *const folders[] = {"scenarios/tutorial", "scenarios/amber-tide", PLAY_DRILL};
static const char *const teams[] = {"doctrine", "passive"};
enum { FOLDERS = 3, TEAMS = 2 };

typedef void (*brief_look_fn)(const struct scenario *scenario, struct cell_ref cell,
                              const struct brief *brief);

/* Every brief there is. */
static void each_brief(brief_look_fn look) {
    for (size_t i = 0; i < FOLDERS; i++) {
        struct package *package = play_open_package(folders[i]);
        struct scenario *scenario = play_load(package);
        for (uint32_t cell = 0; cell < script_cell_count(scenario_script(scenario)); cell++) {
            for (size_t team = 0; team < TEAMS; team++) {
                struct brief *brief = NULL;
                CHECK_OK(brief_create(scenario, (struct cell_ref){cell}, teams[team],
                                      UINT64_C(0xfedcba9876543210), &brief));
                look(scenario, (struct cell_ref){cell}, brief);
                brief_destroy(&brief);
            }
        }
        scenario_free(&scenario);
        package_destroy(&package);
    }
}

static uint8_t *encode(const struct brief *brief, size_t *size_bytes) {
    *size_bytes = brief_size_bytes(brief);
    uint8_t *const bytes = malloc(*size_bytes);
    CHECK_OK(brief_encode(brief, bytes, *size_bytes, size_bytes));
    return bytes;
}

static void check_survives(const struct scenario *scenario, struct cell_ref cell,
                           const struct brief *brief) {
    size_t size_bytes = 0;
    uint8_t *const bytes = encode(brief, &size_bytes);
    struct brief *again = NULL;
    CHECK_OK(brief_decode(bytes, size_bytes, &again, NULL));
    CHECK_EQ(again->cell, script_cell_id(scenario_script(scenario), cell));
    CHECK_EQ(again->seed, UINT64_C(0xfedcba9876543210));
    CHECK_EQ(again->rule_count, brief->rule_count);
    size_t again_bytes = 0;
    uint8_t *const same = encode(again, &again_bytes);
    CHECK_BYTES(bytes, size_bytes, same, again_bytes);
    CHECK_EQ(brief_encode(brief, same, size_bytes - 1, &again_bytes), SPILL_LIMIT);
    brief_destroy(&again);
    free(same);
    free(bytes);
}

TEST(brief, a_brief_survives_its_bytes) {
    each_brief(check_survives);
}

/* Whether an id stands in the bytes by itself: behind its length, as every id does. */
static bool stands_in(const uint8_t *bytes, size_t size_bytes, const char *id) {
    const size_t id_bytes = strlen(id);
    for (size_t i = 0; i + 1 + id_bytes <= size_bytes; i++) {
        if (bytes[i] == id_bytes && memcmp(bytes + i + 1, id, id_bytes) == 0) {
            return true;
        }
    }
    return false;
}

static void check_discreet(const struct scenario *scenario, struct cell_ref cell,
                           const struct brief *brief) {
    const struct network *const network = scenario_network(scenario);
    const struct script *const script = scenario_script(scenario);
    size_t size_bytes = 0;
    uint8_t *const bytes = encode(brief, &size_bytes);
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        const struct asset_ref asset = {i};
        CHECK_EQ(stands_in(bytes, size_bytes, network_asset_id(network, asset)),
                 script_cell_sees(script, cell, asset));
    }
    for (uint32_t i = 0; i < script_rule_count(script); i++) {
        CHECK(!stands_in(bytes, size_bytes, script_rule_id(script, (struct rule_ref){i})));
    }
    free(bytes);
}

/* None of these scenarios gives a cell an order about what it does not see. */
TEST(brief, a_brief_names_the_assets_that_its_cell_sees_and_no_rule_of_the_story) {
    each_brief(check_discreet);
}

static struct brief *drill_brief(void) {
    struct package *package = play_open_package(PLAY_DRILL);
    struct scenario *scenario = play_load(package);
    struct brief *brief = NULL;
    CHECK_OK(brief_create(scenario, (struct cell_ref){0}, "doctrine", 3, &brief));
    scenario_free(&scenario);
    package_destroy(&package);
    return brief;
}

TEST(brief, what_is_taken_is_what_would_be_written) {
    struct brief *brief = drill_brief();
    size_t size_bytes = 0;
    uint8_t *const bytes = encode(brief, &size_bytes);
    uint8_t *const changed = malloc(size_bytes);
    uint64_t state = 1;
    size_t taken = 0;
    for (int i = 0; i < MUTATION_ROUNDS; i++) {
        memcpy(changed, bytes, size_bytes);
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        changed[(state >> 33) % size_bytes] ^= (uint8_t)(1U << (state >> 29) % 8);
        const size_t kept_bytes = (state >> 20) % 4 == 0 ? (state >> 40) % size_bytes : size_bytes;
        struct brief *read = NULL;
        struct spill_error error = {{0}};
        if (brief_decode(changed, kept_bytes, &read, &error) == SPILL_OK) {
            size_t again_bytes = 0;
            uint8_t *const again = encode(read, &again_bytes);
            CHECK_BYTES(changed, kept_bytes, again, again_bytes);
            free(again);
            brief_destroy(&read);
            taken++;
        } else {
            CHECK(read == NULL);
            CHECK(error.text[0] != '\0');
        }
    }
    CHECK_LE(1, taken); /* Another seed is as good as this one. */
    free(changed);
    free(bytes);
    brief_destroy(&brief);
}

/* The assets of a cell that sees as much as a brief holds, and one more. */
TEST(brief, a_brief_holds_so_many_assets_and_no_more) {
    struct brief *drill = drill_brief();
    struct brief big = *drill;
    struct brief_asset *const assets = calloc(BRIEF_ASSETS_MAX + 1, sizeof assets[0]);
    char(*const ids)[SPILL_ID_BYTES_MAX + 1] = calloc(BRIEF_ASSETS_MAX + 1, sizeof ids[0]);
    for (size_t i = 0; i <= BRIEF_ASSETS_MAX; i++) {
        /* As long as an id may be. */
        snprintf(ids[i], sizeof ids[i], "%063zu", i);
        assets[i] = (struct brief_asset){ids[i], ids[0], ids[0], 1, true};
    }
    big.assets = assets;
    big.asset_count = BRIEF_ASSETS_MAX;
    big.rule_count = 0;
    size_t size_bytes = 0;
    uint8_t *const bytes = encode(&big, &size_bytes);
    CHECK_LE(size_bytes, BRIEF_BYTES_MAX);
    struct brief *read = NULL;
    CHECK_OK(brief_decode(bytes, size_bytes, &read, NULL));
    CHECK_EQ(read->assets[BRIEF_ASSETS_MAX - 1].id, ids[BRIEF_ASSETS_MAX - 1]);
    brief_destroy(&read);
    big.asset_count = BRIEF_ASSETS_MAX + 1;
    CHECK_EQ(brief_fault(&big), "a list is too long");
    CHECK_EQ(brief_encode(&big, bytes, size_bytes, &size_bytes), SPILL_INVALID);
    CHECK_EQ(brief_decode(bytes, BRIEF_BYTES_MAX + 1, &read, NULL), SPILL_INVALID);
    free(bytes);
    free(ids);
    free(assets);
    brief_destroy(&drill);
}

TEST(brief, ranges_of_assets_are_in_order_and_in_place) {
    struct brief *drill = drill_brief();
    struct brief brief = *drill;
    const struct {
        struct brief_range ranges[2];
        size_t count;
        bool good;
    } cases[] = {
        {{{0, 1}, {2, 1}}, 2, true},  {{{0, 1}, {1, 1}}, 2, false}, {{{2, 1}, {0, 1}}, 2, false},
        {{{0, 0}, {2, 1}}, 2, false}, {{{0, 4}, {0, 0}}, 1, false}, {{{0, 3}, {0, 0}}, 1, true},
        {{{0, 0}, {0, 0}}, 0, false},
    };
    struct brief_rule rule = {.id = "a",
                              .when = "",
                              .order = "a",
                              .each = true,
                              .asset = "",
                              .tag = "",
                              .country = "",
                              .other_country = "",
                              .pool = "",
                              .other_pool = "",
                              .times_max = 1};
    CHECK_LE(3, brief.asset_count);
    brief.asset_count = 3;
    brief.rules = &rule;
    brief.rule_count = 1;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rule.ranges = cases[i].ranges;
        rule.range_count = cases[i].count;
        CHECK_EQ(brief_fault(&brief) == NULL, cases[i].good);
    }
    brief_destroy(&drill);
}
