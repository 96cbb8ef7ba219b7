// SIMD kernels with run-time dispatch.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// The instruction set that the kernels run on: "avx512vnni", "avx2", "neon" or "portable".
const char *deja_kernel_isa(void);
