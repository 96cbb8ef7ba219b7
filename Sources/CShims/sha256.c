// The one-shot SHA256() of OpenSSL 3 looks the algorithm up by name on each call, which costs more than hashing a short
// key. The interface below is the same code without the look-up; it is deprecated, not slow or unsafe.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "deja_sha256.h"

#include <openssl/sha.h>

int deja_sha256(const uint8_t *data, size_t length, uint8_t digest[32]) {
    static const uint8_t nothing = 0;
    SHA256_CTX context;
    return SHA256_Init(&context) && SHA256_Update(&context, data ? data : &nothing, length) &&
           SHA256_Final(digest, &context);
}

int deja_sha1(const uint8_t *data, size_t length, uint8_t digest[20]) {
    static const uint8_t nothing = 0;
    return SHA1(data ? data : &nothing, length, digest) != NULL;
}
