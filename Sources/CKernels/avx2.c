// AVX2: bytes widened to 16 bits, vpmaddwd. (vpmaddubsw would saturate: 255 * 127 * 2 is more than 16 bits hold.)
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "kernels.h"

#define TARGET __attribute__((target("avx2,fma")))

/// The sums of four accumulators, each over its eight lanes.
TARGET static inline __m128i sum4(__m256i a, __m256i b, __m256i c, __m256i d) {
    __m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    return _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
}

TARGET static inline __m256i step(__m256i sum, const uint8_t *row, __m256i query) {
    __m256i wide = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)row));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(wide, query));
}

/// `numbers` are those of the rows, or nothing for the first `count`.
TARGET static inline void dots_of(
    const uint8_t *rows, size_t stride, const uint32_t *numbers, size_t count, const int8_t *query, int32_t *dots) {
    int32_t bias = 0;
    for (size_t i = 0; i < stride; i++) bias += query[i];
    const __m128i correction = _mm_set1_epi32(bias * 128);
    for (size_t r = 0; r < count; r += 4) {
        // Past the end the last row stands in, and its sum is not stored.
        const uint8_t *places[4];
        for (size_t k = 0; k < 4; k++) {
            const size_t row = r + k < count ? r + k : count - 1;
            places[k] = rows + (numbers ? numbers[row] : row) * stride;
        }
        const uint8_t *p0 = places[0], *p1 = places[1], *p2 = places[2], *p3 = places[3];
        __m256i s0 = _mm256_setzero_si256(), s1 = s0, s2 = s0, s3 = s0;
        for (size_t i = 0; i < stride; i += 16) {
            __m256i q = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(query + i)));
            s0 = step(s0, p0 + i, q);
            s1 = step(s1, p1 + i, q);
            s2 = step(s2, p2 + i, q);
            s3 = step(s3, p3 + i, q);
        }
        int32_t sums[4];
        _mm_storeu_si128((__m128i *)sums, _mm_sub_epi32(sum4(s0, s1, s2, s3), correction));
        for (size_t k = 0; k < 4 && r + k < count; k++) dots[r + k] = sums[k];
    }
}

TARGET static void i8_dots(
    const uint8_t *rows, size_t stride, size_t count, const int8_t *query, int32_t *dots) {
    dots_of(rows, stride, NULL, count, query, dots);
}

TARGET static void i8_dots_at(
    const uint8_t *rows, size_t stride, const uint32_t *numbers, size_t count, const int8_t *query, int32_t *dots) {
    dots_of(rows, stride, numbers, count, query, dots);
}

TARGET static float f32_dot(const float *query, const uint8_t *row, size_t stride) {
    __m256 s0 = _mm256_setzero_ps(), s1 = s0;
    const __m128i bias = _mm_set1_epi8((char)0x80);
    for (size_t i = 0; i < stride; i += 16) {
        __m128i bytes = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(row + i)), bias);
        __m256 low = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
        __m256 high = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8)));
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), low, s0);
        s1 = _mm256_fmadd_ps(_mm256_loadu_ps(query + i + 8), high, s1);
    }
    __m256 sum = _mm256_add_ps(s0, s1);
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_shuffle_ps(half, half, 1)));
}

TARGET static size_t i8_select(
    const int32_t *dots, const float *scales, size_t count, float query_scale, float cut, uint32_t base,
    uint32_t *rows, float *estimates) {
    size_t found = 0, r = 0;
    const __m256 factor = _mm256_set1_ps(query_scale), limit = _mm256_set1_ps(cut);
    for (; r + 8 <= count; r += 8) {
        __m256 sums = _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(dots + r)));
        __m256 values = _mm256_mul_ps(_mm256_mul_ps(sums, _mm256_loadu_ps(scales + r)), factor);
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(values, limit, _CMP_GE_OQ));
        if (!mask) continue;
        float lanes[8];
        _mm256_storeu_ps(lanes, values);
        for (; mask; mask &= mask - 1, found++) {
            unsigned lane = (unsigned)__builtin_ctz(mask);
            rows[found] = base + (uint32_t)r + lane;
            estimates[found] = lanes[lane];
        }
    }
    return found + deja_kernels_portable.i8_select(
                       dots + r, scales + r, count - r, query_scale, cut, base + (uint32_t)r, rows + found,
                       estimates + found);
}

/// Sums the table entries of 32 rows (those of the low or the high four bits): 16 from each half of the pairs' 64 bytes.
TARGET static inline void half_block_sums(
    const uint8_t *block, size_t pairs, const uint8_t *tables, uint16_t low_sums[16], uint16_t high_sums[16]) {
    const __m256i nibble = _mm256_set1_epi8(15), byte = _mm256_set1_epi16(0xff);
    __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t p = 0; p < pairs;) {
        // Eight entries of at most 31 fit a byte.
        const size_t end = p + 8 < pairs ? p + 8 : pairs;
        __m256i low = _mm256_setzero_si256(), high = low;
        for (; p < end; p++) {
            __m256i codes = _mm256_loadu_si256((const __m256i *)(block + p * 64));
            __m256i table = _mm256_loadu_si256((const __m256i *)(tables + p * 32));
            low = _mm256_add_epi8(low, _mm256_shuffle_epi8(table, _mm256_and_si256(codes, nibble)));
            high = _mm256_add_epi8(
                high, _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble)));
        }
        sums[0] = _mm256_add_epi16(sums[0], _mm256_and_si256(low, byte));
        sums[1] = _mm256_add_epi16(sums[1], _mm256_srli_epi16(low, 8));
        sums[2] = _mm256_add_epi16(sums[2], _mm256_and_si256(high, byte));
        sums[3] = _mm256_add_epi16(sums[3], _mm256_srli_epi16(high, 8));
    }
    for (size_t k = 0; k < 2; k++) {
        // The lanes are the even and the odd groups of the same rows.
        __m128i even = _mm_add_epi16(_mm256_castsi256_si128(sums[2 * k]), _mm256_extracti128_si256(sums[2 * k], 1));
        __m128i odd =
            _mm_add_epi16(_mm256_castsi256_si128(sums[2 * k + 1]), _mm256_extracti128_si256(sums[2 * k + 1], 1));
        uint16_t *out = k ? high_sums : low_sums;
        _mm_storeu_si128((__m128i *)out, _mm_unpacklo_epi16(even, odd));
        _mm_storeu_si128((__m128i *)(out + 8), _mm_unpackhi_epi16(even, odd));
    }
}

TARGET static size_t bit_scan(
    const uint8_t *blocks, size_t pairs, size_t count, const uint8_t *tables, float scale, float bias,
    const float *factors, float cut, uint32_t base, uint32_t *rows, float *estimates) {
    size_t found = 0;
    const __m256 step = _mm256_set1_ps(scale), start = _mm256_set1_ps(bias), limit = _mm256_set1_ps(cut);
    for (size_t first = 0; first < count; first += 64, blocks += pairs * 64) {
        uint16_t sums[64];
        half_block_sums(blocks, pairs, tables, sums, sums + 32);
        half_block_sums(blocks + 32, pairs, tables, sums + 16, sums + 48);
        const size_t valid = count - first < 64 ? count - first : 64;
        for (size_t r = 0; r < valid; r += 8) {
            float rest[8] = {0}, lanes[8];
            const size_t here = valid - r < 8 ? valid - r : 8;
            if (here < 8) memcpy(rest, factors + first + r, here * sizeof *rest);
            const float *own = here < 8 ? rest : factors + first + r;
            __m256 values =
                _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(sums + r))));
            values = _mm256_mul_ps(_mm256_fmadd_ps(values, step, start), _mm256_loadu_ps(own));
            unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(values, limit, _CMP_GE_OQ));
            mask &= (1u << here) - 1;
            if (!mask) continue;
            _mm256_storeu_ps(lanes, values);
            for (; mask; mask &= mask - 1, found++) {
                unsigned lane = (unsigned)__builtin_ctz(mask);
                rows[found] = base + (uint32_t)(first + r) + lane;
                estimates[found] = lanes[lane];
            }
        }
    }
    return found;
}

/// The bits of 32 rows that are to be kept, from their factors, sums and margins.
TARGET static inline uint32_t sketch_kept(__m256i factors, __m256i sums, __m256i offsets) {
    const __m256i step = _mm256_set1_epi8((char)DEJA_SKETCH_STEP);
    __m256i low = _mm256_maddubs_epi16(_mm256_unpacklo_epi8(factors, step), _mm256_unpacklo_epi8(sums, offsets));
    __m256i high = _mm256_maddubs_epi16(_mm256_unpackhi_epi8(factors, step), _mm256_unpackhi_epi8(sums, offsets));
    // Packing keeps signs and, lane by lane, undoes what unpacking did to the order.
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(low, high));
}

TARGET static inline void sketch_sums(const uint8_t *block, const uint8_t *tables, uint8_t center, int8_t sums[64]) {
    const __m256i nibble = _mm256_set1_epi8(15), middle = _mm256_set1_epi8((char)center);
    // Lanes are the even and the odd groups: of rows 0 to 15 in the first half of a pair's bytes, 16 to 31 in the other.
    __m256i totals[4] = {
        _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t p = 0; p < 8; p++) {
        const __m256i table = _mm256_loadu_si256((const __m256i *)(tables + p * 32));
        for (size_t half = 0; half < 2; half++) {
            __m256i codes = _mm256_loadu_si256((const __m256i *)(block + p * 64 + half * 32));
            __m256i low = _mm256_and_si256(codes, nibble);
            __m256i high = _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble);
            totals[half] = _mm256_add_epi8(totals[half], _mm256_shuffle_epi8(table, low));
            totals[half + 2] = _mm256_add_epi8(totals[half + 2], _mm256_shuffle_epi8(table, high));
        }
    }
    for (size_t k = 0; k < 2; k++) {
        __m256i even = _mm256_permute2x128_si256(totals[2 * k], totals[2 * k + 1], 0x20);
        __m256i odd = _mm256_permute2x128_si256(totals[2 * k], totals[2 * k + 1], 0x31);
        __m256i sum = _mm256_sub_epi8(_mm256_add_epi8(even, odd), middle);
        _mm256_storeu_si256((__m256i *)(sums + k * 32), sum);
    }
}

TARGET static size_t sketch_scan(
    const uint8_t *blocks, const uint8_t *seconds, size_t count, const deja_sketch_query *query,
    const deja_sketch_demand *demand, uint32_t base, uint32_t *rows, int32_t *products) {
    const __m256i margin = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)demand->first));
    size_t found = 0;
    for (size_t first = 0; first < count; first += 64, blocks += DEJA_SKETCH_BLOCK) {
        uint64_t kept = 0;
        int8_t sums[64];
        sketch_sums(blocks, query->tables[0], query->centers[0], sums);
        for (size_t k = 0; k < 2; k++) {
            __m256i factors = _mm256_loadu_si256((const __m256i *)(blocks + 512 + k * 32));
            __m256i classes = _mm256_loadu_si256((const __m256i *)(blocks + 576 + k * 32));
            __m256i sum = _mm256_loadu_si256((const __m256i *)(sums + k * 32));
            kept |= (uint64_t)sketch_kept(factors, sum, _mm256_shuffle_epi8(margin, classes)) << (32 * k);
        }
        if (count - first < 64) kept &= (1ULL << (count - first)) - 1;
        if (!kept) continue;
        int8_t second_sums[64];
        sketch_sums(seconds + first * 10, query->tables[1], query->centers[1], second_sums);
        found += deja_sketch_emit(
            kept, blocks, sums, seconds + first * 10, second_sums, demand, base + (uint32_t)first, rows + found,
            products + found);
    }
    return found;
}

const deja_kernels deja_kernels_avx2 = {i8_dots, i8_dots_at, f32_dot, i8_select, bit_scan, sketch_scan};
#endif
