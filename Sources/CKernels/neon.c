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

const deja_kernels deja_kernels_neon = {i8_dots, f32_dot, i8_select};
#endif
