// Page-aligned memory that grows without copying.
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "deja_kernels.h"

/// From this size on the kernel is asked for huge pages; below it they would waste more than they save.
static const size_t huge = 8u << 20;

static void advise(void *pages, size_t bytes) {
#if defined(__linux__)
    if (bytes >= huge) madvise(pages, bytes, MADV_HUGEPAGE);
#else
    (void)pages;
    (void)bytes;
#endif
}

void *deja_pages_map(size_t bytes) {
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return NULL;
    advise(pages, bytes);
    return pages;
}

void *deja_pages_resize(void *pages, size_t old_bytes, size_t new_bytes) {
#if defined(__linux__)
    void *moved = mremap(pages, old_bytes, new_bytes, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) return NULL;
    advise(moved, new_bytes);
    return moved;
#else
    void *moved = deja_pages_map(new_bytes);
    if (!moved) return NULL;
    memcpy(moved, pages, old_bytes < new_bytes ? old_bytes : new_bytes);
    munmap(pages, old_bytes);
    return moved;
#endif
}

void deja_pages_unmap(void *pages, size_t bytes) { munmap(pages, bytes); }
