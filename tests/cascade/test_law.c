/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>

#include "coordinator/cascade/law.h"

static int64_t law_at(struct law_spec law, double probability) {
    CHECK(law_fault(&law) == NULL);
    return law_duration_ms(&law, (uint32_t)(probability * 4294967296.0));
}

/* The unit normal distribution below x. */
static double law_normal_below(double x) {
    return 0.5 * erfc(-x / sqrt(2.0));
}

TEST(law, the_committed_tables_are_within_a_unit_of_libm) {
    for (int i = 0; i < LAW_KNOTS; i++) {
        const double p = (2.0 * i + 1.0) / 8192.0;
        CHECK_LE(fabs((double)law_exponential_table[i] + log1p(-p) * 4294967296.0), 0.51);
        const double x = (double)law_normal_table[i] / 4294967296.0 * log(2.0);
        /* The density turns an error of the quantile into one of the probability. */
        const double density = exp(-x * x / 2.0) / sqrt(2.0 * acos(-1.0));
        CHECK_LE(fabs(law_normal_below(x) - p) / density * 4294967296.0, 1.0);
        CHECK_EQ(law_normal_table[i], -law_normal_table[LAW_KNOTS - 1 - i]);
    }
    for (int j = 0; j < LAW_POWERS; j++) {
        CHECK_LE(fabs((double)law_power_table[j] - exp2(j / 1024.0) * 4294967296.0), 0.51);
    }
}

TEST(law, fixed_and_uniform_are_exact) {
    CHECK_EQ(law_at((struct law_spec){.kind = LAW_NONE}, 0.5), 0);
    CHECK_EQ(law_at((struct law_spec){.kind = LAW_FIXED, .a_ms = 77}, 0.9), 77);
    const struct law_spec uniform = {.kind = LAW_UNIFORM, .a_ms = 10, .b_ms = 13};
    CHECK_EQ(law_duration_ms(&uniform, 0), 10);
    CHECK_EQ(law_duration_ms(&uniform, UINT32_MAX), 13);
    CHECK_EQ(law_at(uniform, 0.25), 11);
}

TEST(law, triangular_has_its_corners_and_its_median) {
    const struct law_spec law = {
        .kind = LAW_TRIANGULAR, .a_ms = 1000000, .b_ms = 2000000, .c_ms = 3000000};
    CHECK_EQ(law_duration_ms(&law, 0), 1000000);
    CHECK_LE(llabs(law_at(law, 0.5) - 2000000), 2000);
    CHECK_LE(llabs(law_at(law, 0.125) - 1500000), 2000);
    CHECK_LE(llabs(law_duration_ms(&law, UINT32_MAX) - 3000000), 1000);
    CHECK_EQ(
        law_at((struct law_spec){.kind = LAW_TRIANGULAR, .a_ms = 5, .b_ms = 5, .c_ms = 5}, 0.3), 5);
    /* Ranges above 2^31 are scaled. */
    const struct law_spec wide = {
        .kind = LAW_TRIANGULAR, .a_ms = 0, .b_ms = LAW_MAX_MS / 2, .c_ms = LAW_MAX_MS};
    CHECK_LE(llabs(law_at(wide, 0.5) - LAW_MAX_MS / 2), LAW_MAX_MS / 10000);
}

TEST(law, exponential_and_lognormal_have_their_quantiles) {
    const struct law_spec exponential = {.kind = LAW_EXPONENTIAL, .a_ms = 100000000};
    CHECK_EQ(law_duration_ms(&exponential, 0), 0);
    CHECK_LE(llabs(law_at(exponential, 0.5) - 69314718), 100);
    CHECK_LE(llabs(law_at(exponential, 0.9) - 230258509), 1000);
    const struct law_spec lognormal = {
        .kind = LAW_LOGNORMAL, .a_ms = 1000000, .sigma_ppm = 1000000};
    CHECK_LE(llabs(law_at(lognormal, 0.5) - 1000000), 50);
    CHECK_LE(llabs(law_at(lognormal, 0.8413447) - 2718281), 300);
    CHECK_LE(llabs(law_at(lognormal, 0.1586553) - 367879), 60);
    /* Wide laws stop at ten years. */
    const struct law_spec wide = {.kind = LAW_LOGNORMAL, .a_ms = LAW_MAX_MS, .sigma_ppm = 5000000};
    CHECK_EQ(law_duration_ms(&wide, UINT32_MAX), LAW_MAX_MS);
}

TEST(law, empirical_is_interpolated) {
    const int64_t values[] = {0, 100, 1000};
    const struct law_spec law = {.kind = LAW_EMPIRICAL, .quantile_ms = values, .quantile_count = 3};
    CHECK_EQ(law_duration_ms(&law, 0), 0);
    CHECK_EQ(law_at(law, 0.25), 50);
    CHECK_EQ(law_at(law, 0.5), 100);
    CHECK_EQ(law_at(law, 0.75), 550);
    CHECK_EQ(law_duration_ms(&law, UINT32_MAX), 999);
}

TEST(law, every_law_rises) {
    const int64_t values[] = {3, 3, 50, 1000000, LAW_MAX_MS};
    const struct law_spec laws[] = {
        {.kind = LAW_UNIFORM, .a_ms = 0, .b_ms = LAW_MAX_MS},
        {.kind = LAW_TRIANGULAR, .a_ms = 3, .b_ms = 1000, .c_ms = 1000000},
        {.kind = LAW_TRIANGULAR, .a_ms = 0, .b_ms = 0, .c_ms = 777},
        {.kind = LAW_TRIANGULAR, .a_ms = 0, .b_ms = LAW_MAX_MS, .c_ms = LAW_MAX_MS},
        {.kind = LAW_EXPONENTIAL, .a_ms = 12345},
        {.kind = LAW_EXPONENTIAL, .a_ms = LAW_MAX_MS},
        {.kind = LAW_LOGNORMAL, .a_ms = 3600000, .sigma_ppm = 700000},
        {.kind = LAW_LOGNORMAL, .a_ms = LAW_MAX_MS, .sigma_ppm = 5000000},
        {.kind = LAW_EMPIRICAL, .quantile_ms = values, .quantile_count = 5},
    };
    for (size_t i = 0; i < sizeof laws / sizeof laws[0]; i++) {
        int64_t before = 0;
        for (uint64_t u = 0; u < UINT64_C(1) << 32; u += 99991) {
            const int64_t now = law_duration_ms(&laws[i], (uint32_t)u);
            CHECK_LE(before, now);
            before = now;
        }
    }
}

TEST(law, faults_are_named) {
    const int64_t falling[] = {5, 4};
    const struct law_spec wrong[] = {
        {.kind = LAW_FIXED, .a_ms = -1},
        {.kind = LAW_FIXED, .a_ms = LAW_MAX_MS + 1},
        {.kind = LAW_UNIFORM, .a_ms = 2, .b_ms = 1},
        {.kind = LAW_TRIANGULAR, .a_ms = 1, .b_ms = 3, .c_ms = 2},
        {.kind = LAW_LOGNORMAL, .a_ms = 1, .sigma_ppm = 5000001},
        {.kind = LAW_EMPIRICAL, .quantile_ms = falling, .quantile_count = 2},
        {.kind = LAW_EMPIRICAL, .quantile_ms = falling, .quantile_count = 1},
        {.kind = LAW_EMPIRICAL, .quantile_ms = falling, .quantile_count = 4097},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK(law_fault(&wrong[i]) != NULL);
    }
}

TEST(law, scale_and_root_are_exact) {
    CHECK_EQ(law_scale(UINT64_MAX, UINT32_MAX), UINT64_C(18446744069414584319));
    CHECK_EQ(law_scale(7, 1U << 31), UINT64_C(3));
    for (uint64_t root = 1; root < UINT64_C(1) << 32; root = root * 3 + 1) {
        CHECK_EQ(law_root(root * root), root);
        CHECK_EQ(law_root(root * root - 1), root - 1);
    }
    CHECK_EQ(law_root(UINT64_MAX), UINT64_C(4294967295));
}
