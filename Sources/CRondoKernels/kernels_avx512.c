#include "rondo_kernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang fp contract(off)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#define KERNELS_NAME avx512
#define TILE_ROWS 6
#define TILE_VECTORS 4
#define FEW_ROWS_PANELS 2
#define HALF_INSTRUCTIONS 512
#define DOT_INSTRUCTIONS 0
#include "kernels.inc"
#pragma clang attribute pop
#endif
