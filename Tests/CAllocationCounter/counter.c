#include "deja_allocations.h"

#include <features.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)

// glibc's own allocator under the names that it keeps for this. A program's definitions of malloc and its kin come before
// the library's for every shared library in it (ELF symbol interposition).
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

// In the static block of thread-local storage: reaching it must not allocate.
static __thread __attribute__((tls_model("initial-exec"))) uint64_t allocations;

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    allocations++;
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    allocations++;
    return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }

int posix_memalign(void **out, size_t alignment, size_t size) {
    void *memory = aligned_alloc(alignment, size);
    if (!memory) return 12;  // ENOMEM
    *out = memory;
    return 0;
}

int deja_allocations_counted(void) { return 1; }
uint64_t deja_allocations_of_thread(void) { return allocations; }

#else

int deja_allocations_counted(void) { return 0; }
uint64_t deja_allocations_of_thread(void) { return 0; }

#endif
