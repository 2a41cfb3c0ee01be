/* SPDX-License-Identifier: Apache-2.0 */
/*
 * law_tables_generate: prints law_tables.c, the committed tables of law.c.
 *
 *     cc -std=c17 -I. -o generate coordinator/cascade/law_tables_generate.c && ./generate >
 * coordinator/cascade/law_tables.c
 *
 * Only sums, products and quotients of long double are used, with series whose terms are all
 * positive, so that every value is right far below half a unit of its last place (the test compares
 * them with libm).
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#define GENERATE_UNIT ((long double)(INT64_C(1) << 32))
enum {
    GENERATE_KNOTS = 4096,
    GENERATE_POWERS = 1025,
    GENERATE_TERMS = 400,
    GENERATE_NEWTON = 60,
    GENERATE_COLUMNS = 6
};

/* 2 atanh(z) = ln((1+z)/(1-z)), for small z of at least 0. */
static long double generate_log_ratio(long double z) {
    long double power = z;
    long double sum = 0;
    for (int k = 0; k < GENERATE_TERMS; k++) {
        sum += power / (long double)(2 * k + 1);
        power *= z * z;
    }
    return 2 * sum;
}

/* ln x for x of at least 1. */
static long double generate_log(long double x) {
    long double result = 0;
    const long double log2 = generate_log_ratio(1.0L / 3.0L);
    while (x >= 2) {
        x /= 2;
        result += log2;
    }
    return result + generate_log_ratio((x - 1) / (x + 1));
}

/* e^x for x of at least 0. */
static long double generate_exp(long double x) {
    long double term = 1;
    long double sum = 1;
    for (int k = 1; k < GENERATE_TERMS; k++) {
        term *= x / (long double)k;
        sum += term;
    }
    return sum;
}

/* The unit normal density. */
static long double generate_density(long double x) {
    const long double root_two_pi = 2.506628274631000502415765284811045253L;
    return 1 / (generate_exp(x * x / 2) * root_two_pi);
}

/* The unit normal distribution above its median: the probability between 0 and x. */
static long double generate_above_median(long double x) {
    long double term = x;
    long double sum = x;
    for (int k = 1; k < GENERATE_TERMS; k++) {
        term *= x * x / (long double)(2 * k + 1);
        sum += term;
    }
    return generate_density(x) * sum;
}

/* The x of at least 0 with this probability between 0 and x. Newton's method from below on a
 * concave function. */
static long double generate_quantile(long double probability) {
    long double x = 0;
    for (int k = 0; k < GENERATE_NEWTON; k++) {
        x += (probability - generate_above_median(x)) / generate_density(x);
    }
    return x;
}

/* To the nearest, halves away from 0, of a value of at least 0. */
static int64_t generate_round(long double value) {
    return (int64_t)(value * GENERATE_UNIT + 0.5L);
}

static void generate_print(int i, int count, int64_t value) {
    printf("%s%" PRId64 ",%s", i % GENERATE_COLUMNS == 0 ? "    " : " ", value,
           i % GENERATE_COLUMNS == GENERATE_COLUMNS - 1 || i == count - 1 ? "\n" : "");
}

int main(void) {
    const long double log2 = generate_log(2);
    printf("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by law_tables_generate.c; do not "
           "edit. */\n"
           "#include \"coordinator/cascade/law.h\"\n\n/* clang-format off */\n");
    printf("const int64_t law_exponential_table[LAW_KNOTS] = {\n");
    for (int i = 0; i < GENERATE_KNOTS; i++) {
        const long double x = generate_log(8192.0L / (long double)(8191 - 2 * i));
        generate_print(i, GENERATE_KNOTS, generate_round(x));
    }
    printf("};\n\nconst int64_t law_normal_table[LAW_KNOTS] = {\n");
    for (int i = 0; i < GENERATE_KNOTS; i++) {
        const int mirrored = i < GENERATE_KNOTS / 2 ? GENERATE_KNOTS - 1 - i : i;
        const long double probability = (long double)(2 * mirrored + 1 - 4096) / 8192.0L;
        const int64_t value = generate_round(generate_quantile(probability) / log2);
        generate_print(i, GENERATE_KNOTS, i < GENERATE_KNOTS / 2 ? -value : value);
    }
    printf("};\n\nconst int64_t law_power_table[LAW_POWERS] = {\n");
    for (int j = 0; j < GENERATE_POWERS; j++) {
        generate_print(j, GENERATE_POWERS,
                       generate_round(generate_exp((long double)j / 1024.0L * log2)));
    }
    printf("};\n");
    return 0;
}
