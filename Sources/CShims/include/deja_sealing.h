// AES-256-GCM (NIST SP 800-38D) and HMAC-SHA-256 (RFC 2104) through OpenSSL's libcrypto.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Encrypts length bytes and authenticates them with the context. Writes length + 16 bytes: the ciphertext and its tag.
/// Returns 1, or 0 when libcrypto refused.
int deja_gcm_seal(const uint8_t key[32], const uint8_t nonce[12], const uint8_t *context, size_t context_length,
                  const uint8_t *data, size_t length, uint8_t *out);
/// The opposite: reads length bytes, the last 16 of them the tag, and writes length - 16. Returns 1, or 0 when the tag
/// does not fit: then nothing in out means anything.
int deja_gcm_open(const uint8_t key[32], const uint8_t nonce[12], const uint8_t *context, size_t context_length,
                  const uint8_t *data, size_t length, uint8_t *out);
/// Writes HMAC-SHA-256 of data under a key of 32 bytes. Returns 1, or 0 when libcrypto refused.
int deja_hmac_sha256(const uint8_t key[32], const uint8_t *data, size_t length, uint8_t out[32]);
/// Fills bytes with random ones, fit for keys and nonces. Returns 1, or 0 when libcrypto has none.
int deja_random_bytes(uint8_t *bytes, size_t length);
