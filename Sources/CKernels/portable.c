// The kernels in plain C: what machines without one of the other instruction sets run.
#include "kernels.h"

static void i8_dots(const uint8_t *rows, size_t stride, size_t count, const int8_t *query, int32_t *dots) {
    for (size_t r = 0; r < count; r++) {
        const uint8_t *row = rows + r * stride;
        int32_t sum = 0;
        for (size_t i = 0; i < stride; i++) sum += ((int32_t)row[i] - 128) * query[i];
        dots[r] = sum;
    }
}

static float f32_dot(const float *query, const uint8_t *row, size_t stride) {
    // Sixteen sums side by side: the compiler may not reorder the additions of one.
    float sums[16] = {0};
    for (size_t i = 0; i < stride; i += 16)
        for (size_t k = 0; k < 16; k++) sums[k] += query[i + k] * (float)((int)row[i + k] - 128);
    float sum = 0;
    for (size_t k = 0; k < 16; k++) sum += sums[k];
    return sum;
}

static size_t i8_select(
    const int32_t *dots, const float *scales, size_t count, float query_scale, float cut, uint32_t base,
    uint32_t *rows, float *estimates) {
    size_t found = 0;
    for (size_t r = 0; r < count; r++) {
        float estimate = (float)dots[r] * scales[r] * query_scale;
        rows[found] = base + (uint32_t)r;
        estimates[found] = estimate;
        found += estimate >= cut;
    }
    return found;
}

static size_t bit_scan(
    const uint8_t *blocks, size_t pairs, size_t count, const uint8_t *tables, float scale, float bias,
    const float *factors, float cut, uint32_t base, uint32_t *rows, float *estimates) {
    size_t found = 0;
    for (size_t first = 0; first < count; first += 64, blocks += pairs * 64) {
        uint16_t sums[64] = {0};
        for (size_t p = 0; p < pairs; p++) {
            for (size_t b = 0; b < 64; b++) {
                const uint8_t code = blocks[p * 64 + b];
                const uint8_t *table = tables + p * 32 + (b & 16);
                const size_t row = (b >> 5) * 16 + (b & 15);
                sums[row] += table[code & 15];
                sums[row + 32] += table[code >> 4];
            }
        }
        const size_t valid = count - first < 64 ? count - first : 64;
        for (size_t r = 0; r < valid; r++) {
            float estimate = ((float)sums[r] * scale + bias) * factors[first + r];
            rows[found] = base + (uint32_t)(first + r);
            estimates[found] = estimate;
            found += estimate >= cut;
        }
    }
    return found;
}

const deja_kernels deja_kernels_portable = {i8_dots, f32_dot, i8_select, bit_scan};
