#include "transformer.h"

#include <string.h>

static const deja_transformer_kernels *kernels_of(int isa) {
    switch (isa) {
#if defined(__x86_64__)
    case DEJA_ISA_AVX2:
        return &deja_transformer_avx2;
    case DEJA_ISA_AVX512VNNI:
        return &deja_transformer_avx512vnni;
#endif
    default:
        return &deja_transformer_portable;
    }
}

size_t deja_packed_bytes(size_t outputs, size_t inputs) {
    return (outputs + PANEL - 1) / PANEL * PANEL * ((inputs + GROUP - 1) / GROUP * GROUP);
}

void deja_pack_weights(const int8_t *weights, size_t outputs, size_t inputs, uint8_t *packed) {
    const size_t groups = (inputs + GROUP - 1) / GROUP;
    memset(packed, 128, deja_packed_bytes(outputs, inputs));
    for (size_t o = 0; o < outputs; o++) {
        uint8_t *panel = packed + o / PANEL * PANEL * GROUP * groups;
        for (size_t i = 0; i < inputs; i++)
            panel[(i / GROUP * PANEL + o % PANEL) * GROUP + i % GROUP] = (uint8_t)(weights[o * inputs + i] + 128);
    }
}

void deja_quantize_rows(
    int isa, const float *x, size_t rows, size_t n, int8_t *codes, size_t stride, deja_row_code *row_codes) {
    kernels_of(isa)->quantize_rows(x, rows, n, codes, stride, row_codes);
}

void deja_i8_linear(
    int isa, const int8_t *codes, size_t stride, const deja_row_code *row_codes, size_t rows, const deja_i8_layer *layer,
    float *y) {
    kernels_of(isa)->linear(codes, stride, row_codes, rows, layer, y);
}

void deja_gelu(int isa, float *x, size_t n) { kernels_of(isa)->gelu(x, n); }

void deja_add_norm(
    int isa, float *x, const float *residual, size_t rows, size_t n, const float *gamma, const float *beta,
    float epsilon) {
    kernels_of(isa)->add_norm(x, residual, rows, n, gamma, beta, epsilon);
}

size_t deja_attention_scratch(size_t tokens, size_t head_width) {
    // Keys, transposed, and the scores of four tokens.
    return (head_width + 4) * ((tokens + 15) / 16 * 16);
}

void deja_attention(
    int isa, const float *qkv, size_t tokens, size_t heads, size_t head_width, float *scratch, float *out) {
    kernels_of(isa)->attention(qkv, tokens, heads, head_width, scratch, out);
}
