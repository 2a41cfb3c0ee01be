/* SPDX-License-Identifier: Apache-2.0 */
/*
 * validate_parts: what the laws share among themselves; for the files of this folder only.
 */
#ifndef SPILL_VALIDATE_PARTS_H
#define SPILL_VALIDATE_PARTS_H

#include "coordinator/cascade/cascade.h"
#include "coordinator/generate/graph.h"
#include "coordinator/validate/validate.h"

enum { VALIDATE_EDGES_MAX = 4000000 }; /* Of one graph: some 4 GB. */

#define VALIDATE_Q SPILL_PPM
/* The unit of time of the laws: 3 600 000 ticks of 1 ms. */
#define VALIDATE_UNIT_MS INT64_C(3600000)

struct validate_run {
    const struct validate_options *options;
    struct spill_error *error;
    const char *name; /* Of what is running. */
    double began;
    enum spill_status status; /* The first that was not SPILL_OK: nothing more is done. */
};

/* True when the run is to go on. */
bool validate_going(const struct validate_run *run);
/* Ends the run with words. */
void validate_fail(struct validate_run *run, enum spill_status status, const char *format, ...)
    SPILL_PRINTF(3, 4);
/* A number in ppm, to the nearest. */
int64_t validate_ppm(double share);

/* ---- Rows ---- */

/* Says what runs from now on, and starts its clock. */
void validate_begin(struct validate_run *run, const char *name);

/* Adds a row; expected NaN: nothing is known. The allowance is 4 errors and `beyond`. */
void validate_report(struct validate_run *run, const char *name, double expected, double computed,
                     double error, double beyond);
void validate_report_text(struct validate_run *run, const char *name, const char *expected,
                          const char *computed);

/* ---- Jobs: many trajectories, shared out to threads ---- */

/* Fills `values`, as many as the jobs of this run have each. It must write nothing else. `context`
 * is shared and not written. */
typedef enum spill_status (*validate_job_fn)(const void *context, uint32_t job, double *values);

/* Runs jobs 0 to job_count - 1; their values one after another, freed by the caller. NULL when the
 * run is over. */
double *validate_jobs(struct validate_run *run, uint32_t job_count, size_t value_count,
                      validate_job_fn job, const void *context);

/* Mean and standard error of the values that are not NaN; `count` of them. */
struct validate_mean {
    double mean;
    double error;
    size_t count;
};
struct validate_mean validate_mean(const double *values, size_t count, size_t stride);

/* What is asked for, or what the law likes. */
uint64_t validate_nodes(const struct validate_run *run, uint64_t liked);
uint64_t validate_replicas(const struct validate_run *run, uint64_t liked);

/* Whether a random graph of so many nodes and this mean degree can be made; else the run ends. */
bool validate_fits(struct validate_run *run, uint64_t nodes, double degree);
/* Edges of such a graph. */
size_t validate_edges(size_t nodes, double degree);
/* A node of `count`, by chance, for this replica. */
size_t validate_some(uint64_t seed, uint32_t replica, size_t count);

/* ---- Worlds ---- */

/* A network of `count` like assets in the making: ids that sort as they are numbered, one country,
 * one sector, one need "n" each. The arrays may be changed before validate_world_open. */
struct validate_world {
    struct network_spec spec;
    struct country_spec country;
    struct sector_spec sector;
    char (*ids)[24];
    struct asset_spec *assets;
    struct need_spec *needs;
    struct link_spec *links;
    size_t link_capacity;
    struct network *network;
    struct cascade *cascade;
};

/* Takes an all-zero world; validate_world_close frees it after SPILL_MEMORY, too. */
SPILL_CHECKED enum spill_status validate_world_begin(struct validate_world *world, size_t count,
                                                     size_t link_capacity);
/* `supplier` supplies the need of `customer`. Returns the link, to be changed. */
struct link_spec *validate_world_link(struct validate_world *world, size_t customer,
                                      size_t supplier);
/* Links along every edge of a graph, in both directions. */
void validate_world_join(struct validate_world *world, const struct graph *graph,
                         int64_t coupling_ppm);
/* Makes the network and a trajectory. */
SPILL_CHECKED enum spill_status validate_world_open(struct validate_world *world,
                                                    const struct validate_options *options);
/* Lowers an asset's health to this at time 0. */
SPILL_CHECKED enum spill_status validate_world_strike(struct validate_world *world, size_t asset,
                                                      int64_t health_ppm);
/* Runs the trajectory until nothing is due up to this time, then lets it be that time. */
void validate_world_run(struct validate_world *world, int64_t until_ms);
int64_t validate_world_service(const struct validate_world *world, size_t asset);
size_t validate_world_failed(const struct validate_world *world);
void validate_world_close(struct validate_world *world);

struct law_spec validate_fixed(int64_t a_ms);
struct law_spec validate_exponential(double mean_units);

/* ---- Laws: the rows of the published table, and one point ---- */

#define VALIDATE_LAW_MAP(X)                                                                        \
    X(philox)                                                                                      \
    X(interdependent)                                                                              \
    X(cascade)                                                                                     \
    X(lattice)                                                                                     \
    X(watts)                                                                                       \
    X(loading)                                                                                     \
    X(inoperability)                                                                               \
    X(reliability)                                                                                 \
    X(repair)                                                                                      \
    X(backup)                                                                                      \
    X(epidemic)                                                                                    \
    X(betweenness)                                                                                 \
    X(flow)

#define VALIDATE_LAW_DECLARE(law)                                                                  \
    extern const struct validate_law validate_##law##_law;                                         \
    void validate_##law##_all(struct validate_run *run);                                           \
    void validate_##law##_point(struct validate_run *run, const struct validate_value *values);
VALIDATE_LAW_MAP(VALIDATE_LAW_DECLARE)
#undef VALIDATE_LAW_DECLARE

#define VALIDATE_LAW(name_, about_, parameters_)                                                   \
    {                                                                                              \
        .name = (name_), .about = (about_), .parameters = (parameters_),                           \
        .parameter_count = sizeof(parameters_) / sizeof(parameters_)[0]                            \
    }

#endif
