// gzip decompression, for files of data.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Decompresses a gzip file (RFC 1952), of several members too, into fresh memory that deja_gunzip_free frees.
/// Returns the bytes written, -1 when the data is damaged or cut short, -2 when there would be more than limit bytes or
/// no memory for them.
int64_t deja_gunzip(const uint8_t *data, size_t length, size_t limit, uint8_t **out);
/// Frees what deja_gunzip returned; NULL is allowed.
void deja_gunzip_free(uint8_t *bytes);
