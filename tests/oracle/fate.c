/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/oracle/fate.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

static const uint64_t fate_two_32 = UINT64_C(1) << 32;

/* The quantile of the unit normal, by bisection of its distribution function: slow and plain. */
static long double fate_normal_quantile(long double p) {
    long double low = -10;
    long double high = 10;
    for (int i = 0; i < 100; i++) {
        const long double middle = (low + high) / 2;
        const long double below = erfcl(-middle / sqrtl(2.0L)) / 2;
        if (below < p) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (low + high) / 2;
}

const struct fate_tables *fate_prepare(void) {
    static struct fate_tables tables;
    static bool prepared;
    if (prepared) {
        return &tables;
    }
    const long double one = 4294967296.0L;
    for (int i = 0; i < FATE_KNOTS; i++) {
        const long double p = (2 * i + 1) / 8192.0L;
        tables.exponential[i] = llroundl(-log1pl(-p) * one);
        /* The upper half mirrors the lower, where erfc keeps all its digits. */
        const int mirror = i < FATE_KNOTS / 2 ? i : FATE_KNOTS - 1 - i;
        const long double quantile = fate_normal_quantile((2 * mirror + 1) / 8192.0L);
        const long double scaled = quantile / logl(2.0L) * one;
        tables.normal[i] = llroundl(mirror == i ? scaled : -scaled);
    }
    for (int j = 0; j < FATE_POWERS; j++) {
        tables.power[j] = llroundl(exp2l(j / 1024.0L) * one);
    }
    prepared = true;
    return &tables;
}

uint64_t fate_hash(const char *text) {
    unsigned char digest[32];
    crypto_generichash(digest, sizeof digest, (const unsigned char *)text, strlen(text), NULL, 0);
    uint64_t hash = 0;
    for (int i = 7; i >= 0; i--) {
        hash = hash << 8 | digest[i];
    }
    return hash;
}

void fate_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t words[4]) {
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    memcpy(words, counter, 4 * sizeof *words);
    for (int round = 0; round < 10; round++) {
        const uint64_t product0 = UINT64_C(0xD2511F53) * words[0];
        const uint64_t product1 = UINT64_C(0xCD9E8D57) * words[2];
        const uint32_t next[4] = {
            (uint32_t)(product1 >> 32) ^ words[1] ^ k0,
            (uint32_t)product1,
            (uint32_t)(product0 >> 32) ^ words[3] ^ k1,
            (uint32_t)product0,
        };
        memcpy(words, next, sizeof next);
        k0 += UINT32_C(0x9E3779B9);
        k1 += UINT32_C(0xBB67AE85);
    }
}

uint32_t fate_draw(uint64_t seed, uint64_t hash, enum fate_purpose purpose, uint32_t index,
                   uint32_t replica) {
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[4] = {
        (index % (UINT32_C(1) << 24)) * 256 + (uint32_t)purpose,
        (uint32_t)hash,
        (uint32_t)(hash >> 32),
        replica,
    };
    uint32_t words[4];
    fate_philox(key, counter, words);
    return words[0];
}

static int64_t fate_limit(int64_t value_ms, int64_t low_ms, int64_t high_ms) {
    return value_ms < low_ms ? low_ms : value_ms > high_ms ? high_ms : value_ms;
}

/* floor(factor * part / 2^32) for factor below 2^63 and part below 2^32, without 128 bits. */
static uint64_t fate_scale(uint64_t factor, uint64_t part) {
    return (factor >> 32) * part + ((factor & (fate_two_32 - 1)) * part >> 32);
}

/* The floor of the square root, bit by bit. */
static uint64_t fate_root(uint64_t square) {
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit > 0; bit >>= 1) {
        const uint64_t larger = root + bit;
        if (larger * larger <= square) {
            root = larger;
        }
    }
    return root;
}

static int64_t fate_triangular_ms(const struct law_spec *law, uint32_t u) {
    const uint64_t width = (uint64_t)(law->c_ms - law->a_ms);
    if (width == 0) {
        return law->a_ms;
    }
    unsigned s = 0;
    while (width >> s >= UINT64_C(1) << 31) {
        s++;
    }
    const uint64_t all = width >> s;
    const uint64_t lower = (uint64_t)(law->b_ms - law->a_ms) >> s;
    const uint64_t upper = all - lower;
    const uint64_t at = fate_scale(all, u);
    const uint64_t from_end = fate_scale(all, UINT32_MAX - u);
    const int64_t value_ms = at < lower ? law->a_ms + (int64_t)(fate_root(at * lower) << s)
                                        : law->c_ms - (int64_t)(fate_root(from_end * upper) << s);
    return fate_limit(value_ms, law->a_ms, law->c_ms);
}

/* 2^y, both with 32 fraction bits. */
static uint64_t fate_exp2(int64_t y) {
    int64_t n = y / (int64_t)fate_two_32;
    int64_t f = y % (int64_t)fate_two_32;
    if (f < 0) {
        f += (int64_t)fate_two_32;
        n--;
    }
    const int64_t j = f / (1 << 22);
    const int64_t g = f % (1 << 22);
    const int64_t *const power = fate_prepare()->power;
    const uint64_t m = (uint64_t)(power[j] + (power[j + 1] - power[j]) * g / (1 << 22));
    n = fate_limit(n, -32, 30);
    return n >= 0 ? m << n : m >> -n;
}

static int64_t fate_floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && a < 0);
}

static int64_t fate_knot_ms(const struct law_spec *law, int64_t i) {
    const struct fate_tables *const tables = fate_prepare();
    uint64_t factor = 0;
    if (law->kind == LAW_EXPONENTIAL) {
        factor = (uint64_t)tables->exponential[i];
    } else {
        const int64_t y = fate_floor_divide(law->sigma_ppm * tables->normal[i], SPILL_PPM);
        factor = fate_exp2(y);
    }
    /* floor(a * factor / 2^32), where the product may need more than 64 bits: whole part and
     * fraction apart. */
    const uint64_t a = (uint64_t)law->a_ms;
    const uint64_t whole = factor >> 32;
    if (a > 0 && whole > (uint64_t)FATE_LIMIT_MS / a) {
        return FATE_LIMIT_MS;
    }
    const uint64_t value = a * whole + fate_scale(a, factor & (fate_two_32 - 1));
    return value > (uint64_t)FATE_LIMIT_MS ? FATE_LIMIT_MS : (int64_t)value;
}

static int64_t fate_tabled_ms(const struct law_spec *law, uint32_t u) {
    const uint32_t half = UINT32_C(1) << 19;
    if (u < half) {
        const int64_t first = fate_knot_ms(law, 0);
        return law->kind == LAW_EXPONENTIAL ? first * u / half : first;
    }
    const uint32_t x = u - half;
    const int64_t i = x >> 20;
    const int64_t r = x & ((UINT32_C(1) << 20) - 1);
    if (i >= FATE_KNOTS - 1) {
        return fate_knot_ms(law, FATE_KNOTS - 1);
    }
    const int64_t low = fate_knot_ms(law, i);
    const int64_t high = fate_knot_ms(law, i + 1);
    return low + (high - low) * r / (1 << 20);
}

static int64_t fate_empirical_ms(const struct law_spec *law, uint32_t u) {
    const uint64_t x = (uint64_t)u * (law->quantile_count - 1);
    const uint64_t i = x >> 32;
    const uint64_t r = x & (fate_two_32 - 1);
    const int64_t low = law->quantile_ms[i];
    const int64_t high = law->quantile_ms[i + 1];
    return low + (int64_t)fate_scale((uint64_t)(high - low), r);
}

int64_t fate_law_ms(const struct law_spec *law, uint32_t u) {
    int64_t value_ms = 0;
    switch (law->kind) {
    case LAW_NONE:
        break;
    case LAW_FIXED:
        value_ms = law->a_ms;
        break;
    case LAW_UNIFORM:
        value_ms = law->a_ms + (int64_t)fate_scale((uint64_t)(law->b_ms - law->a_ms + 1), u);
        break;
    case LAW_TRIANGULAR:
        value_ms = fate_triangular_ms(law, u);
        break;
    case LAW_EXPONENTIAL:
    case LAW_LOGNORMAL:
        value_ms = fate_tabled_ms(law, u);
        break;
    case LAW_EMPIRICAL:
        value_ms = fate_empirical_ms(law, u);
        break;
    }
    return fate_limit(value_ms, 0, FATE_LIMIT_MS);
}
