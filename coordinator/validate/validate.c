/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/validate/validate.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coordinator/cascade/team.h"
#include "coordinator/validate/validate_parts.h"

/* ---- The laws ---- */

struct validate_entry {
    const struct validate_law *law;
    void (*all)(struct validate_run *run);
    void (*point)(struct validate_run *run, const struct validate_value *values);
};

static const struct validate_entry validate_entries[] = {
#define VALIDATE_LAW_ENTRY(law)                                                                    \
    {&validate_##law##_law, validate_##law##_all, validate_##law##_point},
    VALIDATE_LAW_MAP(VALIDATE_LAW_ENTRY)
#undef VALIDATE_LAW_ENTRY
};
enum { VALIDATE_LAW_COUNT = sizeof validate_entries / sizeof validate_entries[0] };

const struct validate_law *const *validate_laws(size_t *count) {
    static const struct validate_law *laws[VALIDATE_LAW_COUNT];
    for (size_t i = 0; i < VALIDATE_LAW_COUNT; i++) {
        laws[i] = validate_entries[i].law;
    }
    *count = VALIDATE_LAW_COUNT;
    return laws;
}

/* ---- A run ---- */

static double validate_seconds(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool validate_going(const struct validate_run *run) {
    return run->status == SPILL_OK;
}

void validate_fail(struct validate_run *run, enum spill_status status, const char *format, ...) {
    if (!validate_going(run)) {
        return;
    }
    char text[sizeof run->error->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    run->status = spill_fail(run->error, status, "%s", text);
}

static void validate_progress(struct validate_run *run, double share) {
    const struct validate_options *const options = run->options;
    if (options->on_progress != NULL && !options->on_progress(run->name, share, options->context)) {
        run->status = SPILL_INTERRUPTED;
    }
}

void validate_begin(struct validate_run *run, const char *name) {
    run->name = name;
    run->began = validate_seconds();
    validate_progress(run, 0);
}

int64_t validate_ppm(double share) {
    return (int64_t)floor(share * (double)SPILL_PPM + .5);
}

uint64_t validate_nodes(const struct validate_run *run, uint64_t liked) {
    return run->options->nodes != 0 ? run->options->nodes : liked;
}

uint64_t validate_replicas(const struct validate_run *run, uint64_t liked) {
    return run->options->replicas != 0 ? run->options->replicas : liked;
}

/* ---- Rows ---- */

static void validate_give(struct validate_run *run, struct validate_row *row, const char *name) {
    snprintf(row->name, sizeof row->name, "%s", name);
    row->seconds = validate_seconds() - run->began;
    run->began += row->seconds; /* Further rows of the same trajectories cost nothing more. */
    run->options->on_row(row, run->options->context);
}

void validate_report(struct validate_run *run, const char *name, double expected, double computed,
                     double error, double beyond) {
    if (!validate_going(run)) {
        return;
    }
    struct validate_row row = {.known = !isnan(expected),
                               .expected = expected,
                               .computed = computed,
                               .error = error,
                               .allowance = 4 * error + beyond};
    row.pass = !row.known || fabs(computed - expected) <= row.allowance;
    validate_give(run, &row, name);
}

void validate_report_text(struct validate_run *run, const char *name, const char *expected,
                          const char *computed) {
    if (!validate_going(run)) {
        return;
    }
    struct validate_row row = {
        .known = true, .is_text = true, .pass = strcmp(expected, computed) == 0};
    snprintf(row.expected_text, sizeof row.expected_text, "%s", expected);
    snprintf(row.computed_text, sizeof row.computed_text, "%s", computed);
    validate_give(run, &row, name);
}

struct validate_mean validate_mean(const double *values, size_t count, size_t stride) {
    struct validate_mean result = {0};
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(values[i * stride])) {
            sum += values[i * stride];
            result.count++;
        }
    }
    result.mean = result.count == 0 ? NAN : sum / (double)result.count;
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(values[i * stride])) {
            const double off = values[i * stride] - result.mean;
            squares += off * off;
        }
    }
    result.error =
        result.count < 2 ? 0 : sqrt(squares / (double)(result.count - 1) / (double)result.count);
    return result;
}

/* ---- Jobs ---- */

enum { VALIDATE_SLICES = 64 }; /* Between two looks at the clock at most this part of all jobs. */

/* Jobs first to end - 1; each writes values and a status of its own. */
static void validate_run_slice(uint32_t first, uint32_t end, size_t value_count,
                               validate_job_fn job, const void *context, double *values,
                               enum spill_status *statuses, int threads) {
#pragma omp parallel for default(none) shared(first, end, value_count, job, context, values,       \
                                              statuses) schedule(dynamic, 1) num_threads(threads)
    for (uint32_t i = first; i < end; i++) {
        statuses[i] = job(context, i, values + (size_t)i * value_count);
    }
    (void)threads; /* Of a serial build. */
}

double *validate_jobs(struct validate_run *run, uint32_t job_count, size_t value_count,
                      validate_job_fn job, const void *context) {
    SPILL_ASSERT(job_count > 0);
    if (!validate_going(run)) {
        return NULL;
    }
    double *const values = spill_alloc((size_t)job_count * value_count, sizeof *values);
    enum spill_status *const statuses = spill_alloc(job_count, sizeof *statuses);
    if (values == NULL || statuses == NULL) {
        validate_fail(run, SPILL_MEMORY, "%s", spill_status_words(SPILL_MEMORY));
    }
    const int threads = run->options->threads != 0 ? run->options->threads : team_threads();
    const uint32_t least = (uint32_t)threads;
    const uint32_t slice =
        job_count / VALIDATE_SLICES > least ? job_count / VALIDATE_SLICES : least;
    for (uint32_t done = 0; validate_going(run) && done < job_count;) {
        const uint32_t end = job_count - done < slice ? job_count : done + slice;
        validate_run_slice(done, end, value_count, job, context, values, statuses, threads);
        for (; done < end; done++) {
            if (statuses[done] != SPILL_OK) {
                validate_fail(run, statuses[done], "%s", spill_status_words(statuses[done]));
            }
        }
        if (validate_going(run)) {
            validate_progress(run, (double)done / job_count);
        }
    }
    free(statuses);
    if (!validate_going(run)) {
        free(values);
        return NULL;
    }
    return values;
}

/* ---- All, and one ---- */

enum spill_status validate_all(const struct validate_options *options, struct spill_error *error) {
    SPILL_ASSERT(options->on_row != NULL);
    struct validate_run run = {.options = options, .error = error, .status = SPILL_OK};
    for (size_t i = 0; i < VALIDATE_LAW_COUNT && validate_going(&run); i++) {
        validate_begin(&run, validate_entries[i].law->name);
        validate_entries[i].all(&run);
    }
    return run.status;
}

enum spill_status validate_point(const struct validate_options *options,
                                 const struct validate_law *law,
                                 const struct validate_value *values, struct spill_error *error) {
    SPILL_ASSERT(options->on_row != NULL);
    struct validate_run run = {.options = options, .error = error, .status = SPILL_OK};
    for (size_t i = 0; i < VALIDATE_LAW_COUNT; i++) {
        if (validate_entries[i].law == law) {
            validate_begin(&run, law->name);
            validate_entries[i].point(&run, values);
        }
    }
    return run.status;
}
