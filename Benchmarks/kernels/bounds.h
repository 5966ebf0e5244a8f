// What the machine can do at most, measured: the bounds that the kernels are held against.
#ifndef RONDO_BOUNDS_H
#define RONDO_BOUNDS_H

#include <stdbool.h>

#include "rondo_kernels.h"

/// Seconds of a clock that never goes back.
double bounds_now(void);

/// Floating-point operations a second of a gang that does nothing but fused multiply-adds in registers, with the
/// widest vectors of this processor, for about `seconds`.
double bounds_fma_peak(rondo_gang *gang, int threads, double seconds);

/// Bytes a second of a gang of which each thread reads `bytes` of its own over and over; with `copies` it reads one
/// half and writes the other, and both count. 0 where there is not so much memory.
double bounds_bandwidth(rondo_gang *gang, int threads, long bytes, bool copies, double seconds);

/// Bytes of a core's second-level cache and of the last level, which all share; a common size where the system does not
/// say.
long bounds_level2_size(void);
long bounds_level3_size(void);

#endif
