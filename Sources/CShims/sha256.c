#include "deja_sha256.h"

#include <openssl/sha.h>

int deja_sha256(const uint8_t *data, size_t length, uint8_t digest[32]) {
    static const uint8_t nothing = 0;
    return SHA256(data ? data : &nothing, length, digest) != NULL;
}
