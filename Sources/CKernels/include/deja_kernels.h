// SIMD kernels of the vector search, with run-time dispatch.
//
// Rows are 8-bit codes biased by 128: component i of a row is (row[i] - 128) times the row's scale. A row takes
// `stride` bytes, a multiple of 16; padding components hold 128, which stands for zero. Queries are padded to `stride`
// components with zeros. Nothing needs alignment, though rows that start on a cache line are read faster.
//
// Every function takes the instruction set to run on, so that tests can run each one that the machine has.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// An instruction set that the kernels are written for.
typedef enum {
    DEJA_ISA_PORTABLE = 0,
    DEJA_ISA_NEON = 1,
    DEJA_ISA_AVX2 = 2,
    DEJA_ISA_AVX512VNNI = 3,
} deja_isa;

/// How many values `deja_isa` has.
#define DEJA_ISA_COUNT 4

/// The instruction set's name: "avx512vnni", "avx2", "neon" or "portable".
const char *deja_isa_name(int isa);

/// Whether this build has kernels for `isa` and this machine runs them.
int deja_isa_supported(int isa);

/// The instruction set to use: the one that the environment's DEJA_KERNEL names, if it is supported, else the best.
int deja_isa_active(void);

/// The name of `deja_isa_active()`.
const char *deja_kernel_isa(void);

/// Dot products of one query with `count` consecutive rows: dots[r] = sum over i of (rows[r*stride+i] - 128) * query[i].
void deja_i8_dots(
    int isa, const uint8_t *rows, size_t stride, size_t count, const int8_t *query, int32_t *dots);

/// The dot product of a float query and one row: sum over i of query[i] * (row[i] - 128).
float deja_f32_dot(int isa, const float *query, const uint8_t *row, size_t stride);

/// Finds the rows whose estimate dots[r] * scales[r] * query_scale is at least `cut`: writes their numbers (base + r)
/// and estimates in rising order of r, and returns how many.
///
/// `rows` and `estimates` must have room for `count` + 16 elements.
size_t deja_i8_select(
    int isa, const int32_t *dots, const float *scales, size_t count, float query_scale, float cut, uint32_t base,
    uint32_t *rows, float *estimates);

/// Quantises `vector` (d floats) to a biased row: the largest component becomes ±127, the padding 128. Returns the scale
/// that makes the row a unit vector (0 for a vector of zeros, whose row is zero too).
float deja_quantize_row(const float *vector, size_t dimension, uint8_t *row, size_t stride);

/// Quantises `query` (d floats) to signed bytes, the largest component to ±127, the padding to 0. Returns the scale, and
/// in `residual` the Euclidean norm of what rounding took away.
float deja_quantize_query(const float *query, size_t dimension, int8_t *out, size_t stride, float *residual);

/// Maps `bytes` of zeroed, page-aligned memory; NULL when there is none.
void *deja_pages_map(size_t bytes);

/// Grows or shrinks a mapping, moving it in the address space but copying nothing where the system can; NULL, and the old
/// mapping stays, when there is no memory.
void *deja_pages_resize(void *pages, size_t old_bytes, size_t new_bytes);

/// Gives a mapping back.
void deja_pages_unmap(void *pages, size_t bytes);

#ifdef __cplusplus
}
#endif
