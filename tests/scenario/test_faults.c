/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that each thing that can be wrong is found, once, at its line and column, with words that
 * help. */
#include "coordinator/scenario/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/scenario/sample.h"

/* One change to the sample and the fault that it makes. In `to` and `at` a bar stands for the place
 * of the caret and is not part of the text; `at` is looked for when the caret is elsewhere. */
struct fault_case {
    const char *path;
    const char *from; /* NULL: the file becomes `to`; `to` NULL, too: it is left out. */
    const char *to;
    const char *text; /* A piece of the fault's words. */
    const char *file; /* Of the fault; NULL: path. */
    const char *at;   /* NULL: the bar is in `to`; "": the file as a whole. */
    bool warning;
    bool more; /* Other faults come with it. */
};

#define CASE(path_, from_, ...)                                                                    \
    { .path = path_, .from = from_, .to = __VA_ARGS__ }

static const char yaml[] = "scenario.yaml";
static const char assets[] = "assets.csv";
static const char links[] = "links.csv";
static const char trust[] = "trust.csv";
static const char edges[] = "edges.csv";
static const char msel[] = "msel.csv";
static const char en[] = "texts/en.yaml";
static const char nl[] = "texts/nl.yaml";

/* A copy of text without its bar; *at is where that was, or SIZE_MAX. */
static char *without_bar(const char *text, size_t *at) {
    char *const copy = spill_alloc(strlen(text) + 1, 1);
    CHECK(copy != NULL);
    const char *const bar = strchr(text, '|');
    *at = bar == NULL ? SIZE_MAX : (size_t)(bar - text);
    snprintf(copy, strlen(text) + 1, "%.*s%s", bar == NULL ? 0 : (int)*at, text,
             bar == NULL ? text : bar + 1);
    return copy;
}

/* Line and column of the caret that the case wants; line 0: the file as a whole. */
static void wanted_place(const struct fault_case *want, const struct package *package, size_t *line,
                         size_t *column) {
    *line = 0;
    *column = 0;
    if (want->at != NULL && want->at[0] == '\0') {
        return;
    }
    const char *const file = sample_text(package, want->file != NULL ? want->file : want->path);
    CHECK(file != NULL);
    size_t bar = 0;
    char *const mark = without_bar(want->at != NULL ? want->at : want->to, &bar);
    const char *const found = strstr(file, mark);
    if (bar == SIZE_MAX || found == NULL) {
        CHECK_FAIL("no place '%s' in the case about '%s'", mark, want->text);
    }
    *line = 1;
    *column = 1;
    for (const char *at = file; at < found + bar; at++) {
        *column += ((unsigned char)*at & 0xC0) != 0x80;
        if (*at == '\n') {
            (*line)++;
            *column = 1;
        }
    }
    free(mark);
}

static void show(const struct fault_list *faults) {
    for (size_t i = 0; i < fault_list_count(faults); i++) {
        char text[SAMPLE_FAULT_BYTES];
        const struct fault fault = fault_list_at(faults, i);
        fault_print(&fault, text, sizeof text);
        fputs(text, stderr);
    }
}

static bool is_wanted(const struct fault_case *want, const struct fault *fault, size_t line,
                      size_t column) {
    const char *const file = want->file != NULL ? want->file : want->path;
    return strcmp(fault->file, file) == 0 && fault->line == line && fault->column == column &&
           fault->severity == (want->warning ? FAULT_WARNING : FAULT_ERROR) &&
           strstr(fault->text, want->text) != NULL;
}

static bool check_case(const struct fault_case *want) {
    size_t bar = 0;
    char *const to = want->to == NULL ? NULL : without_bar(want->to, &bar);
    struct package *package = sample_package(want->path, want->from, to);
    size_t line = 0;
    size_t column = 0;
    wanted_place(want, package, &line, &column);
    struct fault_list *faults = NULL;
    struct scenario *scenario =
        sample_load(package, want->warning ? SPILL_OK : SPILL_INVALID, &faults);
    bool found = false;
    for (size_t i = 0; i < fault_list_count(faults); i++) {
        const struct fault fault = fault_list_at(faults, i);
        found = found || is_wanted(want, &fault, line, column);
    }
    const bool well = found && (want->more || fault_list_count(faults) == 1);
    if (!well) {
        show(faults);
        fprintf(stderr, "wanted %s '%s' at %zu:%zu of %s\n", want->more ? "among others" : "only",
                want->text, line, column, want->file != NULL ? want->file : want->path);
    }
    scenario_free(&scenario);
    fault_list_destroy(&faults);
    free(to);
    return well;
}

static void check_cases(const struct fault_case *cases, size_t count) {
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        wrong += !check_case(&cases[i]);
    }
    CHECK_EQ(wrong, 0);
}

#define CHECK_CASES(cases) check_cases(cases, sizeof(cases) / sizeof((cases)[0]))

TEST(faults, files) {
    static const struct fault_case cases[] = {
        CASE(yaml, NULL, NULL, "is missing", .at = "", .more = true),
        CASE(assets, NULL, NULL, "is missing", .at = "", .more = true),
        CASE(links, NULL, NULL, "is missing", .at = "", .more = true),
        CASE("asets.csv", NULL, "x", "not part of the format; did you mean 'assets.csv'?",
             .at = ""),
        CASE("texts/fr.yaml", NULL, "x", "not part of the format", .at = ""),
        CASE(yaml, NULL, "", "the file is empty", .at = "", .more = true),
        CASE(nl, NULL, "", "the file is empty", .at = "", .more = true),
        CASE(assets, NULL, "", "the file is empty", .at = "", .more = true),
        CASE(nl, NULL, NULL, "the file is missing", .at = "", .warning = true),
    };
    CHECK_CASES(cases);
}

/* A package comes from others, and what it says is shown on terminals. */
TEST(faults, text_that_steers_the_terminal) {
    static const struct fault_case cases[] = {
        CASE(yaml, "{en: Sample,", "{en: |\"Sam\\e[31mple\",", "the terminal: U+001B",
             .at = "en: |\"Sam"),
        CASE(yaml, "{en: Sample,", "{en: |\"Sam\xC2\x9Bple\",", "the terminal: U+009B"),
        CASE(assets, "Control", "|Con\177trol", "the terminal: U+007F", .more = true),
        CASE(en, "title: Welcome", "title: |Wel\u202ecome", "the terminal: U+202E"),
        CASE(yaml, "Lingen: {population: 50000}", "|\"Lin\\rgen\": {population: 50000}",
             "the terminal: U+000D", .at = "|\"Lin", .more = true),
        CASE(yaml, "currency: EUR", "\"cur\\e[1m\\u009b\": EUR", "unknown key 'cur?[1m",
             .at = "|\"cur", .more = true),
    };
    CHECK_CASES(cases);
}

TEST(faults, line_that_is_not_utf8_is_shown_with_marks) {
    struct package *package =
        sample_package(links, "de-plant,nl-station,feed", "de-\xC3\x28plant\xE2\x82 \xC2\x9B");
    struct fault_list *faults = NULL;
    struct scenario *scenario = sample_load(package, SPILL_INVALID, &faults);
    CHECK_EQ(scenario, NULL);
    const struct fault fault = fault_list_at(faults, 0);
    CHECK(fault.source != NULL);
    char text[SAMPLE_FAULT_BYTES];
    fault_print(&fault, text, sizeof text);
    if (strstr(text, "de-?(plant??  ") == NULL) {
        CHECK_FAIL("%s", text);
    }
    fault_list_destroy(&faults);
}

/* What a file that cannot be read lacks is no news. */
TEST(faults, file_that_cannot_be_read_is_the_only_fault) {
    static const struct fault_case cases[] = {
        CASE(nl, NULL, "|\xFF", "not UTF-8"),
        CASE(msel, NULL, "|\xFF", "not UTF-8", .more = true),
    };
    CHECK_CASES(cases);
}

TEST(faults, yaml) {
    static const struct fault_case cases[] = {
        CASE(yaml, "format: 1", "format: [1", "this is not YAML", .at = "title|: {en",
             .more = true),
        CASE(yaml, "title: {en: Sample", "title: |&x {en: Sample", "anchors and aliases",
             .more = true),
        CASE(yaml, "title: {en: Sample", "title: {en: |*x", "anchors and aliases", .more = true),
        CASE(yaml, "title: {en: Sample", "title: {en: |!x Sample", "tags ('!')", .more = true),
        CASE(yaml, "currency: EUR", "? |[a]\n: b", "a key must be text", .more = true),
        CASE(yaml, "currency: EUR\n", "|---\ncurrency: EUR\n", "a second document", .more = true),
        CASE(yaml, "currency: EUR", "currency: E|\xC3(R", "not UTF-8", .more = true),
        CASE(en, "title: Welcome", "title: \"|\\0\"", "an escape", .at = "title: |\"",
             .more = true),
        CASE(yaml, "currency: EUR", "'|': EUR", "a key is empty", .at = "|'': EUR", .more = true),
        CASE(yaml, "currency: EUR",
             "currency: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[|[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
             "nested too deeply", .more = true),
    };
    CHECK_CASES(cases);
}

TEST(faults, keys_and_types) {
    static const struct fault_case cases[] = {
        CASE(yaml, "currency: EUR", "|curency: EUR",
             "unknown key 'curency'; did you mean 'currency'?"),
        CASE(yaml, "currency: EUR", "|xylophone: EUR", "unknown key 'xylophone'"),
        CASE(yaml, "currency: EUR", "currency: EUR\n|currency: USD",
             "the key 'currency' is there twice; first in line 8"),
        CASE(yaml, "starts_at: 2026-11-24T09:00\n", "", "the key 'starts_at' is missing",
             .at = "|format: 1"),
        CASE(yaml, "format: 1", "format: |2", "expected 1: this program knows no other"),
        CASE(yaml, "id: sample", "id: |Sample", "'Sample' is not an id"),
        CASE(yaml, "id: sample", "id: |12",
             "expected an id: small letters, digits, '-', '_' and '.', first a letter or digit, "
             "found "
             "the number 12"),
        CASE(yaml, "title: {en: Sample, nl: Voorbeeld}", "title: |Sample",
             "expected words in each language"),
        CASE(yaml, "title: {en: Sample, nl: Voorbeeld}",
             "title: {en: Sample, |fr: Exemple, nl: Voorbeeld}", "unknown key 'fr'"),
        CASE(yaml, "title: {en: Sample", "title: {en: |2026",
             "expected text, found the number 2026; put it in quotes"),
        CASE(yaml, "title: {en: Sample", "title: {en: |\"\"", "this text is empty"),
        CASE(yaml, "title: {en: Sample, nl: Voorbeeld}", "title: |{en: Sample}",
             "the words for 'title' are missing in nl", .warning = true),
        CASE(yaml, "classification: TLP:AMBER", "classification: |TLP:AMBRE",
             "did you mean 'TLP:AMBER'?"),
        CASE(yaml, "languages: [en, nl]", "languages: [en, |en, nl]", "'en' is in this list twice"),
        CASE(yaml, "languages: [en, nl]", "languages: |[]", "this list is empty"),
        CASE(yaml, "languages: [en, nl]", "languages: |en", "expected a list of words"),
        CASE(yaml, "currency: EUR", "currency: |eur", "'eur' is not three capitals"),
        CASE(yaml, "starts_at: 2026-11-24T09:00", "starts_at: |tomorrow", "is not a local time"),
        CASE(yaml, "starts_at: 2026-11-24T09:00", "starts_at: |2026-02-29T09:00",
             "there is no such day or time"),
        CASE(yaml, "zone: Europe/Amsterdam", "zone: |Europe/Amsterdan",
             "did you mean 'Europe/Amsterdam'?"),
        CASE(yaml, "duration: 12h", "duration: |12", "found the number 12"),
        CASE(yaml, "duration: 12h", "duration: |12 hours", "'12 hours' is not a duration"),
        CASE(yaml, "duration: 12h", "duration: |3653d", "longer than ten years"),
        CASE(yaml, "duration: 12h", "duration: |0h", "takes no time", .more = true),
        CASE(yaml, "tick: 1s", "tick: |0s", "a tick takes time"),
        CASE(yaml, "tick: 1s", "tick: 7s", "not a whole number of ticks", .at = "duration: |12h"),
        CASE(yaml, "interval: 30min", "interval: |0min", "the interval takes time"),
        CASE(yaml, "seed: 7", "seed: |-7", "-7 is outside"),
        CASE(yaml, "seed: 7", "seed: |99999999999999999999", "is outside"),
        CASE(yaml, "seed: 7", "seed: |7.5", "found the number 7.5"),
        CASE(yaml, "fictional: true", "fictional: |yes",
             "expected true or false, found the text 'yes'"),
        CASE(yaml, "trust: 70%", "trust: |70", "expected a percentage"),
        CASE(yaml, "trust: 70%", "trust: |170%", "170% is outside 0% to 100%"),
        CASE(yaml, "trust: 70%", "trust: |70.12345%", "is not a percentage"),
        CASE(yaml,
             "countries:\n  nl: {name: {en: Netherlands, nl: Nederland}, trust: 70%}\n  de: {name: "
             "{en: Germany, nl: Duitsland}}\n",
             "countries: |[nl, de]\n", "expected a mapping of id to value, found a list",
             .more = true),
        CASE(yaml, "  de: {name: {en: Germany", "  |NL: {name: {en: Germany", "'NL' is not an id",
             .more = true),
        CASE(yaml, "  de: {name: {en: Germany", "  |nl: {name: {en: Germany",
             "the name 'nl' is there twice; first in line 18", .more = true),
    };
    CHECK_CASES(cases);
}

TEST(faults, world) {
    static const struct fault_case cases[] = {
        CASE(yaml, "sectors: [electricity, water", "sectors: [electricity, |electricity, water",
             "the sector 'electricity' is there twice"),
        CASE(yaml, "fuel, {id: windmills, name: {en: windmills, nl: windmolens}}]",
             "fuel, |windmills]", "no words for the sector 'windmills'", .warning = true),
        CASE(yaml, "start_below: 50%", "start_below: |80%", "above the resting trust of 'nl', 70%",
             .more = true),
        CASE(yaml, "country: nl, crews: 1", "country: |nll, crews: 1",
             "there is no country 'nll'; did you mean 'nl'?"),
        CASE(yaml, "country: nl, crews: 1", "country: nl, crews: |-1",
             "-1 is outside 0 to 1000000"),
        CASE(yaml, "sector: water", "sector: |watr",
             "there is no sector 'watr'; did you mean 'water'?"),
        CASE(yaml, "pool: nl-power}", "pool: |nl-powr}",
             "there is no crew pool 'nl-powr'; did you mean 'nl-power'?"),
        CASE(yaml, "uncertain: {repair:", "uncertain: {|repare:",
             "nothing that can be uncertain is called 'repare'; did you mean 'repair'?"),
        CASE(yaml, "least: 50%", "least: |0%", "a factor is above 0%"),
        CASE(yaml, "least: 50%", "least: |150%", "do not rise"),
        CASE(yaml, "most: 200%}", "most: |100001%}", "10000%", .more = true),
        CASE(yaml, "surge: fuel}", "surge: |cash}", "there is no surge 'cash'"),
        CASE(yaml, "    repair: triangular 1h 2h 6h", "    repair: triangular 1h 2h |1h",
             "the durations of this law must rise"),
        CASE(yaml, "    repair: triangular 1h 2h 6h", "    repair: |triangel 1h 2h 6h",
             "there is no law 'triangel'; did you mean 'triangular'?"),
        CASE(yaml, "    repair: triangular 1h 2h 6h", "    repair: |triangular 1h 2h",
             "'triangular' needs 3 values, and here are 2"),
        CASE(yaml, "    repair: triangular 1h 2h 6h", "    repair: triangular 1h |2 6h",
             "'2' is not a duration"),
        CASE(yaml, "lognormal 90min 0.5", "lognormal 90min |x", "sigma"),
        CASE(yaml, "lognormal 90min 0.5", "lognormal 90min |5.1", "larger than 5"),
        CASE(yaml, "aggregator: k_of_n\n        k: 2", "aggregator: |k_of_n",
             "'k_of_n' needs the key 'k'", .more = true),
        CASE(yaml, "aggregator: threshold, fraction: 2/3", "aggregator: |threshold",
             "'threshold' needs the key 'fraction'"),
        CASE(yaml, "fraction: 2/3", "fraction: |3/2", "not between 0 and 1"),
        CASE(yaml, "fraction: 2/3", "fraction: |half", "is not a fraction"),
        CASE(yaml, "mix: {aggregator: share}", "mix: {aggregator: share, k: |2}", "'k' counts with",
             .warning = true),
        CASE(yaml, "[50%, 20.5%], [100%, 100%]]", "[50%, 20.5%], [40%, 100%], [100%, 100%]]",
             "must rise; point 3 does not", .at = "response: |[["),
        CASE(yaml, "[50%, 20.5%], [100%, 100%]]", "[50%, 20.5%]]", "a response goes from",
             .at = "response: |[["),
        CASE(yaml, "[50%, 20.5%], [100%, 100%]]", "|[50%], [100%, 100%]]",
             "a point [arrives, allows]"),
        CASE(yaml, "id: diesel", "id: |ups", "the id 'ups' is there twice; first in line 53",
             .at = "{id: |ups, level"),
        CASE(yaml, "id: ups, autonomy: fixed 10min", "id: ups, autonomy: |none",
             "a backup lasts for some time"),
        CASE(yaml, "  plant: {sector: electricity,",
             "  plant: {failure: |110%, sector: electricity,", "outside 0% to 100%"),
        CASE(yaml, "  plant: {sector: electricity,",
             "  plant: {lifetime: |often, sector: electricity,", "is not a law"),
        CASE(yaml, "  plant: {sector: electricity,",
             "  plant: {lag: 20%, restart: fixed 1h, sector: electricity,",
             "has a lag or a restart", .file = assets, .at = "de-plant,|plant"),
        CASE(yaml, "fraction: 2/3", "fraction: 2/3, fraction_law: |uniform 10% 30%",
             "by 'fraction' or by 'fraction_law'"),
        CASE(yaml, "fraction: 2/3", "fraction_law: uniform 10% |130%", "outside 0% to 100%"),
        CASE(yaml, "fraction: 2/3", "fraction_law: uniform 10% |5%", "the shares of this law must"),
        CASE(yaml, "fraction: 2/3", "fraction_law: |often", "is not a law of shares"),
        CASE(yaml, "mix: {aggregator: share}", "mix: {aggregator: share, fraction_law: |fixed 10%}",
             "'fraction_law' counts with", .warning = true),
        CASE(yaml, "  plant: {sector: electricity,", "  plant: {lag: |110%, sector: electricity,",
             "outside 0% to 100%"),
        CASE(yaml, "  plant: {sector: electricity,",
             "  plant: {lag_step: |soon, sector: electricity,", "is not a duration"),
        CASE(yaml, "kinds:\n", "kinds:\n  |spare: {sector: fuel}\n",
             "no asset is of the kind 'spare'", .warning = true),
        CASE(yaml, "headroom", "headroom", "", .more = true),
    };
    check_cases(cases, sizeof cases / sizeof cases[0] - 1);
}

TEST(faults, assets) {
    static const struct fault_case cases[] = {
        CASE(assets, "id,kind,name_en", "id,|knd,name_en",
             "unknown column 'knd'; did you mean 'kind'?", .more = true),
        CASE(assets, "id,kind,name_en", "id,knd,name_en", "the column 'kind' is missing",
             .at = "|id,knd", .more = true),
        CASE(assets, "value_per_hour,tags,pool", "value_per_hour,tags,|tags",
             "the column 'tags' is there twice", .more = true),
        CASE(assets, "nl-pump,pump,Pump,Gemaal,nl,Ede,,,118000,,,",
             "|nl-pump,pump,Pump,Gemaal,nl,Ede,,,118000,,",
             "this row has 11 fields, but the header has 12", .more = true),
        CASE(assets, "nl-pump,pump,Pump", "nl-pump,pump,|\"Pump",
             "the quote that opens here is never closed", .more = true),
        CASE(assets, "nl-pump,pump,Pump", "nl-pump,pump,\"Pu\"|mp", "behind the closing quote",
             .more = true),
        CASE(assets, "nl-pump,pump,Pump", "nl-pump,pump,Pu|\"mp", "a quote inside a field",
             .more = true),
        CASE(assets, "nl-pump,pump,Pump", "nl-pump,|pmup,Pump",
             "there is no kind 'pmup'; did you mean 'pump'?"),
        CASE(assets, "nl-pump,pump,Pump", "nl-pump,|,Pump", "'kind' is empty"),
        CASE(assets, "nl-pump,pump", "|Nl-pump,pump", "'Nl-pump' is not an id", .more = true),
        CASE(assets, "nl-pump,pump,Pump,Gemaal,nl", "nl-pump,pump,Pump,Gemaal,|xx",
             "there is no country 'xx'"),
        CASE(assets, "nl-pump,pump,Pump,Gemaal", "nl-pump,pump,Pump,|",
             "the asset has no name in nl", .warning = true),
        CASE(assets, "nl-pump,pump,Pump,Gemaal", "|nl-pump,pump,,", "no name in any language"),
        CASE(assets, "nl-control,substation", "|nl-station,substation",
             "the asset 'nl-station' is there twice; first in line 3",
             .at = "|nl-station,substation,Station,Station", .more = true),
        CASE(assets, "52.4833", "|92.4833", "92.4833 is outside -90 to 90 degrees"),
        CASE(assets, "52.4833", "|52.48331234", "is not degrees"),
        CASE(assets, "52.4833,7.3167", "52.4833,|", "needs both 'lat' and 'lon'"),
        CASE(assets, ",7.3167,0,50000", ",7.3167,|many,50000", "'many' is not a whole number"),
        CASE(assets, "relay-suite turbine-modem", "relay-suite |turbine-modm",
             "there is no tag 'turbine-modm'; did you mean 'turbine-modem'?"),
        CASE(assets, "relay-suite turbine-modem", "relay-suite |relay-suite",
             "the tag 'relay-suite' is there twice"),
        CASE(assets, "relay-suite turbine-modem", "relay-suite |!", "'!' is not an id"),
        CASE(assets, "50000,relay-suite,de-power", "50000,relay-suite,|de-powr",
             "there is no crew pool 'de-powr'"),
        CASE(assets, "nl,Ede,,,118000", "nl,Ede,,,|128000", "somebody is counted twice"),
        CASE(assets, "nl,Ede,,,118000", "nl,|Edde,,,118000",
             "'Edde' is not among the scenario's places; did you mean 'Ede'?", .warning = true),
        CASE(assets, "-51.97,5.930001,118000,300000", "-51.97,5.930001,118000,|900000000000",
             "more people or value than the model can count", .more = false),
        CASE(yaml, "  plant: {sector: electricity, repair", "  plant: {repair",
             "says the asset's sector", .file = assets, .at = "de-plant,|plant"),
    };
    CHECK_CASES(cases);
}

TEST(faults, links) {
    static const struct fault_case cases[] = {
        CASE(links, "nl-control,nl-station,control", "|nl-contrl,nl-station,control",
             "there is no asset 'nl-contrl'; did you mean 'nl-control'?", .more = true),
        CASE(links, "nl-control,nl-station,control", "nl-control,|nl-statin,control",
             "there is no asset 'nl-statin'", .more = true),
        CASE(links, "nl-control,nl-station,control", "nl-control,nl-station,|contrl",
             "assets of the kind 'substation' have no need 'contrl'; did you mean 'control'?",
             .more = true),
        CASE(links, "nl-station,nl-pump,electricity", "de-plant,nl-pump,electricity",
             "is there twice; first in line 5",
             .at = "electricity,,,,\n|de-plant,nl-pump,electricity", .more = true),
        CASE(links, "nl-station,nl-pump,electricity,,,,\n", "",
             "wants 2 suppliers to work, and links.csv names 1", .file = assets,
             .at = "|nl-pump,pump"),
        CASE(links, "balance,30%", "balance,|", "a percentage",
             .at = "de-plant,nl-station,|balance"),
        CASE(links, "balance,30%", "balance,|30", "a percentage"),
        CASE(links, "quorum,2", "quorum,|20%", "is a number, not a percentage"),
        CASE(links, "feed,,90%", "feed,|5,90%", "weights do not count", .warning = true),
        CASE(links, "feed,,90%", "feed,,|90", "is not a percentage"),
        CASE(links, "quorum,2", "quorum,|1000000001", "is outside 1 to 1000000000"),
        CASE(links, "nl-station,nl-pump,mix", "|nl-pump,nl-pump,mix", "supplies itself",
             .warning = true),
        CASE(trust, "nl-station,nl-control,2h,",
             "nl-station,nl-control,2h,|nl-station/control/nl-pump", "there is no link"),
        CASE(trust, "nl-station,nl-control,2h,", "nl-station,nl-control,2h,|nl-station-control",
             "is not a link, written asset/need/supplier"),
        CASE(trust, "nl-station,nl-control,2h,", "nl-station,|nl-station,2h,",
             "leads to another asset"),
        CASE(trust, "nl-station,nl-control,2h,", "|nl-control,nl-station,2h,",
             "is there twice; first in line 2"),
        CASE(trust, "nl-station,nl-control,2h,", "nl-station,nl-control,|2,",
             "'2' is not a duration"),
        CASE(yaml, "tick: 1s", "tick: 1ms", "longer than 4294967295 ticks", .file = links,
             .at = "5min,10min", .more = true),
    };
    check_cases(cases, sizeof cases / sizeof cases[0] - 1);
}

TEST(faults, layers) {
    static const struct fault_case cases[] = {
        CASE(yaml, "kind: share_load", "kind: |share-load", "did you mean 'share_load'?",
             .more = true),
        CASE(yaml, "shared: {sector: electricity, kind", "shared: {sector: |electricty, kind",
             "there is no sector 'electricty'; did you mean 'electricity'?", .more = true),
        CASE(yaml, "shared: {sector: electricity, kind", "shared: {sector: |fuel, kind",
             "the layer 'shared' has no members", .more = true),
        CASE(yaml, "tolerance: 500%", "tag: |relay-suit", "there is no tag 'relay-suit'",
             .more = true),
        CASE(yaml, "tolerance: 500%", "trip: |fixed 1h",
             "a layer of kind 'share_load' has no 'trip'"),
        CASE(yaml, "kind: share_load, tolerance: 500%", "kind: giant, tolerance: |500%",
             "a layer of kind 'giant' has no 'tolerance'"),
        CASE(yaml, "tolerance: 500%", "transfer: |fixed", "a fixed transfer needs an 'amount'"),
        CASE(yaml, "tolerance: 500%", "load: |uniform 5 x", "'x' is not a whole number",
             .at = "load: uniform 5 |x"),
        CASE(yaml, "tolerance: 500%", "load: uniform 5 |4", "must rise"),
        CASE(yaml, "tolerance: 500%", "load: |unifrm 5 6", "there is no law 'unifrm'"),
        CASE(yaml, "tolerance: 500%}}",
             "tolerance: 500%}, more: {sector: electricity, kind: giant}}",
             "'nl-station' would be in two layers: 'shared' and 'more'", .file = assets,
             .at = "|nl-station,substation", .more = true),
        CASE(yaml, "criticality: 80", "criticality: 80\n    capacity: 5\n    generation: 6",
             "gives more at rest than it can: 6 and 5", .file = assets,
             .at = "|nl-station,substation", .more = true),
        CASE(edges, "nl-control,nl-station,", "|nl-contrl,nl-station,",
             "there is no asset 'nl-contrl'; did you mean 'nl-control'?"),
        CASE(edges, "nl-control,nl-station,,nl-pump", "|nl-pump,nl-station,,", "is in no layer"),
        CASE(edges, "nl-control,nl-station,,nl-pump", "nl-control,|nl-pump,,",
             "is not another member of the layer 'shared'"),
        CASE(edges, "nl-control,nl-station,,nl-pump", "nl-control,|nl-control,,",
             "is not another member of the layer 'shared'"),
        CASE(edges, "nl-control,nl-station,,nl-pump", "nl-control,nl-station,,|de-plant",
             "is a member of the layer itself"),
        CASE(edges, "nl-pump,,\n", "nl-pump,,\n|nl-station,nl-control,1,,,\n",
             "is there twice; first in line 2"),
        CASE(edges, "nl-pump,,\n", "nl-pump,|0,\n", "is outside 1 to 1000000000"),
    };
    check_cases(cases, sizeof cases / sizeof cases[0]);
}

TEST(faults, campaigns_rules_and_orders) {
    static const struct fault_case cases[] = {
        CASE(yaml, "tags: [relay-suite]", "tags: [|relay-suit]",
             "there is no tag 'relay-suit'; did you mean 'relay-suite'?", .more = true),
        CASE(yaml, "entries: [de-plant]", "entries: [|de-plnt]", "there is no asset 'de-plnt'"),
        CASE(yaml, "entries: [de-plant]", "entries: |[nl-pump]", "cannot be infected",
             .warning = true),
        CASE(yaml, "supplier: de-plant", "supplier: |nl-pump", "never pushes", .warning = true),
        CASE(yaml, "tag: relay-suite, probability", "tag: |turbine-modem, probability",
             "does not target 'turbine-modem'", .warning = true),
        CASE(yaml, "delay: fixed 20min}]",
             "delay: fixed 20min}, {supplier: |de-plant, tag: relay-suite}]", "is there twice"),
        CASE(yaml, "trigger: {at: 2h}", "trigger: |{at: 2h, after: fixed 1h}",
             "either 'at' or 'after'"),
        CASE(yaml, "trigger: {at: 2h}", "trigger: |{}", "either 'at' or 'after'"),
        CASE(yaml, "trigger: {at: 2h}", "trigger: |{at: 13h}", "after the end of the exercise",
             .warning = true),
        CASE(yaml, "do: [{campaign_start: wiper}]", "do: [{campaign_stop: wiper}]",
             "starts this campaign", .at = "|wiper:\n", .warning = true),
        CASE(yaml, "do: [{campaign_start: wiper}]", "do: [{campaign_start: |wipr}]",
             "there is no campaign 'wipr'; did you mean 'wiper'?", .more = true),
        CASE(yaml, "do: [{campaign_start: wiper}]", "do: [{|campaign_strat: wiper}]",
             "no action 'campaign_strat'; did you mean 'campaign_start'?", .more = true),
        CASE(yaml, "do: [{campaign_start: wiper}]", "do: |[]", "nothing would happen",
             .more = true),
        CASE(yaml, "do: [{campaign_start: wiper}]", "do: [{campaign_start: wiper}, |refuel]",
             "'refuel' needs the key 'asset'"),
        CASE(yaml, "do: [{campaign_start: wiper}]",
             "do: [{campaign_start: wiper}, {|limit: nl-pump}]", "'limit' needs the key 'level'"),
        CASE(yaml, "do: [{campaign_start: wiper}]",
             "do: [{campaign_start: wiper}, {isolate: nl-pump}, {|patch: relay-suite}]",
             "'patch' needs the key 'country'"),
        CASE(yaml, "do: [{campaign_start: wiper}]",
             "do: [{campaign_start: wiper}, {|isolate: {tag: relay-suite}}]",
             "'isolate' needs the key 'country'"),
        CASE(yaml, "do: [{campaign_start: wiper}]",
             "do: [{campaign_start: wiper}, {|isolate: {asset: nl-pump, tag: relay-suite, country: "
             "nl}}]",
             "not both"),
        CASE(yaml, "do: [{campaign_start: wiper}]",
             "do: [{campaign_start: wiper}, {|close_border: {country: nl, with: nl}}]",
             "between two countries"),
        CASE(yaml, "do: [{campaign_start: wiper}]",
             "do: [{campaign_start: wiper}, {|mutual_aid: {from: nl-power, to: nl-power, crews: "
             "1}}]",
             "from one pool to another"),
        CASE(yaml, "amount: 6%, duration: 4h", "amount: 6%, duration: 0h", "goes on for some time",
             .at = "{|disinformation"),
        CASE(yaml, "at: 30min, do:", "at: |13h, do:", "after the end", .warning = true),
        CASE(yaml, "at: 30min, do:", "at: 30min, times: |2, do:", "without 'when' nothing ends"),
        CASE(yaml, "at: 30min, do:", "at: 30min, for: |2min, do:", "'for' counts with 'when' only",
             .warning = true),
        CASE(yaml, "when: people_without(electricity, nl) > 50000",
             "when: people_without(|elec, nl) > 50000", "'elec'"),
        CASE(yaml, "when: people_without(electricity, nl) > 50000",
             "when: |people_without(electricity, nl) > 200000", "can never hold", .warning = true),
        CASE(yaml, "when: people_without(electricity, nl) > 50000", "when: |time() < 13h",
             "always holds", .warning = true),
        CASE(yaml, "when: people_without(electricity, nl) > 50000",
             "when: people_without(electricity, nl) > |50%", "", .more = true),
        CASE(yaml, "target: asset, cost: 500, do: [{limit: 50%}]",
             "target: asset, cost: 500, do: [{refuel: |nl-pump}]", "gives all that 'refuel' needs"),
        CASE(yaml, "target: tag, do: [patch]", "target: none, do: [|patch]",
             "which the order's target does not give", .more = true),
        CASE(yaml, "{order: shed}, {order: aid}", "{order: aid}", "no cell may give this order",
             .at = "|shed: {name", .warning = true, .more = true),
    };
    CHECK_CASES(cases);
}

TEST(faults, cells) {
    static const struct fault_case cases[] = {
        CASE(yaml, "country: nl\n    language", "country: |nll\n    language",
             "there is no country 'nll'; did you mean 'nl'?"),
        CASE(yaml, "sees: [{countries: [nl]}", "sees: [{countries: [|xx]}",
             "there is no country 'xx'"),
        CASE(yaml, "sees: [{countries: [nl]}", "sees: [{|contries: [nl]}",
             "unknown key 'contries'; did you mean 'countries'?"),
        CASE(yaml, "{order: shed}, {order: aid}", "{order: |shd}, {order: aid}",
             "there is no order 'shd'; did you mean 'shed'?", .more = true),
        CASE(yaml, "when: \"detected(wiper, *) >= 1\"", "when: \"detected(|wipr, *) >= 1\"",
             "did you mean 'wiper'?"),
        CASE(yaml, "when: \"detected(wiper, *) >= 1\"", "when: \"|health(nl-pump) < 50%\"", ""),
        CASE(yaml, "id: cut-it", "id: |patch-it",
             "the id 'patch-it' is there twice; first in line 95", .at = "{id: |patch-it, each"),
        CASE(yaml, "order: patch, tag: relay-suite, country: nl}", "order: |shed, asset: nl-pump}",
             "no authority"),
        CASE(yaml, "order: isolate, thinking", "order: |patch, thinking",
             "'each' needs an order about one asset"),
        CASE(yaml, "detected(wiper, *) >= 1",
             "|service(de-plant) < 50% and trust(de) < 10% and failed(nl-pump)", "", .more = true),
    };
    check_cases(cases, sizeof cases / sizeof cases[0] - 1);
}

TEST(faults, policies_that_reach_beyond_their_cell) {
    static const struct fault_case cases[] = {
        CASE(yaml, "detected(wiper, *) >= 1",
             "detected(wiper, *) >= 1 and ordered(shed, grid) >= 1",
             .text = "a cell counts its own orders only, not those of 'grid'",
             .at = "when: \"|detected"),
    };
    CHECK_CASES(cases);
}

TEST(faults, msel) {
    static const struct fault_case cases[] = {
        CASE(msel, "1-welcome,opening", "|2-dark,opening",
             "the inject '2-dark' is there twice; first in line 2", .at = "|2-dark,blackout",
             .more = true),
        CASE(msel, ",administrative,,0min", ",|administrativ,,0min",
             "did you mean 'administrative'?"),
        CASE(msel, ",administrative,,0min", ",administrative,,|13h",
             "after the end of the exercise"),
        CASE(msel, ",administrative,,0min", ",administrative,,|soon", "'soon' is not a duration"),
        CASE(msel, "1-welcome,opening,start,,administrative,,0min",
             "|1-welcome,opening,start,,administrative,,", "only a controller can release it",
             .warning = true),
        CASE(msel, "administrative,,0min,,,", "administrative,,0min,,|5min,",
             "'for' counts with 'when' only", .warning = true),
        CASE(msel, "administrative,,0min,,,,", "administrative,,0min,,,|5min,",
             "'expires' counts with 'when' only", .warning = true),
        CASE(msel, ",*,mail", ",|* grid,mail", "'*' stands alone", .more = true),
        CASE(msel, ",*,mail", ",|gird,mail", "there is no cell 'gird'; did you mean 'grid'?"),
        CASE(msel, "grid csirt,alarm", "grid |grid,alarm", "'grid' is there twice"),
        CASE(msel, "alarm,TLP:AMBER", "alarm,|TLP:AMBER+STRICT",
             "TLP:AMBER+STRICT is above the clearance of 'grid', TLP:AMBER"),
        CASE(msel, ",nl de,power", ",nl,power", "leaves out 'de', the country of 'grid'",
             .at = "2h,|grid csirt"),
        CASE(msel, ",nl de,power", ",nl |dee,power",
             "there is no country 'dee'; did you mean 'de'?", .more = true),
        CASE(msel, "power,yes,pass", "power,,|pass",
             "'unattended' counts for a proposed inject only", .warning = true),
        CASE(msel, "power,yes,pass,5min", "power,yes,hold,|5min", "nothing passes by itself",
             .warning = true),
        CASE(msel, "yes,45min", "yes,", "an expected action needs 'due'",
             .at = "task,|expected action", .more = true),
        CASE(msel, "\"ordered(shed, grid) >= 1\"", "\"ordered(|shd, grid) >= 1\"",
             "did you mean 'shed'?"),
        CASE(msel, "\"ordered(shed, grid) >= 1\"", "|\"ordered(shed, csirt) >= 1\"",
             "can never hold", .warning = true),
        CASE(msel, "released(2-dark)", "|released(3-choose)", "can never hold", .warning = true),
        CASE(msel, "released(2-dark)", "released(|2-drk)", "did you mean '2-dark'?"),
        CASE(msel, "csirt, act)\"", "csirt, |atc)\"", "did you mean 'act'?"),
        CASE(msel, ",1h,\"chose", ",,|\"chose", "'expected' counts with 'due' only",
             .warning = true),
        CASE(msel, ",share,nl-station", ",|shar,nl-station",
             "there is no objective 'shar'; did you mean 'share'?"),
        CASE(msel, ",share,nl-station", ",share,|nl-statin",
             "there is no asset 'nl-statin'; did you mean 'nl-station'?"),
        CASE(yaml, "objectives: {", "objectives: {|idle: {title: {en: Idle, nl: Lui}}, ",
             "no inject tests this objective", .warning = true),
    };
    CHECK_CASES(cases);
}

TEST(faults, rare_ones) {
    static const struct fault_case cases[] = {
        CASE(yaml, "mix: {aggregator: share}",
             "mix: {aggregator: share}\n      |stir: {aggregator: all}",
             .text = "the program has no words for the need 'stir'", .warning = true),
        CASE(msel, "4-maybe,blackout,maybe,,media,contingency,,,,,grid,news,TLP:CLEAR,,media,,,,,,",
             "4-maybe,blackout,maybe,,media,|expected "
             "action,1h,,,,grid,news,TLP:CLEAR,,media,,,,,5min,",
             .text = "nobody can tell whether it was done", .warning = true),
        CASE(msel, "4-maybe,blackout",
             "|5-new,,,,media,contingency,,,,,grid,,,,,,,,,,,,\n4-maybe,blackout",
             .text = "the inject '5-new' has no text in any language"),
        CASE(msel, "pass,5min,yes,45min", "pass,5min,|maybe,45min",
             .text = "'maybe' is not yes or no"),
        CASE(msel, "released(2-dark)", "|\"demand(fuel, nl) < 100%\"", .text = "can never hold",
             .warning = true),
        CASE(assets, "nl-pump,pump",
             "|nl-pump-with-a-name-that-is-much-too-long-for-an-id-of-an-asset-or-anything,pump",
             .text = "…' is not an id", .more = true),
        CASE(
            yaml, "lognormal 90min 0.5",
            "lognormal |90min90min90min90min90min90min90min90min90min90min90min90min90min90min 0.5",
            .text = "this is not a duration"),
        CASE(assets, NULL,
             "id,kind,name_en,name_nl,country,sector,surge\n"
             "nl-control,substation,C,C,nl,|watr,\n",
             .text = "there is no sector 'watr'; did you mean 'water'?", .more = true),
        CASE(assets, NULL,
             "id,kind,name_en,name_nl,country,sector,surge\n"
             "nl-control,substation,C,C,nl,,|full\n",
             .text = "there is no surge 'full'; did you mean 'fuel'?", .more = true),
    };
    CHECK_CASES(cases);
}

TEST(faults, texts) {
    static const struct fault_case cases[] = {
        CASE(en, "  4-maybe: ", "  |4-mayb: ",
             "there is no inject '4-mayb'; did you mean '4-maybe'?", .more = true),
        CASE(en, "  4-maybe: {title: Maybe, from: News, text: Who knows.}\n", "",
             "the inject '4-maybe' is missing in texts/en.yaml", .file = msel, .at = "|4-maybe,",
             .warning = true),
        CASE(en, "title: Welcome, ", "", "the key 'title' is missing", .at = "|1-welcome:"),
        CASE(en, "text: Play.", "text: Play., |bdy: x", "unknown key 'bdy'"),
        CASE(en, "controller: Wait., ", "", "'controller' is missing here; it is in texts/nl.yaml",
             .at = "|2-dark:", .warning = true),
        CASE(en, "      wait: {text: Wait}\n", "", "the option 'wait' is not in texts/en.yaml",
             .file = nl, .at = "|wait: {text: Wacht}"),
        CASE(msel, "choice,,decision", "choice,,|task", "only a decision has options",
             .warning = true),
        CASE(msel, "now,task", "now,|decision", "a decision needs options"),
        CASE(yaml, "languages: [en, nl]", "languages: [en]",
             "'nl' is not among the scenario's languages", .file = nl, .at = "", .warning = true),
    };
    CHECK_CASES(cases);
}

/* ---- The list as a whole ---- */

TEST(faults, all_are_found_in_one_go_and_sorted_by_place) {
    struct package_file files[SAMPLE_FILES];
    memcpy(files, sample_files, sizeof files);
    static const char bad_links[] =
        "supplier,asset,need\nx,nl-pump,electricity\nde-plant,y,feed\nde-plant,nl-pump,z\n";
    static const char bad_trust[] = "from,to,mean_contact\na,b,c\n";
    files[2] = (struct package_file){"links.csv", (const uint8_t *)bad_links, sizeof bad_links - 1};
    files[3] = (struct package_file){"trust.csv", (const uint8_t *)bad_trust, sizeof bad_trust - 1};
    struct package *package = NULL;
    CHECK_OK(package_create(files, SAMPLE_FILES, &package, NULL));
    struct fault_list *faults = NULL;
    struct scenario *scenario = sample_load(package, SPILL_INVALID, &faults);
    CHECK(scenario == NULL);
    CHECK_EQ(fault_list_errors(faults), 6);
    static const size_t lines[] = {2, 3, 4, 2, 2, 2};
    for (size_t i = 0; i < 6; i++) {
        CHECK_EQ(fault_list_at(faults, i).line, lines[i]);
        CHECK_EQ(fault_list_at(faults, i).file, i < 3 ? "links.csv" : "trust.csv");
    }
    fault_list_destroy(&faults);
}

TEST(faults, list_is_bounded_and_says_how_many_more_there_are) {
    char *const text = spill_alloc(20000, 1);
    CHECK(text != NULL);
    size_t bytes =
        (size_t)snprintf(text, 20000, "supplier,asset,need\nnl-control,nl-station,control\n");
    for (int i = 0; i < 250; i++) {
        bytes += (size_t)snprintf(text + bytes, 20000 - bytes, "x%d,nl-pump,electricity\n", i);
    }
    struct fault_list *faults = NULL;
    (void)sample_load(sample_package("links.csv", NULL, text), SPILL_INVALID, &faults);
    CHECK_EQ(fault_list_errors(faults), 250);
    const size_t count = fault_list_count(faults);
    CHECK_LE(count, 102);
    const struct fault last = fault_list_at(faults, count - 1);
    CHECK_EQ(last.text, "and 150 more errors");
    CHECK_EQ(last.line, 0);
    fault_list_destroy(&faults);
    free(text);
}

/* ---- Printing ---- */

static void check_print(const struct fault *fault, const char *wanted) {
    char text[SAMPLE_FAULT_BYTES];
    const size_t bytes = fault_print(fault, text, sizeof text);
    CHECK_EQ(text, wanted);
    CHECK_EQ(bytes, strlen(wanted));
    char little[8];
    CHECK_EQ(fault_print(fault, little, sizeof little), bytes);
    CHECK_EQ(strlen(little), 7);
    CHECK_EQ(fault_print(fault, NULL, 0), bytes);
}

TEST(faults, print_as_compilers_do) {
    check_print(&(struct fault){FAULT_ERROR, "s/links.csv", 6, 13, 4,
                                "unknown country 'nlll'; did you mean 'nl'?", "a,b,c,d,e,f,nlll,,"},
                "s/links.csv:6:13: error: unknown country 'nlll'; did you mean 'nl'?\n"
                "    a,b,c,d,e,f,nlll,,\n"
                "                ^~~~\n");
    check_print(&(struct fault){FAULT_WARNING, "x", 0, 0, 1, "words", NULL}, "x: warning: words\n");
}

TEST(faults, caret_stands_under_its_character) {
    /* A tab goes to the next stop; é takes one column, 界 two. */
    check_print(&(struct fault){FAULT_ERROR, "f", 1, 4, 1, "t", "\té界x"}, "f:1:4: error: t\n"
                                                                           "            é界x\n"
                                                                           "               ^\n");
    check_print(&(struct fault){FAULT_ERROR, "f", 1, 3, 2, "t", "aé界x"}, "f:1:3: error: t\n"
                                                                          "    aé界x\n"
                                                                          "      ^~~\n");
    /* Behind the end of the line, something is missing. */
    check_print(&(struct fault){FAULT_ERROR, "f", 1, 4, 1, "t", "abc"}, "f:1:4: error: t\n"
                                                                        "    abc\n"
                                                                        "       ^\n");
}

TEST(faults, long_line_is_shown_around_the_fault) {
    char line[401];
    memset(line, 'x', 400);
    line[400] = '\0';
    line[299] = '!';
    char text[SAMPLE_FAULT_BYTES];
    const struct fault fault = {FAULT_ERROR, "f", 1, 300, 1, "t", line};
    fault_print(&fault, text, sizeof text);
    const char *const bang = strchr(text, '!');
    const char *const caret = strchr(text, '^');
    CHECK(bang != NULL);
    CHECK(caret != NULL);
    const char *const shown = strchr(text, '\n') + 1;
    const char *const below = strchr(shown, '\n') + 1;
    CHECK_EQ(bang - shown, caret - below);
    CHECK_LE(strlen(shown), 300);
}
