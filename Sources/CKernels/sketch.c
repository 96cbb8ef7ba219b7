// From the leading components to a sketch, and a query's tables.
#include <math.h>
#include <string.h>

#include "kernels.h"

static const size_t pairs = DEJA_SKETCH_COMPONENTS / 8;
/// Where the factors and the classes of a block begin.
static const size_t factors_at = 512, classes_at = 576;
/// Where the second class begins, and how wide classes are: a row whose leading components are 0.98 to 0.17 of it.
static const float first_angle = 0.2f, class_width = 0.075f;

int deja_sketch_class(float angle) {
    const float place = (angle - first_angle) / class_width;
    if (!(place > 0)) return 0;
    return place < DEJA_SKETCH_CLASSES - 2 ? 1 + (int)place : DEJA_SKETCH_CLASSES - 1;
}

void deja_sketch_class_angles(int angle_class, float *least, float *largest) {
    *least = angle_class == 0 ? 0 : first_angle + class_width * (float)(angle_class - 1);
    *largest =
        angle_class == DEJA_SKETCH_CLASSES - 1 ? (float)M_PI_2 : first_angle + class_width * (float)angle_class;
}

void deja_sketch_encode(const float *components, float squares, uint8_t *block, size_t row) {
    const float factor = deja_bit_encode(components, pairs, block, row);
    // Rounded up: a row may be looked at in vain, never passed over for it. 253 times 120 is within the reach of a margin
    // of 127.
    const float scaled = ceilf(factor * DEJA_SKETCH_FACTORS);
    block[factors_at + row] = (uint8_t)(scaled < 253.0f ? scaled : 253.0f);
    block[classes_at + row] = (uint8_t)deja_sketch_class(acosf(sqrtf(squares < 1 ? squares : 1)));
}

void deja_sketch_copy(const uint8_t *source, size_t from, uint8_t *target, size_t to) {
    deja_bit_copy(source, from, target, to, pairs);
    target[factors_at + to] = source[factors_at + from];
    target[classes_at + to] = source[classes_at + from];
}

void deja_sketch_prepare(const float *components, deja_sketch_query *query) {
    float widest = 0, sums[2] = {0};
    for (size_t group = 0; group < 4 * pairs; group++) {
        float reach = 0;
        for (size_t k = 0; k < 4; k++) reach += fabsf(components[group * 4 + k]);
        widest = reach > widest ? reach : widest;
        sums[group / (2 * pairs)] += reach;
    }
    // Entries of four bits: the sum of sixteen fits a byte, and is within a tenth of the estimate's own error.
    const float step = widest * 2 / 15, inverse = widest > 1e-30f ? 1 / step : 0;
    query->step = step;
    for (size_t half = 0; half < 2; half++) {
        const float *part = components + half * DEJA_SKETCH_COMPONENTS;
        deja_bit_entries(part, 2 * pairs, inverse, 15.0f, query->tables[half]);
        query->centers[half] = (uint8_t)(sums[half] * inverse + 0.5f);
    }
}
