// XXH64 as its specification has it (github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
#include "deja_checksum.h"

#include <string.h>

static const uint64_t P1 = 0x9E3779B185EBCA87ULL, P2 = 0xC2B2AE3D27D4EB4FULL, P3 = 0x165667B19E3779F9ULL,
                      P4 = 0x85EBCA77C2B2AE63ULL, P5 = 0x27D4EB2F165667C5ULL;

static inline uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static inline uint64_t word(const uint8_t *p) {
    uint64_t x;
    memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static inline uint64_t half(const uint8_t *p) { return p[0] | p[1] << 8 | p[2] << 16 | (uint64_t)p[3] << 24; }

static inline uint64_t step(uint64_t sum, uint64_t input) { return rotate(sum + input * P2, 31) * P1; }

static inline uint64_t merge(uint64_t sum, uint64_t lane) { return (sum ^ step(0, lane)) * P1 + P4; }

uint64_t deja_checksum(const void *data, size_t length) {
    const uint8_t *p = data, *end = p + length;
    uint64_t sum;
    if (length >= 32) {
        uint64_t a = P1 + P2, b = P2, c = 0, d = 0 - P1;
        for (; end - p >= 32; p += 32) {
            a = step(a, word(p));
            b = step(b, word(p + 8));
            c = step(c, word(p + 16));
            d = step(d, word(p + 24));
        }
        sum = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
        sum = merge(merge(merge(merge(sum, a), b), c), d);
    } else {
        sum = P5;
    }
    sum += length;
    for (; end - p >= 8; p += 8) sum = rotate(sum ^ step(0, word(p)), 27) * P1 + P4;
    if (end - p >= 4) {
        sum = rotate(sum ^ half(p) * P1, 23) * P2 + P3;
        p += 4;
    }
    for (; p < end; p++) sum = rotate(sum ^ *p * P5, 11) * P1;
    sum = (sum ^ sum >> 33) * P2;
    sum = (sum ^ sum >> 29) * P3;
    return sum ^ sum >> 32;
}
