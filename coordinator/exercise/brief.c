/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/exercise/brief.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BRIEF_ID_BYTES = SPILL_ID_BYTES_MAX + 1 };

/* A brief and what it points to. The brief comes first: one is the other's address. */
struct brief_parts {
    struct brief brief;
    char cell[BRIEF_ID_BYTES];
    char team[BRIEF_ID_BYTES];
    struct brief_answer *answers;
    char (*ids)[BRIEF_ID_BYTES]; /* Two for each answer. */
    int64_t *quantile_ms;
};

/* What doctrine would choose; NULL when there is nothing to choose or no choice is expected. */
static const char *brief_option(const struct inject *inject) {
    for (size_t i = 0; i < inject->option_count; i++) {
        if (inject->options[i].expected) {
            return inject->options[i].id;
        }
    }
    return NULL;
}

static bool brief_receives(const struct inject *inject, struct cell_ref cell) {
    for (size_t i = 0; i < inject->to_count; i++) {
        if (inject->to[i].index == cell.index) {
            return true;
        }
    }
    return false;
}

static const char *brief_copy(char to[BRIEF_ID_BYTES], const char *id) {
    snprintf(to, BRIEF_ID_BYTES, "%s", id);
    return to;
}

/* Injects are sorted by id, so the answers are. */
static enum spill_status brief_add_answers(struct brief_parts *parts,
                                           const struct scenario *scenario, struct cell_ref cell) {
    const size_t inject_count = scenario_inject_count(scenario);
    parts->answers = spill_alloc(inject_count, sizeof parts->answers[0]);
    parts->ids = spill_alloc(2 * inject_count, sizeof parts->ids[0]);
    if (parts->answers == NULL || parts->ids == NULL) {
        return SPILL_MEMORY;
    }
    size_t count = 0;
    for (size_t i = 0; i < inject_count; i++) {
        const struct inject *const inject = scenario_inject(scenario, i);
        const char *const option = brief_option(inject);
        if (option != NULL && brief_receives(inject, cell)) {
            parts->answers[count] =
                (struct brief_answer){.inject = brief_copy(parts->ids[2 * count], inject->id),
                                      .option = brief_copy(parts->ids[2 * count + 1], option)};
            count++;
        }
    }
    parts->brief.answers = parts->answers;
    parts->brief.answer_count = count;
    return SPILL_OK;
}

static enum spill_status brief_add_law(struct brief_parts *parts, const struct law_spec *law) {
    parts->brief.answers_after = *law;
    if (law->quantile_count == 0) {
        return SPILL_OK;
    }
    parts->quantile_ms = spill_alloc(law->quantile_count, sizeof parts->quantile_ms[0]);
    if (parts->quantile_ms == NULL) {
        return SPILL_MEMORY;
    }
    memcpy(parts->quantile_ms, law->quantile_ms,
           law->quantile_count * sizeof parts->quantile_ms[0]);
    parts->brief.answers_after.quantile_ms = parts->quantile_ms;
    return SPILL_OK;
}

enum spill_status brief_create(const struct scenario *scenario, struct cell_ref cell,
                               const char *team, uint64_t seed, struct brief **brief) {
    SPILL_ASSERT(scenario != NULL);
    SPILL_ASSERT(team != NULL);
    SPILL_ASSERT(brief != NULL);
    if (!spill_id_valid(team, strlen(team))) {
        return SPILL_NOT_FOUND;
    }
    struct brief_parts *const parts = spill_alloc(1, sizeof *parts);
    if (parts == NULL) {
        return SPILL_MEMORY;
    }
    struct brief *made = &parts->brief;
    made->cell = brief_copy(parts->cell, script_cell_id(scenario_script(scenario), cell));
    made->team = brief_copy(parts->team, team);
    made->seed = seed;
    enum spill_status status = brief_add_law(parts, &scenario_cast(scenario, cell)->answers_after);
    if (status == SPILL_OK && strcmp(team, BRIEF_DOCTRINE) == 0) {
        status = brief_add_answers(parts, scenario, cell);
    }
    if (status != SPILL_OK) {
        brief_destroy(&made);
        return status;
    }
    *brief = made;
    return SPILL_OK;
}

void brief_destroy(struct brief **brief) {
    SPILL_ASSERT(brief != NULL);
    struct brief_parts *const parts = (struct brief_parts *)(void *)*brief;
    if (parts == NULL) {
        return;
    }
    free(parts->answers);
    free(parts->ids);
    free(parts->quantile_ms);
    free(parts);
    *brief = NULL;
}
