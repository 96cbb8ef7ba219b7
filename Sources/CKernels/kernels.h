// What each instruction set's file provides.
#pragma once
#include "deja_kernels.h"
#include "deja_sketch.h"

typedef struct {
    void (*i8_dots)(const uint8_t *rows, size_t stride, size_t count, const int8_t *query, int32_t *dots);
    void (*i8_dots_at)(
        const uint8_t *rows, size_t stride, const uint32_t *numbers, size_t count, const int8_t *query, int32_t *dots);
    float (*f32_dot)(const float *query, const uint8_t *row, size_t stride);
    size_t (*i8_select)(
        const int32_t *dots, const float *scales, size_t count, float query_scale, float cut, uint32_t base,
        uint32_t *rows, float *estimates);
    size_t (*bit_scan)(
        const uint8_t *blocks, size_t pairs, size_t count, const uint8_t *tables, float scale, float bias,
        const float *factors, float cut, uint32_t base, uint32_t *rows, float *estimates);
    size_t (*sketch_scan)(
        const uint8_t *blocks, const uint8_t *seconds, size_t count, const deja_sketch_query *query,
        const deja_sketch_demand *demand, uint32_t base, uint32_t *rows, int32_t *products);
} deja_kernels;

/// The 16 table entries of each group of four components: (<q, signs> + reach) * inverse, rounded, at most `largest`.
void deja_bit_entries(const float *components, size_t groups, float inverse, float largest, uint8_t *tables);

/// Writes the rows of a block that `kept` has a bit for, if both their products together are as demanded; returns how many.
static inline size_t deja_sketch_emit(
    uint64_t kept, const uint8_t *block, const int8_t sums[64], const uint8_t *second, const int8_t second_sums[64],
    const deja_sketch_demand *demand, uint32_t base, uint32_t *rows, int32_t *products) {
    size_t found = 0;
    for (; kept; kept &= kept - 1) {
        const unsigned row = (unsigned)__builtin_ctzll(kept);
        const int32_t product = (int32_t)block[512 + row] * sums[row] + (int32_t)second[512 + row] * second_sums[row];
        const uint8_t angle_class = second[576 + row];
        rows[found] = base + row;
        products[found] = product * 16 + angle_class;
        found += product + demand->both[angle_class] >= 0;
    }
    return found;
}

extern const deja_kernels deja_kernels_portable;
#if defined(__x86_64__)
extern const deja_kernels deja_kernels_avx2;
extern const deja_kernels deja_kernels_avx512vnni;
#endif
#if defined(__aarch64__)
extern const deja_kernels deja_kernels_neon;
#endif
