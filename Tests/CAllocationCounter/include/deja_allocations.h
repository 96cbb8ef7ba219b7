// Counts what the calling thread allocates, by standing before the C library's allocator in the test program.
#pragma once
#include <stdint.h>

/// Whether allocations are counted in this build: not under a sanitizer, which has an allocator of its own, nor where the
/// C library is not glibc.
int deja_allocations_counted(void);

/// How often the calling thread has allocated or resized memory so far.
uint64_t deja_allocations_of_thread(void);
