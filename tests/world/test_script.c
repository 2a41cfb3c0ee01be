/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script is checked in one go: every fault is told, with the text in which it lies and what was
 * probably meant.
 */
#include "coordinator/world/script.h"

#include "tests/cascade/model.h"

enum { FAULTS_MAX = 64 };

struct faults {
    struct script_fault all[FAULTS_MAX];
    size_t count;
};

static struct model model;
static struct faults faults;

static void on_fault(const struct script_fault *fault, void *context) {
    struct faults *const kept = context;
    CHECK_LT(kept->count, (size_t)FAULTS_MAX);
    kept->all[kept->count++] = *fault;
}

/* Two countries, three assets, a tag, a campaign, two pools. */
static void open_model(void) {
    static const char *const tags[] = {"suite"};
    model_begin(&model);
    model_country(&model, "bb");
    model_sector(&model, "data");
    model_tag(&model, "suite");
    model_pool(&model, "crews", 2);
    model_pool(&model, "friends", 2)->country = "bb";
    model_asset(&model, "plant");
    struct asset_spec *const server = model_asset(&model, "server");
    server->sector = "data";
    server->tags = tags;
    server->tag_count = 1;
    model_asset(&model, "port")->country = "bb";
    struct campaign_spec *const wiper = model_campaign(&model, "wiper");
    wiper->tags = tags;
    wiper->tag_count = 1;
    model_build(&model);
}

/* A script without fault, for tests to spoil. */
struct sound {
    struct script_spec spec;
    struct rule_spec rules[2];
    struct effect_spec effects[4];
    struct order_spec orders[3];
    struct cell_spec cell;
    struct filter_spec sees;
    struct authority_spec authority[3];
    struct policy_spec policy;
    struct policy_rule_spec policy_rules[2];
};

static const char *const country_aa[] = {"aa"};

static void make_sound(struct sound *sound) {
    memset(sound, 0, sizeof *sound);
    sound->effects[0] = (struct effect_spec){.action = ACTION_DAMAGE, .asset = "plant"};
    sound->effects[1] = (struct effect_spec){.kind = EFFECT_ESCALATE, .amount = 1};
    sound->effects[2] = (struct effect_spec){.action = ACTION_ISOLATE_ASSET};
    sound->effects[3] = (struct effect_spec){.action = ACTION_PATCH_TAG};
    sound->rules[0] =
        (struct rule_spec){.id = "storm", .effects = sound->effects, .effect_count = 2};
    sound->rules[1] = (struct rule_spec){.id = "dark",
                                         .when = "failed(plant) and fired(storm)",
                                         .times_max = 3,
                                         .effects = &sound->effects[1],
                                         .effect_count = 1};
    sound->orders[0] = (struct order_spec){
        .id = "isolate", .target = TARGET_ASSET, .effects = &sound->effects[2], .effect_count = 1};
    sound->orders[1] = (struct order_spec){
        .id = "patch", .target = TARGET_TAG, .effects = &sound->effects[3], .effect_count = 1};
    sound->orders[2] = (struct order_spec){
        .id = "warn", .target = TARGET_NONE, .effects = &sound->effects[1], .effect_count = 1};
    sound->sees = (struct filter_spec){.countries = country_aa, .country_count = 1};
    sound->authority[0] = (struct authority_spec){.order = "isolate", .where = sound->sees};
    sound->authority[1] = (struct authority_spec){.order = "patch", .where = sound->sees};
    sound->policy_rules[0] = (struct policy_rule_spec){
        .id = "cut", .order = "isolate", .each = true, .state = WANTED_DETECTED};
    sound->policy_rules[1] = (struct policy_rule_spec){
        .id = "heal", .when = "detected(wiper, *) > 0", .order = "patch", .tag = "suite"};
    sound->policy =
        (struct policy_spec){.id = "doctrine", .rules = sound->policy_rules, .rule_count = 2};
    sound->cell = (struct cell_spec){.id = "csirt",
                                     .country = "aa",
                                     .sees = &sound->sees,
                                     .sees_count = 1,
                                     .authority = sound->authority,
                                     .authority_count = 2,
                                     .policies = &sound->policy,
                                     .policy_count = 1};
    sound->spec = (struct script_spec){.rules = sound->rules,
                                       .rule_count = 2,
                                       .orders = sound->orders,
                                       .order_count = 3,
                                       .cells = &sound->cell,
                                       .cell_count = 1};
}

static struct script *create(const struct sound *sound) {
    struct script *script = NULL;
    struct spill_error error = {.text = ""};
    if (script_create(&sound->spec, model.network, &script, &error) != SPILL_OK) {
        CHECK_FAIL("%s", error.text);
    }
    return script;
}

/* One fault, with these words, in this text. */
static void check_fault(const struct sound *sound, const char *words, const char *text) {
    struct script *script = NULL;
    faults.count = 0;
    CHECK_EQ(script_create_reporting(&sound->spec, model.network, &script, on_fault, &faults),
             SPILL_INVALID);
    CHECK(script == NULL);
    if (faults.count != 1 || strstr(faults.all[0].error.text, words) == NULL) {
        CHECK_FAIL("%zu faults, the first '%s', not '%s'", faults.count, faults.all[0].error.text,
                   words);
    }
    if (text != NULL) {
        CHECK_EQ(faults.all[0].text, text);
        CHECK_LE(faults.all[0].offset_bytes, strlen(text));
    }
}

TEST(script, a_sound_script_is_sorted_by_id) {
    static struct sound sound;
    open_model();
    make_sound(&sound);
    struct script *script = create(&sound);
    struct rule_ref rule = {9};
    struct order_ref order = {9};
    struct cell_ref cell = {9};
    CHECK_EQ(script_rule_count(script), 2);
    CHECK_EQ(script_rule_id(script, (struct rule_ref){0}), "dark");
    CHECK_OK(script_find_rule(script, "storm", &rule));
    CHECK_EQ(rule.index, 1U);
    CHECK_OK(script_find_order(script, "patch", &order));
    CHECK_EQ(script_order_id(script, order), "patch");
    CHECK_EQ(script_order_target(script, order), TARGET_TAG);
    CHECK_OK(script_find_cell(script, "csirt", &cell));
    CHECK_EQ(script_find_rule(script, "rain", &rule), SPILL_NOT_FOUND);
    CHECK(script_cell_may(script, cell, order));
    CHECK_OK(script_find_order(script, "warn", &order));
    CHECK(!script_cell_may(script, cell, order));
    CHECK(script_cell_sees(script, cell, model_ref(&model, "plant")));
    CHECK(!script_cell_sees(script, cell, model_ref(&model, "port")));
    CHECK(script_has_team(script, "doctrine"));
    CHECK(script_has_team(script, "passive"));
    CHECK(!script_has_team(script, "chaos"));
    CHECK_EQ(script_nearest(script, model.network, NAME_POLICY, "doctrin"), "doctrine");
    CHECK_EQ(script_nearest(script, model.network, NAME_ASSET, "plan"), "plant");
    CHECK(script_nearest(script, model.network, NAME_CELL, "zzzzzz") == NULL);
    script_destroy(&script);
    script_destroy(&script);
    model_close(&model);
}

TEST(script, faults_name_what_is_wrong_and_where) {
    static struct sound sound;
    open_model();
#define SPOILED(change, words, text)                                                               \
    do {                                                                                           \
        make_sound(&sound);                                                                        \
        change;                                                                                    \
        check_fault(&sound, words, text);                                                          \
    } while (0)
    static const char condition[] = "failed(plnt)";
    static const char other_cell[] = "ordered(patch, csirt) and trust(bb) < 50%";
    static const char unseen[] = "failed(port)";
    static const char *const unknown[] = {"cc"};
    SPOILED(sound.rules[0].id = "Storm", "'Storm' is not an id", sound.rules[0].id);
    SPOILED(sound.rules[0].id = "dark", "two of kind rule are called 'dark'", NULL);
    SPOILED(sound.rules[1].when = condition,
            "rule 'dark': there is no asset 'plnt'; did you mean 'plant'?", condition);
    CHECK_EQ(faults.all[0].offset_bytes, 7);
    CHECK_EQ(faults.all[0].length_bytes, 4);
    SPOILED(sound.rules[0].at_ms = -1, "rule 'storm': its time is outside", sound.rules[0].id);
    SPOILED(sound.rules[0].times_max = 2, "without a condition nothing ends", sound.rules[0].id);
    SPOILED(sound.rules[1].times_max = -1, "fires 1 to", NULL);
    SPOILED(sound.rules[0].effect_count = 0, "needs 1 to", NULL);
    SPOILED(sound.rules[0].delay = model_fixed(-5), "its delay: a duration is outside", NULL);
    SPOILED(sound.effects[0].asset = "plan", "there is no asset 'plan'; did you mean 'plant'?",
            sound.effects[0].asset);
    SPOILED(sound.effects[0].asset = NULL, "needs one asset", NULL);
    SPOILED(sound.effects[0].amount = -1, "outside 0 to 100%", NULL);
    SPOILED(sound.orders[2].effects = &sound.effects[2], "order 'warn': needs one asset", NULL);
    SPOILED(sound.orders[0].cost = -1, "cost is negative", NULL);
    SPOILED(sound.cell.country = "ab", "there is no country 'ab'; did you mean 'aa'?",
            sound.cell.country);
    SPOILED(sound.sees.countries = unknown, "cell 'csirt': there is no country 'cc'", unknown[0]);
    SPOILED(sound.authority[0].order = "isolat", "did you mean 'isolate'?",
            sound.authority[0].order);
    SPOILED(sound.cell.reporting_delay_ms = -1, "its reporting delay", sound.cell.id);
    SPOILED(sound.policy_rules[0].order = "warn",
            "cell 'csirt', policy 'doctrine', rule 'cut': 'each' needs an order about one asset",
            sound.policy_rules[0].order);
    SPOILED(sound.policy_rules[1].order = "warn", "no authority for order 'warn'", NULL);
    SPOILED(sound.policy_rules[1].tag = NULL, "order 'patch' needs a tag as its target", NULL);
    SPOILED(sound.policy_rules[1].country = "bb", "but not for this target", NULL);
    SPOILED(sound.policy_rules[1].when = "health(plant) < 50%", "only what its cell sees", NULL);
    SPOILED(sound.policy_rules[1].when = other_cell, "no reports from country 'bb'", other_cell);
    SPOILED(sound.policy_rules[1].when = unseen, "does not see asset 'port'", unseen);
    SPOILED(sound.policy_rules[1].when = "released(1-start)", "there is no inject '1-start'", NULL);
    SPOILED(sound.policy_rules[1].id = "cut", "two of kind policy rule", NULL);
#undef SPOILED
    model_close(&model);
}

TEST(script, all_faults_are_told_in_one_go) {
    static struct sound sound;
    open_model();
    make_sound(&sound);
    sound.rules[0].at_ms = -1;
    sound.rules[1].when = "failed(";
    sound.effects[0].asset = "nowhere";
    sound.cell.country = "zz";
    struct script *script = NULL;
    struct spill_error error = {.text = ""};
    faults.count = 0;
    CHECK_EQ(script_create_reporting(&sound.spec, model.network, &script, on_fault, &faults),
             SPILL_INVALID);
    CHECK_EQ(faults.count, 4);
    CHECK_EQ(script_create(&sound.spec, model.network, &script, &error), SPILL_INVALID);
    CHECK_EQ((const char *)error.text, (const char *)faults.all[0].error.text);
    model_close(&model);
}

TEST(script, injects_that_policies_name_have_their_rank) {
    static struct sound sound;
    static const char *const injects[] = {"2-dark", "1-start"};
    open_model();
    make_sound(&sound);
    sound.spec.injects = injects;
    sound.spec.inject_count = 2;
    sound.policy_rules[1].when = "released(2-dark) and since(1-start) > 1h";
    struct script *script = create(&sound);
    uint32_t rank = 9;
    CHECK_OK(script_resolve(script, model.network, NAME_INJECT, "2-dark", &rank));
    CHECK_EQ(rank, 1U);
    script_destroy(&script);
    model_close(&model);
}
