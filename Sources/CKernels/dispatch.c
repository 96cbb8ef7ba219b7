#include <stdlib.h>
#include <string.h>

#include "kernels.h"

static const char *const names[DEJA_ISA_COUNT] = {"portable", "neon", "avx2", "avx512vnni"};

const char *deja_isa_name(int isa) { return isa >= 0 && isa < DEJA_ISA_COUNT ? names[isa] : "unknown"; }

int deja_isa_supported(int isa) {
    switch (isa) {
    case DEJA_ISA_PORTABLE:
        return 1;
#if defined(__aarch64__)
    case DEJA_ISA_NEON:
        return 1;
#endif
#if defined(__x86_64__)
    case DEJA_ISA_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case DEJA_ISA_AVX512VNNI:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vnni");
#endif
    default:
        return 0;
    }
}

int deja_isa_active(void) {
    const char *wanted = getenv("DEJA_KERNEL");
    for (int isa = DEJA_ISA_COUNT - 1; wanted && isa >= 0; isa--)
        if (!strcmp(wanted, names[isa]) && deja_isa_supported(isa)) return isa;
    for (int isa = DEJA_ISA_COUNT - 1; isa > 0; isa--)
        if (deja_isa_supported(isa)) return isa;
    return DEJA_ISA_PORTABLE;
}

const char *deja_kernel_isa(void) { return deja_isa_name(deja_isa_active()); }

static const deja_kernels *kernels_of(int isa) {
    switch (isa) {
#if defined(__x86_64__)
    case DEJA_ISA_AVX2:
        return &deja_kernels_avx2;
    case DEJA_ISA_AVX512VNNI:
        return &deja_kernels_avx512vnni;
#endif
#if defined(__aarch64__)
    case DEJA_ISA_NEON:
        return &deja_kernels_neon;
#endif
    default:
        return &deja_kernels_portable;
    }
}

void deja_i8_dots(
    int isa, const uint8_t *rows, size_t stride, size_t count, const int8_t *query, int32_t *dots) {
    kernels_of(isa)->i8_dots(rows, stride, count, query, dots);
}

void deja_i8_dots_at(
    int isa, const uint8_t *rows, size_t stride, const uint32_t *numbers, size_t count, const int8_t *query,
    int32_t *dots) {
    // Sixteen rows at a time: while some are multiplied, the next are on their way.
    const deja_kernels *kernels = kernels_of(isa);
    const size_t step = 16;
    for (size_t k = 0; k < count + step; k += step) {
        for (size_t r = k; r < k + step && r < count; r++) deja_prefetch(rows + numbers[r] * stride, stride);
        if (k == 0) continue;
        const size_t first = k - step, here = count - first < step ? count - first : step;
        kernels->i8_dots_at(rows, stride, numbers + first, here, query, dots + first);
    }
}

float deja_f32_dot(int isa, const float *query, const uint8_t *row, size_t stride) {
    return kernels_of(isa)->f32_dot(query, row, stride);
}

size_t deja_i8_select(
    int isa, const int32_t *dots, const float *scales, size_t count, float query_scale, float cut, uint32_t base,
    uint32_t *rows, float *estimates) {
    return kernels_of(isa)->i8_select(dots, scales, count, query_scale, cut, base, rows, estimates);
}

size_t deja_bit_scan(
    int isa, const uint8_t *blocks, size_t pairs, size_t count, const uint8_t *tables, float scale, float bias,
    const float *factors, float cut, uint32_t base, uint32_t *rows, float *estimates) {
    return kernels_of(isa)->bit_scan(
        blocks, pairs, count, tables, scale, bias, factors, cut, base, rows, estimates);
}

size_t deja_sketch_scan(
    int isa, const uint8_t *blocks, const uint8_t *seconds, size_t count, const deja_sketch_query *query,
    const deja_sketch_demand *demand, uint32_t base, uint32_t *rows, int32_t *products) {
    return kernels_of(isa)->sketch_scan(blocks, seconds, count, query, demand, base, rows, products);
}

void deja_f32_dots_at(
    int isa, const float *query, const uint8_t *rows, size_t stride, const float *scales, const uint32_t *numbers,
    size_t count, float *out) {
    const deja_kernels *kernels = kernels_of(isa);
    const size_t ahead = 6;
    for (size_t k = 0; k < count + ahead; k++) {
        if (k < count) {
            const uint8_t *row = rows + numbers[k] * stride;
            __builtin_prefetch(scales + numbers[k]);
            for (size_t i = 0; i < stride; i += 64) __builtin_prefetch(row + i);
        }
        if (k >= ahead) {
            const size_t number = numbers[k - ahead];
            out[k - ahead] = scales[number] * kernels->f32_dot(query, rows + number * stride, stride);
        }
    }
}
