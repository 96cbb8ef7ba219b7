#include "deja_checksum.h"

#include <xxhash.h>

uint64_t deja_checksum(const void *data, size_t length) { return XXH3_64bits(data, length); }
