/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/print.h"

enum {
    SUMMARY_LINE_BYTES = 512,
    SUMMARY_NAME_COLUMNS = 34,
    SUMMARY_SECTORS_SHOWN = 7,
    SUMMARY_SECTOR_COLUMNS = 12,
    SUMMARY_LABEL_COLUMNS = 16
};

static const char *summary_words(const struct summary_input *input, enum words_key key) {
    return words(key, (enum words_language)input->language);
}

static const struct network *summary_network(const struct summary_input *input) {
    return scenario_network(input->scenario);
}

static const struct cascade *summary_cascade(const struct summary_input *input) {
    return world_cascade(exercise_world(input->exercise));
}

static void summary_heading(FILE *stream, const struct summary_input *input, enum words_key key) {
    fprintf(stream, "\n%s%s%s\n", print_begin(PRINT_BOLD, input->colours),
            summary_words(input, key), print_end(input->colours));
}

static int64_t summary_total(const struct summary_input *input, const struct cascade *cascade) {
    const struct network *const network = summary_network(input);
    int64_t total = 0;
    for (uint32_t c = 0; c < network_country_count(network); c++) {
        for (uint32_t s = 0; s < network_sector_count(network); s++) {
            total += cascade_person_ms(cascade, (struct country_ref){c}, (struct sector_ref){s}) /
                     INT64_C(3600000);
        }
    }
    return total;
}

/* ---- What failed ---- */

/* How much of all that was lost an asset lost itself: its share of the person-hours and of the
 * value, 0 to 2. For ranking on a page only. */
static double summary_share(const struct asset_tally *tally, double person_ms, double value_ms) {
    return (person_ms > 0 ? (double)tally->person_ms / person_ms : 0) +
           (value_ms > 0 ? (double)tally->value_ms / value_ms : 0);
}

size_t summary_worst(const struct summary_input *input, struct asset_ref *assets, size_t capacity) {
    const struct cascade *const cascade = summary_cascade(input);
    const uint32_t asset_count = (uint32_t)network_asset_count(summary_network(input));
    double person_ms = 0;
    double value_ms = 0;
    for (uint32_t i = 0; i < asset_count; i++) {
        const struct asset_tally tally = cascade_asset_tally(cascade, (struct asset_ref){i});
        person_ms += (double)tally.person_ms;
        value_ms += (double)tally.value_ms;
    }
    size_t count = 0;
    for (uint32_t i = 0; i < asset_count; i++) {
        const struct asset_tally tally = cascade_asset_tally(cascade, (struct asset_ref){i});
        if (tally.first_failure_ms == SPILL_NEVER) {
            continue;
        }
        /* Insertion into a short sorted list; the first of equals stays first. */
        const double share = summary_share(&tally, person_ms, value_ms);
        size_t at = count;
        for (; at > 0; at--) {
            const struct asset_tally before = cascade_asset_tally(cascade, assets[at - 1]);
            if (share <= summary_share(&before, person_ms, value_ms)) {
                break;
            }
            if (at < capacity) {
                assets[at] = assets[at - 1];
            }
        }
        if (at < capacity) {
            assets[at] = (struct asset_ref){i};
            count += count < capacity;
        }
    }
    return count;
}

/* Who stands behind a root: the campaign's, rule's or order's name. */
static const char *summary_root_name(const struct summary_input *input, const char *kind,
                                     const char *id) {
    struct campaign_ref campaign = {0};
    struct rule_ref rule = {0};
    if (strcmp(kind, "campaign") == 0 &&
        network_find_campaign(summary_network(input), id, &campaign) == SPILL_OK) {
        return scenario_campaign_name(input->scenario, campaign).in[input->language];
    }
    if (strcmp(kind, "effect") == 0 &&
        script_find_rule(scenario_script(input->scenario), id, &rule) == SPILL_OK) {
        return scenario_rule_name(input->scenario, rule).in[input->language];
    }
    return id;
}

/* What people call a need of an asset; its id when it has none of that id. */
static const char *summary_need_name(const struct summary_input *input, struct asset_ref asset,
                                     const char *need) {
    const struct network *const network = summary_network(input);
    size_t count = 0;
    const struct need_ref first = network_asset_needs(network, asset, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct need_ref ref = {first.index + i};
        const char *const id = network_need_id(network, ref);
        const char *const slash = strrchr(id, '/');
        if (strcmp(slash == NULL ? id : slash + 1, need) == 0) {
            return scenario_need_name(input->scenario, ref).in[input->language];
        }
    }
    return need;
}

static void summary_why(const struct summary_input *input, struct asset_ref asset,
                        const struct story_failure *failure, char *text, size_t text_bytes) {
    struct asset_ref supplier = {0};
    const char *from = "";
    if (failure->supplier[0] != '\0' &&
        network_find_asset(summary_network(input), failure->supplier, &supplier) == SPILL_OK) {
        from = scenario_asset(input->scenario, supplier)->name.in[input->language];
    }
    const struct words_value values[] = {
        {"need", summary_need_name(input, asset, failure->need)},
        {"supplier", from},
        {"root", summary_root_name(input, failure->root_kind, failure->root_id)},
    };
    enum words_key key = WORDS_SUMMARY_WHY_HIT;
    if (failure->limit == LIMIT_NEED) {
        key = from[0] != '\0' ? WORDS_SUMMARY_WHY_LOST : WORDS_SUMMARY_WHY_CONTROL;
    } else if (failure->limit == LIMIT_CAP) {
        key = WORDS_SUMMARY_WHY_CAP;
    } else if (failure->limit == LIMIT_DEMAND) {
        key = WORDS_SUMMARY_WHY_DEMAND;
    } else if (failure->limit == LIMIT_LAYER) {
        key = WORDS_SUMMARY_WHY_LAYER;
    }
    words_fill(text, text_bytes, key, (enum words_language)input->language, values, 3);
}

static size_t summary_failed_count(const struct summary_input *input) {
    size_t failed = 0;
    for (uint32_t i = 0; i < network_asset_count(summary_network(input)); i++) {
        failed +=
            cascade_asset_tally(summary_cascade(input), (struct asset_ref){i}).first_failure_ms !=
            SPILL_NEVER;
    }
    return failed;
}

static void summary_print_failures(FILE *stream, const struct summary_input *input) {
    struct asset_ref assets[SUMMARY_ASSETS];
    const size_t count = summary_worst(input, assets, SUMMARY_ASSETS);
    char shown[24];
    char all[24];
    char line[SUMMARY_LINE_BYTES];
    snprintf(shown, sizeof shown, "%zu", count);
    snprintf(all, sizeof all, "%zu", summary_failed_count(input));
    const struct words_value values[] = {{"shown", shown}, {"all", all}};
    words_fill(line, sizeof line, WORDS_SUMMARY_FAILED, (enum words_language)input->language,
               values, 2);
    fprintf(stream, "\n%s%s%s\n", print_begin(PRINT_BOLD, input->colours), line,
            print_end(input->colours));
    for (size_t i = 0; i < count; i++) {
        const struct asset_tally tally = cascade_asset_tally(summary_cascade(input), assets[i]);
        const struct story_failure failure = story_failure(input->story, assets[i]);
        char time[SPILL_DURATION_TEXT_BYTES];
        char hours[PRINT_NUMBER_BYTES];
        char why[SUMMARY_LINE_BYTES] = "";
        fprintf(stream, "  %-3s ",
                network_country_id(summary_network(input),
                                   network_asset_country(summary_network(input), assets[i])));
        print_padded(stream, scenario_asset(input->scenario, assets[i])->name.in[input->language],
                     SUMMARY_NAME_COLUMNS);
        fprintf(stream, " %s ", spill_time_print(tally.first_failure_ms, time));
        snprintf(line, sizeof line, "%s h", print_hours(tally.failed_ms, hours));
        print_padded(stream, line, -6);
        if (failure.at_ms != SPILL_NEVER) {
            summary_why(input, assets[i], &failure, why, sizeof why);
        }
        fprintf(stream, "  ");
        const int room = input->columns > 64 ? input->columns - 64 : 36;
        const int used = print_columns(why);
        if (used > 0) { /* The last column: no spaces behind it. */
            print_padded(stream, why, used < room ? used : room);
        }
        fputc('\n', stream);
    }
}

/* ---- People ---- */

struct summary_sector {
    struct sector_ref sector;
    int64_t worst; /* People without it, at the worst moment of each country, summed. */
};

static int summary_compare_sectors(const void *a, const void *b) {
    const struct summary_sector *const left = a;
    const struct summary_sector *const right = b;
    return left->worst != right->worst ? (left->worst < right->worst) - (left->worst > right->worst)
                                       : (left->sector.index > right->sector.index) -
                                             (left->sector.index < right->sector.index);
}

/* At the worst moment of each, countries down and the services that most were without across. */
static void summary_print_people(FILE *stream, const struct summary_input *input) {
    const struct network *const network = summary_network(input);
    struct summary_sector sectors[SPILL_SECTORS_MAX];
    const size_t sector_count = network_sector_count(network);
    for (uint32_t s = 0; s < sector_count; s++) {
        sectors[s] = (struct summary_sector){.sector = {s}};
        for (uint32_t c = 0; c < network_country_count(network); c++) {
            sectors[s].worst +=
                story_worst_without(input->story, (struct country_ref){c}, sectors[s].sector);
        }
    }
    qsort(sectors, sector_count, sizeof sectors[0], summary_compare_sectors);
    size_t shown = 0;
    while (shown < sector_count && shown < SUMMARY_SECTORS_SHOWN && sectors[shown].worst > 0) {
        shown++;
    }
    summary_heading(stream, input, WORDS_SUMMARY_PEOPLE);
    print_padded(stream, "", SUMMARY_LABEL_COLUMNS);
    for (size_t s = 0; s < shown; s++) {
        fputc(' ', stream);
        print_padded(stream,
                     scenario_sector_name(input->scenario, sectors[s].sector).in[input->language],
                     -(SUMMARY_SECTOR_COLUMNS - 1));
    }
    fputc('\n', stream);
    for (uint32_t c = 0; c < network_country_count(network); c++) {
        const struct country_ref country = {c};
        int64_t total = 0;
        for (size_t s = 0; s < shown; s++) {
            total += story_worst_without(input->story, country, sectors[s].sector);
        }
        if (total == 0) {
            continue;
        }
        fputs("  ", stream);
        print_padded(stream, scenario_country_name(input->scenario, country).in[input->language],
                     SUMMARY_LABEL_COLUMNS - 2);
        for (size_t s = 0; s < shown; s++) {
            char number[PRINT_NUMBER_BYTES];
            const int64_t people = story_worst_without(input->story, country, sectors[s].sector);
            print_padded(stream, people == 0 ? "·" : print_short(people, number),
                         -SUMMARY_SECTOR_COLUMNS);
        }
        fputc('\n', stream);
    }
}

/* ---- The matrix ---- */

static int64_t *summary_matrix(const struct summary_input *input, size_t *count) {
    const struct network *const network = summary_network(input);
    const size_t countries = network_country_count(network);
    int64_t *const values = spill_alloc((countries + 1) * countries, sizeof *values);
    if (values == NULL) {
        return NULL;
    }
    for (size_t from = 0; from <= countries; from++) {
        for (size_t hit = 0; hit < countries; hit++) {
            const struct country_ref root = {from < countries ? (uint32_t)from : NETWORK_NO_INDEX};
            values[from * countries + hit] = cascade_spill_ms(summary_cascade(input), root,
                                                              (struct country_ref){(uint32_t)hit}) /
                                             INT64_C(3600000);
        }
    }
    *count = countries;
    return values;
}

static void summary_print_matrix(FILE *stream, const struct summary_input *input) {
    const struct network *const network = summary_network(input);
    size_t count = 0;
    int64_t *const values = summary_matrix(input, &count);
    const char **const labels = spill_alloc(count, sizeof *labels);
    if (values != NULL && labels != NULL) {
        for (size_t i = 0; i < count; i++) {
            labels[i] = network_country_id(network, (struct country_ref){(uint32_t)i});
        }
        const struct print_matrix matrix = {
            .corner = summary_words(input, WORDS_SUMMARY_FROM),
            .total = summary_words(input, WORDS_SUMMARY_TOTAL),
            .abroad = summary_words(input, WORDS_SUMMARY_ABROAD),
            .others = summary_words(input, WORDS_SUMMARY_OTHERS),
            .labels = labels,
            .none = summary_words(input, WORDS_SUMMARY_NO_COUNTRY),
            .count = count,
            .values = values,
        };
        summary_heading(stream, input, WORDS_SUMMARY_MATRIX);
        print_matrix(stream, &matrix, input->columns, input->colours);
    }
    free(values);
    free(labels);
}

/* ---- Counts ---- */

static void summary_print_play(FILE *stream, const struct summary_input *input) {
    const struct story_counts counts = story_counts(input->story);
    const struct {
        const char *name;
        size_t value;
    } numbers[] = {
        {"released", counts.released}, {"acknowledged", counts.acknowledged},
        {"answered", counts.answered}, {"answerable", counts.answerable},
        {"orders", counts.orders},     {"refused", counts.refused_orders},
        {"met", counts.met},           {"late", counts.late},
        {"missed", counts.missed},     {"unobserved", counts.not_observed},
        {"rules", counts.fired},       {"injects", scenario_inject_count(input->scenario)},
    };
    enum { NUMBERS = sizeof numbers / sizeof numbers[0] };
    char texts[NUMBERS][24];
    struct words_value values[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++) {
        snprintf(texts[i], sizeof texts[i], "%zu", numbers[i].value);
        values[i] = (struct words_value){numbers[i].name, texts[i]};
    }
    char line[SUMMARY_LINE_BYTES];
    summary_heading(stream, input, WORDS_SUMMARY_PLAY);
    const enum words_key keys[] = {WORDS_SUMMARY_PLAY_INJECTS, WORDS_SUMMARY_PLAY_ORDERS,
                                   WORDS_SUMMARY_PLAY_EXPECTED};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        words_fill(line, sizeof line, keys[i], (enum words_language)input->language, values,
                   NUMBERS);
        fprintf(stream, "  %s\n", line);
    }
    if (input->compared != NULL) {
        const int64_t with = summary_total(input, summary_cascade(input));
        const int64_t without = summary_total(input, input->compared);
        char with_text[PRINT_NUMBER_BYTES];
        char without_text[PRINT_NUMBER_BYTES];
        char share[24];
        const int64_t saved = without > 0 ? (without - with) * 100 / without : 0;
        snprintf(share, sizeof share, "%" PRId64, saved);
        const struct words_value compared[] = {{"team", input->team},
                                               {"hours", print_short(with, with_text)},
                                               {"other", input->compared_team},
                                               {"other_hours", print_short(without, without_text)},
                                               {"share", share}};
        words_fill(line, sizeof line, WORDS_SUMMARY_COMPARED, (enum words_language)input->language,
                   compared, 5);
        fprintf(stream, "  %s%s%s\n", print_begin(PRINT_BOLD, input->colours), line,
                print_end(input->colours));
    }
}

void summary_print(FILE *stream, const struct summary_input *input) {
    if (summary_failed_count(input) > 0) {
        summary_print_failures(stream, input);
    } else {
        summary_heading(stream, input, WORDS_SUMMARY_NONE_FAILED);
    }
    if (summary_total(input, summary_cascade(input)) > 0) {
        summary_print_people(stream, input);
        summary_print_matrix(stream, input);
    } else {
        summary_heading(stream, input, WORDS_SUMMARY_NOBODY_WITHOUT);
    }
    summary_print_play(stream, input);
}

/* ---- JSON ---- */

static json_t *summary_json_failures(const struct summary_input *input) {
    json_t *const list = json_array();
    for (uint32_t i = 0; i < network_asset_count(summary_network(input)); i++) {
        const struct asset_ref asset = {i};
        const struct asset_tally tally = cascade_asset_tally(summary_cascade(input), asset);
        if (tally.first_failure_ms == SPILL_NEVER) {
            continue;
        }
        const struct story_failure failure = story_failure(input->story, asset);
        const bool known = failure.at_ms != SPILL_NEVER;
        json_array_append_new(
            list,
            json_pack("{s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "asset",
                      network_asset_id(summary_network(input), asset), "first_failure_ms",
                      (json_int_t)tally.first_failure_ms, "failed_ms", (json_int_t)tally.failed_ms,
                      "person_hours", (json_int_t)(tally.person_ms / INT64_C(3600000)), "need",
                      known ? failure.need : "", "supplier", known ? failure.supplier : "",
                      "root_kind", known ? failure.root_kind : "", "root",
                      known ? failure.root_id : "", "root_country",
                      known ? failure.root_country : ""));
    }
    return list;
}

static json_t *summary_json_people(const struct summary_input *input) {
    const struct network *const network = summary_network(input);
    json_t *const countries = json_object();
    for (uint32_t c = 0; c < network_country_count(network); c++) {
        json_t *const sectors = json_object();
        for (uint32_t s = 0; s < network_sector_count(network); s++) {
            const struct country_ref country = {c};
            const struct sector_ref sector = {s};
            const int64_t person_ms = cascade_person_ms(summary_cascade(input), country, sector);
            if (person_ms > 0) {
                json_object_set_new(
                    sectors, network_sector_id(network, sector),
                    json_pack(
                        "{s:I, s:I, s:I}", "person_hours",
                        (json_int_t)(person_ms / INT64_C(3600000)), "people_without",
                        (json_int_t)cascade_people_without(summary_cascade(input), country, sector),
                        "people_without_at_worst",
                        (json_int_t)story_worst_without(input->story, country, sector)));
            }
        }
        json_object_set_new(countries, network_country_id(network, (struct country_ref){c}),
                            sectors);
    }
    return countries;
}

static json_t *summary_json_matrix(const struct summary_input *input) {
    const struct network *const network = summary_network(input);
    json_t *const rows = json_object();
    size_t count = 0;
    int64_t *const values = summary_matrix(input, &count);
    for (size_t from = 0; values != NULL && from <= count; from++) {
        json_t *const row = json_object();
        for (uint32_t hit = 0; hit < count; hit++) {
            json_object_set_new(row, network_country_id(network, (struct country_ref){hit}),
                                json_integer((json_int_t)values[from * count + hit]));
        }
        json_object_set_new(rows,
                            from < count
                                ? network_country_id(network, (struct country_ref){(uint32_t)from})
                                : "none",
                            row);
    }
    free(values);
    return rows;
}

void summary_print_json(FILE *stream, const struct summary_input *input,
                        const struct summary_run *run) {
    char digest[2 * CASCADE_DIGEST_BYTES + 1];
    for (size_t i = 0; i < CASCADE_DIGEST_BYTES; i++) {
        snprintf(digest + 2 * i, 3, "%02x", run->digest[i]);
    }
    char seed[24]; /* As text: not every reader of JSON has 64-bit integers. */
    snprintf(seed, sizeof seed, "%" PRIu64, run->seed);
    const struct story_counts counts = story_counts(input->story);
    json_t *const object =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:o, s:o}", "schema", "spillover-run-1",
                  "scenario", scenario_id(input->scenario), "team", input->team, "seed", seed,
                  "until_ms", (json_int_t)exercise_now_ms(input->exercise), "digest", digest,
                  "failures", summary_json_failures(input), "people", summary_json_people(input),
                  "spillover_person_hours", summary_json_matrix(input));
    json_object_set_new(object, "injects",
                        json_pack("{s:I, s:I, s:I, s:I}", "released", (json_int_t)counts.released,
                                  "acknowledged", (json_int_t)counts.acknowledged, "answers_asked",
                                  (json_int_t)counts.answerable, "answered",
                                  (json_int_t)counts.answered));
    json_object_set_new(object, "expectations",
                        json_pack("{s:I, s:I, s:I, s:I}", "met", (json_int_t)counts.met, "late",
                                  (json_int_t)counts.late, "missed", (json_int_t)counts.missed,
                                  "not_observed", (json_int_t)counts.not_observed));
    json_object_set_new(object, "orders",
                        json_pack("{s:I, s:I}", "accepted", (json_int_t)counts.orders, "refused",
                                  (json_int_t)counts.refused_orders));
    json_object_set_new(object, "person_hours",
                        json_integer((json_int_t)summary_total(input, summary_cascade(input))));
    if (input->compared != NULL) {
        json_object_set_new(object, "compared",
                            json_pack("{s:s, s:I}", "team", input->compared_team, "person_hours",
                                      (json_int_t)summary_total(input, input->compared)));
    }
    json_object_set_new(object, "run",
                        json_pack("{s:s?, s:I, s:I}", "recording", run->recording, "inputs",
                                  (json_int_t)run->input_count, "wall_ms",
                                  (json_int_t)run->wall_ms));
    json_dumpf(object, stream, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    fputc('\n', stream);
    json_decref(object);
}
