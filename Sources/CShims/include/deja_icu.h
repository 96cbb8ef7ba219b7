// Unicode through ICU, behind an opaque header: Debian's ICU headers clash with Foundation's own copy when
// Swift imports them.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// NFKC case folding (Unicode's NFKC_Casefold) of UTF-8 text.
/// Writes at most capacity bytes and returns the bytes needed, or -1 when text is not valid UTF-8 or ICU failed.
/// The caller grows the buffer and calls again when the result is larger than capacity.
int64_t deja_icu_nfkc_casefold(const char *text, size_t length, char *out, size_t capacity);

/// NFC of UTF-8 text, with the same contract.
int64_t deja_icu_nfc(const char *text, size_t length, char *out, size_t capacity);

/// NFKD of UTF-8 text, with the same contract.
int64_t deja_icu_nfkd(const char *text, size_t length, char *out, size_t capacity);
