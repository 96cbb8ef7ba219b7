// SHA-256 through OpenSSL's libcrypto (EVP): uses the processor's SHA instructions where there are any.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Writes the 32 bytes of SHA-256(data[0..<length]) to digest. Returns 1, or 0 when libcrypto refused.
int deja_sha256(const uint8_t *data, size_t length, uint8_t digest[32]);

/// Writes the 20 bytes of SHA-1(data[0..<length]) to digest: Redis names scripts so. Returns 1, or 0 when libcrypto
/// refused.
int deja_sha1(const uint8_t *data, size_t length, uint8_t digest[20]);
