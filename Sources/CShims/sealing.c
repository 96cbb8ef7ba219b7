#include "deja_sealing.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "deja_sha256.h"

enum { TAG = 16 };

/// One context a thread, made once: making one costs as much as sealing a kilobyte.
static EVP_CIPHER_CTX *cipher(void) {
    static _Thread_local EVP_CIPHER_CTX *context;
    if (!context) context = EVP_CIPHER_CTX_new();
    return context;
}

int deja_gcm_seal(const uint8_t key[32], const uint8_t nonce[12], const uint8_t *context, size_t context_length,
                  const uint8_t *data, size_t length, uint8_t *out) {
    static const uint8_t nothing = 0;
    EVP_CIPHER_CTX *with = cipher();
    int written = 0, last = 0;
    if (length > INT32_MAX || context_length > INT32_MAX) return 0;
    return with && EVP_EncryptInit_ex(with, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
           EVP_EncryptUpdate(with, NULL, &written, context ? context : &nothing, (int)context_length) == 1 &&
           EVP_EncryptUpdate(with, out, &written, data ? data : &nothing, (int)length) == 1 &&
           EVP_EncryptFinal_ex(with, out + length, &last) == 1 &&
           EVP_CIPHER_CTX_ctrl(with, EVP_CTRL_GCM_GET_TAG, TAG, out + length) == 1;
}

int deja_gcm_open(const uint8_t key[32], const uint8_t nonce[12], const uint8_t *context, size_t context_length,
                  const uint8_t *data, size_t length, uint8_t *out) {
    static const uint8_t nothing = 0;
    EVP_CIPHER_CTX *with = cipher();
    int written = 0, last = 0;
    if (length < TAG || length > INT32_MAX || context_length > INT32_MAX) return 0;
    uint8_t tag[TAG];
    memcpy(tag, data + length - TAG, TAG);
    return with && EVP_DecryptInit_ex(with, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
           EVP_CIPHER_CTX_ctrl(with, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
           EVP_DecryptUpdate(with, NULL, &written, context ? context : &nothing, (int)context_length) == 1 &&
           EVP_DecryptUpdate(with, out, &written, data, (int)(length - TAG)) == 1 &&
           EVP_DecryptFinal_ex(with, out + length - TAG, &last) == 1;
}

int deja_hmac_sha256(const uint8_t key[32], const uint8_t *data, size_t length, uint8_t out[32]) {
    // Short messages only: a digest, a label.
    uint8_t inner[64 + 256], outer[64 + 32];
    if (length > 256) return 0;
    for (int i = 0; i < 64; i++) {
        uint8_t byte = i < 32 ? key[i] : 0;
        inner[i] = byte ^ 0x36;
        outer[i] = byte ^ 0x5C;
    }
    if (length) memcpy(inner + 64, data, length);
    return deja_sha256(inner, 64 + length, outer + 64) && deja_sha256(outer, sizeof outer, out);
}

int deja_random_bytes(uint8_t *bytes, size_t length) { return length <= INT32_MAX && RAND_bytes(bytes, (int)length) == 1; }
