#include "rondo_kernels.h"

#include <string.h>

#if defined(__x86_64__)
#pragma clang fp contract(off)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNELS_NAME avx2
#define TILE_ROWS 6
#define TILE_VECTORS 1
#include "kernels.inc"
#pragma clang attribute pop
#endif
