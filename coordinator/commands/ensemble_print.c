/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands/ensemble_print.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/commands/command.h"
#include "coordinator/commands/print.h"

enum {
    PAGE_LINE_BYTES = 512,
    PAGE_GROUPS = 18,
    PAGE_ASSETS = 12,
    PAGE_ROOTS = 6,
    PAGE_LINKS = 6,
    PAGE_SPILLS = 5,
    PAGE_NAME_COLUMNS = 24,
    PAGE_ASSET_COLUMNS = 38,
    PAGE_CHANCE_COLUMNS = 8,
    PAGE_SPARK = 24,
    PAGE_HOURS_COLUMNS = 11,
    PAGE_TIMES = 3,
};

/* Columns of chances, besides the end. */
static const int64_t page_times_ms[PAGE_TIMES] = {3600000, 6 * 3600000, 24 * 3600000};

static const char *page_words(const struct ensemble_report *report, enum words_key key) {
    return words(key, (enum words_language)report->language);
}

static const struct network *page_network(const struct ensemble_report *report) {
    return scenario_network(report->scenario);
}

static void page_fill(FILE *stream, const struct ensemble_report *report, enum words_key key,
                      const struct words_value *values, size_t value_count) {
    char line[PAGE_LINE_BYTES];
    words_fill(line, sizeof line, key, (enum words_language)report->language, values, value_count);
    fputs(line, stream);
}

static void page_heading(FILE *stream, const struct ensemble_report *report, enum words_key key,
                         const struct words_value *values, size_t value_count) {
    fprintf(stream, "\n%s", print_begin(PRINT_BOLD, report->colours));
    page_fill(stream, report, key, values, value_count);
    fprintf(stream, "%s\n", print_end(report->colours));
}

/* A person-hours figure, short. */
static char *page_hours(double hours, char text[PRINT_NUMBER_BYTES]) {
    return print_short((int64_t)llround(hours < 9e18 ? hours : 9e18), text);
}

static double page_mean_hours(const struct ensemble_report *report, struct wide person_ms) {
    return wide_double(person_ms) / 3600000.0 / ensemble_replica_count(report->ensemble);
}

/* "34 %"; never 0 or 100 when it is not quite. */
static char *page_chance(const struct ensemble_report *report, uint64_t count,
                         char text[PRINT_NUMBER_BYTES]) {
    const uint64_t all = ensemble_replica_count(report->ensemble);
    const uint64_t percent = (count * 200 + all) / (2 * all);
    if (count == 0) {
        snprintf(text, PRINT_NUMBER_BYTES, "·");
    } else if (percent == 0) {
        snprintf(text, PRINT_NUMBER_BYTES, "<1 %%");
    } else if (percent == 100 && count < all) {
        snprintf(text, PRINT_NUMBER_BYTES, ">99 %%");
    } else {
        snprintf(text, PRINT_NUMBER_BYTES, "%" PRIu64 " %%", percent);
    }
    return text;
}

/* "3 h", "45 min", "2.5 d"; "·" when there is none. */
static char *page_duration(int64_t duration_ms, char text[PRINT_NUMBER_BYTES]) {
    const double minutes = (double)duration_ms / 60000.0;
    if (duration_ms < 0) {
        snprintf(text, PRINT_NUMBER_BYTES, "·");
    } else if (duration_ms == SPILL_NEVER) {
        snprintf(text, PRINT_NUMBER_BYTES, "∞");
    } else if (minutes < 90) {
        snprintf(text, PRINT_NUMBER_BYTES, "%.0f min", minutes);
    } else if (minutes < 48.0 * 60) {
        snprintf(text, PRINT_NUMBER_BYTES, "%.0f h", minutes / 60);
    } else {
        snprintf(text, PRINT_NUMBER_BYTES, "%.1f d", minutes / 1440);
    }
    return text;
}

/* ---- Groups ---- */

struct page_group {
    uint32_t sector;
    uint32_t country;
    uint64_t down_count; /* By the end. */
    double hours;        /* Mean. */
};

static int page_compare_groups(const void *left, const void *right) {
    const struct page_group *const a = left;
    const struct page_group *const b = right;
    if (a->down_count != b->down_count) {
        return a->down_count < b->down_count ? 1 : -1;
    }
    if (a->hours < b->hours || a->hours > b->hours) {
        return a->hours < b->hours ? 1 : -1;
    }
    const uint64_t one = (uint64_t)a->country << 32 | a->sector;
    const uint64_t other = (uint64_t)b->country << 32 | b->sector;
    return (one > other) - (one < other);
}

/* The time of a column; SPILL_NEVER when it is not before the end. */
static int64_t page_time(const struct ensemble_report *report, size_t column) {
    const int64_t at_ms = ensemble_start_ms(report->ensemble) + page_times_ms[column];
    return at_ms < ensemble_until_ms(report->ensemble) ? at_ms : SPILL_NEVER;
}

static void page_group_head(FILE *stream, const struct ensemble_report *report) {
    char text[PAGE_LINE_BYTES];
    char time[PRINT_NUMBER_BYTES];
    print_padded(stream, "", 6 + PAGE_NAME_COLUMNS);
    for (size_t i = 0; i < PAGE_TIMES; i++) {
        if (page_time(report, i) != SPILL_NEVER) {
            snprintf(time, sizeof time, "%" PRId64 " h", page_times_ms[i] / 3600000);
            const struct words_value values[] = {{"time", time}};
            words_fill(text, sizeof text, WORDS_ENSEMBLE_COLUMN_BY,
                       (enum words_language)report->language, values, 1);
            print_padded(stream, text, -PAGE_CHANCE_COLUMNS);
        }
    }
    print_padded(stream, page_words(report, WORDS_ENSEMBLE_COLUMN_END), -PAGE_CHANCE_COLUMNS);
    fputs("  ", stream);
    print_padded(stream, page_words(report, WORDS_ENSEMBLE_COLUMN_TIME), PAGE_SPARK);
    print_padded(stream, page_words(report, WORDS_ENSEMBLE_COLUMN_HOURS), -PAGE_HOURS_COLUMNS);
    fputc('\n', stream);
}

static void page_group_row(FILE *stream, const struct ensemble_report *report,
                           const struct page_group *group) {
    const struct ensemble *const ensemble = report->ensemble;
    char text[PRINT_NUMBER_BYTES];
    char spark[3 * PAGE_SPARK + 1];
    int64_t levels_ppm[PAGE_SPARK];
    const int64_t start_ms = ensemble_start_ms(ensemble);
    const int64_t span_ms = ensemble_until_ms(ensemble) - start_ms;
    fprintf(stream, "  %-4s",
            network_country_id(page_network(report), (struct country_ref){group->country}));
    print_padded(stream,
                 scenario_sector_name(report->scenario, (struct sector_ref){group->sector})
                     .in[report->language],
                 PAGE_NAME_COLUMNS);
    for (size_t i = 0; i < PAGE_TIMES; i++) {
        if (page_time(report, i) != SPILL_NEVER) {
            const size_t edge = ensemble_edge_at(ensemble, page_time(report, i));
            const uint64_t count =
                ensemble_group_down_by(ensemble, group->sector, group->country, edge);
            print_padded(stream, page_chance(report, count, text), -PAGE_CHANCE_COLUMNS);
        }
    }
    print_padded(stream, page_chance(report, group->down_count, text), -PAGE_CHANCE_COLUMNS);
    for (size_t i = 0; i < PAGE_SPARK; i++) {
        const int64_t at_ms = start_ms + span_ms / PAGE_SPARK * (int64_t)(i + 1);
        const uint64_t count = ensemble_group_down_at(ensemble, group->sector, group->country,
                                                      ensemble_edge_at(ensemble, at_ms));
        levels_ppm[i] = (int64_t)(count * (uint64_t)SPILL_PPM / ensemble_replica_count(ensemble));
    }
    fprintf(stream, "  %s%s%s", print_begin(PRINT_FAILED, report->colours),
            print_spark(levels_ppm, PAGE_SPARK, spark), print_end(report->colours));
    print_padded(stream, page_hours(group->hours, text), -PAGE_HOURS_COLUMNS);
    fputc('\n', stream);
}

static void page_more(FILE *stream, const struct ensemble_report *report, size_t count) {
    char number[PRINT_NUMBER_BYTES];
    if (count > 0) {
        const struct words_value values[] = {{"count", print_count((int64_t)count, number)}};
        fprintf(stream, "  %s", print_begin(PRINT_DIM, report->colours));
        page_fill(stream, report, WORDS_ENSEMBLE_MORE, values, 1);
        fprintf(stream, "%s\n", print_end(report->colours));
    }
}

static void page_groups(FILE *stream, const struct ensemble_report *report) {
    const struct ensemble *const ensemble = report->ensemble;
    const uint32_t sector_count = (uint32_t)network_sector_count(page_network(report));
    const uint32_t country_count = (uint32_t)network_country_count(page_network(report));
    struct page_group *const groups =
        spill_alloc((size_t)sector_count * country_count, sizeof groups[0]);
    if (groups == NULL) {
        return;
    }
    const int64_t *edges_ms = NULL;
    const size_t last = ensemble_edges(ensemble, &edges_ms) - 1;
    size_t count = 0;
    for (uint32_t i = 0; i < sector_count; i++) {
        for (uint32_t j = 0; j < country_count; j++) {
            const uint64_t down_count = ensemble_group_down_by(ensemble, i, j, last);
            if (down_count > 0) {
                const struct ensemble_loss loss = ensemble_group_loss(ensemble, i, j);
                groups[count++] =
                    (struct page_group){i, j, down_count, page_mean_hours(report, loss.person_ms)};
            }
        }
    }
    qsort(groups, count, sizeof groups[0], page_compare_groups);
    char below[PRINT_NUMBER_BYTES];
    snprintf(below, sizeof below, "%" PRId64 " %%",
             ensemble_down_below_ppm(ensemble) / (SPILL_PPM / 100));
    const struct words_value values[] = {{"below", below}};
    page_heading(stream, report, WORDS_ENSEMBLE_GROUPS, values, 1);
    page_group_head(stream, report);
    for (size_t i = 0; i < count && i < PAGE_GROUPS; i++) {
        page_group_row(stream, report, &groups[i]);
    }
    page_more(stream, report, count > PAGE_GROUPS ? count - PAGE_GROUPS : 0);
    free(groups);
}

/* ---- Assets ---- */

struct page_asset {
    struct asset_ref asset;
    double share; /* Of all person-hours and of all value, 0 to 2: for ranking on the page. */
};

static int page_compare_assets(const void *left, const void *right) {
    const struct page_asset *const a = left;
    const struct page_asset *const b = right;
    if (a->share < b->share || a->share > b->share) {
        return a->share < b->share ? 1 : -1;
    }
    return (a->asset.index > b->asset.index) - (a->asset.index < b->asset.index);
}

static void page_asset_row(FILE *stream, const struct ensemble_report *report,
                           struct asset_ref asset) {
    const struct ensemble *const ensemble = report->ensemble;
    const struct ensemble_asset facts = ensemble_asset(ensemble, asset);
    char text[PRINT_NUMBER_BYTES];
    const int64_t first_ms = ensemble_first_down_ms(ensemble, asset, SPILL_PPM / 2);
    const bool half = first_ms != SPILL_NEVER;
    fprintf(stream, "  %-4s",
            network_country_id(page_network(report),
                               network_asset_country(page_network(report), asset)));
    print_padded(stream, scenario_asset(report->scenario, asset)->name.in[report->language],
                 PAGE_ASSET_COLUMNS);
    print_padded(stream, page_chance(report, facts.down_count, text), -PAGE_CHANCE_COLUMNS);
    print_padded(stream, half ? page_duration(first_ms, text) : "·", -11);
    print_padded(stream, page_duration(ensemble_outage_ms(ensemble, asset, 900000), text), -12);
    print_padded(stream, page_hours(page_mean_hours(report, facts.person_ms), text),
                 -PAGE_HOURS_COLUMNS - 2);
    fputc('\n', stream);
}

static void page_assets(FILE *stream, const struct ensemble_report *report) {
    const struct ensemble *const ensemble = report->ensemble;
    const uint32_t asset_count = (uint32_t)network_asset_count(page_network(report));
    const struct ensemble_loss all =
        ensemble_group_loss(ensemble, CONDITION_EVERY, CONDITION_EVERY);
    struct page_asset *const assets = spill_alloc(asset_count, sizeof assets[0]);
    if (assets == NULL) {
        return;
    }
    size_t count = 0;
    const double person_ms = wide_double(all.person_ms);
    const double value_ms = wide_double(all.value_ms);
    for (uint32_t i = 0; i < asset_count; i++) {
        const struct ensemble_asset facts = ensemble_asset(ensemble, (struct asset_ref){i});
        if (facts.down_count > 0) {
            assets[count].asset.index = i;
            assets[count++].share = (person_ms > 0 ? wide_double(facts.person_ms) / person_ms : 0) +
                                    (value_ms > 0 ? wide_double(facts.value_ms) / value_ms : 0);
        }
    }
    qsort(assets, count, sizeof assets[0], page_compare_assets);
    const size_t shown = count < PAGE_ASSETS ? count : (size_t)PAGE_ASSETS;
    char shown_text[PRINT_NUMBER_BYTES];
    char all_text[PRINT_NUMBER_BYTES];
    const struct words_value values[] = {{"shown", print_count((int64_t)shown, shown_text)},
                                         {"all", print_count((int64_t)count, all_text)}};
    page_heading(stream, report, WORDS_ENSEMBLE_ASSETS, values, 2);
    print_padded(stream, "", 6 + PAGE_ASSET_COLUMNS);
    print_padded(stream, page_words(report, WORDS_ENSEMBLE_COLUMN_CHANCE), -PAGE_CHANCE_COLUMNS);
    print_padded(stream, page_words(report, WORDS_ENSEMBLE_COLUMN_FIRST), -11);
    print_padded(stream, page_words(report, WORDS_ENSEMBLE_COLUMN_OUTAGE), -12);
    print_padded(stream, page_words(report, WORDS_ENSEMBLE_COLUMN_HOURS), -PAGE_HOURS_COLUMNS - 2);
    fputc('\n', stream);
    for (size_t i = 0; i < shown; i++) {
        page_asset_row(stream, report, assets[i].asset);
    }
    free(assets);
}

/* ---- Spillover ---- */

/* A country and what it loses or makes others lose: the page shows the largest first. */
struct page_country {
    struct country_ref country;
    double hours;
};

static int page_compare_countries(const void *left, const void *right) {
    const struct page_country *const a = left;
    const struct page_country *const b = right;
    if (a->hours < b->hours || a->hours > b->hours) {
        return a->hours < b->hours ? 1 : -1;
    }
    return (a->country.index > b->country.index) - (a->country.index < b->country.index);
}

static void page_sort_countries(const struct ensemble_report *report, struct page_country *sorted,
                                uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = (struct page_country){.country = {i}};
        for (uint32_t j = 0; j < count; j++) {
            const struct country_ref other = {j};
            sorted[i].hours +=
                page_mean_hours(report,
                                ensemble_spill(report->ensemble, other, sorted[i].country)) +
                page_mean_hours(report, ensemble_spill(report->ensemble, sorted[i].country, other));
        }
    }
    qsort(sorted, count, sizeof sorted[0], page_compare_countries);
}

static void page_fill_matrix(const struct ensemble_report *report,
                             const struct page_country *sorted, uint32_t count, int64_t *values,
                             const char **labels) {
    for (uint32_t i = 0; i <= count; i++) {
        const struct country_ref from = {i < count ? sorted[i].country.index : NETWORK_NO_INDEX};
        for (uint32_t j = 0; j < count; j++) {
            values[i * count + j] = (int64_t)page_mean_hours(
                report, ensemble_spill(report->ensemble, from, sorted[j].country));
        }
        if (i < count) {
            labels[i] = network_country_id(page_network(report), from);
        }
    }
}

static void page_matrix(FILE *stream, const struct ensemble_report *report) {
    const uint32_t count = (uint32_t)network_country_count(page_network(report));
    int64_t *const values = spill_alloc((size_t)(count + 1) * count, sizeof values[0]);
    const char **const labels = spill_alloc(count, sizeof labels[0]);
    struct page_country *const sorted = spill_alloc(count, sizeof sorted[0]);
    if (values != NULL && labels != NULL && sorted != NULL) {
        page_sort_countries(report, sorted, count);
        page_fill_matrix(report, sorted, count, values, labels);
        const struct print_matrix matrix = {
            .corner = page_words(report, WORDS_SUMMARY_FROM),
            .total = page_words(report, WORDS_SUMMARY_TOTAL),
            .abroad = page_words(report, WORDS_SUMMARY_ABROAD),
            .labels = labels,
            .others = page_words(report, WORDS_SUMMARY_OTHERS),
            .none = page_words(report, WORDS_SUMMARY_NO_COUNTRY),
            .count = count,
            .values = values,
        };
        page_heading(stream, report, WORDS_ENSEMBLE_MATRIX, NULL, 0);
        print_matrix(stream, &matrix, report->columns, report->colours);
    }
    free(values);
    free(labels);
    free(sorted);
}

struct page_spill {
    struct country_ref from;
    struct country_ref hit;
    struct wide person_ms;
};

/* Keeps the largest few, the first of equals first. */
static size_t page_keep_spill(struct page_spill *kept, size_t count, struct page_spill spill) {
    size_t at = count < PAGE_SPILLS ? count++ : (size_t)PAGE_SPILLS;
    for (; at > 0 && wide_compare(kept[at - 1].person_ms, spill.person_ms) < 0; at--) {
        if (at < PAGE_SPILLS) {
            kept[at] = kept[at - 1];
        }
    }
    if (at < PAGE_SPILLS) {
        kept[at] = spill;
    }
    return count;
}

static void page_spills(FILE *stream, const struct ensemble_report *report) {
    const struct network *const network = page_network(report);
    const uint32_t country_count = (uint32_t)network_country_count(network);
    struct page_spill kept[PAGE_SPILLS];
    size_t count = 0;
    for (uint32_t from = 0; from < country_count; from++) {
        for (uint32_t hit = 0; hit < country_count; hit++) {
            const struct page_spill spill = {{from},
                                             {hit},
                                             ensemble_spill(report->ensemble,
                                                            (struct country_ref){from},
                                                            (struct country_ref){hit})};
            if (from != hit && wide_compare(spill.person_ms, wide_of(0)) > 0) {
                count = page_keep_spill(kept, count, spill);
            }
        }
    }
    if (count == 0) {
        return;
    }
    page_heading(stream, report, WORDS_ENSEMBLE_SPILLS, NULL, 0);
    for (size_t i = 0; i < count; i++) {
        char line[PAGE_LINE_BYTES];
        char mean[PRINT_NUMBER_BYTES];
        char low[PRINT_NUMBER_BYTES];
        char high[PRINT_NUMBER_BYTES];
        snprintf(line, sizeof line, "%s → %s",
                 scenario_country_name(report->scenario, kept[i].from).in[report->language],
                 scenario_country_name(report->scenario, kept[i].hit).in[report->language]);
        fputs("  ", stream);
        print_padded(stream, line, 46);
        print_padded(stream, page_hours(page_mean_hours(report, kept[i].person_ms), mean), -10);
        print_short(ensemble_spill_hours(report->ensemble, kept[i].from, kept[i].hit, 50000), low);
        print_short(ensemble_spill_hours(report->ensemble, kept[i].from, kept[i].hit, 950000),
                    high);
        snprintf(line, sizeof line, "%s – %s", low, high);
        print_padded(stream, line, -24);
        fputc('\n', stream);
    }
}

/* ---- Blame ---- */

char *ensemble_root_words(const struct scenario *scenario, const struct ensemble_root *root,
                          enum language language, char *text, size_t text_bytes) {
    const struct network *const network = scenario_network(scenario);
    const struct script *const script = scenario_script(scenario);
    struct rule_ref rule = {0};
    struct campaign_ref campaign = {0};
    struct country_ref country = {0};
    struct cell_ref cell = {0};
    struct order_ref order = {0};
    struct asset_ref asset = {0};
    snprintf(text, text_bytes, "%s", root->id);
    if (strcmp(root->kind, "failure") == 0 &&
        network_find_asset(network, root->id, &asset) == SPILL_OK) {
        const struct words_value values[] = {
            {"name", scenario_asset(scenario, asset)->name.in[language]}};
        words_fill(text, text_bytes, WORDS_ENSEMBLE_ROOT_FAILURE, (enum words_language)language,
                   values, 1);
    } else if (strcmp(root->kind, "layer") == 0) {
        const struct words_value values[] = {{"name", root->id}};
        words_fill(text, text_bytes, WORDS_ENSEMBLE_ROOT_LAYER, (enum words_language)language,
                   values, 1);
    } else if (strcmp(root->kind, "effect") == 0 &&
               script_find_rule(script, root->id, &rule) == SPILL_OK) {
        snprintf(text, text_bytes, "%s", scenario_rule_name(scenario, rule).in[language]);
    } else if (strcmp(root->kind, "campaign") == 0 &&
               network_find_campaign(network, root->id, &campaign) == SPILL_OK) {
        snprintf(text, text_bytes, "%s", scenario_campaign_name(scenario, campaign).in[language]);
    } else if (strcmp(root->kind, "information") == 0 &&
               network_find_country(network, root->id, &country) == SPILL_OK) {
        const struct words_value values[] = {
            {"country", scenario_country_name(scenario, country).in[language]}};
        words_fill(text, text_bytes, WORDS_ENSEMBLE_ROOT_INFORMATION, (enum words_language)language,
                   values, 1);
    } else if (root->order != NULL && script_find_cell(script, root->id, &cell) == SPILL_OK &&
               script_find_order(script, root->order, &order) == SPILL_OK) {
        const struct words_value values[] = {
            {"order", scenario_order_name(scenario, order).in[language]},
            {"cell", scenario_cast(scenario, cell)->name.in[language]}};
        words_fill(text, text_bytes, WORDS_ENSEMBLE_ROOT_ORDER, (enum words_language)language,
                   values, 2);
    }
    spill_utf8_trim(text);
    return text;
}

/* Something with a share of all person-hours. */
struct page_share {
    size_t index;
    struct wide person_ms;
};

static int page_compare_shares(const void *left, const void *right) {
    const struct page_share *const a = left;
    const struct page_share *const b = right;
    const int order = wide_compare(b->person_ms, a->person_ms);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static double page_share_of(const struct ensemble_report *report, struct wide person_ms) {
    const struct ensemble_loss all =
        ensemble_group_loss(report->ensemble, CONDITION_EVERY, CONDITION_EVERY);
    const double whole = wide_double(all.person_ms);
    return whole > 0 ? 100.0 * wide_double(person_ms) / whole : 0;
}

static void page_roots(FILE *stream, const struct ensemble_report *report) {
    const size_t root_count = ensemble_root_count(report->ensemble);
    struct page_share *const shares = spill_alloc(root_count, sizeof shares[0]);
    if (shares == NULL) {
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < root_count; i++) {
        const struct ensemble_root root = ensemble_root(report->ensemble, i);
        if (root.replica_count > 0) {
            shares[count++] = (struct page_share){i, root.person_ms};
        }
    }
    qsort(shares, count, sizeof shares[0], page_compare_shares);
    page_heading(stream, report, WORDS_ENSEMBLE_ROOTS, NULL, 0);
    for (size_t i = 0; i < count && i < PAGE_ROOTS; i++) {
        const struct ensemble_root root = ensemble_root(report->ensemble, shares[i].index);
        char line[PAGE_LINE_BYTES];
        char text[PRINT_NUMBER_BYTES];
        fputs("  ", stream);
        print_padded(
            stream,
            ensemble_root_words(report->scenario, &root, report->language, line, sizeof line), 66);
        print_padded(stream, page_chance(report, root.replica_count, text), -PAGE_CHANCE_COLUMNS);
        snprintf(text, sizeof text, "%.1f %%", page_share_of(report, root.person_ms));
        print_padded(stream, text, -PAGE_CHANCE_COLUMNS - 4);
        fputc('\n', stream);
    }
    free(shares);
}

static void page_links(FILE *stream, const struct ensemble_report *report) {
    const struct network *const network = page_network(report);
    const uint32_t link_count = (uint32_t)network_link_count(network);
    struct page_share *const shares = spill_alloc(link_count, sizeof shares[0]);
    if (shares == NULL) {
        return;
    }
    size_t count = 0;
    for (uint32_t i = 0; i < link_count; i++) {
        const struct wide blame = ensemble_link_blame(report->ensemble, (struct link_ref){i});
        if (wide_compare(blame, wide_of(0)) > 0) {
            shares[count++] = (struct page_share){i, blame};
        }
    }
    qsort(shares, count, sizeof shares[0], page_compare_shares);
    if (count > 0) {
        page_heading(stream, report, WORDS_ENSEMBLE_LINKS, NULL, 0);
    }
    for (size_t i = 0; i < count && i < PAGE_LINKS; i++) {
        const struct link_ref link = {(uint32_t)shares[i].index};
        const struct need_ref need = network_link_need(network, link);
        const struct asset_ref asset = network_need_asset(network, need);
        const struct asset_ref supplier = network_link_supplier(network, link);
        char line[PAGE_LINE_BYTES];
        char text[PRINT_NUMBER_BYTES];
        snprintf(line, sizeof line, "%s → %s (%s)",
                 scenario_asset(report->scenario, supplier)->name.in[report->language],
                 scenario_asset(report->scenario, asset)->name.in[report->language],
                 scenario_need_name(report->scenario, need).in[report->language]);
        spill_utf8_trim(line);
        fputs("  ", stream);
        print_padded(stream, line, 74);
        snprintf(text, sizeof text, "%.1f %%", page_share_of(report, shares[i].person_ms));
        print_padded(stream, text, -PAGE_CHANCE_COLUMNS - 4);
        fputc('\n', stream);
    }
    free(shares);
}

/* ---- The whole ---- */

/* The depth that this share of replicas does not exceed. */
static size_t page_depth(const struct ensemble_report *report, uint64_t share_ppm) {
    const uint64_t wanted = ensemble_replica_count(report->ensemble) * share_ppm;
    uint64_t sum = 0;
    for (size_t i = 0; i < ENSEMBLE_DEPTHS; i++) {
        sum += ensemble_depth_count(report->ensemble, i);
        if (sum * (uint64_t)SPILL_PPM >= wanted) {
            return i;
        }
    }
    return ENSEMBLE_DEPTHS - 1;
}

static void page_line(FILE *stream, const struct ensemble_report *report, enum words_key key,
                      const struct words_value *values, size_t value_count) {
    fputs("  ", stream);
    page_fill(stream, report, key, values, value_count);
    fputc('\n', stream);
}

static void page_total(FILE *stream, const struct ensemble_report *report) {
    const struct ensemble *const ensemble = report->ensemble;
    const struct ensemble_loss all =
        ensemble_group_loss(ensemble, CONDITION_EVERY, CONDITION_EVERY);
    const struct ensemble_estimate estimate = ensemble_estimate(ensemble, &all);
    char numbers[15][PRINT_NUMBER_BYTES];
    snprintf(numbers[8], PRINT_NUMBER_BYTES, "%zu", page_depth(report, 500000));
    snprintf(numbers[9], PRINT_NUMBER_BYTES, "%zu", page_depth(report, 950000));
    snprintf(numbers[10], PRINT_NUMBER_BYTES, "%" PRIu32, ensemble_replica_at(ensemble, 0));
    snprintf(numbers[11], PRINT_NUMBER_BYTES, "%" PRIu32,
             ensemble_replica_at(ensemble, SPILL_PPM / 2));
    snprintf(numbers[12], PRINT_NUMBER_BYTES, "%" PRIu32, ensemble_replica_at(ensemble, SPILL_PPM));
    const struct words_value loss[] = {
        {"mean", page_hours(estimate.mean_hours, numbers[0])},
        {"half", page_hours(estimate.half_width_hours, numbers[1])},
        {"median", print_short(ensemble_total_hours(ensemble, SPILL_PPM / 2), numbers[2])},
        {"low", print_short(ensemble_total_hours(ensemble, 50000), numbers[3])},
        {"high", print_short(ensemble_total_hours(ensemble, 950000), numbers[4])},
        {"tail", print_short(ensemble_tail_hours(ensemble), numbers[5])},
        {"value", page_hours(page_mean_hours(report, all.value_ms), numbers[6])},
        {"currency", scenario_currency(report->scenario)}};
    const struct words_value assets[] = {
        {"median", print_count((int64_t)ensemble_size(ensemble, SPILL_PPM / 2), numbers[7])},
        {"low", print_count((int64_t)ensemble_size(ensemble, 50000), numbers[13])},
        {"high", print_count((int64_t)ensemble_size(ensemble, 950000), numbers[14])},
        {"depth", numbers[8]},
        {"deep", numbers[9]}};
    const struct words_value replicas[] = {
        {"low", numbers[10]}, {"middle", numbers[11]}, {"high", numbers[12]}};
    page_heading(stream, report, WORDS_ENSEMBLE_TOTAL, NULL, 0);
    page_line(stream, report, WORDS_ENSEMBLE_TOTAL_MEAN, loss, 8);
    page_line(stream, report, WORDS_ENSEMBLE_TOTAL_RANGE, loss, 8);
    page_line(stream, report, WORDS_ENSEMBLE_TOTAL_VALUE, loss, 8);
    page_line(stream, report, WORDS_ENSEMBLE_TOTAL_ASSETS, assets, 5);
    page_line(stream, report, WORDS_ENSEMBLE_TOTAL_REPLICAS, replicas, 3);
}

static void page_what(FILE *stream, const struct ensemble_report *report) {
    const struct ensemble *const ensemble = report->ensemble;
    const bool forecast = ensemble_start_ms(ensemble) > 0;
    char replicas[PRINT_NUMBER_BYTES];
    char duration[PRINT_NUMBER_BYTES];
    char seed[PRINT_NUMBER_BYTES];
    char from[SPILL_DURATION_TEXT_BYTES];
    char until[SPILL_DURATION_TEXT_BYTES];
    snprintf(seed, sizeof seed, "%" PRIu64, ensemble_seed(ensemble));
    const struct words_value values[] = {
        {"title", scenario_title(report->scenario).in[report->language]},
        {"replicas", print_count(ensemble_replica_count(ensemble), replicas)},
        {"duration", page_duration(ensemble_until_ms(ensemble), duration)},
        {"team", ensemble_team(ensemble)},
        {"seed", seed},
        {"time", spill_time_print(ensemble_start_ms(ensemble), from)},
        {"until", spill_time_print(ensemble_until_ms(ensemble), until)}};
    fputs(print_begin(PRINT_BOLD, report->colours), stream);
    page_fill(stream, report, forecast ? WORDS_ENSEMBLE_WHAT_FROM : WORDS_ENSEMBLE_WHAT, values, 7);
    fprintf(stream, "%s\n", print_end(report->colours));
}

static void page_ran(FILE *stream, const struct ensemble_report *report) {
    const uint32_t count = ensemble_replica_count(report->ensemble);
    uint8_t identity[ENSEMBLE_IDENTITY_BYTES];
    char numbers[4][PRINT_NUMBER_BYTES];
    char identity_text[17];
    ensemble_identity(report->ensemble, identity);
    for (size_t i = 0; i < 8; i++) {
        snprintf(identity_text + 2 * i, 3, "%02x", identity[i]);
    }
    snprintf(numbers[1], PRINT_NUMBER_BYTES, "%.1f", report->seconds);
    snprintf(numbers[3], PRINT_NUMBER_BYTES, "%d", report->threads);
    const double rate = report->seconds > 0 ? count / report->seconds : 0;
    const struct words_value values[] = {{"replicas", print_count(count, numbers[0])},
                                         {"seconds", numbers[1]},
                                         {"rate", print_count(llround(rate), numbers[2])},
                                         {"threads", numbers[3]},
                                         {"identity", identity_text}};
    fprintf(stream, "\n%s", print_begin(PRINT_DIM, report->colours));
    page_fill(stream, report, WORDS_ENSEMBLE_RAN, values, 5);
    fprintf(stream, "%s\n", print_end(report->colours));
}

void ensemble_print(FILE *stream, const struct ensemble_report *report) {
    SPILL_ASSERT(report != NULL);
    page_what(stream, report);
    if (ensemble_size(report->ensemble, SPILL_PPM) == 0) {
        fprintf(stream, "\n%s\n", page_words(report, WORDS_ENSEMBLE_NOTHING));
    } else {
        page_groups(stream, report);
        page_assets(stream, report);
        page_matrix(stream, report);
        page_spills(stream, report);
        page_roots(stream, report);
        page_links(stream, report);
        page_total(stream, report);
    }
    page_ran(stream, report);
}
