// What each instruction set's file provides.
#pragma once
#include "deja_kernels.h"

typedef struct {
    void (*i8_dots)(const uint8_t *rows, size_t stride, size_t count, const int8_t *query, int32_t *dots);
    float (*f32_dot)(const float *query, const uint8_t *row, size_t stride);
    size_t (*i8_select)(
        const int32_t *dots, const float *scales, size_t count, float query_scale, float cut, uint32_t base,
        uint32_t *rows, float *estimates);
    size_t (*bit_scan)(
        const uint8_t *blocks, size_t pairs, size_t count, const uint8_t *tables, float scale, float bias,
        const float *factors, float cut, uint32_t base, uint32_t *rows, float *estimates);
} deja_kernels;

extern const deja_kernels deja_kernels_portable;
#if defined(__x86_64__)
extern const deja_kernels deja_kernels_avx2;
extern const deja_kernels deja_kernels_avx512vnni;
#endif
#if defined(__aarch64__)
extern const deja_kernels deja_kernels_neon;
#endif
