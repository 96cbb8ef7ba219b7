// Kernels of a transformer's forward pass: products of 8-bit weights with 8-bit activations, and what stands between
// them in single precision. `isa` is a `deja_isa` that this machine supports; those without kernels here take the
// portable ones. Matrices are row-major; nothing needs alignment.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes of `deja_pack_weights`'s output.
size_t deja_packed_bytes(size_t outputs, size_t inputs);

/// Packs 8-bit weights (outputs×inputs) for `deja_i8_linear`: panels of 16 outputs; in a panel, for each 4 inputs, 4
/// bytes of each output, biased by 128. Padding holds 128, which stands for zero.
void deja_pack_weights(const int8_t *weights, size_t outputs, size_t inputs, uint8_t *packed);

/// What the codes of a row stand for: number i is middle + scale * codes[i]. `sum` is the sum of the codes.
typedef struct {
    float scale;
    float middle;
    int32_t sum;
} deja_row_code;

/// Rounds each row of x (rows×n) to signed bytes, its smallest number to -127 and its largest to 127, so that the one-sided
/// numbers after a GELU use the whole range; padded with zeros to `stride` (a multiple of 64, at least n). A row with a
/// number that is not finite becomes zeros.
void deja_quantize_rows(
    int isa, const float *x, size_t rows, size_t n, int8_t *codes, size_t stride, deja_row_code *row_codes);

/// Weights of `deja_pack_weights` with what belongs to them.
typedef struct {
    const uint8_t *packed;
    /// The scale of each output's weights.
    const float *scales;
    /// The sum of each output's weights.
    const float *sums;
    const float *bias;
    size_t outputs;
    /// At most 65,536, so that no sum overflows.
    size_t inputs;
} deja_i8_layer;

/// y = x·Wᵀ + bias (rows×outputs) for rows of `deja_quantize_rows`; with exact 32-bit sums,
/// y[r][o] = (Σ codes[r][i]·w[o][i]) · scale of r · scales[o] + middle of r · sums[o] + bias[o].
void deja_i8_linear(
    int isa, const int8_t *codes, size_t stride, const deja_row_code *row_codes, size_t rows, const deja_i8_layer *layer,
    float *y);

/// x ← x·Φ(x) for n components, Φ by Abramowitz and Stegun 7.1.26: within 2e-6 of the exact GELU.
void deja_gelu(int isa, float *x, size_t n);

/// Each row of x (rows×n) ← (x + residual), normalised to mean 0 and variance 1, times gamma, plus beta.
/// `residual` may be NULL.
void deja_add_norm(
    int isa, float *x, const float *residual, size_t rows, size_t n, const float *gamma, const float *beta,
    float epsilon);

/// Floats of scratch that `deja_attention` needs.
size_t deja_attention_scratch(size_t tokens, size_t head_width);

/// Self-attention of one sequence. qkv: tokens×3w (queries, keys, values; w = heads·head_width); out: tokens×w.
/// head_width: a multiple of 16.
void deja_attention(
    int isa, const float *qkv, size_t tokens, size_t heads, size_t head_width, float *scratch, float *out);

#ifdef __cplusplus
}
#endif
