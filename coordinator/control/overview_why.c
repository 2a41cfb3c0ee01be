/* SPDX-License-Identifier: Apache-2.0 */
/* The document that says why an asset is as it is, and what followed. */
#include "coordinator/control/overview_parts.h"

#include <string.h>

static const char *overview_rule(enum limit_kind limit) {
    static const char *const names[] = {"none", "health", "need", "cap", "demand"};
    SPILL_ASSERT((size_t)limit < sizeof names / sizeof names[0]);
    return names[limit];
}

static void overview_print_step(const struct overview *overview, const struct why_chain *chain,
                                const struct why_step *step, struct writer *writer) {
    char lines[LANGUAGE_COUNT][OVERVIEW_WORDS_BYTES];
    struct text text;
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        text.in[i] = why_step_words(overview->why, &chain->root, step, (enum words_language)i,
                                    lines[i], sizeof lines[i]);
    }
    writer_object(writer, NULL);
    writer_number(writer, "number", (int64_t)step->number);
    writer_number(writer, "parent", (int64_t)step->parent);
    writer_number(writer, "asset", step->asset.index);
    writer_number(writer, "at_ms", step->at_ms);
    writer_number(writer, "before_ppm", step->before_ppm);
    writer_number(writer, "after_ppm", step->after_ppm);
    writer_text(writer, "rule", overview_rule(step->limit));
    writer_text(writer, "need", step->need);
    overview_print_index(writer, "supplier", step->supplier.index);
    writer_truth(writer, "backup_ended", step->backup_ended);
    overview_print_ms(writer, "backup_until_ms", step->backup_ended ? step->at_ms : -1);
    overview_print_text(writer, "words", text);
    writer_end(writer);
}

static void overview_print_backups(const struct overview *overview, const struct cascade *cascade,
                                   struct asset_ref asset, struct writer *writer) {
    size_t need_count = 0;
    const struct need_ref first = network_asset_needs(overview->network, asset, &need_count);
    writer_array(writer, "backups");
    for (uint32_t i = 0; i < need_count; i++) {
        const struct need_ref need = {first.index + i};
        int64_t ends_ms = SPILL_NEVER;
        const bool on = cascade_on_backup(cascade, need, &ends_ms);
        const size_t count = network_need_backup_count(overview->network, need);
        for (size_t j = 0; j < count; j++) {
            writer_object(writer, NULL);
            writer_text(writer, "need", network_need_id(overview->network, need));
            writer_text(writer, "kind", network_backup_id(overview->network, need, j));
            const bool active = on && cascade_backup_at(cascade, need) == j;
            overview_print_ms(writer, "ends_ms", active ? ends_ms : SPILL_NEVER);
            writer_number(writer, "level_ppm",
                          network_backup_level_ppm(overview->network, need, j));
            writer_end(writer);
        }
    }
    writer_end(writer);
}

/* The root of an asset's state, as the list of roots has it; NETWORK_NO_INDEX: none. */
static uint32_t overview_root_of(const struct overview *overview, const struct cascade *cascade,
                                 const struct why_root *root) {
    for (uint32_t i = 0; root->kind[0] != '\0' && i < overview->root_count; i++) {
        const struct root known = cascade_root(cascade, (struct root_ref){i});
        if (overview->roots[i].first == i && strcmp(known.id, root->id) == 0 &&
            strcmp(known.kind, root->kind) == 0) {
            return i;
        }
    }
    return NETWORK_NO_INDEX;
}

void overview_print_why(const struct overview *overview, const struct exercise *exercise,
                        struct asset_ref asset, struct writer *writer) {
    const struct cascade *const cascade = world_cascade(exercise_world(exercise));
    struct why_step followed[OVERVIEW_TOOK_DOWN_MAX];
    struct why_chain chain;
    why_explain(overview->why, asset, SPILL_NEVER, &chain);
    const int64_t service_ppm = cascade_service_ppm(cascade, asset);
    const bool whole = service_ppm >= SPILL_PPM;
    const uint32_t root =
        whole ? NETWORK_NO_INDEX : overview_root_of(overview, cascade, &chain.root);
    const size_t count =
        whole ? 0 : why_followed(overview->why, &chain, followed, OVERVIEW_TOOK_DOWN_MAX);
    writer_object(writer, NULL);
    writer_number(writer, "asset", asset.index);
    writer_number(writer, "at_ms", exercise_now_ms(exercise));
    writer_text(writer, "status", overview_status_name(cascade_status(cascade, asset)));
    writer_number(writer, "service_ppm", service_ppm);
    writer_array(writer, "chain");
    for (size_t i = 0; !whole && i < chain.step_count; i++) {
        overview_print_step(overview, &chain, &chain.steps[i], writer);
    }
    writer_end(writer);
    if (root == NETWORK_NO_INDEX) {
        writer_null(writer, "root");
    } else {
        overview_print_root(overview, exercise, root, "root", writer);
    }
    writer_array(writer, "took_down");
    for (size_t i = 0; i < count && i < OVERVIEW_TOOK_DOWN_MAX; i++) {
        overview_print_step(overview, &chain, &followed[i], writer);
    }
    writer_end(writer);
    writer_number(writer, "took_down_count", (int64_t)count);
    overview_print_next(overview, exercise, &asset, 1, false, writer);
    overview_print_backups(overview, cascade, asset, writer);
    writer_end(writer);
}
