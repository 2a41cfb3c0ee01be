/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/world/condition_parts.h"

#include <stdlib.h>

/* ---- Evaluation ---- */

static int64_t condition_value_now(const struct condition *condition,
                                   const struct condition_value *value, condition_read_fn read,
                                   const void *context) {
    if (!value->is_call) {
        return value->number;
    }
    const struct condition_call *const call = &condition->calls[value->call_index];
    return read(call->function, call->arguments, context);
}

static bool condition_term_true(const struct condition *condition,
                                const struct condition_term *term, condition_read_fn read,
                                const void *context) {
    const int64_t left = condition_value_now(condition, &term->left, read, context);
    if (term->comparison == COMPARISON_NONE) {
        return left != 0;
    }
    const int64_t right = condition_value_now(condition, &term->right, read, context);
    switch (term->comparison) {
    case COMPARISON_LESS:
        return left < right;
    case COMPARISON_LESS_OR_EQUAL:
        return left <= right;
    case COMPARISON_GREATER:
        return left > right;
    case COMPARISON_GREATER_OR_EQUAL:
        return left >= right;
    case COMPARISON_EQUAL:
        return left == right;
    case COMPARISON_UNEQUAL:
        return left != right;
    case COMPARISON_NONE:
        break;
    }
    return left != 0;
}

bool condition_true(const struct condition *condition, condition_read_fn read,
                    const void *context) {
    SPILL_ASSERT(condition != NULL);
    SPILL_ASSERT(read != NULL);
    uint64_t truths = 0; /* The top is bit 0. */
    size_t term_index = 0;
    for (size_t i = 0; i < condition->step_count; i++) {
        switch ((enum condition_step)condition->steps[i]) {
        case STEP_TERM:
            truths = truths << 1 |
                     condition_term_true(condition, &condition->terms[term_index++], read, context);
            break;
        case STEP_NOT:
            truths ^= 1;
            break;
        case STEP_AND:
            truths = (truths >> 1 & ~UINT64_C(1)) | (truths >> 1 & truths & 1);
            break;
        case STEP_OR:
            truths = truths >> 1 | (truths & 1);
            break;
        case STEP_OPEN:
            break;
        }
    }
    return (truths & 1) != 0;
}

/* ---- Foresight ---- */

struct condition_span {
    int64_t least;
    int64_t most;
};

static struct condition_span condition_span_of(const struct condition *condition,
                                               const struct condition_value *value,
                                               condition_bounds_fn bounds, const void *context) {
    struct condition_span span = {value->number, value->number};
    if (value->is_call) {
        const struct condition_call *const call = &condition->calls[value->call_index];
        bounds(call->function, call->arguments, &span.least, &span.most, context);
        SPILL_ASSERT(span.least <= span.most);
    }
    return span;
}

static struct condition_prospect condition_term_prospect(const struct condition *condition,
                                                         const struct condition_term *term,
                                                         condition_bounds_fn bounds,
                                                         const void *context) {
    const struct condition_span left = condition_span_of(condition, &term->left, bounds, context);
    if (term->comparison == COMPARISON_NONE) {
        const bool only_zero = left.least == 0 && left.most == 0;
        return (struct condition_prospect){!only_zero, left.least <= 0 && left.most >= 0};
    }
    const struct condition_span right = condition_span_of(condition, &term->right, bounds, context);
    const bool fixed_equal =
        left.least == left.most && right.least == right.most && left.least == right.least;
    const bool meet = left.least <= right.most && right.least <= left.most;
    switch (term->comparison) {
    case COMPARISON_LESS:
        return (struct condition_prospect){left.least < right.most, left.most >= right.least};
    case COMPARISON_LESS_OR_EQUAL:
        return (struct condition_prospect){left.least <= right.most, left.most > right.least};
    case COMPARISON_GREATER:
        return (struct condition_prospect){left.most > right.least, left.least <= right.most};
    case COMPARISON_GREATER_OR_EQUAL:
        return (struct condition_prospect){left.most >= right.least, left.least < right.most};
    case COMPARISON_EQUAL:
        return (struct condition_prospect){meet, !fixed_equal};
    case COMPARISON_UNEQUAL:
    case COMPARISON_NONE:
        break;
    }
    return (struct condition_prospect){!fixed_equal, meet};
}

struct condition_prospect condition_foresee(const struct condition *condition,
                                            condition_bounds_fn bounds, const void *context) {
    SPILL_ASSERT(condition != NULL);
    SPILL_ASSERT(bounds != NULL);
    uint64_t holds = 0; /* The tops are bit 0, as in condition_true. */
    uint64_t fails = 0;
    size_t term_index = 0;
    for (size_t i = 0; i < condition->step_count; i++) {
        const uint64_t holds_below = holds >> 1;
        const uint64_t fails_below = fails >> 1;
        switch ((enum condition_step)condition->steps[i]) {
        case STEP_TERM: {
            const struct condition_prospect term = condition_term_prospect(
                condition, &condition->terms[term_index++], bounds, context);
            holds = holds << 1 | term.may_hold;
            fails = fails << 1 | term.may_fail;
            break;
        }
        case STEP_NOT: {
            const uint64_t swapped = (holds ^ fails) & 1;
            holds ^= swapped;
            fails ^= swapped;
            break;
        }
        case STEP_AND:
            holds = (holds_below & ~UINT64_C(1)) | (holds_below & holds & 1);
            fails = fails_below | (fails & 1);
            break;
        case STEP_OR:
            holds = holds_below | (holds & 1);
            fails = (fails_below & ~UINT64_C(1)) | (fails_below & fails & 1);
            break;
        case STEP_OPEN:
            break;
        }
    }
    return (struct condition_prospect){(holds & 1) != 0, (fails & 1) != 0};
}

size_t condition_times(const struct condition *condition, const int64_t **times_ms) {
    SPILL_ASSERT(condition != NULL);
    SPILL_ASSERT(times_ms != NULL);
    *times_ms = condition->times_ms;
    return condition->time_count;
}

size_t condition_since(const struct condition *condition, const int64_t **durations_ms) {
    SPILL_ASSERT(condition != NULL);
    SPILL_ASSERT(durations_ms != NULL);
    *durations_ms = condition->since_ms;
    return condition->since_count;
}

size_t condition_calls(const struct condition *condition, const struct condition_call **calls) {
    SPILL_ASSERT(condition != NULL);
    SPILL_ASSERT(calls != NULL);
    *calls = condition->calls;
    return condition->call_count;
}

const char *condition_text(const struct condition *condition) {
    SPILL_ASSERT(condition != NULL);
    return condition->text;
}
