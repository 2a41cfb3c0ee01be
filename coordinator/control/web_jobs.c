/* SPDX-License-Identifier: Apache-2.0 */
/* The forecast thread: forecasts from a copy of the live state, and "but for" from the recording.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "coordinator/control/but_for.h"
#include "coordinator/control/outlook.h"
#include "coordinator/control/web_parts.h"

enum { WEB_JOB_NICE = 10, WEB_JOB_ROOT_BYTES = OVERVIEW_ROOT_BYTES };

enum web_job_kind { WEB_JOB_FORECAST, WEB_JOB_BUT_FOR };

struct web_job {
    enum web_job_kind kind;
    struct http_pending *pending; /* NULL: nobody waits for it in particular. */
    struct asset_ref asset;
    char root[WEB_JOB_ROOT_BYTES];
    enum spill_status status;
    struct spill_error error;
    struct writer *writer;           /* What came out. */
    struct web_foresight *foresight; /* Of a forecast; NULL: none. */
    struct web_job *next;
};

/* What a forecast says of assets, on its way to the model thread. */
struct web_foresight {
    struct web *web;
    size_t count;
    struct overview_ahead ahead[OVERVIEW_AHEAD_MAX];
};

struct web_jobs {
    struct web *web;
    uv_thread_t thread;
    uv_mutex_t lock;
    uv_cond_t bell;
    /* Under the lock: */
    struct web_job *todo;
    struct web_job *done;
    size_t count;
    bool resting;
    /* The loop's: */
    bool forecasting; /* A forecast is on its way, and the copy is not ours. */
    bool joined;
    struct web_job *copying;
    char *forecast; /* The last one. */
    size_t forecast_bytes;
    /* Of whoever has the forecast: the model thread, then this one. */
    struct world *copy;
    struct outlook *outlook; /* The last one, to compare with. */
};

/* ---- On the forecast thread ---- */

static bool web_job_goes_on(uint32_t done_count, uint32_t replica_count, void *context) {
    struct web_jobs *const jobs = context;
    (void)done_count;
    (void)replica_count;
    uv_mutex_lock(&jobs->lock);
    const bool resting = jobs->resting;
    uv_mutex_unlock(&jobs->lock);
    return !resting;
}

static struct web_foresight *web_foresee(struct web *web, const struct outlook *outlook) {
    struct web_foresight *const made = spill_alloc(1, sizeof *made);
    struct outlook_asset *const assets = spill_alloc(OVERVIEW_AHEAD_MAX, sizeof *assets);
    if (made != NULL && assets != NULL) {
        made->web = web;
        made->count = outlook_assets(outlook, assets, OVERVIEW_AHEAD_MAX);
        for (size_t i = 0; i < made->count; i++) {
            made->ahead[i] = (struct overview_ahead){.asset = assets[i].asset,
                                                     .soon_ms = assets[i].soon_ms,
                                                     .soon_ppm = assets[i].soon_ppm,
                                                     .chance_ppm = assets[i].chance_ppm,
                                                     .early_ms = assets[i].time_ms[0],
                                                     .median_ms = assets[i].time_ms[1],
                                                     .late_ms = assets[i].time_ms[2]};
        }
    }
    free(assets);
    return made;
}

static void web_job_forecast(struct web_jobs *jobs, struct web_job *job) {
    const struct outlook_options options = {
        .scenario = jobs->web->options.scenario,
        .from = jobs->copy,
        .team = jobs->web->options.team,
        .replica_count = WEB_FORECAST_REPLICAS,
        .threads = jobs->web->options.forecast_threads,
        .made_us = web_wall_us(),
        .began_us = web_monotonic_us(),
        .on_progress = web_job_goes_on,
        .context = jobs,
    };
    struct outlook *made = NULL;
    job->status = outlook_make(&options, &made, &job->error);
    if (job->status == SPILL_OK) {
        outlook_print(made, jobs->outlook, web_monotonic_us() - options.began_us, job->writer);
        job->foresight = web_foresee(jobs->web, made);
        outlook_destroy(&jobs->outlook);
        jobs->outlook = made;
    }
}

static void web_print_side(const struct but_for *but_for, enum but_for_side side,
                           struct asset_ref asset, const char *name, struct writer *writer) {
    const struct but_for_state *const state = &but_for->sides[side];
    const struct but_for_moment *const last = &state->moments[BUT_FOR_MOMENTS - 1];
    const struct cascade *const cascade = world_cascade(exercise_world(state->exercise));
    writer_object(writer, name);
    writer_number(writer, "assets_failed", last->failed_count);
    writer_number(writer, "assets_failed_ever", state->failed_ever_count);
    writer_number(writer, "people_now", last->people);
    writer_number(writer, "person_hours", last->person_hours);
    writer_text(writer, "asset_status", overview_status_name(cascade_status(cascade, asset)));
    writer_end(writer);
}

static void web_print_people(const struct but_for *but_for, enum but_for_side side,
                             const char *name, struct writer *writer) {
    writer_array(writer, name);
    for (size_t i = 0; i < BUT_FOR_MOMENTS; i++) {
        writer_number(writer, NULL, but_for->sides[side].moments[i].people);
    }
    writer_end(writer);
}

/* Assets that stand otherwise without the root. */
static void web_print_rows(const struct but_for *but_for, size_t asset_count,
                           struct writer *writer) {
    const struct cascade *sides[2];
    size_t count = 0;
    for (int i = 0; i < 2; i++) {
        sides[i] = world_cascade(exercise_world(but_for->sides[i].exercise));
    }
    writer_array(writer, "rows");
    for (uint32_t i = 0; i < asset_count && count < WEB_BUT_FOR_ROWS_MAX; i++) {
        const struct asset_ref asset = {i};
        const enum asset_status with = cascade_status(sides[BUT_FOR_WITH], asset);
        const enum asset_status without = cascade_status(sides[BUT_FOR_WITHOUT], asset);
        if (with == without) {
            continue;
        }
        const int64_t failed_ms =
            cascade_asset_tally(sides[BUT_FOR_WITHOUT], asset).first_failure_ms;
        writer_object(writer, NULL);
        writer_number(writer, "asset", i);
        writer_text(writer, "with", overview_status_name(with));
        writer_text(writer, "without", overview_status_name(without));
        if (failed_ms == SPILL_NEVER) {
            writer_null(writer, "without_failed_ms");
        } else {
            writer_number(writer, "without_failed_ms", failed_ms);
        }
        writer_end(writer);
        count++;
    }
    writer_end(writer);
}

static void web_print_but_for(const struct web *web, const struct but_for *but_for,
                              const struct web_job *job, struct writer *writer) {
    char root[OVERVIEW_ROOT_BYTES];
    writer_object(writer, NULL);
    writer_text(writer, "root",
                overview_root_print(but_for->without.kind, but_for->without.id, root));
    writer_number(writer, "asset", job->asset.index);
    web_print_side(but_for, BUT_FOR_WITH, job->asset, "with", writer);
    web_print_side(but_for, BUT_FOR_WITHOUT, job->asset, "without", writer);
    web_print_rows(but_for, web->asset_count, writer);
    writer_array(writer, "edges_ms");
    for (size_t i = 0; i < BUT_FOR_MOMENTS; i++) {
        writer_number(writer, NULL, but_for->edges_ms[i]);
    }
    writer_end(writer);
    web_print_people(but_for, BUT_FOR_WITH, "people_with", writer);
    web_print_people(but_for, BUT_FOR_WITHOUT, "people_without", writer);
    writer_end(writer);
}

/* From what is durable now, read as any other program would. */
static void web_job_but_for(struct web_jobs *jobs, struct web_job *job) {
    struct replay *replay = NULL;
    struct but_for *but_for = NULL;
    job->status = replay_open(jobs->web->options.record_path, NULL, &replay, &job->error);
    if (job->status == SPILL_OK) {
        struct recording_summary summary;
        recording_summary(replay_recording(replay), &summary);
        const int64_t tick_ms = network_tick_ms(scenario_network(replay_scenario(replay)));
        job->status = but_for_run(replay, job->root, summary.exercise_ms / tick_ms * tick_ms,
                                  &but_for, &job->error);
    }
    if (job->status == SPILL_OK) {
        web_print_but_for(jobs->web, but_for, job, job->writer);
    }
    but_for_destroy(&but_for);
    replay_close(&replay);
}

static void web_jobs_work(void *context) {
    struct web_jobs *const jobs = context;
    (void)setpriority(PRIO_PROCESS, 0, WEB_JOB_NICE); /* This thread's, and its team's. */
    uv_mutex_lock(&jobs->lock);
    while (!jobs->resting) {
        struct web_job *const job = jobs->todo;
        if (job == NULL) {
            uv_cond_wait(&jobs->bell, &jobs->lock);
            continue;
        }
        jobs->todo = job->next;
        uv_mutex_unlock(&jobs->lock);
        if (job->kind == WEB_JOB_FORECAST) {
            web_job_forecast(jobs, job);
        } else {
            web_job_but_for(jobs, job);
        }
        uv_mutex_lock(&jobs->lock);
        job->next = jobs->done;
        jobs->done = job;
        (void)uv_async_send(&jobs->web->doorbell);
    }
    uv_mutex_unlock(&jobs->lock);
}

/* ---- On the loop ---- */

static void web_job_free(struct web_job **job) {
    writer_destroy(&(*job)->writer);
    free((*job)->foresight);
    free(*job);
    *job = NULL;
}

/* One for which there is room; NULL: the request was answered. */
static struct web_job *web_job_make(struct web_jobs *jobs, struct http_request *request,
                                    enum web_job_kind kind) {
    if (jobs->joined || jobs->count == WEB_JOBS_MAX) {
        http_answer_error(request, 503, "too much is asked for already");
        return NULL;
    }
    struct web_job *const job = spill_alloc(1, sizeof *job);
    if (job == NULL || writer_create(WEB_DOCUMENT_BYTES_MAX, &job->writer) != SPILL_OK) {
        free(job);
        http_answer_error(request, 503, "out of memory");
        return NULL;
    }
    job->kind = kind;
    jobs->count++;
    return job;
}

static void web_job_put(struct web_jobs *jobs, struct web_job *job) {
    uv_mutex_lock(&jobs->lock);
    struct web_job **at = &jobs->todo;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = job;
    uv_cond_signal(&jobs->bell);
    uv_mutex_unlock(&jobs->lock);
}

static unsigned web_job_code(enum spill_status status) {
    switch (status) {
    case SPILL_OK:
        return 200;
    case SPILL_NOT_FOUND:
        return 404;
    case SPILL_INVALID:
        return 400;
    default:
        return 503;
    }
}

static void web_job_answer(struct web_job *job) {
    const char *json = NULL;
    size_t json_bytes = 0;
    if (job->pending == NULL) {
        return;
    }
    if (job->status == SPILL_OK) {
        job->status = writer_finish(job->writer, &json, &json_bytes);
    }
    if (job->status != SPILL_OK) {
        writer_clear(job->writer);
        writer_object(job->writer, NULL);
        writer_text(job->writer, "error",
                    job->error.text[0] != '\0' ? job->error.text : "the exercise is closed");
        writer_end(job->writer);
        if (writer_finish(job->writer, &json, &json_bytes) != SPILL_OK) {
            json = "{}";
            json_bytes = 2;
        }
    }
    http_pending_answer(&job->pending, web_job_code(job->status), web_json, json, json_bytes);
}

/* On the model thread. */
static void web_work_foresee(struct session *session, uint64_t sequence, void *context) {
    const struct web_foresight *const foresight = context;
    (void)session;
    (void)sequence;
    overview_foresee(foresight->web->overview, foresight->ahead, foresight->count);
}

static void web_on_foreseen(void *context) {
    free(context);
}

static void web_keep_forecast(struct web_jobs *jobs, struct web_job *job) {
    const char *json = NULL;
    size_t json_bytes = 0;
    jobs->forecasting = false;
    if (job->status != SPILL_OK || writer_finish(job->writer, &json, &json_bytes) != SPILL_OK) {
        return;
    }
    char *const copy = spill_alloc(json_bytes, 1);
    if (copy != NULL) {
        memcpy(copy, json, json_bytes);
        free(jobs->forecast);
        jobs->forecast = copy;
        jobs->forecast_bytes = json_bytes;
        web_tell_all(jobs->web, "forecast", copy, json_bytes);
    }
    if (job->foresight != NULL && jobs->web->live != NULL &&
        live_call(jobs->web->live, web_work_foresee, web_on_foreseen, job->foresight) == SPILL_OK) {
        job->foresight = NULL;
    }
}

void web_jobs_deliver(struct web *web) {
    struct web_jobs *const jobs = web->jobs;
    uv_mutex_lock(&jobs->lock);
    struct web_job *done = jobs->done;
    jobs->done = NULL;
    uv_mutex_unlock(&jobs->lock);
    while (done != NULL) {
        struct web_job *job = done;
        done = job->next;
        if (job->kind == WEB_JOB_FORECAST) {
            web_keep_forecast(jobs, job);
        }
        web_job_answer(job);
        web_job_free(&job);
        jobs->count--;
    }
}

/* On the model thread: the state from which it looks forward. */
static void web_work_copy(struct session *session, uint64_t sequence, void *context) {
    struct web_jobs *const jobs = context;
    (void)sequence;
    world_copy(jobs->copy, exercise_world(session_exercise(session)));
}

static void web_on_copied(void *context) {
    struct web_jobs *const jobs = context;
    struct web_job *job = jobs->copying;
    jobs->copying = NULL;
    if (jobs->joined) {
        jobs->forecasting = false;
        jobs->count--;
        web_job_free(&job);
        world_destroy(&jobs->copy);
    } else {
        web_job_put(jobs, job);
    }
}

void web_ask_forecast(struct web *web, struct http_request *request) {
    static const char accepted[] = "{}";
    struct web_jobs *const jobs = web->jobs;
    if (web->live == NULL) {
        http_answer_error(request, 503, "the exercise is closed");
        return;
    }
    if (jobs->forecasting) {
        http_answer(request, 202, web_json, accepted, sizeof accepted - 1);
        return;
    }
    const struct scenario *const scenario = web->options.scenario;
    const struct world_options options = {.seed = scenario_seed(scenario)};
    if (jobs->copy == NULL && world_create(scenario_network(scenario), scenario_script(scenario),
                                           &options, &jobs->copy) != SPILL_OK) {
        http_answer_error(request, 503, "out of memory");
        return;
    }
    struct web_job *job = web_job_make(jobs, request, WEB_JOB_FORECAST);
    if (job == NULL) {
        return;
    }
    jobs->copying = job;
    if (live_call(web->live, web_work_copy, web_on_copied, jobs) != SPILL_OK) {
        jobs->copying = NULL;
        jobs->count--;
        web_job_free(&job);
        http_answer_error(request, 503, "too much is asked for already");
        return;
    }
    jobs->forecasting = true;
    http_answer(request, 202, web_json, accepted, sizeof accepted - 1);
}

void web_ask_but_for(struct web *web, struct http_request *request) {
    struct web_jobs *const jobs = web->jobs;
    const char *const root = http_request_query(request, "root");
    const char *const id = http_request_query(request, "asset");
    struct asset_ref asset = {0};
    if (web->options.record_path == NULL) {
        http_answer_error(request, 404, "this exercise is not recorded");
        return;
    }
    if (root == NULL || id == NULL || strlen(root) >= WEB_JOB_ROOT_BYTES) {
        http_answer_error(request, 400, "say ?asset=ID&root=KIND:ID");
        return;
    }
    if (network_find_asset(scenario_network(web->options.scenario), id, &asset) != SPILL_OK) {
        http_answer_error(request, 404, "there is no such asset");
        return;
    }
    struct web_job *job = web_job_make(jobs, request, WEB_JOB_BUT_FOR);
    if (job == NULL) {
        return;
    }
    job->asset = asset;
    snprintf(job->root, sizeof job->root, "%s", root);
    job->pending = http_later(request);
    if (job->pending == NULL) {
        jobs->count--;
        web_job_free(&job);
        return;
    }
    web_job_put(jobs, job);
}

const char *web_forecast(const struct web *web, size_t *json_bytes) {
    *json_bytes = web->jobs->forecast_bytes;
    return web->jobs->forecast;
}

/* ---- Life ---- */

enum spill_status web_jobs_open(struct web *web, struct spill_error *error) {
    struct web_jobs *const jobs = spill_alloc(1, sizeof *jobs);
    if (jobs == NULL) {
        return spill_fail(error, SPILL_MEMORY, "out of memory");
    }
    jobs->web = web;
    const bool lock = uv_mutex_init(&jobs->lock) == 0;
    const bool bell = lock && uv_cond_init(&jobs->bell) == 0;
    if (!bell || uv_thread_create(&jobs->thread, web_jobs_work, jobs) != 0) {
        if (bell) {
            uv_cond_destroy(&jobs->bell);
        }
        if (lock) {
            uv_mutex_destroy(&jobs->lock);
        }
        free(jobs);
        return spill_fail(error, SPILL_MEMORY, "the forecast's thread does not start");
    }
    web->jobs = jobs;
    return SPILL_OK;
}

void web_jobs_rest(struct web *web) {
    struct web_jobs *const jobs = web->jobs;
    if (jobs->joined) {
        return;
    }
    uv_mutex_lock(&jobs->lock);
    jobs->resting = true;
    uv_cond_signal(&jobs->bell);
    uv_mutex_unlock(&jobs->lock);
    (void)uv_thread_join(&jobs->thread);
    jobs->joined = true;
    web_jobs_deliver(web);
    while (jobs->todo != NULL) {
        struct web_job *job = jobs->todo;
        jobs->todo = job->next;
        job->status = SPILL_INTERRUPTED;
        web_job_answer(job);
        web_job_free(&job);
        jobs->count--;
    }
    if (jobs->copying == NULL) {
        world_destroy(&jobs->copy); /* It borrows from the exercise. */
    }
    outlook_destroy(&jobs->outlook);
}

void web_jobs_close(struct web *web) {
    struct web_jobs *const jobs = web->jobs;
    SPILL_ASSERT(jobs->joined);
    SPILL_ASSERT(jobs->count == 0);
    uv_cond_destroy(&jobs->bell);
    uv_mutex_destroy(&jobs->lock);
    SPILL_ASSERT(jobs->copy == NULL);
    free(jobs->forecast);
    free(jobs);
    web->jobs = NULL;
}
