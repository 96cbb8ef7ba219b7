#include "deja_icu.h"

#include <stdlib.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

// ICU's C interface normalises UTF-16 only, so the text is widened, normalised and narrowed again.
static int64_t normalize(const UNormalizer2 *form, const char *text, size_t length, char *out, size_t capacity) {
    if (form == NULL || length > INT32_MAX / 8) return -1;
    UErrorCode status = U_ZERO_ERROR;
    int32_t wide_length = 0;
    UChar stack[1024];
    UChar *wide = stack;
    int32_t wide_capacity = (int32_t)length + 1;
    if (wide_capacity > 1024) wide = malloc(sizeof(UChar) * (size_t)wide_capacity);
    if (wide == NULL) return -1;
    u_strFromUTF8(wide, wide_capacity, &wide_length, text, (int32_t)length, &status);
    int64_t result = -1;
    if (U_SUCCESS(status)) {
        // 18 is the largest expansion of one UTF-16 unit under NFKC/NFKD (U+FDFA); most text does not grow at all.
        int32_t folded_capacity = wide_length + 64;
        UChar *folded = malloc(sizeof(UChar) * (size_t)folded_capacity);
        int32_t folded_length = folded ? unorm2_normalize(form, wide, wide_length, folded, folded_capacity, &status) : 0;
        if (folded && status == U_BUFFER_OVERFLOW_ERROR) {
            status = U_ZERO_ERROR;
            free(folded);
            folded_capacity = folded_length + 1;
            folded = malloc(sizeof(UChar) * (size_t)folded_capacity);
            if (folded) folded_length = unorm2_normalize(form, wide, wide_length, folded, folded_capacity, &status);
        }
        if (folded && U_SUCCESS(status)) {
            int32_t needed = 0;
            status = U_ZERO_ERROR;
            u_strToUTF8(out, capacity > INT32_MAX ? INT32_MAX : (int32_t)capacity, &needed, folded, folded_length, &status);
            if (U_SUCCESS(status) || status == U_BUFFER_OVERFLOW_ERROR) result = needed;
        }
        free(folded);
    }
    if (wide != stack) free(wide);
    return result;
}

int64_t deja_icu_nfkc_casefold(const char *text, size_t length, char *out, size_t capacity) {
    UErrorCode status = U_ZERO_ERROR;
    return normalize(unorm2_getNFKCCasefoldInstance(&status), text, length, out, capacity);
}

int64_t deja_icu_nfc(const char *text, size_t length, char *out, size_t capacity) {
    UErrorCode status = U_ZERO_ERROR;
    return normalize(unorm2_getNFCInstance(&status), text, length, out, capacity);
}

int64_t deja_icu_nfkd(const char *text, size_t length, char *out, size_t capacity) {
    UErrorCode status = U_ZERO_ERROR;
    return normalize(unorm2_getNFKDInstance(&status), text, length, out, capacity);
}
