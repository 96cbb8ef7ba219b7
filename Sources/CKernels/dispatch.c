#include "deja_kernels.h"

const char *deja_kernel_isa(void) { return "portable"; }
