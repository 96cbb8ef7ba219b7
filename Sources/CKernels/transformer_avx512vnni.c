// AVX-512 with VNNI: vpdpbusd multiplies 64 unsigned weights by 4 signed codes, broadcast, and sums fours.
//
// Six rows by four panels: 24 sums stay in registers while four registers of weights pass by, so a weight is loaded once
// for six products. Rows of up to 1,536 codes stay in the first-level cache.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma"))), apply_to = function)
#include "transformer_loops.h"

/// The products of `rows` rows with `panels` panels; both are constants where this is inlined.
static inline __attribute__((always_inline)) void tile(
    const int8_t *codes, size_t stride, const float *row_scales, const int32_t *row_sums, const uint8_t *packed,
    const float *scales, const float *bias, size_t groups, size_t outputs, size_t columns, float *y, size_t rows,
    size_t panels) {
    __m512i sums[6][4];
    for (size_t r = 0; r < rows; r++)
        for (size_t p = 0; p < panels; p++) sums[r][p] = _mm512_setzero_si512();
    const size_t panel_bytes = PANEL * GROUP * groups;
    for (size_t g = 0; g < groups; g++) {
        __m512i w[4];
#pragma clang loop unroll(full)
        for (size_t p = 0; p < panels; p++) w[p] = _mm512_loadu_si512(packed + p * panel_bytes + g * PANEL * GROUP);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            int32_t four;
            memcpy(&four, codes + r * stride + g * GROUP, sizeof four);
            const __m512i x = _mm512_set1_epi32(four);
#pragma clang loop unroll(full)
            for (size_t p = 0; p < panels; p++) sums[r][p] = _mm512_dpbusd_epi32(sums[r][p], w[p], x);
        }
    }
    for (size_t r = 0; r < rows; r++) {
        const __m512i correction = _mm512_set1_epi32(128 * row_sums[r]);
        const __m512 factor = _mm512_set1_ps(row_scales[r]);
        for (size_t p = 0; p < panels; p++) {
            const size_t left = columns - p * PANEL;
            const __mmask16 mask = left >= PANEL ? 0xffff : (__mmask16)((1u << left) - 1);
            const __m512 value = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums[r][p], correction));
            const __m512 scale = _mm512_mul_ps(factor, _mm512_maskz_loadu_ps(mask, scales + p * PANEL));
            const __m512 sum = _mm512_fmadd_ps(value, scale, _mm512_maskz_loadu_ps(mask, bias + p * PANEL));
            _mm512_mask_storeu_ps(y + r * outputs + p * PANEL, mask, sum);
        }
    }
}

/// All rows with `panels` panels.
static inline __attribute__((always_inline)) void band(
    const int8_t *codes, size_t stride, const float *row_scales, const int32_t *row_sums, size_t rows,
    const uint8_t *packed, const float *scales, const float *bias, size_t groups, size_t outputs, size_t columns,
    float *y, size_t panels) {
    size_t r = 0;
#define TILE(n) \
    tile(codes + r * stride, stride, row_scales + r, row_sums + r, packed, scales, bias, groups, outputs, columns, \
         y + r * outputs, n, panels)
    for (; r + 6 <= rows; r += 6) TILE(6);
    switch (rows - r) {
    case 5: TILE(5); break;
    case 4: TILE(4); break;
    case 3: TILE(3); break;
    case 2: TILE(2); break;
    case 1: TILE(1); break;
    }
#undef TILE
}

static void linear(
    const int8_t *codes, size_t stride, const float *row_scales, const int32_t *row_sums, size_t rows,
    const uint8_t *packed, const float *scales, const float *bias, size_t outputs, size_t inputs, float *y) {
    const size_t groups = (inputs + GROUP - 1) / GROUP;
    size_t first = 0;
    for (; first + 4 * PANEL <= outputs; first += 4 * PANEL)
        band(codes, stride, row_scales, row_sums, rows, packed + first * GROUP * groups, scales + first, bias + first,
             groups, outputs, 4 * PANEL, y + first, 4);
    for (; first < outputs; first += PANEL)
        band(codes, stride, row_scales, row_sums, rows, packed + first * GROUP * groups, scales + first, bias + first,
             groups, outputs, outputs - first < PANEL ? outputs - first : PANEL, y + first, 1);
}
#pragma clang attribute pop

const deja_transformer_kernels deja_transformer_avx512vnni = {quantize_rows, linear, gelu, add_norm, attention};
#endif
