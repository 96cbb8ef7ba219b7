// What each instruction set's file provides to transformer.c.
#pragma once
#include "deja_kernels.h"
#include "deja_transformer.h"

/// Outputs of a panel of packed weights, and inputs of a group in it.
#define PANEL 16
#define GROUP 4

typedef struct {
    void (*quantize_rows)(
        const float *x, size_t rows, size_t n, int8_t *codes, size_t stride, deja_row_code *row_codes);
    void (*linear)(
        const int8_t *codes, size_t stride, const deja_row_code *row_codes, size_t rows, const deja_i8_layer *layer,
        float *y);
    void (*gelu)(float *x, size_t n);
    void (*add_norm)(
        float *x, const float *residual, size_t rows, size_t n, const float *gamma, const float *beta, float epsilon);
    void (*attention)(
        const float *qkv, size_t tokens, size_t heads, size_t head_width, float *scratch, float *out);
} deja_transformer_kernels;

extern const deja_transformer_kernels deja_transformer_portable;
#if defined(__x86_64__)
extern const deja_transformer_kernels deja_transformer_avx2;
extern const deja_transformer_kernels deja_transformer_avx512vnni;
#endif
