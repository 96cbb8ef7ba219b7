#include "deja_zstd.h"

#include <zstd.h>

size_t deja_zstd_bound(size_t length) { return ZSTD_compressBound(length); }

int64_t deja_zstd_compress(const uint8_t *data, size_t length, uint8_t *out, size_t capacity, int level) {
    // One context per thread: making one costs more than compressing a typical response.
    static _Thread_local ZSTD_CCtx *context;
    if (context == NULL) context = ZSTD_createCCtx();
    if (context == NULL) return -1;
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size_t written = ZSTD_compress2(context, out, capacity, data, length);
    return ZSTD_isError(written) ? -1 : (int64_t)written;
}

int64_t deja_zstd_content_size(const uint8_t *frame, size_t length) {
    unsigned long long size = ZSTD_getFrameContentSize(frame, length);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > INT64_MAX) return -1;
    return (int64_t)size;
}

int64_t deja_zstd_decompress(const uint8_t *frame, size_t length, uint8_t *out, size_t capacity) {
    size_t written = ZSTD_decompress(out, capacity, frame, length);
    return ZSTD_isError(written) ? -1 : (int64_t)written;
}
