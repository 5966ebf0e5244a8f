#include "harness.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// exp, tanh and the logistic function of single values: units in the last place of the exact result as a float.
// The bounds stand in inc/vector.inc, rondo_kernels.h and docs/architecture.md too.
typedef struct {
  const char *name;
  double bound;
  float least, greatest;  // beyond: 0, or infinity, or 1
  double (*exact)(double);
} function;

static double logistic(double x) { return 1 / (1 + exp(-x)); }

static const function functions[] = {
    {"exp", 1.01, -87.3f, 88.72f, exp},
    {"tanh", 1.35, -INFINITY, INFINITY, tanh},
    {"sigmoid", 2.5, -88.72f, INFINITY, logistic},
};
enum { function_count = 3, block = 4096 };

static void compute(const rondo_kernel_table *kernels, int which, const float *input, float *output, long count) {
  void (*const all[])(const float *, float *, long) = {kernels->exp_values, kernels->tanh_values,
                                                       kernels->sigmoid_values};
  all[which](input, output, count);
}

static float of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// Units in the last place; infinite where the result is not what the function promises at its ends.
static double error_of(const function *own, float x, float result) {
  if (isnan(x)) return isnan(result) ? 0 : INFINITY;
  if (x < own->least) return bits_of(result) == 0 ? 0 : INFINITY;
  if (x > own->greatest) return result == INFINITY ? 0 : INFINITY;
  if (isnan(result)) return INFINITY;
  double exact = own->exact(x);
  // The sign of a zero counts.
  if (exact == 0) return bits_of(result) == bits_of((float)exact) ? 0 : INFINITY;
  int exponent = ilogbf((float)exact);
  double unit = ldexp(1, (exponent < FLT_MIN_EXP - 1 ? FLT_MIN_EXP - 1 : exponent) - (FLT_MANT_DIG - 1));
  return fabs(result - exact) / unit;
}

typedef struct {
  double error;
  float at;
} worst;

typedef struct {
  const rondo_kernel_table *kernels;
  int which;
  uint64_t first, last, step;  // bit patterns
  worst *results;              // one for each worker
} sweep;

// Every `step`th float of a worker's share of the bit patterns.
static void sweep_share(const void *argument, int worker, int workers, rondo_gang *gang) {
  const sweep *job = argument;
  (void)gang;
  uint64_t count = (job->last - job->first) / job->step;
  uint64_t from = count * (uint64_t)worker / (uint64_t)workers, to = count * (uint64_t)(worker + 1) / (uint64_t)workers;
  worst found = {0, 0};
  float input[block], output[block];
  while (from < to) {
    long length = to - from < block ? (long)(to - from) : block;
    for (long i = 0; i < length; i++) input[i] = of_bits((uint32_t)(job->first + (from + (uint64_t)i) * job->step));
    compute(job->kernels, job->which, input, output, length);
    for (long i = 0; i < length; i++) {
      double error = error_of(&functions[job->which], input[i], output[i]);
      if (error > found.error) found = (worst){error, input[i]};
    }
    from += (uint64_t)length;
  }
  job->results[worker] = found;
}

static worst largest_error(way w, int which, uint64_t first, uint64_t last, uint64_t step) {
  worst results[256], largest = {0, 0};
  sweep job = {.kernels = w.kernels, .which = which, .first = first, .last = last, .step = step, .results = results};
  rondo_gang_run(w.gang, sweep_share, &job);
  for (int worker = 0; worker < w.workers; worker++)
    if (results[worker].error > largest.error) largest = results[worker];
  return largest;
}

static void expect_bound(int which, worst found) {
  if (!(found.error <= functions[which].bound))
    fail("an error of %.4f units in the last place at %a, more than %g", found.error, found.at, functions[which].bound);
}

void check_every_float(way w) {
  for (int which = 0; which < function_count; which++) {
    describe("%s of every float", functions[which].name);
    worst found = largest_error(w, which, 0, UINT64_C(1) << 32, 1);
    expect_bound(which, found);
    printf("%s: at most %.6f units in the last place, at %a (%.9g)\n", functions[which].name, found.error, found.at,
           found.at);
    fflush(stdout);
  }
}

static void ends_of_the_range(way w) {
  static const float points[] = {0,        -0.0f,     0x1p-149f, -0x1p-149f, 0x1p-126f, -0x1.8p-127f, 0.625f, -0.625f,
                                 INFINITY, -INFINITY, FLT_MAX,   -FLT_MAX,   NAN,       -87.3f,       88.72f, -88.72f,
                                 1,        -1,        100};
  enum { count = sizeof points / sizeof *points };
  for (int which = 0; which < function_count; which++) {
    describe("%s at the ends of its range", functions[which].name);
    for (int length = 1; length <= count; length++) {  // every place in a vector, and nothing after the last
      const float *input = copy_of(points + (count - length), length);
      float *output = room(length);
      compute(w.kernels, which, input, output, length);
      for (int i = 0; i < length; i++) {
        double error = error_of(&functions[which], input[i], output[i]);
        if (!(error <= functions[which].bound)) fail("f(%a) is %a", input[i], output[i]);
        // Beside a bound as well.
        const float beside[] = {nextafterf(input[i], INFINITY), nextafterf(input[i], -INFINITY)};
        float results[2];
        compute(w.kernels, which, beside, results, 2);
        for (int k = 0; k < 2; k++) {
          error = error_of(&functions[which], beside[k], results[k]);
          if (!(error <= functions[which].bound)) fail("f(%a) is %a", beside[k], results[k]);
        }
      }
      release();
    }
  }
}

void check_functions(way w) {
  for (int which = 0; which < function_count; which++) {
    describe("%s of a sample", functions[which].name);
    // A prime, so that all exponents and all places in a vector are met.
    expect_bound(which, largest_error(w, which, 0, UINT64_C(1) << 32, 65537));
    float input[1000], output[1000];
    for (int i = 0; i < 1000; i++) input[i] = of_bits((uint32_t)(rondo_random(50, 1, 0, (uint64_t)i)));
    for (int i = 0; i < 1000; i++)
      if (isnan(input[i])) input[i] = (float)i / 10 - 50;
    compute(w.kernels, which, input, output, 1000);
    expect_same_bytes("values", output, sizeof output);
  }
  ends_of_the_range(w);
}

// ------------------------------------------------------------------------------------------------------------ scalars

typedef struct {
  const char *name;
  double bound;  // units in the last place of the exact result as a double
  double (*own)(double);
  long double (*exact)(double);
  double error, at;
} scalar;

static const long double pi = 3.14159265358979323846264338327950288L;

static long double exp_exactly(double x) { return expl(x); }
static long double log_exactly(double x) { return logl(x); }
// Near 1/2 by the exact difference to it, where pi * x would be rounded.
static long double cos_pi_exactly(double x) {
  return x > 0.25 && x < 0.75 ? sinl(pi * (0.5L - x)) : cosl(pi * x);
}

static void measure(scalar *own, double x) {
  double found = own->own(x);
  long double exact = own->exact(x);
  double error = 0;
  if (found != exact) error = (double)(fabsl(found - exact) / ldexpl(1, ilogbl(exact) - (DBL_MANT_DIG - 1)));
  if (!(error <= own->error)) {
    own->error = error;
    own->at = x;
  }
}

void check_scalars(long samples) {
  scalar all[] = {{"rondo_exp", 1, rondo_exp, exp_exactly, 0, 0},
                  {"rondo_log", 2.1, rondo_log, log_exactly, 0, 0},
                  {"rondo_cos_pi", 2.1, rondo_cos_pi, cos_pi_exactly, 0, 0}};
  for (long i = 0; i < samples; i++) {
    double part = (double)(rondo_random(60, 1, 0, (uint64_t)i) >> 11) * 0x1p-53;  // 0 ..< 1
    int power = (int)(rondo_random(60, 2, 0, (uint64_t)i) % 60);
    double small = ldexp(part, -power);
    measure(&all[0], -708.396 + part * (709.782 + 708.396));
    measure(&all[0], i % 2 ? small : -small);
    uint64_t bits = rondo_random(60, 3, 0, (uint64_t)i) % 0x7FEFFFFFFFFFFFFFu + 1;  // positive and finite
    double any;
    memcpy(&any, &bits, sizeof any);
    measure(&all[1], any);
    if (part != 0) measure(&all[1], 1 + (i % 2 ? small : -small / 2));
    measure(&all[2], part);
    measure(&all[2], small);
    measure(&all[2], 0.5 + small / 2);
    measure(&all[2], 1 - small);
  }
  // Where long double is no more than double, the reference is rounded too.
  double slack = LDBL_MANT_DIG > DBL_MANT_DIG ? 0 : 1;
  for (int i = 0; i < 3; i++) {
    describe("%s", all[i].name);
    if (!(all[i].error <= all[i].bound + slack)) fail("an error of %.4f at %a", all[i].error, all[i].at);
    if (samples > 1000000)
      printf("%s: at most %.4f units in the last place, at %a\n", all[i].name, all[i].error, all[i].at);
  }
  describe("rondo_exp, rondo_log, rondo_cos_pi at their ends");
  expect_equal("exp(0)", rondo_exp(0), 1);
  expect_equal("exp(inf)", rondo_exp(INFINITY), INFINITY);
  expect_equal("exp(-inf)", rondo_exp(-INFINITY), 0);
  expect_equal("exp(nan)", rondo_exp(NAN), NAN);
  expect_equal("exp above its range", rondo_exp(709.7827128933841), INFINITY);
  expect_equal("exp below its range", rondo_exp(-708.3964185322642), 0);
  expect_equal("log(0)", rondo_log(0), -INFINITY);
  expect_equal("log(-0)", rondo_log(-0.0), -INFINITY);
  expect_equal("log(1)", rondo_log(1), 0);
  expect_equal("log(inf)", rondo_log(INFINITY), INFINITY);
  expect_equal("log(-1)", rondo_log(-1), NAN);
  expect_equal("log(nan)", rondo_log(NAN), NAN);
  expect_near("log of the least double", rondo_log(0x1p-1074), -744.4400719213812, 1.2e-13);
  expect_equal("cos(0)", rondo_cos_pi(0), 1);
  expect_equal("cos(pi/2)", rondo_cos_pi(0.5), 0);
  expect_equal("cos(pi)", rondo_cos_pi(1), -1);
}
