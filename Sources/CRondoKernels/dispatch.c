#include "rondo_kernels.h"

#include <stdlib.h>
#include <strings.h>

#if defined(__x86_64__)
extern const rondo_kernel_table rondo_kernels_avx512vnni, rondo_kernels_avx512, rondo_kernels_avx2;
#endif
extern const rondo_kernel_table rondo_kernels_portable;

const rondo_kernel_table *rondo_kernels_named(const char *name) {
#if defined(__x86_64__)
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (strcasecmp(name, "avx512vnni") == 0)
    return avx512 && __builtin_cpu_supports("avx512vnni") ? &rondo_kernels_avx512vnni : NULL;
  if (strcasecmp(name, "avx512") == 0) return avx512 ? &rondo_kernels_avx512 : NULL;
  if (strcasecmp(name, "avx2") == 0)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
               ? &rondo_kernels_avx2
               : NULL;
#endif
  return strcasecmp(name, "portable") == 0 ? &rondo_kernels_portable : NULL;
}

const rondo_kernel_table *rondo_kernels(void) {
  const char *wanted = getenv("RONDO_ISA");
  if (wanted && *wanted) return rondo_kernels_named(wanted);
  const rondo_kernel_table *best = rondo_kernels_named("avx512vnni");
  if (!best) best = rondo_kernels_named("avx512");
  if (!best) best = rondo_kernels_named("avx2");
  return best ? best : &rondo_kernels_portable;
}

int rondo_cell_gates(rondo_cell cell) {
  return cell == rondo_gru ? 3 : cell == rondo_rnn_tanh || cell == rondo_rnn_relu ? 1 : 4;
}

int rondo_mapped_columns(rondo_row_map map) { return map.gates * ((map.units + 15) / 16 * 16); }

long rondo_panels_size(long k, long n) { return k * ((n + 15) / 16 * 16); }

// As many rows of the right side as any instruction set takes at a time; see outer_block in inc/product.inc.
long rondo_outer_scratch(int n) { return 256L * ((n + 15) / 16 * 16); }
