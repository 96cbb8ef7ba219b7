// AVX-512 with VNNI: vpdpbusd multiplies 64 unsigned weights by 4 signed codes, broadcast, and sums fours.
//
// Six rows by four panels: 24 sums stay in registers while four registers of weights pass by, so a weight is loaded once
// for six products. Rows of up to 1,536 codes stay in the first-level cache.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma"))), apply_to = function)
#include "transformer_loops.h"

/// `rows` rows and `panels` panels of outputs from `first` on; both are constants where this is inlined.
static inline __attribute__((always_inline)) void tile(
    const int8_t *codes, size_t stride, const deja_row_code *row_codes, const deja_i8_layer *layer, size_t first,
    size_t groups, float *y, size_t rows, size_t panels) {
    __m512i sums[6][4];
    for (size_t r = 0; r < rows; r++)
        for (size_t p = 0; p < panels; p++) sums[r][p] = _mm512_setzero_si512();
    const uint8_t *packed = layer->packed + first * GROUP * groups;
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
    for (size_t p = 0; p < panels; p++) {
        const size_t o = first + p * PANEL, left = layer->outputs - o;
        const __mmask16 mask = left >= PANEL ? 0xffff : (__mmask16)((1u << left) - 1);
        const __m512 scales = _mm512_maskz_loadu_ps(mask, layer->scales + o);
        const __m512 weights = _mm512_maskz_loadu_ps(mask, layer->sums + o);
        const __m512 bias = _mm512_maskz_loadu_ps(mask, layer->bias + o);
        for (size_t r = 0; r < rows; r++) {
            const __m512i sum = _mm512_sub_epi32(sums[r][p], _mm512_set1_epi32(128 * row_codes[r].sum));
            const __m512 scale = _mm512_mul_ps(_mm512_set1_ps(row_codes[r].scale), scales);
            const __m512 offset = _mm512_fmadd_ps(_mm512_set1_ps(row_codes[r].middle), weights, bias);
            _mm512_mask_storeu_ps(
                y + r * layer->outputs + o, mask, _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale, offset));
        }
    }
}

/// All rows with `panels` panels.
static inline __attribute__((always_inline)) void band(
    const int8_t *codes, size_t stride, const deja_row_code *row_codes, size_t rows, const deja_i8_layer *layer,
    size_t first, size_t groups, float *y, size_t panels) {
    size_t r = 0;
#define TILE(n) \
    tile(codes + r * stride, stride, row_codes + r, layer, first, groups, y + r * layer->outputs, n, panels)
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
    const int8_t *codes, size_t stride, const deja_row_code *row_codes, size_t rows, const deja_i8_layer *layer,
    float *y) {
    const size_t groups = (layer->inputs + GROUP - 1) / GROUP;
    size_t first = 0;
    for (; first + 4 * PANEL <= layer->outputs; first += 4 * PANEL)
        band(codes, stride, row_codes, rows, layer, first, groups, y, 4);
    for (; first < layer->outputs; first += PANEL) band(codes, stride, row_codes, rows, layer, first, groups, y, 1);
}
#pragma clang attribute pop

const deja_transformer_kernels deja_transformer_avx512vnni = {quantize_rows, linear, gelu, add_norm, attention};
#endif
