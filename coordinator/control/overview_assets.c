/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of assets and of whose doing it is. */
#include "coordinator/control/overview_parts.h"

#include <stdio.h>
#include <string.h>

static const struct cascade *overview_cascade(const struct exercise *exercise) {
    return world_cascade(exercise_world(exercise));
}

/* ---- Lists ---- */

static void overview_watch(struct overview *overview, uint32_t asset) {
    if (!overview->assets[asset].watched) {
        overview->assets[asset].watched = true;
        overview->watched.items[overview->watched.count++] = asset;
    }
}

/* Its customers may go on backups, which no output says. */
void overview_assets_take(struct overview *overview, struct asset_ref asset) {
    if (overview->assets[asset.index].dirty) {
        return;
    }
    overview->assets[asset.index].dirty = true;
    overview->dirty.items[overview->dirty.count++] = asset.index;
    overview_watch(overview, asset.index);
    const size_t count = network_asset_customer_count(overview->network, asset);
    for (size_t i = 0; i < count; i++) {
        const struct link_ref link = network_asset_customer(overview->network, asset, i);
        const struct need_ref need = network_link_need(overview->network, link);
        overview_watch(overview, network_need_asset(overview->network, need).index);
    }
}

/* ---- Roots ---- */

/* Roots of one kind and id (a rule that fired twice, an asset that broke twice) are told as one.
 * Campaigns and orders have one root each. */
static void overview_find_roots(struct overview *overview, const struct cascade *cascade) {
    const size_t count = cascade_root_count(cascade);
    for (size_t i = overview->root_count; i < count; i++) {
        const struct root root = cascade_root(cascade, (struct root_ref){(uint32_t)i});
        uint32_t first = (uint32_t)i;
        const bool may_recur =
            strcmp(root.kind, "order") != 0 && strcmp(root.kind, "campaign") != 0;
        for (size_t j = 0; may_recur && j < i && first == i; j++) {
            const struct root other = cascade_root(cascade, (struct root_ref){(uint32_t)j});
            if (overview->roots[j].first == j && strcmp(other.id, root.id) == 0 &&
                strcmp(other.kind, root.kind) == 0) {
                first = (uint32_t)j;
            }
        }
        overview->roots[i] = (struct overview_root){.first = first};
    }
    overview->root_count = count > overview->root_count ? count : overview->root_count;
}

static const char *overview_order_name(const struct overview *overview, const char *id,
                                       enum words_language language, const char **cell_name) {
    const size_t cell_bytes = strcspn(id, "/");
    const size_t bytes = strcspn(id, "#");
    char text[2 * SPILL_ID_BYTES_MAX + 2];
    struct cell_ref cell = {0};
    struct order_ref order = {0};
    if (bytes >= sizeof text || cell_bytes >= bytes) {
        return NULL;
    }
    memcpy(text, id, bytes);
    text[bytes] = '\0';
    text[cell_bytes] = '\0';
    if (script_find_cell(overview->script, text, &cell) != SPILL_OK ||
        script_find_order(overview->script, text + cell_bytes + 1, &order) != SPILL_OK) {
        return NULL;
    }
    *cell_name = scenario_cast(overview->scenario, cell)->name.in[language];
    return scenario_order_name(overview->scenario, order).in[language];
}

char *overview_root_name(const struct overview *overview, const char *kind, const char *id,
                         enum words_language language, char text[OVERVIEW_NAME_BYTES]) {
    struct campaign_ref campaign = {0};
    struct rule_ref rule = {0};
    struct country_ref country = {0};
    struct asset_ref asset = {0};
    const char *cell = "";
    const char *name = NULL;
    if (strcmp(kind, "campaign") == 0 &&
        network_find_campaign(overview->network, id, &campaign) == SPILL_OK) {
        name = scenario_campaign_name(overview->scenario, campaign).in[language];
    } else if (strcmp(kind, "effect") == 0 &&
               script_find_rule(overview->script, id, &rule) == SPILL_OK) {
        name = scenario_rule_name(overview->scenario, rule).in[language];
    } else if (strcmp(kind, "information") == 0 &&
               network_find_country(overview->network, id, &country) == SPILL_OK) {
        const struct words_value value = {
            "country", scenario_country_name(overview->scenario, country).in[language]};
        (void)words_fill(text, OVERVIEW_NAME_BYTES, WORDS_WHY_ROOT_INFORMATION, language, &value,
                         1);
        return text;
    } else if (strcmp(kind, "failure") == 0 &&
               network_find_asset(overview->network, id, &asset) == SPILL_OK) {
        const struct words_value value = {
            "name", scenario_asset(overview->scenario, asset)->name.in[language]};
        (void)words_fill(text, OVERVIEW_NAME_BYTES, WORDS_WHY_ROOT_FAILURE, language, &value, 1);
        return text;
    } else if (strcmp(kind, "order") == 0) {
        name = overview_order_name(overview, id, language, &cell);
        if (name != NULL) {
            const struct words_value values[] = {{"name", name}, {"cell", cell}};
            (void)words_fill(text, OVERVIEW_NAME_BYTES, WORDS_WHY_ROOT_ORDER, language, values, 2);
            return text;
        }
    }
    snprintf(text, OVERVIEW_NAME_BYTES, "%s", name != NULL ? name : id);
    spill_utf8_trim(text);
    return text;
}

void overview_print_root(const struct overview *overview, const struct exercise *exercise,
                         uint32_t root, const char *name, struct writer *writer) {
    const struct cascade *const cascade = overview_cascade(exercise);
    const struct root facts = cascade_root(cascade, (struct root_ref){root});
    char id[OVERVIEW_ROOT_BYTES];
    char names[LANGUAGE_COUNT][OVERVIEW_NAME_BYTES];
    struct text text;
    int64_t person_ms = 0;
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        text.in[i] =
            overview_root_name(overview, facts.kind, facts.id, (enum words_language)i, names[i]);
    }
    for (uint32_t i = root; i < overview->root_count; i++) {
        if (overview->roots[i].first == root) {
            person_ms += cascade_root_person_ms(cascade, (struct root_ref){i});
        }
    }
    writer_object(writer, name);
    writer_text(writer, "id", overview_root_print(facts.kind, facts.id, id));
    writer_text(writer, "kind", facts.kind);
    overview_print_text(writer, "name", text);
    writer_number(writer, "at_ms", facts.at_ms);
    overview_print_index(writer, "country", facts.country.index);
    writer_number(writer, "assets_down", overview->roots[root].down);
    writer_number(writer, "person_hours", person_ms / INT64_C(3600000));
    writer_end(writer);
}

/* Orders that cost nobody anything are no news. */
void overview_print_roots(const struct overview *overview, const struct exercise *exercise,
                          struct writer *writer) {
    const struct cascade *const cascade = overview_cascade(exercise);
    size_t count = 0;
    writer_array(writer, "roots");
    for (uint32_t i = 0; i < overview->root_count && count < OVERVIEW_ROOTS_SHOWN; i++) {
        const struct root_ref root = {i};
        if (overview->roots[i].first == i &&
            (overview->roots[i].down > 0 || cascade_root_person_ms(cascade, root) > 0 ||
             strcmp(cascade_root(cascade, root).kind, "order") != 0)) {
            overview_print_root(overview, exercise, i, NULL, writer);
            count++;
        }
    }
    writer_end(writer);
}

/* ---- One asset ---- */

static int64_t overview_backup_ends(const struct overview *overview, const struct cascade *cascade,
                                    struct asset_ref asset) {
    int64_t first_ms = SPILL_NEVER;
    size_t count = 0;
    const struct need_ref first = network_asset_needs(overview->network, asset, &count);
    for (uint32_t i = 0; i < count; i++) {
        int64_t ends_ms = 0;
        if (cascade_on_backup(cascade, (struct need_ref){first.index + i}, &ends_ms)) {
            first_ms = ends_ms < first_ms ? ends_ms : first_ms;
        }
    }
    return first_ms;
}

static bool overview_infected(const struct overview *overview, const struct cascade *cascade,
                              struct asset_ref asset) {
    for (uint32_t i = 0; i < network_campaign_count(overview->network); i++) {
        const struct campaign_ref campaign = {i};
        if (network_campaign_reaches(overview->network, campaign, asset) &&
            cascade_infected(cascade, campaign, asset)) {
            return true;
        }
    }
    return false;
}

struct overview_now overview_asset_now(const struct overview *overview,
                                       const struct exercise *exercise, struct asset_ref asset) {
    const struct cascade *const cascade = overview_cascade(exercise);
    const int64_t service_ppm = cascade_service_ppm(cascade, asset);
    struct overview_now now = {
        .status = cascade_status(cascade, asset),
        .service_ppm = service_ppm,
        .health_ppm = cascade_health_ppm(cascade, asset),
        .since_ms = overview->assets[asset.index].since_ms,
        .root = NETWORK_NO_INDEX,
        .backup_ends_ms = overview_backup_ends(overview, cascade, asset),
        .repair_ends_ms = SPILL_NEVER,
        .infected = overview_infected(overview, cascade, asset),
    };
    int64_t ends_ms = 0;
    if (cascade_repairing(cascade, asset, &ends_ms)) {
        now.repair_ends_ms = ends_ms;
    }
    if (service_ppm < SPILL_PPM) {
        now.root = cascade_asset_cause(cascade, asset).root.index;
    }
    return now;
}

static uint64_t overview_now_hash(const struct overview_now *now) {
    const uint64_t values[] = {
        (uint64_t)now->status,
        (uint64_t)now->service_ppm,
        (uint64_t)now->health_ppm,
        (uint64_t)now->since_ms,
        now->root,
        (uint64_t)now->backup_ends_ms,
        now->infected,
        (uint64_t)now->repair_ends_ms,
    };
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        hash = overview_mix(hash, values[i]);
    }
    return hash;
}

/* Whether more may happen to it without an output about it: it is on a backup, below full service,
 * or what it takes its supply from is. */
static bool overview_restless(const struct overview *overview, const struct overview_now *now,
                              const struct cascade *cascade, struct asset_ref asset) {
    if (now->status != ASSET_NORMAL || now->service_ppm < SPILL_PPM ||
        now->backup_ends_ms != SPILL_NEVER || now->repair_ends_ms != SPILL_NEVER) {
        return true;
    }
    size_t need_count = 0;
    const struct need_ref first = network_asset_needs(overview->network, asset, &need_count);
    for (uint32_t i = 0; i < need_count; i++) {
        size_t link_count = 0;
        const struct link_ref link =
            network_need_links(overview->network, (struct need_ref){first.index + i}, &link_count);
        for (uint32_t j = 0; j < link_count; j++) {
            const struct asset_ref supplier =
                network_link_supplier(overview->network, (struct link_ref){link.index + j});
            if (cascade_service_ppm(cascade, supplier) < SPILL_PPM) {
                return true;
            }
        }
    }
    return false;
}

/* Looks at one asset, and lists it if it is not as it was told; counts it to its root. Returns
 * whether it is to be watched. */
static bool overview_look_at(struct overview *overview, const struct exercise *exercise,
                             uint32_t index) {
    const struct asset_ref asset = {index};
    struct overview_asset *const facts = &overview->assets[index];
    const struct overview_now now = overview_asset_now(overview, exercise, asset);
    const uint64_t hash = overview_now_hash(&now);
    const uint32_t root =
        now.root == NETWORK_NO_INDEX ? NETWORK_NO_INDEX : overview->roots[now.root].first;
    if (root != facts->root) {
        if (facts->root != NETWORK_NO_INDEX) {
            overview->roots[facts->root].down--;
        }
        if (root != NETWORK_NO_INDEX) {
            overview->roots[root].down++;
        }
        facts->root = root;
    }
    if (hash != facts->told) {
        facts->told = hash;
        if (!facts->listed) {
            facts->listed = true;
            overview->changed.items[overview->changed.count++] = index;
        }
    }
    return overview_restless(overview, &now, overview_cascade(exercise), asset);
}

static void overview_look_at_watched(struct overview *overview, const struct exercise *exercise) {
    size_t kept = 0;
    for (size_t i = 0; i < overview->watched.count; i++) {
        const uint32_t asset = overview->watched.items[i];
        if (overview_look_at(overview, exercise, asset)) {
            overview->watched.items[kept++] = asset;
        } else {
            overview->assets[asset].watched = false;
        }
    }
    overview->watched.count = kept;
}

/* Intrusions that nobody has noticed make no output: when a campaign's count differs, the assets
 * that were touched at all are looked at. */
static void overview_look_at_infected(struct overview *overview, const struct exercise *exercise) {
    const struct cascade *const cascade = overview_cascade(exercise);
    bool any = false;
    for (uint32_t i = 0; i < network_campaign_count(overview->network); i++) {
        const int64_t count = cascade_infected_count(cascade, (struct campaign_ref){i},
                                                     (struct country_ref){NETWORK_NO_INDEX});
        any = any || count != overview->infected[i];
        overview->infected[i] = count;
    }
    size_t count = 0;
    const struct asset_ref *const touched = cascade_touched(cascade, &count);
    for (size_t i = 0; any && i < count; i++) {
        (void)overview_look_at(overview, exercise, touched[i].index);
    }
}

void overview_assets_look(struct overview *overview, const struct exercise *exercise, bool all) {
    for (size_t i = 0; i < overview->changed.count; i++) {
        overview->assets[overview->changed.items[i]].listed = false;
    }
    overview->changed.count = 0;
    overview_find_roots(overview, overview_cascade(exercise));
    for (size_t i = 0; i < overview->dirty.count; i++) {
        overview->assets[overview->dirty.items[i]].dirty = false;
        (void)overview_look_at(overview, exercise, overview->dirty.items[i]);
    }
    overview->dirty.count = 0;
    if (all) {
        overview_look_at_watched(overview, exercise);
        overview_look_at_infected(overview, exercise);
    }
}

void overview_print_asset(const struct overview *overview, const struct exercise *exercise,
                          struct asset_ref asset, enum overview_role role, struct writer *writer) {
    const struct overview_now now = overview_asset_now(overview, exercise, asset);
    writer_object(writer, NULL);
    writer_number(writer, "index", asset.index);
    writer_text(writer, "status", overview_status_name(now.status));
    writer_number(writer, "service_ppm", now.service_ppm);
    writer_number(writer, "health_ppm", now.health_ppm);
    overview_print_ms(writer, "since_ms", now.since_ms);
    if (now.root == NETWORK_NO_INDEX) {
        writer_null(writer, "root");
    } else {
        const struct root root =
            cascade_root(overview_cascade(exercise), (struct root_ref){now.root});
        char text[OVERVIEW_ROOT_BYTES];
        writer_text(writer, "root", overview_root_print(root.kind, root.id, text));
    }
    overview_print_ms(writer, "backup_ends_ms", now.backup_ends_ms);
    overview_print_ms(writer, "repair_ends_ms", now.repair_ends_ms);
    writer_truth(writer, "infected", role == OVERVIEW_CONTROL && now.infected);
    writer_end(writer);
}
