// NEON, as every 64-bit ARM has it: the bias is taken off the bytes, then widening multiplies and pairwise sums.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "kernels.h"

static void i8_dots(const uint8_t *rows, size_t stride, size_t count, const int8_t *query, int32_t *dots) {
    const uint8x16_t bias = vdupq_n_u8(0x80);
    for (size_t r = 0; r < count; r++) {
        const uint8_t *row = rows + r * stride;
        int32x4_t s0 = vdupq_n_s32(0), s1 = s0;
        for (size_t i = 0; i < stride; i += 16) {
            int8x16_t x = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(row + i), bias));
            int8x16_t q = vld1q_s8(query + i);
            s0 = vpadalq_s16(s0, vmull_s8(vget_low_s8(x), vget_low_s8(q)));
            s1 = vpadalq_s16(s1, vmull_s8(vget_high_s8(x), vget_high_s8(q)));
        }
        dots[r] = vaddvq_s32(vaddq_s32(s0, s1));
    }
}

static void i8_dots_at(
    const uint8_t *rows, size_t stride, const uint32_t *numbers, size_t count, const int8_t *query, int32_t *dots) {
    for (size_t k = 0; k < count; k++) i8_dots(rows + numbers[k] * stride, stride, 1, query, dots + k);
}

static float f32_dot(const float *query, const uint8_t *row, size_t stride) {
    const uint8x16_t bias = vdupq_n_u8(0x80);
    float32x4_t s0 = vdupq_n_f32(0), s1 = s0, s2 = s0, s3 = s0;
    for (size_t i = 0; i < stride; i += 16) {
        int8x16_t x = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(row + i), bias));
        int16x8_t low = vmovl_s8(vget_low_s8(x)), high = vmovl_s8(vget_high_s8(x));
        s0 = vfmaq_f32(s0, vld1q_f32(query + i), vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))));
        s1 = vfmaq_f32(s1, vld1q_f32(query + i + 4), vcvtq_f32_s32(vmovl_s16(vget_high_s16(low))));
        s2 = vfmaq_f32(s2, vld1q_f32(query + i + 8), vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))));
        s3 = vfmaq_f32(s3, vld1q_f32(query + i + 12), vcvtq_f32_s32(vmovl_s16(vget_high_s16(high))));
    }
    return vaddvq_f32(vaddq_f32(vaddq_f32(s0, s1), vaddq_f32(s2, s3)));
}

static size_t i8_select(
    const int32_t *dots, const float *scales, size_t count, float query_scale, float cut, uint32_t base,
    uint32_t *rows, float *estimates) {
    return deja_kernels_portable.i8_select(dots, scales, count, query_scale, cut, base, rows, estimates);
}

/// Sums the table entries of the 32 rows of one half of each pair's 64 bytes.
static void half_block_sums(
    const uint8_t *block, size_t pairs, const uint8_t *tables, uint16_t low_sums[16], uint16_t high_sums[16]) {
    const uint8x16_t nibble = vdupq_n_u8(15);
    uint16x8_t sums[4] = {vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0)};
    for (size_t p = 0; p < pairs; p++) {
        uint8x16_t low = vdupq_n_u8(0), high = low;
        for (size_t group = 0; group < 2; group++) {
            uint8x16_t codes = vld1q_u8(block + p * 64 + group * 16);
            uint8x16_t table = vld1q_u8(tables + p * 32 + group * 16);
            low = vaddq_u8(low, vqtbl1q_u8(table, vandq_u8(codes, nibble)));
            high = vaddq_u8(high, vqtbl1q_u8(table, vshrq_n_u8(codes, 4)));
        }
        sums[0] = vaddw_u8(sums[0], vget_low_u8(low));
        sums[1] = vaddw_u8(sums[1], vget_high_u8(low));
        sums[2] = vaddw_u8(sums[2], vget_low_u8(high));
        sums[3] = vaddw_u8(sums[3], vget_high_u8(high));
    }
    vst1q_u16(low_sums, sums[0]);
    vst1q_u16(low_sums + 8, sums[1]);
    vst1q_u16(high_sums, sums[2]);
    vst1q_u16(high_sums + 8, sums[3]);
}

static size_t bit_scan(
    const uint8_t *blocks, size_t pairs, size_t count, const uint8_t *tables, float scale, float bias,
    const float *factors, float cut, uint32_t base, uint32_t *rows, float *estimates) {
    size_t found = 0;
    for (size_t first = 0; first < count; first += 64, blocks += pairs * 64) {
        uint16_t sums[64];
        half_block_sums(blocks, pairs, tables, sums, sums + 32);
        half_block_sums(blocks + 32, pairs, tables, sums + 16, sums + 48);
        const size_t valid = count - first < 64 ? count - first : 64;
        for (size_t r = 0; r < valid; r++) {
            float estimate = ((float)sums[r] * scale + bias) * factors[first + r];
            rows[found] = base + (uint32_t)(first + r);
            estimates[found] = estimate;
            found += estimate >= cut;
        }
    }
    return found;
}

static void sketch_sums(const uint8_t *block, const uint8_t *tables, uint8_t center, int8_t sums[64]) {
    const uint8x16_t nibble = vdupq_n_u8(15);
    // Sixteen rows in each: 0, 16, 32 and 48 on.
    uint8x16_t totals[4] = {vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0)};
    for (size_t p = 0; p < 8; p++)
        for (size_t quarter = 0; quarter < 4; quarter++) {
            uint8x16_t codes = vld1q_u8(block + p * 64 + quarter * 16);
            uint8x16_t table = vld1q_u8(tables + p * 32 + quarter % 2 * 16);
            uint8x16_t *low = totals + quarter / 2, *high = low + 2;
            *low = vaddq_u8(*low, vqtbl1q_u8(table, vandq_u8(codes, nibble)));
            *high = vaddq_u8(*high, vqtbl1q_u8(table, vshrq_n_u8(codes, 4)));
        }
    for (size_t k = 0; k < 4; k++)
        vst1q_s8(sums + k * 16, vreinterpretq_s8_u8(vsubq_u8(totals[k], vdupq_n_u8(center))));
}

static size_t sketch_scan(
    const uint8_t *blocks, const uint8_t *seconds, size_t count, const deja_sketch_query *query,
    const deja_sketch_demand *demand, uint32_t base, uint32_t *rows, int32_t *products) {
    const int8x16_t margin = vld1q_s8(demand->first);
    const int16x8_t step = vdupq_n_s16(DEJA_SKETCH_STEP);
    size_t found = 0;
    for (size_t first = 0; first < count; first += 64, blocks += DEJA_SKETCH_BLOCK) {
        int8_t sums[64];
        sketch_sums(blocks, query->tables[0], query->centers[0], sums);
        uint64_t kept = 0;
        for (size_t k = 0; k < 4; k++) {
            int8x16_t sum = vld1q_s8(sums + k * 16);
            int8x16_t offset = vqtbl1q_s8(margin, vld1q_u8(blocks + 576 + k * 16));
            uint8x16_t factor = vld1q_u8(blocks + 512 + k * 16);
            int16x8_t low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(factor)));
            int16x8_t high = vreinterpretq_s16_u16(vmovl_u8(vget_high_u8(factor)));
            low = vmulq_s16(vmovl_s8(vget_low_s8(sum)), low);
            high = vmulq_s16(vmovl_s8(vget_high_s8(sum)), high);
            low = vqaddq_s16(low, vmulq_s16(vmovl_s8(vget_low_s8(offset)), step));
            high = vqaddq_s16(high, vmulq_s16(vmovl_s8(vget_high_s8(offset)), step));
            int16_t values[16];
            vst1q_s16(values, low);
            vst1q_s16(values + 8, high);
            for (size_t r = 0; r < 16; r++) kept |= (uint64_t)(values[r] >= 0) << (k * 16 + r);
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

const deja_kernels deja_kernels_neon = {i8_dots, i8_dots_at, f32_dot, i8_select, bit_scan, sketch_scan};
#endif
