// From floats to one bit a component: the rotation, the codes and a query's tables.
#include <math.h>
#include <string.h>

#include "kernels.h"

/// The Walsh–Hadamard transform of n floats, n a power of two, scaled to be orthogonal.
static void hadamard(float *x, size_t n) {
    for (size_t half = 1; half < n; half *= 2)
        for (size_t start = 0; start < n; start += 2 * half)
            for (size_t i = start; i < start + half; i++) {
                float a = x[i], b = x[i + half];
                x[i] = a + b;
                x[i + half] = a - b;
            }
    float scale = 1.0f / sqrtf((float)n);
    for (size_t i = 0; i < n; i++) x[i] *= scale;
}

/// The largest power of two that is at most n.
static size_t power_below(size_t n) {
    size_t power = 1;
    while (power * 2 <= n) power *= 2;
    return power;
}

size_t deja_rotation_rounds(size_t n) { return power_below(n) == n ? 2 : 4; }

void deja_rotate(float *vector, size_t n, const uint64_t *signs) {
    const size_t power = power_below(n), rounds = deja_rotation_rounds(n), words = (n + 63) / 64;
    for (size_t round = 0; round < rounds; round++, signs += words) {
        for (size_t i = 0; i < n; i++) {
            uint32_t bits;
            memcpy(&bits, &vector[i], sizeof bits);
            bits ^= (uint32_t)(signs[i / 64] >> (i % 64) & 1) << 31;
            memcpy(&vector[i], &bits, sizeof bits);
        }
        hadamard(round % 2 ? vector + (n - power) : vector, power);
    }
}

/// Where the four signs of group `group` (components 4 * group and on) of a row lie: the byte of the block.
static inline size_t code_byte(size_t group, size_t row) {
    return group / 2 * 64 + (row / 16 % 2 * 2 + group % 2) * 16 + row % 16;
}

static inline void put_code(uint8_t *block, size_t group, size_t row, unsigned code) {
    uint8_t *byte = block + code_byte(group, row);
    *byte = row < 32 ? (uint8_t)((*byte & 0xf0) | code) : (uint8_t)((*byte & 0x0f) | code << 4);
}

float deja_bit_encode(const float *rotated, size_t pairs, uint8_t *block, size_t row) {
    float magnitudes = 0, squares = 0;
    for (size_t group = 0; group < 2 * pairs; group++) {
        unsigned code = 0;
        for (size_t k = 0; k < 4; k++) {
            float x = rotated[group * 4 + k];
            code |= (unsigned)(x >= 0) << k;
            magnitudes += fabsf(x);
            squares += x * x;
        }
        put_code(block, group, row, code);
    }
    return magnitudes > 0 ? squares / magnitudes : 0;
}

void deja_bit_copy(const uint8_t *source, size_t from, uint8_t *target, size_t to, size_t pairs) {
    for (size_t group = 0; group < 2 * pairs; group++) {
        unsigned byte = source[code_byte(group, from)];
        put_code(target, group, to, from < 32 ? byte & 15 : byte >> 4);
    }
}

void deja_bit_entries(const float *components, size_t groups, float inverse, float largest, uint8_t *tables) {
    for (size_t group = 0; group < groups; group++) {
        const float *q = components + group * 4;
        const float reach = fabsf(q[0]) + fabsf(q[1]) + fabsf(q[2]) + fabsf(q[3]);
        for (unsigned code = 0; code < 16; code++) {
            float value = (code & 1 ? q[0] : -q[0]) + (code & 2 ? q[1] : -q[1]) + (code & 4 ? q[2] : -q[2]) +
                          (code & 8 ? q[3] : -q[3]);
            float entry = (value + reach) * inverse + 0.5f;
            tables[group * 16 + code] = (uint8_t)(entry < largest ? entry : largest);
        }
    }
}

void deja_bit_tables(const float *rotated, size_t pairs, uint8_t *tables, float *scale, float *bias) {
    float widest = 0, sum = 0;
    for (size_t group = 0; group < 2 * pairs; group++) {
        float reach = 0;
        for (size_t k = 0; k < 4; k++) reach += fabsf(rotated[group * 4 + k]);
        widest = reach > widest ? reach : widest;
        sum += reach;
    }
    // An entry is the group's <q, s> from its least value -reach, in steps that take the widest group's to 31. Eight of
    // them fit a byte, and their rounding is an eighth of the estimate's own error.
    const float step = widest * 2 / 31, inverse = widest > 1e-30f ? 1 / step : 0;
    deja_bit_entries(rotated, 2 * pairs, inverse, 31.0f, tables);
    *scale = step;
    *bias = -sum;
}
