// A wall clock that a test can step: preloaded into the program under test, it adds the milliseconds in the file that
// DEJA_TEST_CLOCK names to what CLOCK_REALTIME says. Other clocks are left alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset_ms;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DEJA_TEST_CLOCK");
    int descriptor = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (descriptor < 0) return;
    void *shared = mmap(NULL, sizeof *offset_ms, PROT_READ, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (shared != MAP_FAILED) offset_ms = shared;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME && offset_ms) time->tv_sec += *offset_ms / 1000;
    return result;
}
