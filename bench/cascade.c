/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_cascade [ASSETS [ROUNDS]]: how many events a second the plain engine handles, and its queue
 * against a binary heap.
 *
 * The network is temporal: each asset needs 2 of 3 random suppliers over links with delays, has a
 * backup of exponential autonomy that recharges, is repaired by the crews of one of a hundred
 * pools, and serves people. Assets fail one after another at random. One event is an action, a
 * timer or a delivery. Half of the rounds run one trajectory, half run one on each of two threads;
 * what is compared alternates. Prints the least, the median and the most of the rounds.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/support/measure.h"
#include "coordinator/cascade/cascade.h"
#include "coordinator/cascade/chance.h"
#include "coordinator/cascade/queue.h"

enum {
    BENCH_ASSETS = 100000,
    BENCH_ROUNDS = 5,
    BENCH_ROUNDS_MAX = 64,
    BENCH_SUPPLIERS = 3,
    BENCH_POOLS = 100
};
enum { BENCH_ID_BYTES = 24, BENCH_THREADS = 2, BENCH_FAILURES_A_MINUTE = 200, BENCH_MINUTES = 600 };

#define BENCH_HOUR_MS INT64_C(3600000)

static void bench_must(enum spill_status status, const char *what) {
    if (status != SPILL_OK) {
        fprintf(stderr, "bench_cascade: %s: %s\n", what, spill_status_words(status));
        exit(SPILL_EXIT_INTERNAL);
    }
}

static void *bench_array(size_t count, size_t size_bytes) {
    void *const array = spill_alloc(count, size_bytes);
    bench_must(array == NULL ? SPILL_MEMORY : SPILL_OK, "arrays");
    return array;
}

static uint64_t bench_random(uint64_t *state) {
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = *state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 31;
}

/* ---- The network ---- */

struct bench_spec {
    struct network_spec spec;
    struct country_spec country;
    struct sector_spec sector;
    struct pool_spec pools[BENCH_POOLS];
    struct backup_spec backup;
    char (*ids)[BENCH_ID_BYTES];
    struct asset_spec *assets;
    struct need_spec *needs;
    struct link_spec *links;
};

static void bench_spec_fill(struct bench_spec *bench, size_t count) {
    uint64_t random = 1;
    for (size_t i = 0; i < count; i++) {
        snprintf(bench->ids[i], BENCH_ID_BYTES, "a%07zu", i);
        bench->assets[i] = (struct asset_spec){
            .id = bench->ids[i],
            .country = "aa",
            .sector = "s",
            .people = 1000,
            .repair = {.kind = LAW_EXPONENTIAL, .a_ms = 4 * BENCH_HOUR_MS},
            .pool = bench->pools[bench_random(&random) % BENCH_POOLS].id,
        };
        bench->needs[i] = (struct need_spec){
            .asset = bench->ids[i],
            .id = "power",
            .aggregator = AGGREGATOR_K_OF_N,
            .k = 2,
            .backups = &bench->backup,
            .backup_count = 1,
        };
    }
    for (size_t i = 0; i < count * BENCH_SUPPLIERS; i++) {
        /* The suppliers of an asset are at different distances, so that no link is there twice. */
        const size_t third = count / BENCH_SUPPLIERS;
        const size_t distance =
            1 + i % BENCH_SUPPLIERS * third + bench_random(&random) % (third - 1);
        bench->links[i] = (struct link_spec){
            .asset = bench->ids[i / BENCH_SUPPLIERS],
            .need = "power",
            .supplier = bench->ids[(i / BENCH_SUPPLIERS + distance) % count],
            .delay_down_ms = (int64_t)(bench_random(&random) % 60000),
            .delay_up_ms = (int64_t)(bench_random(&random) % 600000),
        };
    }
}

static struct network *bench_network(size_t count) {
    static char pool_ids[BENCH_POOLS][BENCH_ID_BYTES];
    static struct bench_spec bench;
    bench.ids = bench_array(count, sizeof *bench.ids);
    bench.assets = bench_array(count, sizeof *bench.assets);
    bench.needs = bench_array(count, sizeof *bench.needs);
    bench.links = bench_array(count * BENCH_SUPPLIERS, sizeof *bench.links);
    bench.country = (struct country_spec){.id = "aa"};
    bench.sector = (struct sector_spec){.id = "s"};
    bench.backup = (struct backup_spec){
        .id = "diesel",
        .level_ppm = SPILL_PPM,
        .autonomy = {.kind = LAW_EXPONENTIAL, .a_ms = 8 * BENCH_HOUR_MS},
        .recharge = {.kind = LAW_EXPONENTIAL, .a_ms = BENCH_HOUR_MS},
    };
    for (size_t i = 0; i < BENCH_POOLS; i++) {
        snprintf(pool_ids[i], BENCH_ID_BYTES, "p%zu", i);
        bench.pools[i] = (struct pool_spec){
            .id = pool_ids[i], .country = "aa", .crews = (int64_t)(1 + count / 200)};
    }
    bench_spec_fill(&bench, count);
    bench.spec = (struct network_spec){
        .horizon_ms = 1000 * BENCH_HOUR_MS,
        .countries = &bench.country,
        .country_count = 1,
        .sectors = &bench.sector,
        .sector_count = 1,
        .pools = bench.pools,
        .pool_count = BENCH_POOLS,
        .assets = bench.assets,
        .asset_count = count,
        .needs = bench.needs,
        .need_count = count,
        .links = bench.links,
        .link_count = count * BENCH_SUPPLIERS,
    };
    struct network *network = NULL;
    struct spill_error error = {.text = ""};
    const int64_t begin_ns = measure_now_ns();
    const enum spill_status status = network_create(&bench.spec, &network, &error);
    bench_must(status, error.text);
    measure_print("cascade network create", (double)(measure_now_ns() - begin_ns) / 1e9, "s");
    free(bench.ids);
    free(bench.assets);
    free(bench.needs);
    free(bench.links);
    return network;
}

/* ---- Trajectories ---- */

struct bench_run {
    const struct network *network;
    struct cascade *cascade;
    uint32_t replica;
    uint64_t event_count;
};

static void bench_trajectory(struct bench_run *run) {
    const uint64_t before = cascade_event_count(run->cascade);
    uint64_t random = run->replica;
    const size_t count = network_asset_count(run->network);
    cascade_reset(run->cascade, 1, run->replica);
    for (int64_t minute = 0; minute < BENCH_MINUTES; minute++) {
        for (int i = 0; i < BENCH_FAILURES_A_MINUTE; i++) {
            const struct action strike = {.kind = ACTION_DAMAGE,
                                          .asset = {(uint32_t)(bench_random(&random) % count)},
                                          .root_kind = "effect",
                                          .root_id = "wear"};
            bench_must(cascade_act(run->cascade, minute * 60000 + 1 + i / 4 * 1000, &strike),
                       "an action");
        }
        while (cascade_next_ms(run->cascade) <= minute * 60000 + 60000) {
            cascade_step(run->cascade);
        }
    }
    run->event_count = cascade_event_count(run->cascade) - before;
}

static void *bench_thread(void *context) {
    bench_trajectory(context);
    return NULL;
}

static int bench_compare(const void *left, const void *right) {
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

static void bench_print(const char *name, double *values, size_t count, const char *unit) {
    char line[64];
    qsort(values, count, sizeof *values, bench_compare);
    const double three[] = {values[0], values[count / 2], values[count - 1]};
    static const char *const words[] = {"min", "median", "max"};
    for (int i = 0; i < 3; i++) {
        snprintf(line, sizeof line, "%s %s", name, words[i]);
        measure_print(line, three[i], unit);
    }
}

/* Processor time of the whole program: on a machine that others use too, it says more than the wall
 * clock. */
static int64_t bench_processor_ns(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Events a second of `thread_count` trajectories side by side; and a second of processor time. */
static double bench_round(struct bench_run *runs, int thread_count, uint32_t round,
                          double *processor) {
    const int64_t processor_ns = bench_processor_ns();
    pthread_t threads[BENCH_THREADS];
    const int64_t begin_ns = measure_now_ns();
    for (int i = 0; i < thread_count; i++) {
        runs[i].replica = round * BENCH_THREADS + (uint32_t)i + 1;
        if (pthread_create(&threads[i], NULL, bench_thread, &runs[i]) != 0) {
            bench_must(SPILL_MEMORY, "a thread");
        }
    }
    uint64_t event_count = 0;
    for (int i = 0; i < thread_count; i++) {
        pthread_join(threads[i], NULL);
        event_count += runs[i].event_count;
    }
    *processor = (double)event_count * 1e9 / (double)(bench_processor_ns() - processor_ns);
    return (double)event_count * 1e9 / (double)(measure_now_ns() - begin_ns);
}

static void bench_engine(size_t asset_count, size_t round_count) {
    struct network *network = bench_network(asset_count);
    const struct cascade_options options = {.seed = 1};
    struct bench_run runs[BENCH_THREADS];
    for (int i = 0; i < BENCH_THREADS; i++) {
        runs[i] = (struct bench_run){.network = network};
        bench_must(cascade_create(network, &options, &runs[i].cascade), "a trajectory");
    }
    double alone[BENCH_ROUNDS_MAX];
    double together[BENCH_ROUNDS_MAX];
    double processor[BENCH_ROUNDS_MAX];
    for (uint32_t round = 0; round < round_count; round++) {
        double unused = 0;
        alone[round] = bench_round(runs, 1, round, &processor[round]);
        together[round] = bench_round(runs, BENCH_THREADS, round, &unused);
    }
    measure_print("cascade trajectory", (double)runs[0].event_count, "events");
    bench_print("cascade 1 thread", alone, round_count, "events/s");
    bench_print("cascade processor", processor, round_count, "events/s");
    bench_print("cascade 2 threads", together, round_count, "events/s");
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    measure_print("cascade peak memory",
                  (double)usage.ru_maxrss * 1024 / (double)asset_count / BENCH_THREADS, "B/asset");
    for (int i = 0; i < BENCH_THREADS; i++) {
        cascade_destroy(&runs[i].cascade);
    }
    network_destroy(&network);
}

/* ---- The queue alone: always as many slots, each put back after an exponential time ---- */

/* The baseline: a binary heap that knows the place of each slot. */
struct bench_heap {
    int64_t *due_ticks; /* By slot. */
    uint32_t *slots;    /* The heap. */
    uint32_t *places;   /* By slot. */
    size_t count;
};

static void bench_heap_put(struct bench_heap *heap, size_t place, uint32_t slot) {
    heap->slots[place] = slot;
    heap->places[slot] = (uint32_t)place;
}

static void bench_heap_rise(struct bench_heap *heap, size_t place, uint32_t slot) {
    const int64_t due_tick = heap->due_ticks[slot];
    while (place > 0 && heap->due_ticks[heap->slots[(place - 1) / 2]] > due_tick) {
        bench_heap_put(heap, place, heap->slots[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    bench_heap_put(heap, place, slot);
}

static void bench_heap_sink(struct bench_heap *heap, size_t place, uint32_t slot) {
    const int64_t due_tick = heap->due_ticks[slot];
    for (size_t child = 2 * place + 1; child < heap->count; child = 2 * place + 1) {
        if (child + 1 < heap->count &&
            heap->due_ticks[heap->slots[child + 1]] < heap->due_ticks[heap->slots[child]]) {
            child++;
        }
        if (heap->due_ticks[heap->slots[child]] >= due_tick) {
            break;
        }
        bench_heap_put(heap, place, heap->slots[child]);
        place = child;
    }
    bench_heap_put(heap, place, slot);
}

/* An exponential of a mean of 8192 ticks, roughly: how many zero bits, and a uniform part. */
static int64_t bench_delay(uint64_t *random) {
    const uint64_t drawn = bench_random(random);
    int64_t halves = 0;
    while (halves < 40 && (drawn >> halves & 1) == 0) {
        halves++;
    }
    return 1 + halves * 5678 + (int64_t)(drawn >> 44) % 5678;
}

static double bench_heap_round(size_t slot_count, size_t event_max) {
    struct bench_heap heap = {
        .due_ticks = bench_array(slot_count, sizeof *heap.due_ticks),
        .slots = bench_array(slot_count, sizeof *heap.slots),
        .places = bench_array(slot_count, sizeof *heap.places),
    };
    uint64_t random = 5;
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        heap.due_ticks[slot] = bench_delay(&random);
        bench_heap_rise(&heap, heap.count++, slot);
    }
    const int64_t begin_ns = measure_now_ns();
    for (size_t event = 0; event < event_max; event++) {
        const uint32_t slot = heap.slots[0];
        heap.due_ticks[slot] += bench_delay(&random);
        bench_heap_sink(&heap, 0, slot);
    }
    const double rate = (double)event_max * 1e9 / (double)(measure_now_ns() - begin_ns);
    free(heap.due_ticks);
    free(heap.slots);
    free(heap.places);
    return rate;
}

static double bench_queue_round(size_t slot_count, size_t event_max) {
    struct queue queue;
    bench_must(queue_open(&queue, slot_count), "a queue");
    uint32_t *const due = bench_array(slot_count, sizeof *due);
    uint64_t random = 5;
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        queue_set(&queue, slot, bench_delay(&random));
    }
    const int64_t begin_ns = measure_now_ns();
    size_t event_count = 0;
    while (event_count < event_max) {
        const int64_t tick = queue_next(&queue);
        const size_t count = queue_take(&queue, tick, due);
        for (size_t i = 0; i < count; i++) {
            queue_set(&queue, due[i], tick + bench_delay(&random));
        }
        event_count += count;
    }
    const double rate = (double)event_count * 1e9 / (double)(measure_now_ns() - begin_ns);
    queue_close(&queue);
    free(due);
    return rate;
}

static void bench_queues(size_t slot_count, size_t round_count) {
    const size_t event_max = 2000000;
    double heap[BENCH_ROUNDS_MAX];
    double radix[BENCH_ROUNDS_MAX];
    double ratio[BENCH_ROUNDS_MAX];
    for (size_t round = 0; round < round_count; round++) {
        heap[round] = bench_heap_round(slot_count, event_max);
        radix[round] = bench_queue_round(slot_count, event_max);
        ratio[round] = radix[round] / heap[round];
    }
    bench_print("queue, binary heap", heap, round_count, "events/s");
    bench_print("queue, radix", radix, round_count, "events/s");
    bench_print("queue, radix / heap", ratio, round_count, "times");
}

int main(int argc, char **argv) {
    const long asset_count = argc > 1 ? strtol(argv[1], NULL, 10) : BENCH_ASSETS;
    const long round_count = argc > 2 ? strtol(argv[2], NULL, 10) : BENCH_ROUNDS;
    if (asset_count < 100 || asset_count > SPILL_ASSETS_MAX || round_count < 1 ||
        round_count > BENCH_ROUNDS_MAX) {
        fprintf(stderr, "usage: bench_cascade [ASSETS [ROUNDS]]\n");
        return SPILL_EXIT_USAGE;
    }
    bench_engine((size_t)asset_count, (size_t)round_count);
    bench_queues((size_t)asset_count, (size_t)round_count);
    return SPILL_EXIT_OK;
}
