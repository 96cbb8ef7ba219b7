// Weighted sums of 4-bit rows: the embedding table of the learned embedder.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// out[0..<width] += sum over i of weights[i] × (row indices[i] of the table).
/// A row holds width components in width/2 bytes: byte j has component j in its low and component j + width/2 in
/// its high half, each biased by 8. The caller folds a row's scale into weights[i]. width is a multiple of 64.
/// isa: a `deja_isa` that this machine supports; those without a kernel here take the portable one.
void deja_rows4_accumulate(
    int isa, const uint8_t *rows, const uint32_t *indices, const float *weights, size_t count, size_t width,
    float *out);

/// Rounds a vector of n floats to signed bytes, the largest component to ±127, padded to stride with zeros. Returns the
/// scale; 0, and out is unspecified, for a vector of zeros.
float deja_quantize_vector(int isa, const float *vector, size_t n, int8_t *out, size_t stride);
