#pragma once
#include <stddef.h>
#include <stdint.h>

/// XXH3-64 without a seed (Y. Collet, libxxhash): finds damage, no forgery. As fast as memory is read.
uint64_t deja_checksum(const void *data, size_t length);
