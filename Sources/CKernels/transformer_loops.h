// The loops between a transformer's products, in plain C. Each instruction set's file includes this once, under its own
// target attribute, and the compiler vectorises them for it.
#include <math.h>
#include <string.h>

#include "transformer.h"

/// Tokens that are read in one step of the attention, and columns.
#define ROWS 4
#define COLUMNS 16

static size_t padded(size_t tokens) { return (tokens + COLUMNS - 1) / COLUMNS * COLUMNS; }

/// e^x within 2 units in the last place for x <= 88; about 1e-38 below -87. (Cephes' expf.)
static inline float exp_of(float x) {
    x = x > -87.0f ? x : -87.0f;
    x = x < 88.0f ? x : 88.0f;
    const float shift = 12582912.0f;  // 1.5·2^23: adding it rounds to whole numbers.
    const float n = (x * 1.44269504f + shift) - shift;
    const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    const int32_t bits = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

static void gelu(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const float z = fabsf(x[i]) * 0.70710678f;
        const float t = 1.0f / (1.0f + 0.3275911f * z);
        float p = 1.061405429f;
        p = p * t - 1.453152027f;
        p = p * t + 1.421413741f;
        p = p * t - 0.284496736f;
        p = p * t + 0.254829592f;
        const float tail = 0.5f * p * t * exp_of(-z * z);  // 1 - Φ(|x|)
        x[i] *= x[i] < 0 ? tail : 1.0f - tail;
    }
}

static void add_norm(
    float *x, const float *residual, size_t rows, size_t n, const float *gamma, const float *beta, float epsilon) {
    for (size_t r = 0; r < rows; r++, x += n) {
        float sum = 0, squares = 0;
        {
#pragma clang fp reassociate(on)
            if (residual)
                for (size_t i = 0; i < n; i++) x[i] += residual[r * n + i];
            for (size_t i = 0; i < n; i++) sum += x[i];
        }
        const float mean = sum / (float)n;
        {
#pragma clang fp reassociate(on)
            for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
        }
        const float factor = 1.0f / sqrtf(squares / (float)n + epsilon);
        for (size_t i = 0; i < n; i++) x[i] = (x[i] - mean) * factor * gamma[i] + beta[i];
    }
}

static void quantize_rows(
    const float *x, size_t rows, size_t n, int8_t *codes, size_t stride, deja_row_code *row_codes) {
    for (size_t r = 0; r < rows; r++, x += n, codes += stride) {
        float low = x[0], high = x[0];
        for (size_t i = 1; i < n; i++) {
            low = x[i] < low ? x[i] : low;
            high = x[i] > high ? x[i] : high;
        }
        // A comparison passes over what is no number; a product with zero keeps it.
        float unsound = 0;
        {
#pragma clang fp reassociate(on)
            for (size_t i = 0; i < n; i++) unsound += x[i] * 0.0f;
        }
        const int sound = unsound == 0 && high - low < 1e30f;
        const float middle = sound ? 0.5f * (low + high) : 0, scale = sound ? (high - low) / 254.0f : 0;
        const float factor = scale > 1e-30f ? 1.0f / scale : 0;
        int32_t sum = 0;
        for (size_t i = 0; i < n; i++) {
            const float shift = 12582912.0f;  // 1.5·2^23: adding it rounds to whole numbers.
            float code = sound ? (x[i] - middle) * factor : 0;
            code = code > -127.0f ? code : -127.0f;
            code = code < 127.0f ? code : 127.0f;
            const int32_t whole = (int32_t)((code + shift) - shift);
            codes[i] = (int8_t)whole;
            sum += whole;
        }
        memset(codes + n, 0, stride - n);
        row_codes[r] = (deja_row_code){factor > 0 ? scale : 0, middle, sum};
    }
}

/// What a sum of biased weights and codes stands for, of output `o`.
static inline float value_of(int32_t sum, const deja_row_code *row, const deja_i8_layer *layer, size_t o) {
    return (float)(sum - 128 * row->sum) * (row->scale * layer->scales[o]) + (row->middle * layer->sums[o] + layer->bias[o]);
}

/// scores[i][j] for `ROWS` queries and all keys, from keys that lie transposed (head_width×padded tokens).
static void scores_of(
    const float *const queries[ROWS], const float *keys, size_t width, size_t head_width, float *scores) {
    for (size_t j = 0; j < width; j += COLUMNS) {
        float sums[ROWS][COLUMNS] = {{0}};
        for (size_t d = 0; d < head_width; d++) {
            const float *column = keys + d * width + j;
            for (size_t i = 0; i < ROWS; i++)
                for (size_t k = 0; k < COLUMNS; k++) sums[i][k] += queries[i][d] * column[k];
        }
        for (size_t i = 0; i < ROWS; i++) memcpy(scores + i * width + j, sums[i], sizeof sums[i]);
    }
}

/// Makes the first n of `scores` shares of one: softmax.
static void softmax(float *scores, size_t n) {
    float largest = scores[0], sum = 0;
    for (size_t j = 1; j < n; j++) largest = scores[j] > largest ? scores[j] : largest;
    for (size_t j = 0; j < n; j++) scores[j] = exp_of(scores[j] - largest);
    {
#pragma clang fp reassociate(on)
        for (size_t j = 0; j < n; j++) sum += scores[j];
    }
    const float factor = 1.0f / sum;
    for (size_t j = 0; j < n; j++) scores[j] *= factor;
}

static void attention(
    const float *qkv, size_t tokens, size_t heads, size_t head_width, float *scratch, float *out) {
    const size_t w = heads * head_width, width = padded(tokens);
    float *keys = scratch, *scores = scratch + head_width * width;
    const float factor = 1.0f / sqrtf((float)head_width);
    for (size_t h = 0; h < heads; h++) {
        memset(keys, 0, head_width * width * sizeof *keys);
        for (size_t j = 0; j < tokens; j++) {
            const float *key = qkv + j * 3 * w + w + h * head_width;
            for (size_t d = 0; d < head_width; d++) keys[d * width + j] = key[d] * factor;
        }
        const float *values = qkv + 2 * w + h * head_width;
        for (size_t first = 0; first < tokens; first += ROWS) {
            const float *queries[ROWS];
            for (size_t i = 0; i < ROWS; i++)  // Past the end the last row stands in, and is not stored.
                queries[i] = qkv + (first + i < tokens ? first + i : tokens - 1) * 3 * w + h * head_width;
            scores_of(queries, keys, width, head_width, scores);
            for (size_t i = 0; i < ROWS; i++) softmax(scores + i * width, tokens);
            for (size_t d = 0; d < head_width; d += COLUMNS) {
                float sums[ROWS][COLUMNS] = {{0}};
                for (size_t j = 0; j < tokens; j++) {
                    const float *value = values + j * 3 * w + d;
                    for (size_t i = 0; i < ROWS; i++)
                        for (size_t k = 0; k < COLUMNS; k++) sums[i][k] += scores[i * width + j] * value[k];
                }
                for (size_t i = 0; i < ROWS && first + i < tokens; i++)
                    memcpy(out + (first + i) * w + h * head_width + d, sums[i], sizeof sums[i]);
            }
        }
    }
}
