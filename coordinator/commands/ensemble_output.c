/* SPDX-License-Identifier: Apache-2.0 */
/* The part of ensemble_print for programs: JSON and CSV. Numbers of replicas and sums are exact;
 * means are doubles. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "coordinator/commands/ensemble_print.h"
#include "coordinator/commands/version.h"

enum { OUTPUT_PATH_BYTES = 4096, OUTPUT_NUMBER_BYTES = 48 };

static const struct network *output_network(const struct ensemble_report *report) {
    return scenario_network(report->scenario);
}

static double output_mean(const struct ensemble_report *report, struct wide unit_ms) {
    return wide_double(unit_ms) / 3600000.0 / ensemble_replica_count(report->ensemble);
}

/* ---- JSON ---- */

/* A time, or null for one that does not come. */
static json_t *json_time(int64_t time_ms) {
    return time_ms == SPILL_NEVER || time_ms < 0 ? json_null() : json_integer(time_ms);
}

/* Seeds may not fit what readers of JSON take for a number. */
static json_t *json_seed(uint64_t seed) {
    char text[OUTPUT_NUMBER_BYTES];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    return json_string(text);
}

static json_t *json_loss(const struct ensemble_report *report, const struct ensemble_loss *loss) {
    const struct ensemble_estimate estimate = ensemble_estimate(report->ensemble, loss);
    return json_pack("{s:f, s:f, s:f, s:f}", "mean_person_hours", estimate.mean_hours,
                     "deviation_person_hours", estimate.deviation_hours, "half_width_person_hours",
                     estimate.half_width_hours, "mean_value", output_mean(report, loss->value_ms));
}

static const char *json_group_sector(const struct ensemble_report *report, uint32_t sector) {
    return sector == CONDITION_EVERY
               ? "*"
               : network_sector_id(output_network(report), (struct sector_ref){sector});
}

static const char *json_group_country(const struct ensemble_report *report, uint32_t country) {
    return country == CONDITION_EVERY
               ? "*"
               : network_country_id(output_network(report), (struct country_ref){country});
}

static json_t *json_group(const struct ensemble_report *report, uint32_t sector, uint32_t country) {
    const struct ensemble *const ensemble = report->ensemble;
    const int64_t *edges_ms = NULL;
    const size_t edge_count = ensemble_edges(ensemble, &edges_ms);
    const struct ensemble_loss loss = ensemble_group_loss(ensemble, sector, country);
    json_t *const by = json_array();
    json_t *const at = json_array();
    for (size_t i = 0; i < edge_count; i++) {
        json_array_append_new(
            by, json_integer((json_int_t)ensemble_group_down_by(ensemble, sector, country, i)));
        json_array_append_new(
            at, json_integer((json_int_t)ensemble_group_down_at(ensemble, sector, country, i)));
    }
    return json_pack(
        "{s:s, s:s, s:I, s:o, s:o, s:o, s:o}", "sector", json_group_sector(report, sector),
        "country", json_group_country(report, country), "assets",
        (json_int_t)ensemble_group_assets(ensemble, sector, country), "first_down_ms",
        json_time(ensemble_group_first_down_ms(ensemble, sector, country, SPILL_PPM / 2)),
        "down_by", by, "down_at", at, "loss", json_loss(report, &loss));
}

static json_t *json_groups(const struct ensemble_report *report) {
    const uint32_t sector_count = (uint32_t)network_sector_count(output_network(report));
    const uint32_t country_count = (uint32_t)network_country_count(output_network(report));
    json_t *const groups = json_array();
    for (uint32_t i = 0; i <= sector_count; i++) {
        for (uint32_t j = 0; j <= country_count; j++) {
            const uint32_t sector = i < sector_count ? i : CONDITION_EVERY;
            const uint32_t country = j < country_count ? j : CONDITION_EVERY;
            if (ensemble_group_assets(report->ensemble, sector, country) > 0) {
                json_array_append_new(groups, json_group(report, sector, country));
            }
        }
    }
    return groups;
}

static json_t *json_quantiles(const struct ensemble_report *report, struct asset_ref asset,
                              int64_t (*quantile)(const struct ensemble *, struct asset_ref,
                                                  int64_t)) {
    return json_pack("{s:o, s:o, s:o}", "p05", json_time(quantile(report->ensemble, asset, 50000)),
                     "p50", json_time(quantile(report->ensemble, asset, 500000)), "p95",
                     json_time(quantile(report->ensemble, asset, 950000)));
}

static json_t *json_asset(const struct ensemble_report *report, struct asset_ref asset) {
    const struct ensemble *const ensemble = report->ensemble;
    const struct network *const network = output_network(report);
    const struct ensemble_asset facts = ensemble_asset(ensemble, asset);
    const int64_t *edges_ms = NULL;
    const size_t edge_count = ensemble_edges(ensemble, &edges_ms);
    json_t *const by = json_array();
    json_t *const at = json_array();
    for (size_t i = 0; i < edge_count; i++) {
        json_array_append_new(by, json_integer((json_int_t)ensemble_down_by(ensemble, asset, i)));
        json_array_append_new(at, json_integer((json_int_t)ensemble_down_at(ensemble, asset, i)));
    }
    return json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:f, s:f, s:f, s:o, s:o, s:o, s:o}", "asset",
        network_asset_id(network, asset), "country",
        network_country_id(network, network_asset_country(network, asset)), "sector",
        network_sector_id(network, network_asset_sector(network, asset)), "down",
        (json_int_t)facts.down_count, "outages", (json_int_t)facts.outage_count, "lasting",
        (json_int_t)facts.lasting_count, "mean_down_hours", output_mean(report, facts.down_ms),
        "mean_person_hours", output_mean(report, facts.person_ms), "mean_value",
        output_mean(report, facts.value_ms), "first_down_ms",
        json_quantiles(report, asset, ensemble_first_down_ms), "outage_ms",
        json_quantiles(report, asset, ensemble_outage_ms), "down_by", by, "down_at", at);
}

static json_t *json_assets(const struct ensemble_report *report) {
    json_t *const assets = json_array();
    for (uint32_t i = 0; i < network_asset_count(output_network(report)); i++) {
        const struct ensemble_asset facts = ensemble_asset(report->ensemble, (struct asset_ref){i});
        if (facts.down_count > 0 || wide_compare(facts.person_ms, wide_of(0)) > 0 ||
            wide_compare(facts.value_ms, wide_of(0)) > 0) {
            json_array_append_new(assets, json_asset(report, (struct asset_ref){i}));
        }
    }
    return assets;
}

static json_t *json_spills(const struct ensemble_report *report) {
    const struct network *const network = output_network(report);
    const uint32_t count = (uint32_t)network_country_count(network);
    json_t *const spills = json_array();
    for (uint32_t i = 0; i <= count; i++) {
        for (uint32_t j = 0; j < count; j++) {
            const struct country_ref from = {i < count ? i : NETWORK_NO_INDEX};
            const struct country_ref hit = {j};
            const struct wide person_ms = ensemble_spill(report->ensemble, from, hit);
            if (wide_compare(person_ms, wide_of(0)) == 0) {
                continue;
            }
            const int64_t low = ensemble_spill_hours(report->ensemble, from, hit, 50000);
            const int64_t middle = ensemble_spill_hours(report->ensemble, from, hit, 500000);
            const int64_t high = ensemble_spill_hours(report->ensemble, from, hit, 950000);
            json_array_append_new(
                spills, json_pack("{s:s?, s:s, s:f, s:I, s:I, s:I}", "from",
                                  i < count ? network_country_id(network, from) : NULL, "hit",
                                  network_country_id(network, hit), "mean_person_hours",
                                  output_mean(report, person_ms), "p05", (json_int_t)low, "p50",
                                  (json_int_t)middle, "p95", (json_int_t)high));
        }
    }
    return spills;
}

static json_t *json_roots(const struct ensemble_report *report) {
    json_t *const roots = json_array();
    for (size_t i = 0; i < ensemble_root_count(report->ensemble); i++) {
        const struct ensemble_root root = ensemble_root(report->ensemble, i);
        if (root.replica_count > 0) {
            json_array_append_new(
                roots, json_pack("{s:s, s:s, s:s?, s:I, s:f}", "kind", root.kind, "id", root.id,
                                 "order", root.order, "replicas", (json_int_t)root.replica_count,
                                 "mean_person_hours", output_mean(report, root.person_ms)));
        }
    }
    return roots;
}

static json_t *json_links(const struct ensemble_report *report) {
    const struct network *const network = output_network(report);
    json_t *const links = json_array();
    for (uint32_t i = 0; i < network_link_count(network); i++) {
        const struct link_ref link = {i};
        const struct wide blame = ensemble_link_blame(report->ensemble, link);
        const struct need_ref need = network_link_need(network, link);
        if (wide_compare(blame, wide_of(0)) > 0) {
            json_array_append_new(
                links, json_pack("{s:s, s:s, s:s, s:f}", "asset",
                                 network_asset_id(network, network_need_asset(network, need)),
                                 "need", network_need_id(network, need), "supplier",
                                 network_asset_id(network, network_link_supplier(network, link)),
                                 "mean_person_hours", output_mean(report, blame)));
        }
    }
    return links;
}

static json_t *json_script(const struct ensemble_report *report) {
    const struct script *const script = scenario_script(report->scenario);
    json_t *const rules = json_object();
    json_t *const orders = json_array();
    for (uint32_t i = 0; i < script_rule_count(script); i++) {
        const struct rule_ref rule = {i};
        json_object_set_new(rules, script_rule_id(script, rule),
                            json_integer((json_int_t)ensemble_fired(report->ensemble, rule)));
    }
    for (uint32_t i = 0; i < script_cell_count(script); i++) {
        for (uint32_t j = 0; j < script_order_count(script); j++) {
            const uint64_t count =
                ensemble_ordered(report->ensemble, (struct cell_ref){i}, (struct order_ref){j});
            if (count > 0) {
                json_array_append_new(
                    orders, json_pack("{s:s, s:s, s:I}", "cell",
                                      script_cell_id(script, (struct cell_ref){i}), "order",
                                      script_order_id(script, (struct order_ref){j}), "count",
                                      (json_int_t)count));
            }
        }
    }
    return json_pack("{s:o, s:o}", "rules_fired", rules, "orders", orders);
}

static json_t *json_total(const struct ensemble_report *report) {
    const struct ensemble *const ensemble = report->ensemble;
    const struct ensemble_loss all =
        ensemble_group_loss(ensemble, CONDITION_EVERY, CONDITION_EVERY);
    json_t *const sizes = json_array();
    json_t *const depths = json_array();
    for (size_t i = 0; i <= ensemble_size(ensemble, SPILL_PPM); i++) {
        json_array_append_new(sizes, json_integer((json_int_t)ensemble_size_count(ensemble, i)));
    }
    for (size_t i = 0; i < ENSEMBLE_DEPTHS; i++) {
        json_array_append_new(depths, json_integer((json_int_t)ensemble_depth_count(ensemble, i)));
    }
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:I}", "loss",
                     json_loss(report, &all), "p05_person_hours",
                     (json_int_t)ensemble_total_hours(ensemble, 50000), "p50_person_hours",
                     (json_int_t)ensemble_total_hours(ensemble, 500000), "p95_person_hours",
                     (json_int_t)ensemble_total_hours(ensemble, 950000), "worst_5_percent",
                     (json_int_t)ensemble_tail_hours(ensemble), "assets_down", sizes, "depth",
                     depths, "mildest_replica", (json_int_t)ensemble_replica_at(ensemble, 0),
                     "middle_replica", (json_int_t)ensemble_replica_at(ensemble, SPILL_PPM / 2),
                     "worst_replica", (json_int_t)ensemble_replica_at(ensemble, SPILL_PPM));
}

static json_t *json_run(const struct ensemble_report *report) {
    const uint32_t count = ensemble_replica_count(report->ensemble);
    return json_pack("{s:i, s:f, s:f, s:s, s:s, s:s, s:i}", "threads", report->threads, "seconds",
                     report->seconds, "replicas_per_second",
                     report->seconds > 0 ? count / report->seconds : 0.0, "engine", "plain",
                     "version", version_number(), "commit", version_commit(), "model_revision",
                     SPILL_MODEL_REVISION);
}

bool ensemble_print_json(FILE *stream, const struct ensemble_report *report) {
    SPILL_ASSERT(report != NULL);
    const struct ensemble *const ensemble = report->ensemble;
    uint8_t identity[ENSEMBLE_IDENTITY_BYTES];
    char identity_text[2 * ENSEMBLE_IDENTITY_BYTES + 1];
    ensemble_identity(ensemble, identity);
    for (size_t i = 0; i < sizeof identity; i++) {
        snprintf(identity_text + 2 * i, 3, "%02x", identity[i]);
    }
    json_t *const edges = json_array();
    const int64_t *edges_ms = NULL;
    const size_t edge_count = ensemble_edges(ensemble, &edges_ms);
    for (size_t i = 0; i < edge_count; i++) {
        json_array_append_new(edges, json_integer(edges_ms[i]));
    }
    json_t *const root = json_pack(
        "{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:I, s:o}",
        "schema", "spillover-ensemble-1", "scenario", scenario_id(report->scenario), "team",
        ensemble_team(ensemble), "seed", json_seed(ensemble_seed(ensemble)), "replicas",
        (json_int_t)ensemble_replica_count(ensemble), "start_ms",
        (json_int_t)ensemble_start_ms(ensemble), "until_ms",
        (json_int_t)ensemble_until_ms(ensemble), "down_below_ppm",
        (json_int_t)ensemble_down_below_ppm(ensemble), "edges_ms", edges, "identity", identity_text,
        "total", json_total(report), "groups", json_groups(report), "assets", json_assets(report),
        "spill", json_spills(report), "roots", json_roots(report), "links", json_links(report),
        "script", json_script(report), "dropped_actions", (json_int_t)ensemble_dropped(ensemble),
        "run", json_run(report));
    const bool printed = root != NULL && json_dumpf(root, stream, JSON_COMPACT) == 0;
    json_decref(root);
    fputc('\n', stream);
    return printed;
}

/* ---- CSV ---- */

static void csv_totals(FILE *file, const struct ensemble_report *report) {
    fputs("replica,person_hours\n", file);
    const uint32_t count = ensemble_replica_count(report->ensemble);
    for (uint32_t i = 0; i < count; i++) {
        int64_t hours = 0;
        const uint32_t replica = ensemble_replica(report->ensemble, i, &hours);
        fprintf(file, "%" PRIu32 ",%" PRId64 "\n", replica, hours);
    }
}

static void csv_groups(FILE *file, const struct ensemble_report *report) {
    const uint32_t sector_count = (uint32_t)network_sector_count(output_network(report));
    const uint32_t country_count = (uint32_t)network_country_count(output_network(report));
    const int64_t *edges_ms = NULL;
    const size_t edge_count = ensemble_edges(report->ensemble, &edges_ms);
    fputs("sector,country,at_ms,down_by,down_at\n", file);
    for (uint32_t i = 0; i <= sector_count; i++) {
        for (uint32_t j = 0; j <= country_count; j++) {
            const uint32_t sector = i < sector_count ? i : CONDITION_EVERY;
            const uint32_t country = j < country_count ? j : CONDITION_EVERY;
            if (ensemble_group_assets(report->ensemble, sector, country) == 0) {
                continue;
            }
            for (size_t edge = 0; edge < edge_count; edge++) {
                fprintf(file, "%s,%s,%" PRId64 ",%" PRIu64 ",%" PRIu64 "\n",
                        json_group_sector(report, sector), json_group_country(report, country),
                        edges_ms[edge],
                        ensemble_group_down_by(report->ensemble, sector, country, edge),
                        ensemble_group_down_at(report->ensemble, sector, country, edge));
            }
        }
    }
}

/* A time, or nothing for one that does not come. */
static void csv_time(FILE *file, int64_t time_ms) {
    if (time_ms != SPILL_NEVER && time_ms >= 0) {
        fprintf(file, "%" PRId64, time_ms);
    }
    fputc(',', file);
}

static void csv_assets(FILE *file, const struct ensemble_report *report) {
    const struct network *const network = output_network(report);
    fputs("asset,country,sector,down,outages,lasting,first_down_p05_ms,first_down_p50_ms,"
          "first_down_p95_ms,outage_p05_ms,outage_p50_ms,outage_p95_ms,mean_down_hours,"
          "mean_person_hours,mean_value\n",
          file);
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        static const int64_t shares_ppm[] = {50000, 500000, 950000};
        const struct asset_ref asset = {i};
        const struct ensemble_asset facts = ensemble_asset(report->ensemble, asset);
        fprintf(file, "%s,%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",",
                network_asset_id(network, asset),
                network_country_id(network, network_asset_country(network, asset)),
                network_sector_id(network, network_asset_sector(network, asset)), facts.down_count,
                facts.outage_count, facts.lasting_count);
        for (size_t j = 0; j < 3; j++) {
            csv_time(file, ensemble_first_down_ms(report->ensemble, asset, shares_ppm[j]));
        }
        for (size_t j = 0; j < 3; j++) {
            csv_time(file, ensemble_outage_ms(report->ensemble, asset, shares_ppm[j]));
        }
        fprintf(file, "%.6f,%.3f,%.3f\n", output_mean(report, facts.down_ms),
                output_mean(report, facts.person_ms), output_mean(report, facts.value_ms));
    }
}

static void csv_over_time(FILE *file, const struct ensemble_report *report) {
    const struct network *const network = output_network(report);
    const int64_t *edges_ms = NULL;
    const size_t edge_count = ensemble_edges(report->ensemble, &edges_ms);
    fputs("asset,at_ms,down_by,down_at\n", file);
    for (uint32_t i = 0; i < network_asset_count(network); i++) {
        const struct asset_ref asset = {i};
        if (ensemble_asset(report->ensemble, asset).down_count == 0) {
            continue;
        }
        for (size_t edge = 0; edge < edge_count; edge++) {
            fprintf(file, "%s,%" PRId64 ",%" PRIu64 ",%" PRIu64 "\n",
                    network_asset_id(network, asset), edges_ms[edge],
                    ensemble_down_by(report->ensemble, asset, edge),
                    ensemble_down_at(report->ensemble, asset, edge));
        }
    }
}

static void csv_spill(FILE *file, const struct ensemble_report *report) {
    const struct network *const network = output_network(report);
    const uint32_t count = (uint32_t)network_country_count(network);
    fputs("from,hit,mean_person_hours,p05_person_hours,p50_person_hours,p95_person_hours\n", file);
    for (uint32_t i = 0; i <= count; i++) {
        for (uint32_t j = 0; j < count; j++) {
            const struct country_ref from = {i < count ? i : NETWORK_NO_INDEX};
            const struct country_ref hit = {j};
            fprintf(file, "%s,%s,%.3f,%" PRId64 ",%" PRId64 ",%" PRId64 "\n",
                    i < count ? network_country_id(network, from) : "",
                    network_country_id(network, hit),
                    output_mean(report, ensemble_spill(report->ensemble, from, hit)),
                    ensemble_spill_hours(report->ensemble, from, hit, 50000),
                    ensemble_spill_hours(report->ensemble, from, hit, 500000),
                    ensemble_spill_hours(report->ensemble, from, hit, 950000));
        }
    }
}

static void csv_roots(FILE *file, const struct ensemble_report *report) {
    fputs("kind,id,order,replicas,mean_person_hours\n", file);
    for (size_t i = 0; i < ensemble_root_count(report->ensemble); i++) {
        const struct ensemble_root root = ensemble_root(report->ensemble, i);
        if (root.replica_count > 0) {
            fprintf(file, "%s,%s,%s,%" PRIu64 ",%.3f\n", root.kind, root.id,
                    root.order != NULL ? root.order : "", root.replica_count,
                    output_mean(report, root.person_ms));
        }
    }
}

static void csv_links(FILE *file, const struct ensemble_report *report) {
    const struct network *const network = output_network(report);
    fputs("asset,need,supplier,mean_person_hours\n", file);
    for (uint32_t i = 0; i < network_link_count(network); i++) {
        const struct link_ref link = {i};
        const struct need_ref need = network_link_need(network, link);
        const struct wide blame = ensemble_link_blame(report->ensemble, link);
        if (wide_compare(blame, wide_of(0)) > 0) {
            fprintf(file, "%s,%s,%s,%.3f\n",
                    network_asset_id(network, network_need_asset(network, need)),
                    network_need_id(network, need),
                    network_asset_id(network, network_link_supplier(network, link)),
                    output_mean(report, blame));
        }
    }
}

enum spill_status ensemble_print_csv(const char *folder, const struct ensemble_report *report,
                                     struct spill_error *error) {
    static const struct {
        const char *name;
        void (*print)(FILE *file, const struct ensemble_report *report);
    } files[] = {{"totals.csv", csv_totals}, {"groups.csv", csv_groups},
                 {"assets.csv", csv_assets}, {"over_time.csv", csv_over_time},
                 {"spill.csv", csv_spill},   {"roots.csv", csv_roots},
                 {"links.csv", csv_links}};
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return spill_fail(error, SPILL_IO, "%s: %s", folder, strerror(errno));
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[OUTPUT_PATH_BYTES];
        const int path_bytes = snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        if (path_bytes < 0 || (size_t)path_bytes >= sizeof path) {
            return spill_fail(error, SPILL_IO, "%s: %s", folder, strerror(ENAMETOOLONG));
        }
        FILE *const file = fopen(path, "w");
        if (file == NULL) {
            return spill_fail(error, SPILL_IO, "%s: %s", path, strerror(errno));
        }
        files[i].print(file, report);
        const bool failed = ferror(file) != 0;
        if (fclose(file) != 0 || failed) {
            return spill_fail(error, SPILL_IO, "%s: %s", path, strerror(errno));
        }
    }
    return SPILL_OK;
}
