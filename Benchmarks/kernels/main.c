// Times the kernels one by one at the sizes of a training step, each against the bound that holds for it.
//
//     kernels [--threads N] [SHAPE…]       a table for each shape, a to j (all if none is named)
//     kernels --peak SECONDS [--threads N] the FMA peak alone, in FLOP/s
//
// Run by `make bench-kernels`. To add a kernel, add a call of `row` to `training_step` in steps.c.
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "steps.h"

// Bandwidth by the bytes that each thread goes over again and again: 32 KB, then twice as many each time. It says what
// a level of memory gives, and what lies between two levels.
enum { smallest_size = 32 << 10, size_count = 14 };

static int size_index(double bytes) {
  int index = 0;
  while (index + 1 < size_count && bytes >= (double)((long)smallest_size << (index + 1))) index++;
  return index;
}

// Where `reach` bytes of all threads together come from.
static const char *level_of(double reach, int threads) {
  if (reach / threads <= (double)bounds_level2_size()) return "L2";
  return reach <= (double)bounds_level3_size() ? "L3" : "memory";
}

static int by_size(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

// The median time of a run: at least 7 runs, and then for a tenth of a second.
static double seconds_of(const step_row *row, rondo_gang *gang) {
  enum { most = 20000 };
  static double times[most];
  double total = 0;
  int count = -1;  // the first run is not counted
  while (count < 7 || (total < 0.1 && count < most)) {
    for (int i = 0; i < 3; i++)
      if (row->restores[i].bytes) memcpy(row->restores[i].to, row->restores[i].from, (size_t)row->restores[i].bytes);
    double start = bounds_now();
    rondo_gang_run(gang, row->task, row->job);
    double passed = bounds_now() - start;
    if (count >= 0) {
      times[count] = passed;
      total += passed;
    }
    count++;
  }
  qsort(times, (size_t)count, sizeof *times, by_size);
  return times[count / 2];
}

static void measure_bandwidths(rondo_gang *gang, int threads, double bandwidths[size_count]) {
  printf("GB/s by the size that each thread goes over:");
  for (int i = 0; i < size_count; i++) {
    long bytes = (long)smallest_size << i;
    double read = bounds_bandwidth(gang, threads, bytes, false, 0.05);
    bandwidths[i] = fmax(read, bounds_bandwidth(gang, threads, bytes, true, 0.05));
    bool is_small = bytes < 1 << 20;
    printf(" %ld%s %.0f%s", bytes >> (is_small ? 10 : 20), is_small ? "K" : "M", bandwidths[i] / 1e9,
           i + 1 < size_count ? "," : "\n");
  }
}

static void print_step(char shape, const rondo_kernel_table *kernels, rondo_gang *gang, int threads, double peak,
                       const double bandwidths[size_count]) {
  step_rows rows = training_step(shape, kernels, gang, threads);
  printf("\n%c: %s\n%-30s %-20s %5s %10s %8s %8s %5s %7s  %s\n", shape, rows.title, "kernel", "size", "calls",
         "us a call", "ms", "GFLOP/s", "FMA", "GB/s", "bound, and how near");
  double total = 0, flops = 0;
  for (int i = 0; i < rows.count; i++) {
    const step_row *row = &rows.rows[i];
    double seconds = seconds_of(row, gang), arithmetic = row->flops / peak;
    double memory = row->bytes / bandwidths[size_index(row->reach / threads)];
    printf("%-30s %-20s %5d %10.1f %8.3f", row->kernel, row->size, row->calls, 1e6 * seconds,
           1e3 * seconds * row->calls);
    if (row->flops > 0)
      printf(" %8.1f %4.0f%%", row->flops / seconds / 1e9, 100 * arithmetic / seconds);
    else
      printf(" %8s %5s", "", "");
    printf(" %7.1f  %s %.0f%%\n", row->bytes / seconds / 1e9,
           arithmetic > memory ? "FMA" : level_of(row->reach, threads), 100 * fmax(arithmetic, memory) / seconds);
    total += seconds * row->calls;
    flops += row->flops * row->calls;
  }
  printf("%-30s %-20s %5s %10s %8.3f %8.1f %4.0f%%\n", "together", "", "", "", 1e3 * total, flops / total / 1e9,
         100 * flops / total / peak);
  step_rows_free(&rows);
}

int main(int count, char **arguments) {
  int threads = rondo_available_cores();
  double peak_seconds = 0;
  char shapes[16] = "";
  for (int i = 1; i < count; i++) {
    if (!strcmp(arguments[i], "--threads") && i + 1 < count) {
      threads = atoi(arguments[++i]);
    } else if (!strcmp(arguments[i], "--peak") && i + 1 < count) {
      peak_seconds = atof(arguments[++i]);
    } else if (strlen(arguments[i]) == 1 && strchr(step_shapes(), *arguments[i]) && !strchr(shapes, *arguments[i])) {
      strncat(shapes, arguments[i], 1);
    } else {
      fprintf(stderr, "usage: kernels [--threads N] [--peak SECONDS] [SHAPE…] with shapes of %s\n", step_shapes());
      return 64;
    }
  }
  const rondo_kernel_table *kernels = rondo_kernels();
  rondo_gang *gang = threads >= 1 ? rondo_gang_create(threads, true) : NULL;
  if (!kernels || !gang) {
    fprintf(stderr, "kernels: there are no such kernels (RONDO_ISA) or no %d threads\n", threads);
    return 64;
  }

  double peak = bounds_fma_peak(gang, threads, peak_seconds > 0 ? peak_seconds : 1);
  if (peak_seconds > 0) {
    printf("%.0f\n", peak);
  } else {
    printf("%s kernels, %d threads; FMA peak %.0f GFLOP/s\n", kernels->name, threads, peak / 1e9);
    double bandwidths[size_count];
    measure_bandwidths(gang, threads, bandwidths);
    for (const char *shape = *shapes ? shapes : step_shapes(); *shape; shape++)
      print_step(*shape, kernels, gang, threads, peak, bandwidths);
  }
  rondo_gang_destroy(gang);
  return 0;
}
