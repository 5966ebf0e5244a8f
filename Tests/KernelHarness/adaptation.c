#include "harness.h"

#include <math.h>

static void add_squares_case(way w, long count) {
  describe("squares of %ld", count);
  float *values = numbers(count, 50), *sums = numbers(count, 51), *before = copy_of(sums, count);
  rondo_add_squares job = {.count = count, .values = values, .sums = sums};
  rondo_gang_run(w.gang, w.kernels->add_squares, &job);
  for (long i = 0; i < count; i++) expect_near("a sum", sums[i], before[i] + (double)values[i] * values[i], 3e-7);
  expect_same_bytes("sums", sums, (size_t)count * sizeof(float));
  release();
}

static void adapt_case(way w, long count, bool has_deviations) {
  describe("dynamic update of %ld%s", count, has_deviations ? " with deviations" : "");
  float *p = numbers(count, 52), *g = numbers(count, 53), *initial = numbers(count, 54), *s = numbers(count, 55);
  for (long i = 0; i < count; i++) s[i] = fabsf(s[i]);
  float *before = copy_of(p, count);
  // Large enough that some parameters go all the way back.
  rondo_adapt job = {.count = count, .parameters = p, .gradients = g, .initial = initial,
                     .deviations = has_deviations ? s : NULL, .rate = 0.01f, .decay = 0.4f, .epsilon = 0.02f,
                     .mean_deviation = 0.5f};
  rondo_gang_run(w.gang, w.kernels->adapt, &job);
  for (long i = 0; i < count; i++) {
    double back = has_deviations ? fmin(1, (double)job.decay * s[i] / job.mean_deviation) : job.decay;
    double step = has_deviations ? job.rate * (double)g[i] / ((double)s[i] + job.epsilon) : job.rate * (double)g[i];
    expect_near("a parameter", p[i], before[i] + back * ((double)initial[i] - before[i]) - step, 5e-7);
  }
  expect_same_bytes("parameters", p, (size_t)count * sizeof(float));
  release();
}

void check_adaptation(way w) {
  static const long counts[] = {0, 16, 48, 1600, 4112};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    add_squares_case(w, counts[i]);
    adapt_case(w, counts[i], false);
    adapt_case(w, counts[i], true);
  }
}
