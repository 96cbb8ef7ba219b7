#include "deja_rows.h"

#include "deja_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

// The accumulators of 64 components (32 bytes of a row) stay in registers while all rows pass by; the biases are
// taken off once at the end: sum w·(q - 8) = sum w·q - 8·sum w.

__attribute__((target("avx512f,avx512bw,avx512vl"))) static void accumulate512(
    const uint8_t *rows, const uint32_t *indices, const float *weights, size_t count, size_t width, float bias,
    float *out) {
    const size_t half = width / 2;
    const __m128i low = _mm_set1_epi8(15);
    for (size_t start = 0; start < half; start += 32) {
        __m512 a = _mm512_setzero_ps(), b = a, c = a, d = a;
        for (size_t i = 0; i < count; i++) {
            const uint8_t *row = rows + (size_t)indices[i] * half + start;
            const __m512 weight = _mm512_set1_ps(weights[i]);
            const __m128i first = _mm_loadu_si128((const __m128i *)row);
            const __m128i second = _mm_loadu_si128((const __m128i *)(row + 16));
            a = _mm512_fmadd_ps(weight, _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_and_si128(first, low))), a);
            b = _mm512_fmadd_ps(weight, _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_and_si128(second, low))), b);
            c = _mm512_fmadd_ps(
                weight, _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_and_si128(_mm_srli_epi16(first, 4), low))), c);
            d = _mm512_fmadd_ps(
                weight, _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_and_si128(_mm_srli_epi16(second, 4), low))), d);
        }
        const __m512 off = _mm512_set1_ps(bias);
        float *lower = out + start, *upper = out + half + start;
        _mm512_storeu_ps(lower, _mm512_add_ps(_mm512_loadu_ps(lower), _mm512_sub_ps(a, off)));
        _mm512_storeu_ps(lower + 16, _mm512_add_ps(_mm512_loadu_ps(lower + 16), _mm512_sub_ps(b, off)));
        _mm512_storeu_ps(upper, _mm512_add_ps(_mm512_loadu_ps(upper), _mm512_sub_ps(c, off)));
        _mm512_storeu_ps(upper + 16, _mm512_add_ps(_mm512_loadu_ps(upper + 16), _mm512_sub_ps(d, off)));
    }
}

__attribute__((target("avx2,fma"))) static void accumulate256(
    const uint8_t *rows, const uint32_t *indices, const float *weights, size_t count, size_t width, float bias,
    float *out) {
    const size_t half = width / 2;
    const __m128i low = _mm_set1_epi8(15);
    for (size_t start = 0; start < half; start += 16) {
        __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
        for (size_t i = 0; i < count; i++) {
            const __m128i bytes = _mm_loadu_si128((const __m128i *)(rows + (size_t)indices[i] * half + start));
            const __m256 weight = _mm256_set1_ps(weights[i]);
            const __m128i lower = _mm_and_si128(bytes, low), upper = _mm_and_si128(_mm_srli_epi16(bytes, 4), low);
            a = _mm256_fmadd_ps(weight, _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(lower)), a);
            b = _mm256_fmadd_ps(weight, _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_srli_si128(lower, 8))), b);
            c = _mm256_fmadd_ps(weight, _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(upper)), c);
            d = _mm256_fmadd_ps(weight, _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_srli_si128(upper, 8))), d);
        }
        const __m256 off = _mm256_set1_ps(bias);
        float *lower = out + start, *upper = out + half + start;
        _mm256_storeu_ps(lower, _mm256_add_ps(_mm256_loadu_ps(lower), _mm256_sub_ps(a, off)));
        _mm256_storeu_ps(lower + 8, _mm256_add_ps(_mm256_loadu_ps(lower + 8), _mm256_sub_ps(b, off)));
        _mm256_storeu_ps(upper, _mm256_add_ps(_mm256_loadu_ps(upper), _mm256_sub_ps(c, off)));
        _mm256_storeu_ps(upper + 8, _mm256_add_ps(_mm256_loadu_ps(upper + 8), _mm256_sub_ps(d, off)));
    }
}

__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))) static float quantize512(
    const float *vector, size_t n, int8_t *out) {
    __m512 largest = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += 16) largest = _mm512_max_ps(largest, _mm512_abs_ps(_mm512_loadu_ps(vector + i)));
    const float scale = _mm512_reduce_max_ps(largest) / 127.0f;
    if (!(scale > 0)) return 0;
    const __m512 factor = _mm512_set1_ps(1.0f / scale);
    for (size_t i = 0; i < n; i += 16)
        _mm_storeu_si128(
            (__m128i *)(out + i),
            _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(vector + i), factor))));
    return scale;
}
#endif

float deja_quantize_vector(int isa, const float *vector, size_t n, int8_t *out, size_t stride) {
#if defined(__x86_64__)
    if (isa == DEJA_ISA_AVX512VNNI && n == stride && n % 16 == 0) return quantize512(vector, n, out);
#endif
    (void)isa;
    float residual;
    return deja_quantize_query(vector, n, out, stride, &residual);
}

static void accumulate_portable(
    const uint8_t *rows, const uint32_t *indices, const float *weights, size_t count, size_t width, float *out) {
    const size_t half = width / 2;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = rows + (size_t)indices[i] * half;
        const float weight = weights[i];
        for (size_t j = 0; j < half; j++) {
            out[j] += weight * (float)((int)(row[j] & 15) - 8);
            out[j + half] += weight * (float)((int)(row[j] >> 4) - 8);
        }
    }
}

void deja_rows4_accumulate(
    int isa, const uint8_t *rows, const uint32_t *indices, const float *weights, size_t count, size_t width, float *out) {
#if defined(__x86_64__)
    float bias = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = rows + (size_t)indices[i] * (width / 2);
        for (size_t j = 0; j < width / 2; j += 64) __builtin_prefetch(row + j);
        bias += weights[i];
    }
    bias *= 8;
    if (isa == DEJA_ISA_AVX512VNNI) {
        accumulate512(rows, indices, weights, count, width, bias, out);
        return;
    }
    if (isa == DEJA_ISA_AVX2) {
        accumulate256(rows, indices, weights, count, width, bias, out);
        return;
    }
#endif
    (void)isa;
    accumulate_portable(rows, indices, weights, count, width, out);
}
