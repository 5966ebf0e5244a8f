#define _GNU_SOURCE
#include "bounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

typedef float v16 __attribute__((vector_size(64)));

double bounds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// ------------------------------------------------------------------------------------------------------------ loops

// `rounds` times a fused multiply-add to each of CHAINS independent vectors of 16: as many as cover the units' latency
// and fit into the registers. x = 0.5 x + 1 stays a normal number.
#define FMA_LOOP(NAME, TARGET, CHAINS)                                                                               \
  TARGET static float NAME##_fma(long rounds) {                                                                      \
    v16 chains[CHAINS], half, one;                                                                                   \
    for (int lane = 0; lane < 16; lane++) half[lane] = 0.5f, one[lane] = 1;                                          \
    _Pragma("clang loop unroll(full)") for (int c = 0; c < CHAINS; c++) chains[c] = one * (float)c;                  \
    _Pragma("clang loop unroll(disable)") for (long i = 0; i < rounds; i++)                                          \
      _Pragma("clang loop unroll(full)") for (int c = 0; c < CHAINS; c++)                                            \
        chains[c] = __builtin_elementwise_fma(chains[c], half, one);                                                 \
    v16 sum = chains[0];                                                                                             \
    _Pragma("clang loop unroll(full)") for (int c = 1; c < CHAINS; c++) sum += chains[c];                            \
    return sum[0];                                                                                                   \
  }

// Through whole pieces of 4 vectors.
#define MEMORY_LOOPS(NAME, TARGET)                                                                                   \
  TARGET static float NAME##_read(const v16 *from, long count) {                                                     \
    v16 sums[4] = {from[0], from[1], from[2], from[3]};                                                              \
    for (long i = 4; i < count; i += 4)                                                                              \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++) sums[v] += from[i + v];                         \
    return (sums[0] + sums[1] + sums[2] + sums[3])[0];                                                               \
  }                                                                                                                  \
  TARGET static void NAME##_copy(const v16 *from, v16 *to, long count) {                                             \
    for (long i = 0; i < count; i += 4)                                                                              \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++) to[i + v] = from[i + v] * 0.5f;                 \
  }

typedef struct {
  int chains;
  float (*fma)(long rounds);
  float (*read)(const v16 *from, long count);
  void (*copy)(const v16 *from, v16 *to, long count);
} loops;

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f")))
#define AVX2 __attribute__((target("avx2,fma")))
FMA_LOOP(avx512, AVX512, 16)
MEMORY_LOOPS(avx512, AVX512)
FMA_LOOP(avx2, AVX2, 6)
MEMORY_LOOPS(avx2, AVX2)
static const loops *best_loops(void) {
  static const loops avx512 = {16, avx512_fma, avx512_read, avx512_copy}, avx2 = {6, avx2_fma, avx2_read, avx2_copy};
  return __builtin_cpu_supports("avx512f") ? &avx512 : &avx2;
}
#else
FMA_LOOP(generic, , 6)
MEMORY_LOOPS(generic, )
static const loops *best_loops(void) {
  static const loops generic = {6, generic_fma, generic_read, generic_copy};
  return &generic;
}
#endif

// --------------------------------------------------------------------------------------------------------- measuring

enum { maximum_threads = 1024 };
static volatile float sink;  // keeps what the loops compute

typedef struct {
  double seconds;
  long vectors;  // of each thread's buffer; 0: arithmetic alone
  bool copies;
  v16 *buffers;
  double *rates;  // one a thread: operations or bytes a second
} bounds_job;

static void measure(const void *argument, int worker, int workers, rondo_gang *gang) {
  (void)workers;
  const bounds_job *job = argument;
  const loops *loops = best_loops();
  v16 *own = job->buffers + worker * job->vectors;
  if (job->vectors) memset(own, 0, (size_t)job->vectors * sizeof(v16));
  rondo_gang_barrier(gang);
  double start = bounds_now(), end, work = 0;
  do {
    if (!job->vectors) {
      const long rounds = 100000;
      sink = loops->fma(rounds);
      work += 2.0 * 16 * loops->chains * (double)rounds;
    } else {
      // Small buffers several times between two looks at the clock.
      long passes = 1 + (1 << 14) / job->vectors;
      for (long pass = 0; pass < passes; pass++) {
        if (job->copies)
          loops->copy(own, own + job->vectors / 2, job->vectors / 2);
        else
          sink = loops->read(own, job->vectors);
      }
      work += (double)passes * (double)job->vectors * sizeof(v16);
    }
    end = bounds_now();
  } while (end - start < job->seconds);
  job->rates[worker] = work / (end - start);
}

static double sum_of_rates(rondo_gang *gang, int threads, bounds_job job) {
  double rates[maximum_threads], sum = 0;
  if (threads > maximum_threads) abort();
  job.rates = rates;
  rondo_gang_run(gang, measure, &job);
  for (int i = 0; i < threads; i++) sum += rates[i];
  return sum;
}

double bounds_fma_peak(rondo_gang *gang, int threads, double seconds) {
  return sum_of_rates(gang, threads, (bounds_job){.seconds = seconds});
}

double bounds_bandwidth(rondo_gang *gang, int threads, long bytes, bool copies, double seconds) {
  const long piece = 8 * sizeof(v16);  // both halves are whole pieces of 4 vectors
  bytes = (bytes + piece - 1) / piece * piece;
  v16 *buffers = aligned_alloc(4096, ((size_t)(threads * bytes) + 4095) / 4096 * 4096);
  if (!buffers) return 0;
  double rate = sum_of_rates(
      gang, threads,
      (bounds_job){.seconds = seconds, .vectors = bytes / (long)sizeof(v16), .copies = copies, .buffers = buffers});
  free(buffers);
  return rate;
}

#ifdef __APPLE__
static long cache_size(int level, long otherwise) {
  int64_t size = 0;
  size_t length = sizeof size;
  const char *name = level == 2 ? "hw.perflevel0.l2cachesize" : "hw.l3cachesize";
  return sysctlbyname(name, &size, &length, NULL, 0) == 0 && size > 0 ? (long)size : otherwise;
}
#else
// Not of sysconf, which in a virtual machine may count the caches of the whole host.
static long cache_size(int level, long otherwise) {
  char path[96];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", level);
  FILE *file = fopen(path, "r");
  long kilobytes = 0;
  if (file && fscanf(file, "%ldK", &kilobytes) != 1) kilobytes = 0;
  if (file) fclose(file);
  return kilobytes > 0 ? 1024 * kilobytes : otherwise;
}
#endif

long bounds_level2_size(void) { return cache_size(2, 1L << 20); }
long bounds_level3_size(void) { return cache_size(3, 16L << 20); }
