/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that every bound of the format holds: as many are taken, one more is refused, and by its
 * own words. */
#include "coordinator/scenario/scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/scenario/format.h"
#include "tests/check.h"
#include "tests/scenario/sample.h"

/* Text that grows. */
struct page {
    char *text;
    size_t bytes;
    size_t capacity;
};

static void write_page(struct page *page, const char *format, ...) SPILL_PRINTF(2, 3);
static void write_page(struct page *page, const char *format, ...) {
    if (page->capacity - page->bytes < 4096) {
        const size_t capacity = 2 * page->capacity + 8192;
        char *const grown = spill_grow(page->text, page->capacity, capacity, 1);
        CHECK(grown != NULL);
        page->text = grown;
        page->capacity = capacity;
    }
    va_list arguments;
    va_start(arguments, format);
    const int bytes =
        vsnprintf(page->text + page->bytes, page->capacity - page->bytes, format, arguments);
    va_end(arguments);
    CHECK(bytes >= 0 && (size_t)bytes < page->capacity - page->bytes);
    page->bytes += (size_t)bytes;
}

static bool says(const struct fault_list *faults, const char *words) {
    for (size_t i = 0; i < fault_list_count(faults); i++) {
        if (strstr(fault_list_at(faults, i).text, words) != NULL) {
            return true;
        }
    }
    return false;
}

/* Loads the sample with one file changed; whether some fault says these words. */
static bool change_says(const char *path, const char *from, const char *to, const char *words) {
    struct package *package = sample_package(path, from, to);
    struct scenario *scenario = NULL;
    struct fault_list *faults = NULL;
    const enum spill_status status = scenario_load(package, "", &scenario, &faults);
    CHECK(status == SPILL_OK || status == SPILL_INVALID);
    const bool found = says(faults, words);
    scenario_free(&scenario);
    fault_list_destroy(&faults);
    package_destroy(&package);
    return found;
}

/* ---- How many there may be ---- */

/* A key whose value is made of many elements, and what stands around it in the sample. */
struct count_case {
    const char *from;
    const char *before;  /* In place of `from`, followed by the elements and `after`. */
    const char *element; /* With one %zu. */
    const char *after;
    size_t most;
    size_t there; /* Elements that the sample has already. */
};

static bool count_is_refused(const struct count_case *test, size_t count) {
    struct page page = {0};
    write_page(&page, "%s", test->before);
    for (size_t i = 0; i < count; i++) {
        char element[256];
        /* The format is one of the table's, with one %zu in it. */
        const char *const at = strstr(test->element, "%zu");
        CHECK(at != NULL);
        snprintf(element, sizeof element, "%.*s%zu%s", (int)(at - test->element), test->element, i,
                 at + 3);
        write_page(&page, "%s", element);
    }
    write_page(&page, "%s", test->after);
    char words[64];
    snprintf(words, sizeof words, "of these, and there may be %zu", test->most);
    const bool refused = change_says("scenario.yaml", test->from, page.text, words);
    free(page.text);
    return refused;
}

TEST(limits, lists_and_maps_are_taken_up_to_their_bound) {
    static const struct count_case cases[] = {
        {"countries:\n", "countries:\n", "  x%zu: {name: {en: X}}\n", "", SPILL_COUNTRIES_MAX, 2},
        {"windmolens}}]", "windmolens}}", ", x%zu", "]", SPILL_SECTORS_MAX, 4},
        {"surges: {", "surges: {", "x%zu: {start_below: 1%, slope: 1%}, ", "", SPILL_SURGES_MAX, 1},
        {"tags:\n", "tags:\n", "  x%zu: {}\n", "", SPILL_TAGS_MAX, 2},
        {"pools:\n", "pools:\n", "  x%zu: {country: nl, crews: 1}\n", "", SPILL_POOLS_MAX, 2},
        {"places: {", "places: {", "X %zu: {population: 1}, ", "", FORMAT_PLACES_MAX, 2},
        {"needs: {feed", "needs: {", "x%zu: {name: {en: X}}, ", "feed", FORMAT_KINDS_MAX, 4},
        {"kinds:\n", "kinds:\n", "  x%zu: {sector: fuel}\n", "", FORMAT_KINDS_MAX, 3},
        {"      mix: {aggregator: share}\n", "      mix: {aggregator: share}\n",
         "      x%zu: {aggregator: all}\n", "", SPILL_ASSET_NEEDS_MAX, 3},
        {"[[0%, 0%], [50%", "[[0%, 0%], ", "[50%, %zu%], ", "[50%", SPILL_RESPONSE_POINTS_MAX, 3},
        {"          - {id: ups,", "", "          - {id: x%zu, autonomy: fixed 1h}\n",
         "          - {id: ups,", SPILL_NEED_BACKUPS_MAX, 2},
        {"campaigns:\n", "campaigns:\n",
         "  x%zu: {name: {en: X}, tags: [relay-suite], trigger: {at: 1h}, payload: {}}\n", "",
         SPILL_CAMPAIGNS_MAX, 1},
        {"pushes: [", "pushes: [", "{supplier: x%zu, tag: relay-suite}, ", "", FORMAT_PUSHES_MAX,
         1},
        {"rules:\n", "rules:\n", "  x%zu: {name: {en: X}, do: [{escalate: 1}]}\n", "",
         SCRIPT_RULES_MAX, 2},
        {"orders:\n", "orders:\n", "  x%zu: {name: {en: X}, do: [{escalate: 1}]}\n", "",
         SCRIPT_ORDERS_MAX, 4},
        {"do: [{campaign_start: wiper}]", "do: [", "{escalate: %zu}, ", "]", SCRIPT_EFFECTS_MAX, 0},
        {"objectives: {", "objectives: {", "x%zu: {title: {en: X}}, ", "", FORMAT_OBJECTIVES_MAX,
         1},
        {"sees: [{countries", "sees: [", "{tags: [x%zu]}, ", "{countries", SCRIPT_FILTERS_MAX, 2},
        {"authority: [{order: isolate", "authority: [", "{order: x%zu}, ", "{order: isolate",
         SCRIPT_AUTHORITY_MAX, 2},
        {"      doctrine:\n", "", "      x%zu: []\n", "      doctrine:\n", SCRIPT_POLICIES_MAX, 1},
        {"        - {id: patch-it", "", "        - {id: x%zu, order: patch, tag: relay-suite}\n",
         "        - {id: patch-it", SCRIPT_POLICY_RULES_MAX, 2},
        {"cells:\n", "cells:\n",
         "  x%zu: {name: {en: X}, role: {en: X}, briefing: {en: X}, kind: x, country: nl}\n", "",
         SPILL_CELLS_MAX, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t room = cases[i].most - cases[i].there;
        if (count_is_refused(&cases[i], room) || !count_is_refused(&cases[i], room + 1)) {
            CHECK_FAIL("the bound of '%s' is not %zu", cases[i].element, cases[i].most);
        }
    }
}

TEST(limits, id_is_as_long_as_it_may_be) {
    char id[SPILL_ID_BYTES_MAX + 2];
    memset(id, 'x', sizeof id);
    id[SPILL_ID_BYTES_MAX] = '\0';
    char text[SPILL_ID_BYTES_MAX + 8];
    snprintf(text, sizeof text, "id: %s", id);
    CHECK(!change_says("scenario.yaml", "id: sample", text, "is not an id"));
    snprintf(text, sizeof text, "id: %sx", id);
    CHECK(change_says("scenario.yaml", "id: sample", text, "is not an id"));
}

TEST(limits, text_is_as_long_as_it_may_be) {
    for (size_t over = 0; over < 2; over++) {
        struct page page = {0};
        write_page(&page, "text: ");
        for (size_t i = 0; i < (SPILL_TEXT_BYTES_MAX + over) / 32; i++) {
            write_page(&page, "%.32s", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        }
        write_page(&page, "%s", over == 0 ? "" : "x");
        CHECK_EQ(change_says("texts/en.yaml", "text: Play.", page.text, "longer than 65536 bytes"),
                 over == 1);
        free(page.text);
    }
}

TEST(limits, one_inject_too_many_is_refused) {
    for (size_t over = 0; over < 2; over++) {
        struct page page = {0};
        write_page(&page, "id,type,to\n");
        for (size_t i = 0; i < SPILL_INJECTS_MAX + over; i++) {
            write_page(&page, "x%zu,media,grid\n", i);
        }
        /* No text for any: a hundred faults are listed, and the bound is the last row's. */
        struct package *package = sample_package("msel.csv", NULL, page.text);
        struct scenario *scenario = NULL;
        struct fault_list *faults = NULL;
        CHECK_EQ(scenario_load(package, "", &scenario, &faults), SPILL_INVALID);
        CHECK_EQ(fault_list_errors(faults),
                 SPILL_INJECTS_MAX + over + 8); /* Eight texts without an inject. */
        fault_list_destroy(&faults);
        package_destroy(&package);
        free(page.text);
    }
}

/* ---- What only much of it together breaks ---- */

/* A package of one kind of asset with a need `n`, so many assets, and the links that `links`
 * writes. */
static struct package *many_assets(const char *aggregator, size_t asset_count, const char *tick,
                                   const struct page *links) {
    struct page scenario = {0};
    struct page assets = {0};
    write_page(&scenario,
               "format: 1\nid: many\ntitle: {en: T}\nsummary: {en: S}\nnotice: {en: N}\nlanguages: "
               "[en]\nstarts_at: 2026-11-24T09:00\n"
               "zone: UTC\nduration: 1h\ntick: %s\ncountries: {nl: {name: {en: N}}}\nsectors: "
               "[water]\ncells: {}\n"
               "kinds: {k: {sector: water, needs: {n: {aggregator: %s}}}}\n",
               tick, aggregator);
    write_page(&assets, "id,kind,name_en,country\n");
    for (size_t i = 0; i < asset_count; i++) {
        write_page(&assets, "a%zu,k,A,nl\n", i);
    }
    const struct package_file files[] = {
        {"scenario.yaml", (const uint8_t *)scenario.text, scenario.bytes},
        {"assets.csv", (const uint8_t *)assets.text, assets.bytes},
        {"links.csv", (const uint8_t *)links->text, links->bytes},
    };
    struct package *package = NULL;
    CHECK_OK(package_create(files, 3, &package, NULL));
    free(scenario.text);
    free(assets.text);
    return package;
}

static void check_many(const char *aggregator, size_t asset_count, const char *tick,
                       struct page *links, const char *words) {
    struct fault_list *faults = NULL;
    struct scenario *scenario = sample_load(many_assets(aggregator, asset_count, tick, links),
                                            words == NULL ? SPILL_OK : SPILL_INVALID, &faults);
    CHECK_EQ(fault_list_errors(faults), words == NULL ? 0 : 1);
    CHECK(words == NULL || says(faults, words));
    scenario_free(&scenario);
    fault_list_destroy(&faults);
    free(links->text);
    *links = (struct page){0};
}

TEST(limits, weights_of_a_need_fit_64_bits) {
    /* 9223 links of the largest weight fit below 2^63 / 10^6, one more does not. */
    for (size_t over = 0; over < 2; over++) {
        struct page links = {0};
        write_page(&links, "supplier,asset,need,weight\n");
        for (size_t i = 1; i <= 9223 + over; i++) {
            write_page(&links, "a%zu,a0,n,1000000000\n", i);
        }
        check_many("share", 9225, "1s", &links, over == 0 ? NULL : "too large together");
    }
}

TEST(limits, delay_is_at_most_so_many_ticks) {
    struct page links = {0};
    write_page(&links, "supplier,asset,need,delay_up\na1,a0,n,49d17h2min47s295ms\n");
    check_many("all", 2, "1ms", &links, "longer than 4294967295 ticks");
    write_page(&links, "supplier,asset,need,delay_up\na1,a0,n,49d17h2min47s294ms\n");
    check_many("all", 2, "1ms", &links, NULL);
}

TEST(limits, scenario_without_assets_is_refused) {
    struct page links = {0};
    write_page(&links, "supplier,asset,need\n");
    check_many("all", 0, "1s", &links, "there are no assets");
}

TEST(limits, cells_sit_idle_or_drown) {
    struct page msel = {0};
    write_page(&msel, "id,type,at,to\n1-welcome,media,0min,csirt\n2-dark,media,1h,csirt\n3-choose,"
                      "decision,1h,csirt\n4-maybe,media,2h,csirt\n");
    CHECK(change_says("msel.csv", NULL, msel.text, "the cell 'grid' sits idle"));
    CHECK(!change_says("msel.csv", NULL, msel.text, "the cell 'csirt' sits idle"));
    CHECK(!change_says("msel.csv", NULL, msel.text, "drowns"));
    for (size_t i = 0; i < 11; i++) {
        write_page(&msel, "x%zu,media,%zumin,csirt\n", i, 61 + i);
    }
    CHECK(change_says("msel.csv", NULL, msel.text,
                      "the cell 'csirt' drowns: more than 12 injects in the hour from"));
    free(msel.text);
}
