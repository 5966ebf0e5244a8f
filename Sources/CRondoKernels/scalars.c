#include "rondo_kernels.h"

#include <string.h>

#pragma clang fp contract(off)

static double power_of_two(int64_t exponent) {  // -1022 ... 1023
  uint64_t bits = (uint64_t)(exponent + 1023) << 52;
  double result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

double rondo_exp(double x) {
  if (!(x == x)) return x;
  if (x > 709.782712893384) return __builtin_inf();
  if (x < -708.3964185322641) return 0;
  const double log2e = 1.4426950408889634, ln2_high = 0.6931471803691238, ln2_low = 1.9082149292705877e-10;
  const double magic = 6755399441055744.0;  // adding and subtracting it rounds to a whole number
  double n = __builtin_fma(x, log2e, magic) - magic;
  double r = __builtin_fma(-n, ln2_low, __builtin_fma(-n, ln2_high, x));
  double sum = 1.0 / 6227020800.0;  // Taylor to r^13 / 13!: |r| <= ln 2 / 2
  const double inverse_factorials[] = {1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0,
                                       1.0 / 40320.0,     1.0 / 5040.0,     1.0 / 720.0,     1.0 / 120.0,
                                       1.0 / 24.0,        1.0 / 6.0,        0.5,             1.0, 1.0};
  for (int i = 0; i < 13; i++) sum = __builtin_fma(sum, r, inverse_factorials[i]);
  int64_t half = (int64_t)n / 2;  // in two steps, since 2^1024 is no double
  return sum * power_of_two(half) * power_of_two((int64_t)n - half);
}

double rondo_log(double x) {
  if (x == 0) return -__builtin_inf();
  if (!(x > 0)) return __builtin_nan("");
  if (x == __builtin_inf()) return x;
  int64_t exponent = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984.0;  // 2^54
    exponent = -54;
  }
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  exponent += (int64_t)(bits >> 52) - 1023;
  bits = (bits & 0xFFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
  double m;
  memcpy(&m, &bits, sizeof m);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  // log m = 2 artanh s = 2 (s + s^3/3 + s^5/5 + ...), |s| <= 0.1716
  double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
  for (int k = 23; k >= 3; k -= 2) sum = __builtin_fma(sum, s2, 1.0 / k);
  double n = (double)exponent;
  double small = __builtin_fma(n, 1.9082149292705877e-10, 2 * s * s2 * sum);
  return __builtin_fma(n, 0.6931471803691238, 2 * s + small);
}

double rondo_cos_pi(double x) {
  const double pi = 3.141592653589793;
  if (x > 0.5) return -rondo_cos_pi(1 - x);
  // Towards the zero at 1/2 as a sine of what is left to it: that difference is exact, pi * x is rounded.
  int odd = x > 0.25;
  double y = pi * (odd ? 0.5 - x : x), y2 = y * y, term = odd ? y : 1, sum = 0;
  double terms[13];
  for (int k = 0; k < 13; k++) {
    terms[k] = term;
    term *= -y2 / ((2 * k + 1 + odd) * (2 * k + 2 + odd));
  }
  for (int k = 12; k >= 0; k--) sum += terms[k];
  return sum;
}

void rondo_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
    uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  output[0] = c0;
  output[1] = c1;
  output[2] = c2;
  output[3] = c3;
}

uint64_t rondo_random(uint64_t seed, uint32_t purpose, uint32_t stream, uint64_t index) {
  const uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), stream, purpose};
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  uint32_t words[4];
  rondo_philox(counter, key, words);
  return (uint64_t)words[0] << 32 | words[1];
}
