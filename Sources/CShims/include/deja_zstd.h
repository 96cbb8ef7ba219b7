// zstd compression of stored responses.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// The most bytes that compressing length bytes can need.
size_t deja_zstd_bound(size_t length);
/// Compresses in one frame that carries its content size and a checksum. Returns the bytes written, or -1.
int64_t deja_zstd_compress(const uint8_t *data, size_t length, uint8_t *out, size_t capacity, int level);
/// The content size that a frame states, or -1 when there is none or the frame is damaged.
int64_t deja_zstd_content_size(const uint8_t *frame, size_t length);
/// Decompresses one frame. Returns the bytes written, or -1 when the frame is damaged or does not fit.
int64_t deja_zstd_decompress(const uint8_t *frame, size_t length, uint8_t *out, size_t capacity);
