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

/// Reserves `bytes` of addresses from a huge page's start on; NULL when there are none.
static void *reserve_aligned(size_t bytes) {
    const size_t alignment = 2u << 20;
    char *room = mmap(NULL, bytes + alignment, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if ((void *)room == MAP_FAILED) return NULL;
    char *start = (char *)(((uintptr_t)room + alignment - 1) & ~(uintptr_t)(alignment - 1));
    if (start > room) munmap(room, (size_t)(start - room));
    const size_t whole = (bytes + 4095) & ~(size_t)4095;
    if (start + whole < room + bytes + alignment) munmap(start + whole, (size_t)(room + alignment + bytes - (start + whole)));
    return start;
}

void *deja_pages_map(size_t bytes) {
    void *place = bytes >= huge ? reserve_aligned(bytes) : NULL;
    void *pages =
        mmap(place, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | (place ? MAP_FIXED : 0), -1, 0);
    if (pages == MAP_FAILED) return NULL;
    advise(pages, bytes);
    return pages;
}

void *deja_pages_resize(void *pages, size_t old_bytes, size_t new_bytes) {
#if defined(__linux__)
    // Huge pages survive a move only from one boundary to another.
    void *place = new_bytes >= huge && new_bytes > old_bytes ? reserve_aligned(new_bytes) : NULL;
    void *moved = place ? mremap(pages, old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place)
                        : mremap(pages, old_bytes, new_bytes, MREMAP_MAYMOVE);
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

uint64_t deja_pages_read(const void *pages, size_t bytes) {
    const uint64_t *words = pages;
    uint64_t sums[8] = {0};
    for (size_t i = 0; i + 8 <= bytes / 8; i += 8)
        for (size_t k = 0; k < 8; k++) sums[k] ^= words[i + k];
    return sums[0] ^ sums[1] ^ sums[2] ^ sums[3] ^ sums[4] ^ sums[5] ^ sums[6] ^ sums[7];
}

void deja_pages_unmap(void *pages, size_t bytes) { munmap(pages, bytes); }
