// From floats to 8-bit components.
#include <math.h>
#include <string.h>

#include "deja_kernels.h"

/// The largest magnitude; 0 for vectors that stand for zero: no component above 1e-30 (its reciprocal would overflow), or
/// one that is not finite (such a vector must resemble nothing). The bits of floats without their sign sort like them,
/// and those of infinity and not-a-number sort last.
static float largest_magnitude(const float *vector, size_t dimension) {
    uint32_t largest = 0;
    for (size_t i = 0; i < dimension; i++) {
        uint32_t bits;
        memcpy(&bits, &vector[i], sizeof bits);
        bits &= 0x7fffffffu;
        largest = bits > largest ? bits : largest;
    }
    float magnitude;
    memcpy(&magnitude, &largest, sizeof magnitude);
    return magnitude > 1e-30f && magnitude < 1e30f ? magnitude : 0;
}

/// `value` rounded to the nearest integer, halves away from zero, for |value| <= 127.
static inline int32_t nearest(float value) {
    int32_t whole = (int32_t)value;
    float rest = value - (float)whole;
    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

/// `value` clamped to ±127.
static inline float clamp127(float value) {
    value = value > -127.0f ? value : -127.0f;
    return value < 127.0f ? value : 127.0f;
}

float deja_quantize_row(const float *vector, size_t dimension, uint8_t *row, size_t stride) {
    float largest = largest_magnitude(vector, dimension);
    memset(row, 128, stride);
    if (largest == 0) return 0;
    float scale = largest / 127.0f;
    int32_t squares = 0;
    for (size_t i = 0; i < dimension; i++) {
        int32_t code = nearest(clamp127(vector[i] / scale));
        row[i] = (uint8_t)(code + 128);
        squares += code * code;
    }
    return 1.0f / sqrtf((float)squares);
}

float deja_quantize_query(const float *query, size_t dimension, int8_t *out, size_t stride, float *residual) {
    float largest = largest_magnitude(query, dimension);
    memset(out, 0, stride);
    *residual = 0;
    if (largest == 0) return 0;
    float scale = largest / 127.0f;
    for (size_t i = 0; i < dimension; i++) out[i] = (int8_t)nearest(clamp127(query[i] / scale));
    // Sixteen sums side by side: the compiler may not reorder the additions of one.
    float sums[16] = {0};
    size_t i = 0;
    for (; i + 16 <= dimension; i += 16)
        for (size_t k = 0; k < 16; k++) {
            float rest = query[i + k] - (float)out[i + k] * scale;
            sums[k] += rest * rest;
        }
    for (; i < dimension; i++) {
        float rest = query[i] - (float)out[i] * scale;
        sums[0] += rest * rest;
    }
    float squares = 0;
    for (size_t k = 0; k < 16; k++) squares += sums[k];
    *residual = sqrtf(squares);
    return scale;
}

void deja_dequantize_row(const uint8_t *row, float scale, float *out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = (float)((int32_t)row[i] - 128) * scale;
}

void deja_i8_scale(const int32_t *dots, const float *scales, size_t count, float query_scale, float *out) {
    for (size_t r = 0; r < count; r++) out[r] = (float)dots[r] * scales[r] * query_scale;
}
