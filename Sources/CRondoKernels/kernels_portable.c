#include "rondo_kernels.h"

#include <string.h>

#pragma clang fp contract(off)
#define KERNELS_NAME portable
#if defined(__aarch64__)  // 32 registers of 4 lanes
#define TILE_ROWS 6
#else
#define TILE_ROWS 2
#endif
#define TILE_VECTORS 1
#define FEW_ROWS_PANELS 1
#define HALF_INSTRUCTIONS 0
#define DOT_INSTRUCTIONS 0
#include "kernels.inc"
