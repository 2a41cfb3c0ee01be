/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cascade/law.h"

#include <stddef.h>

enum { LAW_HALF_KNOT = 1 << 19, LAW_KNOT_BITS = 20 };
enum { LAW_SIGMA_MAX_PPM = 5000000, LAW_QUANTILES_MAX = 4096 };

uint64_t law_scale(uint64_t a, uint32_t u) {
    return (a >> 32) * u + ((a & UINT32_MAX) * u >> 32);
}

uint64_t law_root(uint64_t value) {
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit != 0; bit >>= 1) {
        const uint64_t trial = root | bit;
        if (trial * trial <= value) {
            root = trial;
        }
    }
    return root;
}

static int64_t law_uniform(const struct law_spec *law, uint32_t u) {
    return law->a_ms + (int64_t)law_scale((uint64_t)(law->b_ms - law->a_ms + 1), u);
}

static int64_t law_triangular(const struct law_spec *law, uint32_t u) {
    const uint64_t range = (uint64_t)(law->c_ms - law->a_ms);
    if (range == 0) {
        return law->a_ms;
    }
    int shift = 0;
    while (range >> shift >= UINT64_C(1) << 31) {
        shift++;
    }
    /* Both factors of each product are now below 2^31. */
    const uint64_t whole = range >> shift;
    const uint64_t lower = (uint64_t)(law->b_ms - law->a_ms) >> shift;
    const uint64_t upper = whole - lower;
    const uint64_t at = law_scale(whole, u);
    int64_t value_ms;
    if (at < lower) {
        value_ms = law->a_ms + (int64_t)(law_root(at * lower) << shift);
    } else {
        value_ms =
            law->c_ms - (int64_t)(law_root(law_scale(whole, UINT32_MAX - u) * upper) << shift);
    }
    return value_ms < law->a_ms ? law->a_ms : value_ms > law->c_ms ? law->c_ms : value_ms;
}

/* 2^y, where y and the result have 32 fraction bits. */
static uint64_t law_power(int64_t y) {
    const uint64_t fraction = (uint64_t)y & UINT32_MAX;
    int64_t whole = (y - (int64_t)fraction) / (INT64_C(1) << 32);
    whole = whole < -32 ? -32 : whole > 30 ? 30 : whole;
    const size_t j = (size_t)(fraction >> 22);
    const int64_t g = (int64_t)(fraction & ((1 << 22) - 1));
    const int64_t step = law_power_table[j + 1] - law_power_table[j];
    const uint64_t m = (uint64_t)(law_power_table[j] + (step * g >> 22));
    return whole >= 0 ? m << whole : m >> -whole;
}

/* floor(a * x / 2^32), limited to ten years. */
static int64_t law_limited_product(int64_t a_ms, uint64_t x) {
    if (a_ms == 0) {
        return 0;
    }
    const uint64_t high = x >> 32;
    if (high > (uint64_t)(LAW_MAX_MS / a_ms)) {
        return LAW_MAX_MS;
    }
    const int64_t value_ms = a_ms * (int64_t)high + (int64_t)law_scale((uint64_t)a_ms, (uint32_t)x);
    return value_ms < LAW_MAX_MS ? value_ms : LAW_MAX_MS;
}

static int64_t law_knot(const struct law_spec *law, size_t i) {
    if (law->kind == LAW_EXPONENTIAL) {
        return law_limited_product(law->a_ms, (uint64_t)law_exponential_table[i]);
    }
    const int64_t product = law->sigma_ppm * law_normal_table[i];
    const int64_t y =
        product >= 0 ? product / SPILL_PPM : -((-product + SPILL_PPM - 1) / SPILL_PPM);
    return law_limited_product(law->a_ms, law_power(y));
}

static int64_t law_from_knots(const struct law_spec *law, uint32_t u) {
    if (u < LAW_HALF_KNOT) {
        const int64_t first = law_knot(law, 0);
        return law->kind == LAW_EXPONENTIAL ? first * u / LAW_HALF_KNOT : first;
    }
    const uint32_t x = u - LAW_HALF_KNOT;
    const size_t i = x >> LAW_KNOT_BITS;
    if (i >= LAW_KNOTS - 1) {
        return law_knot(law, LAW_KNOTS - 1);
    }
    const int64_t r = x & ((1 << LAW_KNOT_BITS) - 1);
    const int64_t low = law_knot(law, i);
    return low + ((law_knot(law, i + 1) - low) * r >> LAW_KNOT_BITS);
}

static int64_t law_empirical(const struct law_spec *law, uint32_t u) {
    const uint64_t x = (uint64_t)u * (law->quantile_count - 1);
    const size_t i = (size_t)(x >> 32);
    const uint64_t step = (uint64_t)(law->quantile_ms[i + 1] - law->quantile_ms[i]);
    return law->quantile_ms[i] + (int64_t)law_scale(step, (uint32_t)x);
}

int64_t law_duration_ms(const struct law_spec *law, uint32_t u) {
    int64_t value_ms = 0;
    switch (law->kind) {
    case LAW_NONE:
        return 0;
    case LAW_FIXED:
        value_ms = law->a_ms;
        break;
    case LAW_UNIFORM:
        value_ms = law_uniform(law, u);
        break;
    case LAW_TRIANGULAR:
        value_ms = law_triangular(law, u);
        break;
    case LAW_EXPONENTIAL:
    case LAW_LOGNORMAL:
        value_ms = law_from_knots(law, u);
        break;
    case LAW_EMPIRICAL:
        value_ms = law_empirical(law, u);
        break;
    }
    SPILL_ASSERT(value_ms >= 0);
    SPILL_ASSERT(value_ms <= LAW_MAX_MS);
    return value_ms;
}

static bool law_in_range(int64_t value_ms) {
    return value_ms >= 0 && value_ms <= LAW_MAX_MS;
}

static const char *law_quantiles_fault(const struct law_spec *law) {
    if (law->quantile_ms == NULL || law->quantile_count < 2 ||
        law->quantile_count > LAW_QUANTILES_MAX) {
        return "an empirical law needs 2 to 4096 quantiles";
    }
    for (size_t i = 0; i < law->quantile_count; i++) {
        if (!law_in_range(law->quantile_ms[i])) {
            return "a quantile is outside 0 to ten years";
        }
        if (i > 0 && law->quantile_ms[i] < law->quantile_ms[i - 1]) {
            return "the quantiles of a law must rise";
        }
    }
    return NULL;
}

const char *law_fault(const struct law_spec *law) {
    switch (law->kind) {
    case LAW_NONE:
        return NULL;
    case LAW_FIXED:
    case LAW_EXPONENTIAL:
        return law_in_range(law->a_ms) ? NULL : "a duration is outside 0 to ten years";
    case LAW_UNIFORM:
        if (!law_in_range(law->a_ms) || !law_in_range(law->b_ms)) {
            return "a duration is outside 0 to ten years";
        }
        return law->a_ms <= law->b_ms ? NULL : "the ends of a uniform law are the wrong way round";
    case LAW_TRIANGULAR:
        if (!law_in_range(law->a_ms) || !law_in_range(law->b_ms) || !law_in_range(law->c_ms)) {
            return "a duration is outside 0 to ten years";
        }
        return law->a_ms <= law->b_ms && law->b_ms <= law->c_ms
                   ? NULL
                   : "the corners of a triangular law must rise";
    case LAW_LOGNORMAL:
        if (!law_in_range(law->a_ms)) {
            return "a duration is outside 0 to ten years";
        }
        return law->sigma_ppm >= 0 && law->sigma_ppm <= LAW_SIGMA_MAX_PPM
                   ? NULL
                   : "sigma is outside 0 to 5 000 000 ppm";
    case LAW_EMPIRICAL:
        return law_quantiles_fault(law);
    }
    return "no such kind of law";
}
