/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/control/outlook.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/world/condition.h"

#define OUTLOOK_MINUTE_MS INT64_C(60000)
#define OUTLOOK_HOUR_MS (60 * OUTLOOK_MINUTE_MS)

struct outlook {
    const struct scenario *scenario;
    const struct network *network;
    struct ensemble *ensemble;
    int64_t now_ms;
    int64_t made_us;
    int64_t edges_ms[OUTLOOK_EDGES_MAX];
    size_t edge_count;
    uint8_t *asset_down; /* Now, for each asset. */
    uint8_t *group_down; /* Now, for each country and sector. */
    int64_t *spill_ms;   /* So far: rows are countries and "no country". */
};

/* ---- Making ---- */

/* Close together at first: every quarter of an hour for six hours, every hour for a day, then in
 * equal steps to the end. */
static void outlook_edges(struct outlook *outlook, int64_t until_ms) {
    const int64_t tick_ms = network_tick_ms(outlook->network);
    int64_t step_ms = 15 * OUTLOOK_MINUTE_MS;
    int64_t at_ms = outlook->now_ms;
    while (at_ms < until_ms && outlook->edge_count < OUTLOOK_EDGES_MAX) {
        const int64_t ahead_ms = at_ms - outlook->now_ms;
        if (ahead_ms >= 24 * OUTLOOK_HOUR_MS) {
            const int64_t left = OUTLOOK_EDGES_MAX - (int64_t)outlook->edge_count;
            const int64_t even_ms = (until_ms - at_ms + left - 1) / left;
            step_ms = even_ms > 6 * OUTLOOK_HOUR_MS ? even_ms : 6 * OUTLOOK_HOUR_MS;
        } else if (ahead_ms >= 6 * OUTLOOK_HOUR_MS) {
            step_ms = OUTLOOK_HOUR_MS;
        }
        at_ms += (step_ms + tick_ms - 1) / tick_ms * tick_ms;
        at_ms = at_ms < until_ms ? at_ms : until_ms;
        outlook->edges_ms[outlook->edge_count++] = at_ms;
    }
}

/* How it stands now, before the replicas go their own ways. */
static void outlook_look(struct outlook *outlook, const struct world *from) {
    const struct cascade *const cascade = world_cascade(from);
    const uint32_t countries = (uint32_t)network_country_count(outlook->network);
    const uint32_t sectors = (uint32_t)network_sector_count(outlook->network);
    for (uint32_t i = 0; i < network_asset_count(outlook->network); i++) {
        outlook->asset_down[i] =
            cascade_service_ppm(cascade, (struct asset_ref){i}) < SPILL_FAILED_BELOW;
    }
    for (uint32_t i = 0; i < countries; i++) {
        for (uint32_t j = 0; j < sectors; j++) {
            const uint32_t arguments[CONDITION_ARGUMENTS_MAX] = {j, i};
            outlook->group_down[i * sectors + j] =
                world_read(FUNCTION_LEVEL, arguments, from) < SPILL_PPM / 2;
        }
    }
    for (uint32_t i = 0; i <= countries; i++) {
        for (uint32_t j = 0; j < countries; j++) {
            const struct country_ref row = {i < countries ? i : NETWORK_NO_INDEX};
            outlook->spill_ms[i * countries + j] =
                cascade_spill_ms(cascade, row, (struct country_ref){j});
        }
    }
}

static enum spill_status outlook_allocate(struct outlook *outlook) {
    const size_t countries = network_country_count(outlook->network);
    outlook->asset_down = spill_alloc(network_asset_count(outlook->network), 1);
    outlook->group_down = spill_alloc(countries * network_sector_count(outlook->network), 1);
    outlook->spill_ms = spill_alloc((countries + 1) * countries, sizeof *outlook->spill_ms);
    return outlook->asset_down == NULL || outlook->group_down == NULL || outlook->spill_ms == NULL
               ? SPILL_MEMORY
               : SPILL_OK;
}

enum spill_status outlook_make(const struct outlook_options *options, struct outlook **outlook,
                               struct spill_error *error) {
    struct outlook *made = spill_alloc(1, sizeof *made);
    if (made == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    made->scenario = options->scenario;
    made->network = scenario_network(options->scenario);
    made->now_ms = world_now_ms(options->from) < 0 ? 0 : world_now_ms(options->from);
    made->made_us = options->made_us;
    outlook_edges(made, scenario_duration_ms(options->scenario));
    enum spill_status status = outlook_allocate(made);
    if (status != SPILL_OK) {
        (void)spill_fail(error, status, "out of memory");
    } else if (made->edge_count == 0) {
        status = spill_fail(error, SPILL_INVALID, "the exercise is at its end");
    } else {
        outlook_look(made, options->from);
        const struct ensemble_options ensemble = {
            .network = made->network,
            .script = scenario_script(options->scenario),
            .team = options->team,
            .seed = world_seed(options->from),
            .first_replica = 1, /* 0 would go on as the exercise itself will. */
            .replica_count = options->replica_count,
            .threads = options->threads,
            .until_ms = made->edges_ms[made->edge_count - 1],
            .edges_ms = made->edges_ms,
            .edge_count = made->edge_count,
            .from = options->from,
            .on_progress = options->on_progress,
            .context = options->context,
        };
        status = ensemble_run(&ensemble, &made->ensemble, error);
    }
    if (status != SPILL_OK) {
        outlook_destroy(&made);
        return status;
    }
    *outlook = made;
    return SPILL_OK;
}

void outlook_destroy(struct outlook **outlook) {
    if (*outlook != NULL) {
        ensemble_destroy(&(*outlook)->ensemble);
        free((*outlook)->asset_down);
        free((*outlook)->group_down);
        free((*outlook)->spill_ms);
        free(*outlook);
        *outlook = NULL;
    }
}

/* ---- Printing ---- */

static int64_t outlook_share(const struct outlook *outlook, uint64_t replicas) {
    return (int64_t)(replicas * (uint64_t)SPILL_PPM / ensemble_replica_count(outlook->ensemble));
}

static void outlook_print_time(struct writer *writer, const char *name, int64_t time_ms) {
    if (time_ms == SPILL_NEVER || time_ms < 0) {
        writer_null(writer, name);
    } else {
        writer_number(writer, name, time_ms);
    }
}

static void outlook_print_groups(const struct outlook *outlook, struct writer *writer) {
    const uint32_t sectors = (uint32_t)network_sector_count(outlook->network);
    writer_array(writer, "groups");
    for (uint32_t i = 0; i < network_country_count(outlook->network); i++) {
        for (uint32_t j = 0; j < sectors; j++) {
            if (ensemble_group_assets(outlook->ensemble, j, i) == 0) {
                continue;
            }
            writer_object(writer, NULL);
            writer_number(writer, "country", i);
            writer_number(writer, "sector", j);
            writer_truth(writer, "down_now", outlook->group_down[i * sectors + j] != 0);
            writer_array(writer, "by_ppm");
            for (size_t k = 0; k < outlook->edge_count; k++) {
                writer_number(
                    writer, NULL,
                    outlook_share(outlook, ensemble_group_down_by(outlook->ensemble, j, i, k)));
            }
            writer_end(writer);
            writer_end(writer);
        }
    }
    writer_end(writer);
}

/* The chance from which on an asset is told of: that of the last of so many. */
static uint64_t outlook_least(const struct outlook *outlook) {
    const uint32_t replicas = ensemble_replica_count(outlook->ensemble);
    const size_t last = outlook->edge_count - 1;
    uint64_t least =
        ((uint64_t)replicas * OUTLOOK_SHOWN_PPM + (uint64_t)SPILL_PPM - 1) / (uint64_t)SPILL_PPM;
    uint64_t most = replicas;
    /* Halving what is between the two, until so many are at least as likely. */
    while (least < most) {
        const uint64_t middle = least + (most - least) / 2;
        size_t count = 0;
        for (uint32_t i = 0; i < network_asset_count(outlook->network); i++) {
            count += ensemble_down_by(outlook->ensemble, (struct asset_ref){i}, last) >= middle;
        }
        if (count > OUTLOOK_ASSETS_SHOWN) {
            least = middle + 1;
        } else {
            most = middle;
        }
    }
    return least;
}

static void outlook_print_assets(const struct outlook *outlook, struct writer *writer) {
    const uint64_t least = outlook_least(outlook);
    size_t count = 0;
    writer_array(writer, "assets");
    for (uint32_t i = 0; i < network_asset_count(outlook->network) && count < OUTLOOK_ASSETS_SHOWN;
         i++) {
        const struct asset_ref asset = {i};
        if (ensemble_down_by(outlook->ensemble, asset, outlook->edge_count - 1) < least) {
            continue;
        }
        writer_object(writer, NULL);
        writer_number(writer, "asset", i);
        writer_truth(writer, "down_now", outlook->asset_down[i] != 0);
        writer_array(writer, "by_ppm");
        for (size_t k = 0; k < outlook->edge_count; k++) {
            writer_number(writer, NULL,
                          outlook_share(outlook, ensemble_down_by(outlook->ensemble, asset, k)));
        }
        writer_end(writer);
        static const struct {
            const char *name;
            int64_t share_ppm;
        } times[] = {{"early_ms", 100000}, {"median_ms", 500000}, {"late_ms", 900000}};
        for (size_t k = 0; k < 3; k++) {
            outlook_print_time(
                writer, times[k].name,
                ensemble_first_down_ms(outlook->ensemble, asset, times[k].share_ppm));
        }
        writer_end(writer);
        count++;
    }
    writer_end(writer);
}

size_t outlook_assets(const struct outlook *outlook, struct outlook_asset *assets,
                      size_t capacity) {
    static const int64_t shares_ppm[] = {100000, 500000, 900000};
    const uint64_t least = outlook_least(outlook);
    const size_t last = outlook->edge_count - 1;
    const size_t soon = ensemble_edge_at(outlook->ensemble, outlook->now_ms + 6 * OUTLOOK_HOUR_MS);
    size_t count = 0;
    for (uint32_t i = 0; i < network_asset_count(outlook->network) && count < capacity; i++) {
        const struct asset_ref asset = {i};
        const uint64_t replicas = ensemble_down_by(outlook->ensemble, asset, last);
        if (outlook->asset_down[i] || replicas < least) {
            continue;
        }
        struct outlook_asset *const entry = &assets[count++];
        *entry = (struct outlook_asset){
            .asset = asset,
            .soon_ms = outlook->edges_ms[soon],
            .soon_ppm = outlook_share(outlook, ensemble_down_by(outlook->ensemble, asset, soon)),
            .chance_ppm = outlook_share(outlook, replicas)};
        for (size_t k = 0; k < 3; k++) {
            const int64_t time_ms = ensemble_first_down_ms(outlook->ensemble, asset, shares_ppm[k]);
            entry->time_ms[k] = time_ms == SPILL_NEVER ? outlook->edges_ms[last] : time_ms;
        }
    }
    return count;
}

/* The group that is not down and likeliest to be soon: within an hour, else six, a day, at all. */
static bool outlook_find_headline(const struct outlook *outlook, uint32_t *country,
                                  uint32_t *sector, size_t *edge) {
    static const int64_t ahead_ms[] = {OUTLOOK_HOUR_MS, 6 * OUTLOOK_HOUR_MS, 24 * OUTLOOK_HOUR_MS,
                                       SPILL_NEVER / 2};
    const uint32_t sectors = (uint32_t)network_sector_count(outlook->network);
    for (size_t k = 0; k < sizeof ahead_ms / sizeof ahead_ms[0]; k++) {
        uint64_t most = 0;
        *edge = ensemble_edge_at(outlook->ensemble, outlook->now_ms + ahead_ms[k]);
        for (uint32_t i = 0; i < network_country_count(outlook->network); i++) {
            for (uint32_t j = 0; j < sectors; j++) {
                const uint64_t replicas =
                    ensemble_group_assets(outlook->ensemble, j, i) == 0 ||
                            outlook->group_down[i * sectors + j] != 0
                        ? 0
                        : ensemble_group_down_by(outlook->ensemble, j, i, *edge);
                if (replicas > most) {
                    most = replicas;
                    *country = i;
                    *sector = j;
                }
            }
        }
        if (outlook_share(outlook, most) >= OUTLOOK_HEADLINE_PPM) {
            return true;
        }
    }
    return false;
}

static void outlook_print_headline(const struct outlook *outlook, const struct outlook *before,
                                   struct writer *writer) {
    uint32_t country = 0;
    uint32_t sector = 0;
    size_t edge = 0;
    if (!outlook_find_headline(outlook, &country, &sector, &edge)) {
        writer_null(writer, "headline");
        return;
    }
    const int64_t by_ms = outlook->edges_ms[edge];
    writer_object(writer, "headline");
    writer_number(writer, "country", country);
    writer_number(writer, "sector", sector);
    writer_number(writer, "within_ms", by_ms - outlook->now_ms);
    writer_number(
        writer, "chance_ppm",
        outlook_share(outlook, ensemble_group_down_by(outlook->ensemble, sector, country, edge)));
    if (before == NULL || by_ms < before->edges_ms[0]) {
        writer_null(writer, "before_ppm");
    } else {
        writer_number(writer, "before_ppm",
                      outlook_share(before, ensemble_group_down_by(
                                                before->ensemble, sector, country,
                                                ensemble_edge_at(before->ensemble, by_ms))));
    }
    writer_end(writer);
}

static void outlook_print_matrix(const struct outlook *outlook, struct writer *writer) {
    const uint32_t countries = (uint32_t)network_country_count(outlook->network);
    const uint32_t replicas = ensemble_replica_count(outlook->ensemble);
    writer_array(writer, "matrix");
    for (uint32_t i = 0; i <= countries; i++) {
        for (uint32_t j = 0; j < countries; j++) {
            const struct country_ref row = {i < countries ? i : NETWORK_NO_INDEX};
            const struct wide sum = ensemble_spill(outlook->ensemble, row, (struct country_ref){j});
            const int64_t mean_ms = (int64_t)wide_divide(sum, replicas);
            const int64_t ahead_ms = mean_ms - outlook->spill_ms[i * countries + j];
            writer_number(writer, NULL, ahead_ms > 0 ? ahead_ms / OUTLOOK_HOUR_MS : 0);
        }
    }
    writer_end(writer);
}

void outlook_print(const struct outlook *outlook, const struct outlook *before, int64_t took_us,
                   struct writer *writer) {
    writer_object(writer, NULL);
    writer_number(writer, "made_at_ms", outlook->now_ms);
    writer_number(writer, "made_at_us", outlook->made_us);
    writer_number(writer, "replicas", ensemble_replica_count(outlook->ensemble));
    writer_number(writer, "took_ms", took_us / 1000);
    writer_array(writer, "edges_ms");
    for (size_t i = 0; i < outlook->edge_count; i++) {
        writer_number(writer, NULL, outlook->edges_ms[i]);
    }
    writer_end(writer);
    outlook_print_groups(outlook, writer);
    outlook_print_assets(outlook, writer);
    outlook_print_headline(outlook, before, writer);
    writer_object(writer, "person_hours");
    writer_number(writer, "low", ensemble_total_hours(outlook->ensemble, 50000));
    writer_number(writer, "median", ensemble_total_hours(outlook->ensemble, SPILL_PPM / 2));
    writer_number(writer, "high", ensemble_total_hours(outlook->ensemble, 950000));
    writer_end(writer);
    outlook_print_matrix(outlook, writer);
    writer_end(writer);
}
