#include "rondo_kernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang fp contract(off)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define KERNELS_NAME avx2
#define TILE_ROWS 6
#define TILE_VECTORS 1
#define FEW_ROWS_PANELS 1
#define HALF_INSTRUCTIONS 256
#define DOT_INSTRUCTIONS 0
#include "kernels.inc"
#pragma clang attribute pop
#endif
