// AVX-512 with VNNI: vpdpbusd multiplies 64 unsigned row bytes by 64 signed query bytes and sums fours.
//
// Sixteen rows at a time, each summed in one register; then a tree of shuffles turns the sixteen registers into one
// that holds sixteen sums, for three instructions a row. The query of up to 256 components stays in registers. Measured
// as fast as rows interleaved by groups of four components, which need no tree but a broadcast load for each 64 bytes,
// and rows that lie whole are what re-ranking, removal and snapshots want.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernels.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define ALWAYS_INLINE TARGET static inline __attribute__((always_inline))

/// Lane r of the result is the sum over all lanes of a[r].
ALWAYS_INLINE __m512i sum16(const __m512i a[16]) {
    __m512i b[8], c[4], d[2];
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++)
        b[i] = _mm512_add_epi32(
            _mm512_unpacklo_epi32(a[2 * i], a[2 * i + 1]), _mm512_unpackhi_epi32(a[2 * i], a[2 * i + 1]));
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++)
        c[i] = _mm512_add_epi32(
            _mm512_unpacklo_epi64(b[2 * i], b[2 * i + 1]), _mm512_unpackhi_epi64(b[2 * i], b[2 * i + 1]));
#pragma clang loop unroll(full)
    for (int i = 0; i < 2; i++)
        d[i] = _mm512_add_epi32(
            _mm512_shuffle_i32x4(c[2 * i], c[2 * i + 1], 0x88), _mm512_shuffle_i32x4(c[2 * i], c[2 * i + 1], 0xdd));
    return _mm512_add_epi32(_mm512_shuffle_i32x4(d[0], d[1], 0x88), _mm512_shuffle_i32x4(d[0], d[1], 0xdd));
}

/// The rows numbered `numbers`, or the first `count`: `chunks` whole registers a row, then `tail` more bytes (fewer than 64). A constant `chunks` of up to 4 lets the
/// compiler keep the query in registers.
ALWAYS_INLINE void dots_of(
    const uint8_t *rows, size_t stride, const uint32_t *numbers, size_t count, const int8_t *query, int32_t *dots,
    size_t chunks, size_t tail) {
    int32_t sum = 0;
    for (size_t i = 0; i < stride; i++) sum += query[i];
    const __m512i correction = _mm512_set1_epi32(sum * 128);
    const __mmask64 tail_mask = tail ? ~0ULL >> (64 - tail) : 0;
    const __m512i tail_query = _mm512_maskz_loadu_epi8(tail_mask, query + chunks * 64);
    for (size_t r = 0; r < count; r += 16) {
        __m512i sums[16];
        const size_t left = count - r;
#pragma clang loop unroll(full)
        for (size_t k = 0; k < 16; k++) {
            // Past the end the last row stands in, and its sum is not stored.
            const size_t number = r + (k < left ? k : left - 1);
            const uint8_t *row = rows + (numbers ? numbers[number] : number) * stride;
            __m512i s = _mm512_setzero_si512();
            for (size_t c = 0; c < chunks; c++)
                s = _mm512_dpbusd_epi32(s, _mm512_loadu_si512(row + c * 64), _mm512_loadu_si512(query + c * 64));
            if (tail)
                s = _mm512_dpbusd_epi32(s, _mm512_maskz_loadu_epi8(tail_mask, row + chunks * 64), tail_query);
            sums[k] = s;
        }
        const __mmask16 mask = left >= 16 ? 0xffff : (__mmask16)((1u << left) - 1);
        _mm512_mask_storeu_epi32(dots + r, mask, _mm512_sub_epi32(sum16(sums), correction));
    }
}

TARGET static void i8_dots(
    const uint8_t *rows, size_t stride, size_t count, const int8_t *query, int32_t *dots) {
    if (stride == 256)
        dots_of(rows, 256, NULL, count, query, dots, 4, 0);
    else if (stride == 128)
        dots_of(rows, 128, NULL, count, query, dots, 2, 0);
    else
        dots_of(rows, stride, NULL, count, query, dots, stride / 64, stride % 64);
}

TARGET static void i8_dots_at(
    const uint8_t *rows, size_t stride, const uint32_t *numbers, size_t count, const int8_t *query, int32_t *dots) {
    if (stride == 256)
        dots_of(rows, 256, numbers, count, query, dots, 4, 0);
    else if (stride == 128)
        dots_of(rows, 128, numbers, count, query, dots, 2, 0);
    else
        dots_of(rows, stride, numbers, count, query, dots, stride / 64, stride % 64);
}

TARGET static float f32_dot(const float *query, const uint8_t *row, size_t stride) {
    __m512 s0 = _mm512_setzero_ps(), s1 = s0;
    const __m128i bias = _mm_set1_epi8((char)0x80);
    size_t i = 0;
    for (; i + 32 <= stride; i += 32) {
        __m128i low = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(row + i)), bias);
        __m128i high = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(row + i + 16)), bias);
        s0 = _mm512_fmadd_ps(_mm512_loadu_ps(query + i), _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(low)), s0);
        s1 = _mm512_fmadd_ps(_mm512_loadu_ps(query + i + 16), _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(high)), s1);
    }
    if (i < stride) {
        __m128i low = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(row + i)), bias);
        s0 = _mm512_fmadd_ps(_mm512_loadu_ps(query + i), _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(low)), s0);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(s0, s1));
}

TARGET static size_t i8_select(
    const int32_t *dots, const float *scales, size_t count, float query_scale, float cut, uint32_t base,
    uint32_t *rows, float *estimates) {
    size_t found = 0;
    const __m512 factor = _mm512_set1_ps(query_scale), limit = _mm512_set1_ps(cut);
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (size_t r = 0; r < count; r += 16) {
        const __mmask16 valid = count - r >= 16 ? 0xffff : (__mmask16)((1u << (count - r)) - 1);
        __m512 sums = _mm512_cvtepi32_ps(_mm512_maskz_loadu_epi32(valid, dots + r));
        __m512 values = _mm512_mul_ps(_mm512_mul_ps(sums, _mm512_maskz_loadu_ps(valid, scales + r)), factor);
        __mmask16 mask = _mm512_mask_cmp_ps_mask(valid, values, limit, _CMP_GE_OQ);
        if (!mask) continue;
        // Compressed in a register and stored whole: compressing stores are microcode on some processors.
        __m512i numbers = _mm512_add_epi32(lanes, _mm512_set1_epi32((int)(base + (uint32_t)r)));
        _mm512_storeu_si512(rows + found, _mm512_maskz_compress_epi32(mask, numbers));
        _mm512_storeu_ps(estimates + found, _mm512_maskz_compress_ps(mask, values));
        found += (size_t)__builtin_popcount(mask);
    }
    return found;
}

/// Adds the bytes of `sums` to 16-bit sums of even and of odd bytes.
ALWAYS_INLINE void widen(__m512i sums, __m512i *even, __m512i *odd) {
    *even = _mm512_add_epi16(*even, _mm512_and_si512(sums, _mm512_set1_epi16(0xff)));
    *odd = _mm512_add_epi16(*odd, _mm512_srli_epi16(sums, 8));
}

/// The 16-bit sums of 32 rows in order, from those of even and odd bytes whose lanes are [even group, odd group] of rows
/// 0–15, then of rows 16–31.
ALWAYS_INLINE __m512i in_order(__m512i even, __m512i odd) {
    // Per lane: rows 0..7 and 8..15 of the lane.
    __m512i low = _mm512_unpacklo_epi16(even, odd), high = _mm512_unpackhi_epi16(even, odd);
    __m512i even_groups = _mm512_shuffle_i64x2(low, high, 0x88);  // low0 low2 high0 high2
    __m512i odd_groups = _mm512_shuffle_i64x2(low, high, 0xdd);   // low1 low3 high1 high3
    __m512i sums = _mm512_add_epi16(even_groups, odd_groups);     // rows 0-7, 16-23, 8-15, 24-31
    return _mm512_shuffle_i64x2(sums, sums, 0xd8);
}

/// Sums the table entries of a block's 64 rows, 32 in each of `sums`.
ALWAYS_INLINE void block_sums(const uint8_t *block, size_t pairs, const uint8_t *tables, __m512i sums[2]) {
    const __m512i nibble = _mm512_set1_epi8(15);
    __m512i low_even = _mm512_setzero_si512(), low_odd = low_even, high_even = low_even, high_odd = low_even;
    for (size_t p = 0; p < pairs;) {
        // Eight entries of at most 31 fit a byte.
        const size_t end = p + 8 < pairs ? p + 8 : pairs;
        __m512i low = _mm512_setzero_si512(), high = low;
        for (; p < end; p++) {
            __m512i codes = _mm512_loadu_si512(block + p * 64);
            __m512i table = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(tables + p * 32)));
            low = _mm512_add_epi8(low, _mm512_shuffle_epi8(table, _mm512_and_si512(codes, nibble)));
            high = _mm512_add_epi8(
                high, _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(codes, 4), nibble)));
        }
        widen(low, &low_even, &low_odd);
        widen(high, &high_even, &high_odd);
    }
    sums[0] = in_order(low_even, low_odd);
    sums[1] = in_order(high_even, high_odd);
}

ALWAYS_INLINE size_t scan_blocks(
    const uint8_t *blocks, size_t pairs, size_t count, const uint8_t *tables, float scale, float bias,
    const float *factors, float cut, uint32_t base, uint32_t *rows, float *estimates) {
    size_t found = 0;
    const __m512 step = _mm512_set1_ps(scale), start = _mm512_set1_ps(bias), limit = _mm512_set1_ps(cut);
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (size_t first = 0; first < count; first += 64, blocks += pairs * 64) {
        __m512i sums[2];
        block_sums(blocks, pairs, tables, sums);
        const uint64_t valid = count - first >= 64 ? ~0ULL : (1ULL << (count - first)) - 1;
#pragma clang loop unroll(full)
        for (size_t k = 0; k < 4; k++) {
            const __mmask16 wanted = (__mmask16)(valid >> (16 * k));
            __m256i sixteen = k % 2 ? _mm512_extracti64x4_epi64(sums[k / 2], 1) : _mm512_castsi512_si256(sums[k / 2]);
            __m512 values = _mm512_cvtepi32_ps(_mm512_cvtepu16_epi32(sixteen));
            values = _mm512_mul_ps(
                _mm512_fmadd_ps(values, step, start), _mm512_maskz_loadu_ps(wanted, factors + first + 16 * k));
            __mmask16 mask = _mm512_mask_cmp_ps_mask(wanted, values, limit, _CMP_GE_OQ);
            if (!mask) continue;
            __m512i numbers = _mm512_add_epi32(lanes, _mm512_set1_epi32((int)(base + (uint32_t)(first + 16 * k))));
            _mm512_storeu_si512(rows + found, _mm512_maskz_compress_epi32(mask, numbers));
            _mm512_storeu_ps(estimates + found, _mm512_maskz_compress_ps(mask, values));
            found += (size_t)__builtin_popcount(mask);
        }
    }
    return found;
}

TARGET static size_t bit_scan(
    const uint8_t *blocks, size_t pairs, size_t count, const uint8_t *tables, float scale, float bias,
    const float *factors, float cut, uint32_t base, uint32_t *rows, float *estimates) {
    if (pairs == 32)
        return scan_blocks(blocks, 32, count, tables, scale, bias, factors, cut, base, rows, estimates);
    if (pairs == 16)
        return scan_blocks(blocks, 16, count, tables, scale, bias, factors, cut, base, rows, estimates);
    return scan_blocks(blocks, pairs, count, tables, scale, bias, factors, cut, base, rows, estimates);
}

/// The sums of a block's 64 rows, in order.
ALWAYS_INLINE __m512i ordered_sums(const uint8_t *block, const __m512i tables[8], __m512i center) {
    const __m512i nibble = _mm512_set1_epi8(15);
    __m512i low = _mm512_setzero_si512(), high = low;
#pragma clang loop unroll(full)
    for (size_t p = 0; p < 8; p++) {
        __m512i codes = _mm512_loadu_si512(block + p * 64);
        low = _mm512_add_epi8(low, _mm512_shuffle_epi8(tables[p], _mm512_and_si512(codes, nibble)));
        high = _mm512_add_epi8(
            high, _mm512_shuffle_epi8(tables[p], _mm512_and_si512(_mm512_srli_epi16(codes, 4), nibble)));
    }
    // Lanes are even and odd groups in turn: added, they are rows 0 to 63 in order.
    return _mm512_sub_epi8(
        _mm512_add_epi8(_mm512_shuffle_i64x2(low, high, 0x88), _mm512_shuffle_i64x2(low, high, 0xdd)), center);
}

ALWAYS_INLINE void load_tables(const uint8_t *entries, __m512i tables[8]) {
#pragma clang loop unroll(full)
    for (size_t p = 0; p < 8; p++)
        tables[p] = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(entries + p * 32)));
}

TARGET static size_t sketch_scan(
    const uint8_t *blocks, const uint8_t *seconds, size_t count, const deja_sketch_query *query,
    const deja_sketch_demand *demand, uint32_t base, uint32_t *rows, int32_t *products) {
    const __m512i center = _mm512_set1_epi8((char)query->centers[0]);
    const __m512i second_center = _mm512_set1_epi8((char)query->centers[1]);
    const __m512i step = _mm512_set1_epi8((char)DEJA_SKETCH_STEP);
    const __m512i margin = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)demand->first));
    __m512i tables[8], second_tables[8];
    load_tables(query->tables[0], tables);
    load_tables(query->tables[1], second_tables);
    size_t found = 0;
    for (size_t first = 0; first < count; first += 64, blocks += DEJA_SKETCH_BLOCK) {
        __m512i sums = ordered_sums(blocks, tables, center);
        __m512i factors = _mm512_loadu_si512(blocks + 512);
        __m512i offsets = _mm512_shuffle_epi8(margin, _mm512_loadu_si512(blocks + 576));
        __m512i even = _mm512_maddubs_epi16(_mm512_unpacklo_epi8(factors, step), _mm512_unpacklo_epi8(sums, offsets));
        __m512i odd = _mm512_maddubs_epi16(_mm512_unpackhi_epi8(factors, step), _mm512_unpackhi_epi8(sums, offsets));
        // Packing keeps signs and, lane by lane, undoes what unpacking did to the order.
        uint64_t kept = ~_mm512_movepi8_mask(_mm512_packs_epi16(even, odd));
        if (count - first < 64) kept &= (1ULL << (count - first)) - 1;
        if (!kept) continue;
        const uint8_t *second = seconds + first * 10;
        int8_t stored[64], second_stored[64];
        _mm512_storeu_si512(stored, sums);
        _mm512_storeu_si512(second_stored, ordered_sums(second, second_tables, second_center));
        found += deja_sketch_emit(
            kept, blocks, stored, second, second_stored, demand, base + (uint32_t)first, rows + found,
            products + found);
    }
    return found;
}

const deja_kernels deja_kernels_avx512vnni = {i8_dots, i8_dots_at, f32_dot, i8_select, bit_scan, sketch_scan};
#endif
