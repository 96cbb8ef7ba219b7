// AVX2: bytes widened to 16 bits, vpmaddwd. (vpmaddubsw would saturate: 255 * 127 * 2 is more than 16 bits hold.)
//
// Widening by a shuffle would keep one port busy. So a register of weights, 4 bytes for each of 8 outputs, is split by a
// mask and a shift into the words of inputs 0 and 2 and those of inputs 1 and 3, the codes of four rows are spread the
// same way once for all outputs, and each lane is an output: nothing is summed across lanes. Four rows by a panel keep
// eight sums in registers.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "transformer_loops.h"

/// Rows of a tile, and groups of inputs whose codes are spread at a time (16 KiB of stack).
#define TILE 4
#define CHUNK 512

/// The codes of a tile's rows as words: inputs 0 and 2 of each group, and inputs 1 and 3.
typedef struct {
    int32_t even[TILE][CHUNK];
    int32_t odd[TILE][CHUNK];
} spread_codes;

/// Spreads `groups` groups (rounded up to 8: rows are padded to 64 codes) of each of `rows` rows.
static void spread(const int8_t *codes, size_t stride, size_t rows, size_t groups, spread_codes *out) {
    for (size_t r = 0; r < rows; r++)
        for (size_t g = 0; g < groups; g += 8) {
            const __m256i x = _mm256_loadu_si256((const __m256i *)(codes + r * stride + g * GROUP));
            _mm256_storeu_si256((__m256i *)(out->even[r] + g), _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8));
            _mm256_storeu_si256((__m256i *)(out->odd[r] + g), _mm256_srai_epi16(x, 8));
        }
}

/// Adds to the sums of a panel's outputs (rows×PANEL). `rows` is a constant where this is inlined.
static inline __attribute__((always_inline)) void add_products(
    const spread_codes *codes, size_t rows, const uint8_t *panel, size_t groups, int32_t lanes[TILE][PANEL]) {
    const __m256i low = _mm256_set1_epi16(0xff);
    __m256i sums[TILE][2];
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < 2; k++) sums[r][k] = _mm256_loadu_si256((const __m256i *)(lanes[r] + 8 * k));
    for (size_t g = 0; g < groups; g++) {
        __m256i even[2], odd[2];
#pragma clang loop unroll(full)
        for (size_t k = 0; k < 2; k++) {
            const __m256i w = _mm256_loadu_si256((const __m256i *)(panel + g * PANEL * GROUP + 32 * k));
            even[k] = _mm256_and_si256(w, low);
            odd[k] = _mm256_srli_epi16(w, 8);
        }
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const __m256i x = _mm256_set1_epi32(codes->even[r][g]), z = _mm256_set1_epi32(codes->odd[r][g]);
#pragma clang loop unroll(full)
            for (size_t k = 0; k < 2; k++) {
                sums[r][k] = _mm256_add_epi32(sums[r][k], _mm256_madd_epi16(even[k], x));
                sums[r][k] = _mm256_add_epi32(sums[r][k], _mm256_madd_epi16(odd[k], z));
            }
        }
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < 2; k++) _mm256_storeu_si256((__m256i *)(lanes[r] + 8 * k), sums[r][k]);
}

/// All outputs of `rows` rows, at most TILE. Until the last chunk y holds 32-bit sums.
static void tile(
    const int8_t *codes, size_t stride, const deja_row_code *row_codes, size_t rows, const deja_i8_layer *layer,
    float *y) {
    const size_t groups = (layer->inputs + GROUP - 1) / GROUP;
    spread_codes spread_out;
    for (size_t start = 0; start < groups; start += CHUNK) {
        const size_t count = groups - start < CHUNK ? groups - start : CHUNK;
        spread(codes + start * GROUP, stride, rows, count, &spread_out);
        for (size_t first = 0; first < layer->outputs; first += PANEL) {
            const size_t here = layer->outputs - first < PANEL ? layer->outputs - first : PANEL;
            const uint8_t *panel = layer->packed + first * GROUP * groups + start * PANEL * GROUP;
            int32_t lanes[TILE][PANEL] = {{0}};
            if (start > 0)
                for (size_t r = 0; r < rows; r++)
                    memcpy(lanes[r], y + r * layer->outputs + first, here * sizeof(int32_t));
            switch (rows) {
            case 4: add_products(&spread_out, 4, panel, count, lanes); break;
            case 3: add_products(&spread_out, 3, panel, count, lanes); break;
            case 2: add_products(&spread_out, 2, panel, count, lanes); break;
            default: add_products(&spread_out, 1, panel, count, lanes); break;
            }
            for (size_t r = 0; r < rows; r++) {
                float *row = y + r * layer->outputs + first;
                if (start + count < groups) {
                    memcpy(row, lanes[r], here * sizeof(int32_t));
                } else {
                    for (size_t o = 0; o < here; o++) row[o] = value_of(lanes[r][o], row_codes + r, layer, first + o);
                }
            }
        }
    }
}

static void linear(
    const int8_t *codes, size_t stride, const deja_row_code *row_codes, size_t rows, const deja_i8_layer *layer,
    float *y) {
    for (size_t r = 0; r < rows; r += TILE)
        tile(codes + r * stride, stride, row_codes + r, rows - r < TILE ? rows - r : TILE, layer, y + r * layer->outputs);
}
#pragma clang attribute pop

const deja_transformer_kernels deja_transformer_avx2 = {quantize_rows, linear, gelu, add_norm, attention};
#endif
