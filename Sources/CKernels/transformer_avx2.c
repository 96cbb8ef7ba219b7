// AVX2: bytes widened to 16 bits, vpmaddwd. (vpmaddubsw would saturate: 255 * 127 * 2 is more than 16 bits hold.)
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "transformer_loops.h"

/// Sums of four outputs from two partial sums each: lanes 0 and 1 are output 0, and so on.
static inline __m128i fold(__m256i sums) {
    const __m256i pairs = _mm256_hadd_epi32(sums, sums);
    return _mm_unpacklo_epi64(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
}

/// The panel of outputs from `first` on, for `count` rows (1 or 2, a constant where this is inlined).
static inline __attribute__((always_inline)) void panel_of(
    const int8_t *codes, size_t stride, const deja_row_code *row_codes, size_t count, const deja_i8_layer *layer,
    size_t first, size_t groups, float *y) {
    const uint8_t *panel = layer->packed + first * GROUP * groups;
    const size_t here = layer->outputs - first < PANEL ? layer->outputs - first : PANEL;
    __m256i sums[2][4];
    for (size_t r = 0; r < count; r++)
        for (size_t k = 0; k < 4; k++) sums[r][k] = _mm256_setzero_si256();
    for (size_t g = 0; g < groups; g++) {
        __m256i x[2];
        for (size_t r = 0; r < count; r++) {
            int32_t four;
            memcpy(&four, codes + r * stride + g * GROUP, sizeof four);
            x[r] = _mm256_cvtepi8_epi16(_mm_set1_epi32(four));
        }
#pragma clang loop unroll(full)
        for (size_t k = 0; k < 4; k++) {
            const __m256i w = _mm256_cvtepu8_epi16(
                _mm_loadu_si128((const __m128i *)(panel + g * PANEL * GROUP + 16 * k)));
            for (size_t r = 0; r < count; r++)
                sums[r][k] = _mm256_add_epi32(sums[r][k], _mm256_madd_epi16(w, x[r]));
        }
    }
    for (size_t r = 0; r < count; r++) {
        int32_t lanes[PANEL];
        for (size_t k = 0; k < 4; k++) _mm_storeu_si128((__m128i *)(lanes + 4 * k), fold(sums[r][k]));
        for (size_t o = 0; o < here; o++)
            y[r * layer->outputs + first + o] = value_of(lanes[o], row_codes + r, layer, first + o);
    }
}

static void linear(
    const int8_t *codes, size_t stride, const deja_row_code *row_codes, size_t rows, const deja_i8_layer *layer,
    float *y) {
    const size_t groups = (layer->inputs + GROUP - 1) / GROUP;
    for (size_t first = 0; first < layer->outputs; first += PANEL) {
        size_t r = 0;
        for (; r + 2 <= rows; r += 2)
            panel_of(codes + r * stride, stride, row_codes + r, 2, layer, first, groups, y + r * layer->outputs);
        if (r < rows)
            panel_of(codes + r * stride, stride, row_codes + r, 1, layer, first, groups, y + r * layer->outputs);
    }
}
#pragma clang attribute pop

const deja_transformer_kernels deja_transformer_avx2 = {quantize_rows, linear, gelu, add_norm, attention};
#endif
