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

/// Rounds each row of x (rows×n) to signed bytes, its largest magnitude to 127: row r is codes[r*stride…] * scales[r],
/// padded with zeros to `stride` (a multiple of 64, at least n). sums[r] is the sum of the row's codes. A row with a
/// number that is not finite becomes zeros.
void deja_quantize_rows(
    int isa, const float *x, size_t rows, size_t n, int8_t *codes, size_t stride, float *scales, int32_t *sums);

/// y = x·Wᵀ + bias (rows×outputs) for rows of `deja_quantize_rows` and weights of `deja_pack_weights`, exact in 32-bit
/// integers up to the last step: y[r][o] = (Σ codes[r][i]·w[o][i]) · row_scales[r] · scales[o] + bias[o].
/// inputs: at most 65,536, so that no sum overflows.
void deja_i8_linear(
    int isa, const int8_t *codes, size_t stride, const float *row_scales, const int32_t *row_sums, size_t rows,
    const uint8_t *packed, const float *scales, const float *bias, size_t outputs, size_t inputs, float *y);

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
