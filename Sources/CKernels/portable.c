// The kernels in plain C: what machines without one of the other instruction sets run.
#include <string.h>

#include "kernels.h"

static void i8_dots(const uint8_t *rows, size_t stride, size_t count, const int8_t *query, int32_t *dots) {
    for (size_t r = 0; r < count; r++) {
        const uint8_t *row = rows + r * stride;
        int32_t sum = 0;
        for (size_t i = 0; i < stride; i++) sum += ((int32_t)row[i] - 128) * query[i];
        dots[r] = sum;
    }
}

static void i8_dots_at(
    const uint8_t *rows, size_t stride, const uint32_t *numbers, size_t count, const int8_t *query, int32_t *dots) {
    for (size_t k = 0; k < count; k++) i8_dots(rows + numbers[k] * stride, stride, 1, query, dots + k);
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

static void sketch_sums(const uint8_t *block, const uint8_t *tables, uint8_t center, int8_t sums[64]) {
    memset(sums, -(int)center, 64);
    for (size_t b = 0; b < 512; b++) {
        const uint8_t *table = tables + b / 64 * 32 + (b & 16);
        const size_t row = (b >> 5 & 1) * 16 + (b & 15);
        sums[row] = (int8_t)(sums[row] + table[block[b] & 15]);
        sums[row + 32] = (int8_t)(sums[row + 32] + table[block[b] >> 4]);
    }
}

static size_t sketch_scan(
    const uint8_t *blocks, const uint8_t *seconds, size_t count, const deja_sketch_query *query,
    const deja_sketch_demand *demand, uint32_t base, uint32_t *rows, int32_t *products) {
    size_t found = 0;
    for (size_t first = 0; first < count; first += 64, blocks += DEJA_SKETCH_BLOCK) {
        int8_t sums[64];
        sketch_sums(blocks, query->tables[0], query->centers[0], sums);
        const size_t valid = count - first < 64 ? count - first : 64;
        uint64_t kept = 0;
        for (size_t r = 0; r < valid; r++)
            kept |= (uint64_t)(blocks[512 + r] * sums[r] + DEJA_SKETCH_STEP * demand->first[blocks[576 + r]] >= 0) << r;
        if (!kept) continue;
        int8_t second_sums[64];
        sketch_sums(seconds + first * 10, query->tables[1], query->centers[1], second_sums);
        found += deja_sketch_emit(
            kept, blocks, sums, seconds + first * 10, second_sums, demand, base + (uint32_t)first, rows + found,
            products + found);
    }
    return found;
}

const deja_kernels deja_kernels_portable = {i8_dots, i8_dots_at, f32_dot, i8_select, bit_scan, sketch_scan};
