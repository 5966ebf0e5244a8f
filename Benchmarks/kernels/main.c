// Times the kernels one by one at the sizes of a training step, each against the bound that holds for it.
//
//     kernels [--threads N] [SHAPE…]       a table for each shape, a to g (all if none is named)
//     kernels --peak SECONDS [--threads N] the FMA peak alone, in FLOP/s
//
// Run by `make bench-kernels`. To add a kernel, add a call of `row` to `training_step` in steps.c.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "steps.h"

typedef struct {
  const char *name;
  long most_bytes;      // that a thread may go over again and again, and still be served by this level
  double bytes_a_second;
} memory_level;

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
    for (int i = 0; i < 2; i++)
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

int main(int count, char **arguments) {
  int threads = rondo_available_cores();
  double peak_seconds = 0;
  char shapes[16] = "";
  for (int i = 1; i < count; i++) {
    if (!strcmp(arguments[i], "--threads") && i + 1 < count) {
      threads = atoi(arguments[++i]);
    } else if (!strcmp(arguments[i], "--peak") && i + 1 < count) {
      peak_seconds = atof(arguments[++i]);
    } else if (strlen(arguments[i]) == 1 && strchr(step_shapes(), *arguments[i]) && strlen(shapes) + 1 < sizeof shapes) {
      strncat(shapes, arguments[i], 1);
    } else {
      fprintf(stderr, "usage: kernels [--threads N] [--peak SECONDS] [SHAPE…], a shape being one of %s\n", step_shapes());
      return 64;
    }
  }
  const rondo_kernel_table *kernels = rondo_kernels();
  rondo_gang *gang = threads >= 1 ? rondo_gang_create(threads, true) : NULL;
  if (!kernels || !gang) {
    fprintf(stderr, "kernels: there are no such kernels (RONDO_ISA) or no %d threads\n", threads);
    return 64;
  }
  if (peak_seconds > 0) {
    printf("%.0f\n", bounds_fma_peak(gang, threads, peak_seconds));
    rondo_gang_destroy(gang);
    return 0;
  }

  double peak = bounds_fma_peak(gang, threads, 1);
  long level2 = bounds_level2_size(), level3 = bounds_level3_size();
  memory_level levels[] = {
      {"L2", level2 * 3 / 4, 0},
      {"L3", level3 / threads * 3 / 4, 0},
      {"memory", (1L << 62), 0},
  };
  printf("%s kernels, %d threads; FMA peak %.0f GFLOP/s\n", kernels->name, threads, peak / 1e9);
  for (int i = 0; i < 3; i++) {
    // Well inside a level, and for memory far beyond the last one.
    long bytes = i == 0 ? level2 / 2 : i == 1 ? (level2 + level3 / threads) / 3 : 4 * level3;
    double read = bounds_bandwidth(gang, threads, bytes, false, 0.3);
    double copy = bounds_bandwidth(gang, threads, bytes, true, 0.3);
    levels[i].bytes_a_second = fmax(read, copy);
    printf("%-6s read %4.0f GB/s, copy %4.0f GB/s (%.1f MB a thread)\n", levels[i].name, read / 1e9, copy / 1e9,
           (double)bytes / 1e6);
  }

  for (const char *shape = *shapes ? shapes : step_shapes(); *shape; shape++) {
    step_rows rows = training_step(*shape, kernels, gang, threads);
    printf("\n%c: %s\n%-34s %-20s %5s %10s %8s %8s %6s %7s  %s\n", *shape, rows.title, "kernel", "size", "calls",
           "us a call", "ms", "GFLOP/s", "FMA", "GB/s", "bound, and how near");
    double total = 0, flops = 0;
    for (int i = 0; i < rows.count; i++) {
      const step_row *row = &rows.rows[i];
      double seconds = seconds_of(row, gang);
      const memory_level *level = levels;
      while (row->reach / threads > (double)level->most_bytes) level++;
      double arithmetic = row->flops / peak, memory = row->bytes / level->bytes_a_second;
      bool is_arithmetic = arithmetic > memory;
      printf("%-34s %-20s %5d %10.1f %8.3f", row->kernel, row->size, row->calls, 1e6 * seconds,
             1e3 * seconds * row->calls);
      if (row->flops > 0)
        printf(" %8.1f %5.0f%%", row->flops / seconds / 1e9, 100 * arithmetic / seconds);
      else
        printf(" %8s %6s", "", "");
      printf(" %7.1f  %s %.0f%%\n", row->bytes / seconds / 1e9, is_arithmetic ? "FMA" : level->name,
             100 * fmax(arithmetic, memory) / seconds);
      total += seconds * row->calls;
      flops += row->flops * row->calls;
    }
    printf("%-34s %-20s %5s %10s %8.3f %8.1f %5.0f%%\n", "together", "", "", "", 1e3 * total, flops / total / 1e9,
           100 * flops / total / peak);
    step_rows_free(&rows);
  }
  rondo_gang_destroy(gang);
  return 0;
}
