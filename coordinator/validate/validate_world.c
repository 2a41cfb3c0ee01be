/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/cascade/chance.h"
#include "coordinator/validate/validate_parts.h"

/* Networks of like assets, and their trajectories. */

bool validate_fits(struct validate_run *run, uint64_t nodes, double degree) {
    const double edges = (double)nodes * degree / 2;
    if (nodes < 2 || edges > (double)nodes * (double)(nodes - 1) / 4) {
        validate_fail(run, SPILL_INVALID,
                      "a random graph of so few nodes cannot have so high a degree");
    } else if (nodes > SPILL_ASSETS_MAX || edges > VALIDATE_EDGES_MAX) {
        validate_fail(run, SPILL_INVALID, "the graph would have more nodes or edges than fit");
    }
    return validate_going(run);
}

size_t validate_edges(size_t nodes, double degree) {
    return (size_t)floor((double)nodes * degree / 2 + .5);
}

size_t validate_some(uint64_t seed, uint32_t replica, size_t count) {
    enum { VALIDATE_SOME = 1 }; /* Graphs use 0 here. */
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t block[4] = {replica, 0, 0, VALIDATE_SOME};
    uint32_t drawn[4];
    chance_philox(block, key, drawn);
    return (size_t)((uint64_t)drawn[0] * count >> 32);
}

enum spill_status validate_world_begin(struct validate_world *world, size_t count,
                                       size_t link_capacity) {
    SPILL_ASSERT(world->ids == NULL);
    world->ids = spill_alloc(count, sizeof *world->ids);
    world->assets = spill_alloc(count, sizeof *world->assets);
    world->needs = spill_alloc(count, sizeof *world->needs);
    world->links = spill_alloc(link_capacity, sizeof *world->links);
    if (world->ids == NULL || world->assets == NULL || world->needs == NULL ||
        world->links == NULL) {
        return SPILL_MEMORY;
    }
    world->link_capacity = link_capacity;
    world->country = (struct country_spec){.id = "aa"};
    world->sector = (struct sector_spec){.id = "s"};
    for (size_t i = 0; i < count; i++) {
        snprintf(world->ids[i], sizeof world->ids[i], "%09zu", i);
        world->assets[i] = (struct asset_spec){.id = world->ids[i], .country = "aa", .sector = "s"};
        world->needs[i] = (struct need_spec){.asset = world->ids[i], .id = "n"};
    }
    world->spec = (struct network_spec){
        .countries = &world->country,
        .country_count = 1,
        .sectors = &world->sector,
        .sector_count = 1,
        .assets = world->assets,
        .asset_count = count,
        .needs = world->needs,
        .need_count = count,
        .links = world->links,
    };
    return SPILL_OK;
}

struct link_spec *validate_world_link(struct validate_world *world, size_t customer,
                                      size_t supplier) {
    SPILL_ASSERT(world->spec.link_count < world->link_capacity);
    struct link_spec *const link = &world->links[world->spec.link_count++];
    *link = (struct link_spec){
        .asset = world->ids[customer], .need = "n", .supplier = world->ids[supplier]};
    return link;
}

void validate_world_join(struct validate_world *world, const struct graph *graph,
                         int64_t coupling_ppm) {
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct graph_edge edge = graph->edges[i];
        for (int direction = 0; direction < 2; direction++) {
            struct link_spec *const link = validate_world_link(
                world, direction == 0 ? edge.a : edge.b, direction == 0 ? edge.b : edge.a);
            link->coupling_given = true;
            link->coupling_ppm = coupling_ppm;
        }
    }
}

enum spill_status validate_world_open(struct validate_world *world,
                                      const struct validate_options *options) {
    struct spill_error error = {{0}};
    if (options->spoil != NULL) {
        options->spoil(world);
    }
    enum spill_status status = network_create(&world->spec, &world->network, &error);
    if (status == SPILL_OK) {
        const struct cascade_options made = {.seed = options->seed};
        status = cascade_create(world->network, &made, &world->cascade);
    }
    return status;
}

enum spill_status validate_world_strike(struct validate_world *world, size_t asset,
                                        int64_t health_ppm) {
    const struct action strike = {.kind = ACTION_DAMAGE,
                                  .asset = {(uint32_t)asset},
                                  .amount_ppm = health_ppm,
                                  .root_kind = "effect",
                                  .root_id = "strike"};
    return cascade_act(world->cascade, 0, &strike);
}

void validate_world_run(struct validate_world *world, int64_t until_ms) {
    while (cascade_next_ms(world->cascade) <= until_ms) {
        cascade_step(world->cascade);
    }
    cascade_idle(world->cascade, until_ms);
}

int64_t validate_world_service(const struct validate_world *world, size_t asset) {
    return cascade_service_ppm(world->cascade, (struct asset_ref){(uint32_t)asset});
}

size_t validate_world_failed(const struct validate_world *world) {
    return (size_t)cascade_failed_count(world->cascade, (struct country_ref){0},
                                        (struct sector_ref){0});
}

void validate_world_close(struct validate_world *world) {
    cascade_destroy(&world->cascade);
    network_destroy(&world->network);
    free(world->links);
    free(world->needs);
    free(world->assets);
    free(world->ids);
    *world = (struct validate_world){0};
}

struct law_spec validate_fixed(int64_t a_ms) {
    return (struct law_spec){.kind = LAW_FIXED, .a_ms = a_ms};
}

struct law_spec validate_exponential(double mean_units) {
    return (struct law_spec){.kind = LAW_EXPONENTIAL,
                             .a_ms = (int64_t)floor(mean_units * (double)VALIDATE_UNIT_MS + .5)};
}
