// Sketches: one bit for each of 64 leading components, and what tells how much of a row they are; then the same of the
// next 64.
//
// Of a unit vector o, the 64 components y along the leading directions of its partition (found by the owner, rotated at
// random among themselves) hold most of what tells it from others. With s their signs, <q_y, s> * |y|^2 / <y, s> estimates
// <q_y, y> without bias (RaBitQ: J. Gao, C. Long, SIGMOD 2024). The rest of o has length sin(angle) with cos(angle) = |y|;
// how much that can add to a similarity is the owner's to say, for each class of angles.
//
// A block holds 64 rows in 640 bytes: the signs as a block of `deja_bit_encode` with 8 pairs, then a byte of factor for
// each row, then a byte of class. The first components lie in blocks of their own, which a scan reads all of; those of the
// second are read only for blocks of which some row is left, and only those rows matter that both together leave.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Components of a sketch.
#define DEJA_SKETCH_COMPONENTS 64
/// Bytes of a block of 64 rows.
#define DEJA_SKETCH_BLOCK 640
/// Classes of angles.
#define DEJA_SKETCH_CLASSES 16
/// A threshold's unit, in products of factor and sum.
#define DEJA_SKETCH_STEP 240
/// What a factor byte is worth: `factor / DEJA_SKETCH_FACTORS`.
#define DEJA_SKETCH_FACTORS 720.0f

/// A query as a scan reads it.
typedef struct {
    /// 16 entries of at most 15 for each of 16 groups of four components, for the first and for the second components.
    uint8_t tables[2][256];
    /// The sums of entries that stand for 0, at most 120.
    uint8_t centers[2];
    /// <q_y, s> is about `step` * (sum of entries - center).
    float step;
} deja_sketch_query;

/// What rows must reach, by their classes.
typedef struct {
    /// A row's first product must be at least -DEJA_SKETCH_STEP times this: 127 takes every row, -128 none.
    int8_t first[DEJA_SKETCH_CLASSES];
    /// Both products together must be at least minus this, the class being that of both.
    int32_t both[DEJA_SKETCH_CLASSES];
} deja_sketch_demand;

/// The class of an angle in [0, pi / 2]: 0 below the first bound, then one for each step up to the last.
int deja_sketch_class(float angle);

/// The least and the largest angle of a class.
void deja_sketch_class_angles(int angle_class, float *least, float *largest);

/// Writes 64 components of a vector as row `row` (0 to 63) of a block; `squares` is the squared length, at most 1, of what
/// the row's class is of.
void deja_sketch_encode(const float *components, float squares, uint8_t *block, size_t row);

/// Copies row `from` of one block to row `to` of another or the same.
void deja_sketch_copy(const uint8_t *source, size_t from, uint8_t *target, size_t to);

/// Makes a query of its first and second components (128 floats).
void deja_sketch_prepare(const float *components, deja_sketch_query *query);

/// Finds the rows whose products factor * (sum - center) are as `demand` says, among the first `count` of consecutive
/// blocks of first and of second components. Writes their numbers (base + r) in rising order, and for each 16 * (sum of
/// both products) + class of both; returns how many. Both outputs need room for `count` elements.
size_t deja_sketch_scan(
    int isa, const uint8_t *blocks, const uint8_t *seconds, size_t count, const deja_sketch_query *query,
    const deja_sketch_demand *demand, uint32_t base, uint32_t *rows, int32_t *products);
