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

/// `deja_i8_dots` for the rows numbered numbers[0], …, numbers[count - 1], fetched ahead of their use.
void deja_i8_dots_at(
    int isa, const uint8_t *rows, size_t stride, const uint32_t *numbers, size_t count, const int8_t *query,
    int32_t *dots);

/// The dot product of a float query and one row: sum over i of query[i] * (row[i] - 128).
float deja_f32_dot(int isa, const float *query, const uint8_t *row, size_t stride);

/// `deja_f32_dot` for the rows numbered numbers[0], …, numbers[count - 1], fetched ahead of their use:
/// out[k] = scales[numbers[k]] * (dot product with that row).
void deja_f32_dots_at(
    int isa, const float *query, const uint8_t *rows, size_t stride, const float *scales, const uint32_t *numbers,
    size_t count, float *out);

/// Finds the rows whose estimate dots[r] * scales[r] * query_scale is at least `cut`: writes their numbers (base + r)
/// and estimates in rising order of r, and returns how many.
///
/// `rows` and `estimates` must have room for `count` + 16 elements.
size_t deja_i8_select(
    int isa, const int32_t *dots, const float *scales, size_t count, float query_scale, float cut, uint32_t base,
    uint32_t *rows, float *estimates);

/// out[r] = dots[r] * scales[r] * query_scale.
void deja_i8_scale(const int32_t *dots, const float *scales, size_t count, float query_scale, float *out);

/// Quantises `vector` (d floats) to a biased row: the largest component becomes ±127, the padding 128. Returns the scale
/// that makes the row a unit vector (0 for a vector of zeros, whose row is zero too).
float deja_quantize_row(const float *vector, size_t dimension, uint8_t *row, size_t stride);

/// The floats that a row of `deja_quantize_row` stands for: out[i] = (row[i] - 128) * scale for the first n components.
void deja_dequantize_row(const uint8_t *row, float scale, float *out, size_t n);

/// Quantises `query` (d floats) to signed bytes, the largest component to ±127, the padding to 0. Returns the scale, and
/// in `residual` the Euclidean norm of what rounding took away.
float deja_quantize_query(const float *query, size_t dimension, int8_t *out, size_t stride, float *residual);

// One bit a component
//
// After a random rotation of the space, a vector's signs tell most of its direction. With s the signs of the rotated
// unit vector o and q the rotated query, <q, s> / <o, s> estimates <q, o> without bias; its error is that of RaBitQ
// (J. Gao, C. Long, SIGMOD 2024), which rotates by a dense matrix where here signs and Hadamard transforms do.
//
// Codes lie in blocks of 64 rows, `pairs` times 64 bytes each, for `pairs` times 8 components. Byte 16l + j of a pair's
// 64 holds the signs of components 4(l & 1) to 4(l & 1) + 3 of two rows: of row 16(l >> 1) + j in the low four bits, of
// the row 32 further in the high four. So a register of codes meets its two 16-entry tables lane by lane.

/// The largest number of pairs (8 components each): sums of table entries fit 16 bits.
#define DEJA_BIT_MAX_PAIRS 512

/// Rotates `vector` (n floats) in place, orthogonally. `signs` holds ceil(n / 64) words for each of the
/// `deja_rotation_rounds(n)` rounds; each flips the signs of the components whose bit is set, then transforms the leading
/// or (every other round) the trailing power of two of them (Hadamard).
void deja_rotate(float *vector, size_t n, const uint64_t *signs);

/// Two rounds for a power of two, else four.
size_t deja_rotation_rounds(size_t n);

/// Writes the signs of a rotated vector (8 * pairs floats) as row `row` (0 to 63) of a block, and returns the factor that
/// turns <q, s> into a similarity: |o|^2 / <o, s>, or 0 for a vector of zeros.
float deja_bit_encode(const float *rotated, size_t pairs, uint8_t *block, size_t row);

/// Copies row `from` of one block to row `to` of another or the same.
void deja_bit_copy(const uint8_t *source, size_t from, uint8_t *target, size_t to, size_t pairs);

/// Makes the tables of a rotated query (8 * pairs floats): 32 bytes for each pair, entries of 5 bits, so that <q, s> is
/// about scale * (sum of entries) + bias.
void deja_bit_tables(const float *rotated, size_t pairs, uint8_t *tables, float *scale, float *bias);

/// Finds the rows whose estimate (scale * (sum of entries) + bias) * factors[r] is at least `cut` among the first `count`
/// of consecutive blocks; writes them as `deja_i8_select` does.
size_t deja_bit_scan(
    int isa, const uint8_t *blocks, size_t pairs, size_t count, const uint8_t *tables, float scale, float bias,
    const float *factors, float cut, uint32_t base, uint32_t *rows, float *estimates);

/// Asks the processor to fetch `bytes` from memory, all at once.
static inline void deja_prefetch(const void *start, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)start + i);
}

/// Maps `bytes` of zeroed, page-aligned memory; NULL when there is none.
void *deja_pages_map(size_t bytes);

/// Grows or shrinks a mapping, moving it in the address space but copying nothing where the system can; NULL, and the old
/// mapping stays, when there is no memory.
void *deja_pages_resize(void *pages, size_t old_bytes, size_t new_bytes);

/// Reads whole cache lines of a mapping as fast as the machine does, for measurements; returns something that depends on
/// all of them.
uint64_t deja_pages_read(const void *pages, size_t bytes);

/// Gives a mapping back.
void deja_pages_unmap(void *pages, size_t bytes);

#ifdef __cplusplus
}
#endif
