#include "harness.h"

#include <math.h>

static const long counts[] = {0, 16, 32, 48, 1600, 4080, 4096, 4112, 20000};
enum { count_count = sizeof counts / sizeof *counts };

static void square_sums_case(way w, long count) {
  describe("square sums of %ld", count);
  long blocks = (count + 4095) / 4096;
  float *values = numbers(count, 40);
  double *partials = doubles(blocks);
  rondo_square_sums job = {.values = values, .count = count, .partials = partials};
  rondo_gang_run(w.gang, w.kernels->square_sums, &job);
  for (long block = 0; block < blocks; block++) {
    double sum = 0;
    for (long i = 4096 * block; i < count && i < 4096 * (block + 1); i++) sum += (double)values[i] * values[i];
    expect_near("a sum", partials[block], sum, 260 * 0x1p-24 * sum);  // 256 of a lane, 4 of the tree
  }
  expect_same_bytes("sums", partials, (size_t)blocks * sizeof(double));
  release();
}

static void clamp_case(way w, long count) {
  describe("clamping %ld", count);
  float *values = numbers(count, 48);
  if (count > 16) {
    values[3] = NAN;
    values[4] = INFINITY;
    values[5] = -INFINITY;
  }
  float *before = copy_of(values, count);
  rondo_clamp job = {.count = count, .values = values, .scale = 3, .bound = 0.75f};
  rondo_gang_run(w.gang, w.kernels->clamp, &job);
  for (long i = 0; i < count; i++) {
    float scaled = before[i] * job.scale;
    float cut = scaled > job.bound ? job.bound : scaled < -job.bound ? -job.bound : scaled;
    expect_near("a value", values[i], isfinite(scaled) ? cut : scaled, 0);
  }
  if (count > 16) values[3] = 0;
  expect_same_bytes("values", values, (size_t)count * sizeof(float));
  release();
}

static void adamw_case(way w, long count) {
  describe("AdamW of %ld", count);
  float *p = numbers(count, 41), *g = numbers(count, 42), *m = numbers(count, 43), *v = numbers(count, 44);
  for (long i = 0; i < count; i++) v[i] = fabsf(v[i]);
  float *before_p = copy_of(p, count), *before_m = copy_of(m, count), *before_v = copy_of(v, count);
  rondo_adamw job = {.count = count, .parameters = p, .gradients = g, .first_moments = m, .second_moments = v,
                     .gradient_scale = 0.7f, .learning_rate = 0.01f, .beta1 = 0.9f, .beta2 = 0.999f,
                     .epsilon = 1e-8f, .weight_decay = 0.1f, .correction1 = 0.19f, .correction2 = 0.002f};
  rondo_gang_run(w.gang, w.kernels->adamw, &job);
  for (long i = 0; i < count; i++) {
    double gradient = (double)g[i] * job.gradient_scale;
    double first = (double)job.beta1 * before_m[i] + (1 - (double)job.beta1) * gradient;
    double second = (double)job.beta2 * before_v[i] + (1 - (double)job.beta2) * gradient * gradient;
    double change = first / job.correction1 / (sqrt(second / job.correction2) + job.epsilon);
    double kept = before_p[i] * (1 - (double)job.learning_rate * job.weight_decay);
    expect_near("a first moment", m[i], first, 3e-7);
    expect_near("a second moment", v[i], second, 3e-7);
    expect_near("a parameter", p[i], kept - job.learning_rate * change, 3e-7 + 1e-4 * fabs(job.learning_rate * change));
  }
  expect_same_bytes("parameters", p, (size_t)count * sizeof(float));
  expect_same_bytes("first moments", m, (size_t)count * sizeof(float));
  expect_same_bytes("second moments", v, (size_t)count * sizeof(float));
  release();
}

static void sgd_case(way w, long count, bool is_first_step, bool has_momentum) {
  describe("SGD of %ld%s%s", count, is_first_step ? ", first step" : "", has_momentum ? "" : ", no momentum");
  float *p = numbers(count, 45), *g = numbers(count, 46), *v = numbers(count, 47);
  float *before_p = copy_of(p, count), *before_v = copy_of(v, count);
  rondo_sgd job = {.count = count, .parameters = p, .gradients = g, .velocities = has_momentum ? v : NULL,
                   .gradient_scale = 0.3f, .learning_rate = 0.5f, .momentum = has_momentum ? 0.9f : 0,
                   .weight_decay = 0.01f, .is_first_step = is_first_step};
  rondo_gang_run(w.gang, w.kernels->sgd, &job);
  for (long i = 0; i < count; i++) {
    double gradient = (double)g[i] * job.gradient_scale + (double)job.weight_decay * before_p[i];
    double velocity = (is_first_step ? 0 : (double)job.momentum * before_v[i]) + gradient;
    expect_near("a velocity", v[i], has_momentum ? velocity : before_v[i], 3e-7);
    expect_near("a parameter", p[i], before_p[i] - job.learning_rate * velocity, 3e-7);
  }
  expect_same_bytes("parameters", p, (size_t)count * sizeof(float));
  expect_same_bytes("velocities", v, (size_t)count * sizeof(float));
  release();
}

static void rmsprop_case(way w, long count) {
  describe("RMSprop of %ld", count);
  float *p = numbers(count, 49), *g = numbers(count, 50), *s = numbers(count, 51);
  for (long i = 0; i < count; i++) s[i] = fabsf(s[i]);
  float *before_p = copy_of(p, count), *before_s = copy_of(s, count);
  rondo_rmsprop job = {.count = count, .parameters = p, .gradients = g, .squares = s, .gradient_scale = 0.3f,
                       .learning_rate = 0.01f, .decay = 0.95f, .epsilon = 1e-8f, .weight_decay = 0.1f};
  rondo_gang_run(w.gang, w.kernels->rmsprop, &job);
  for (long i = 0; i < count; i++) {
    double gradient = (double)g[i] * job.gradient_scale + (double)job.weight_decay * before_p[i];
    double squares = (double)job.decay * before_s[i] + (1 - (double)job.decay) * gradient * gradient;
    double change = job.learning_rate * gradient / (sqrt(squares) + job.epsilon);
    expect_near("a mean of squares", s[i], squares, 3e-7);
    expect_near("a parameter", p[i], before_p[i] - change, 3e-7 + 1e-4 * fabs(change));
  }
  expect_same_bytes("parameters", p, (size_t)count * sizeof(float));
  expect_same_bytes("means of squares", s, (size_t)count * sizeof(float));
  release();
}

static void average_case(way w, long count) {
  describe("average of %ld", count);
  float *a = numbers(count, 52), *p = numbers(count, 53), *before = copy_of(a, count);
  rondo_average job = {.count = count, .average = a, .values = p, .weight = 0.3f};
  rondo_gang_run(w.gang, w.kernels->average, &job);
  for (long i = 0; i < count; i++)
    expect_near("an average", a[i], before[i] + (double)job.weight * ((double)p[i] - before[i]), 3e-7);
  expect_same_bytes("averages", a, (size_t)count * sizeof(float));
  release();
}

void check_updates(way w) {
  for (int i = 0; i < count_count; i++) {
    square_sums_case(w, counts[i]);
    clamp_case(w, counts[i]);
    adamw_case(w, counts[i]);
    sgd_case(w, counts[i], false, true);
    sgd_case(w, counts[i], true, true);
    sgd_case(w, counts[i], false, false);
    rmsprop_case(w, counts[i]);
    average_case(w, counts[i]);
  }
}
