#include "deja_gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

// Doubles the room, up to limit. Returns 0 when there is none left.
static int grow(uint8_t **bytes, size_t *capacity, size_t limit) {
    if (*capacity >= limit) return 0;
    size_t wanted = *capacity > limit / 2 ? limit : *capacity * 2;
    uint8_t *moved = realloc(*bytes, wanted);
    if (moved == NULL) return 0;
    *bytes = moved;
    *capacity = wanted;
    return 1;
}

// Reads members until the data ends. Returns the bytes written or a negative result.
static int64_t inflate_all(z_stream *stream, const uint8_t *data, size_t length, size_t limit, uint8_t **bytes,
                           size_t capacity) {
    size_t read = 0;
    size_t written = 0;
    for (;;) {
        if (written == capacity && !grow(bytes, &capacity, limit)) return -2;
        uInt room = capacity - written > UINT_MAX ? UINT_MAX : (uInt)(capacity - written);
        uInt input = length - read > UINT_MAX ? UINT_MAX : (uInt)(length - read);
        stream->next_in = (Bytef *)(data + read);
        stream->avail_in = input;
        stream->next_out = *bytes + written;
        stream->avail_out = room;
        int result = inflate(stream, Z_NO_FLUSH);
        read += input - stream->avail_in;
        written += room - stream->avail_out;
        if (result == Z_STREAM_END) {
            if (read == length) return (int64_t)written;
            if (inflateReset(stream) != Z_OK) return -1;
        } else if (result == Z_MEM_ERROR) {
            return -2;
        } else if (result != Z_OK && !(result == Z_BUF_ERROR && stream->avail_out == 0)) {
            return -1;
        } else if (read == length && stream->avail_out != 0) {
            return -1;  // the data ends inside a member
        }
    }
}

int64_t deja_gunzip(const uint8_t *data, size_t length, size_t limit, uint8_t **out) {
    *out = NULL;
    if (length == 0) return -1;
    z_stream stream = {0};
    // 15 bits of window; 16 more ask for a gzip header.
    if (inflateInit2(&stream, 15 + 16) != Z_OK) return -2;
    size_t capacity = length < limit / 4 ? length * 4 : limit;
    if (capacity < 1024) capacity = limit < 1024 ? limit + 1 : 1024;
    uint8_t *bytes = malloc(capacity);
    int64_t written = bytes == NULL ? -2 : inflate_all(&stream, data, length, limit, &bytes, capacity);
    inflateEnd(&stream);
    if (written > (int64_t)limit) written = -2;
    if (written < 0) {
        free(bytes);
        return written;
    }
    *out = bytes;
    return written;
}

void deja_gunzip_free(uint8_t *bytes) { free(bytes); }
