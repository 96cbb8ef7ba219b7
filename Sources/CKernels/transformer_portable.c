// The transformer's kernels in plain C: the oracle of the others, and what machines without them run.
#include "transformer_loops.h"

static void linear(
    const int8_t *codes, size_t stride, const deja_row_code *row_codes, size_t rows, const deja_i8_layer *layer,
    float *y) {
    const size_t groups = (layer->inputs + GROUP - 1) / GROUP, outputs = layer->outputs;
    for (size_t first = 0; first < outputs; first += PANEL) {
        const uint8_t *panel = layer->packed + first * GROUP * groups;
        const size_t here = outputs - first < PANEL ? outputs - first : PANEL;
        for (size_t r = 0; r < rows; r++) {
            int32_t sums[PANEL] = {0};
            for (size_t g = 0; g < groups; g++) {
                const uint8_t *weights = panel + g * PANEL * GROUP;
                const int8_t *x = codes + r * stride + g * GROUP;
                for (size_t o = 0; o < PANEL; o++)
                    for (size_t i = 0; i < GROUP; i++) sums[o] += weights[o * GROUP + i] * x[i];
            }
            for (size_t o = 0; o < here; o++) y[r * outputs + first + o] = value_of(sums[o], row_codes + r, layer, first + o);
        }
    }
}

const deja_transformer_kernels deja_transformer_portable = {quantize_rows, linear, gelu, add_norm, attention};
