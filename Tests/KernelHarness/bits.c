#include "harness.h"

#include <math.h>
#include <string.h>

// The exponentials that tokens are drawn by: those of `rondo_exp`, bit by bit.
void check_exponentials(way w) {
  static const double given[] = {0, -0x1p-1074, -1e-9, -0.5, -1, -20, -700, -708.3964185322641, -708.3964185322642,
                                 -745, -1e300, -INFINITY};
  static const double divisors[] = {1, 0.8, 3, 1e-300};
  enum { given_count = sizeof given / sizeof *given };
  for (long count = 0; count <= 19; count++) {
    for (int i = 0; i < 4; i++) {
      describe("%ld exponentials divided by %g", count, divisors[i]);
      double *values = doubles(count), *expected = doubles(count);
      for (long k = 0; k < count; k++) {
        double drawn = (double)(rondo_random(100, 1, 0, (uint64_t)k) >> 11) * -0x1p-44;
        values[k] = 2.5 + (k < given_count ? given[k] : drawn);
        expected[k] = rondo_exp((values[k] - 2.5) / divisors[i]);
      }
      w.kernels->exponentials(values, count, 2.5, divisors[i]);
      for (long k = 0; k < count; k++) expect_equal("a value", values[k], expected[k]);
      release();
    }
  }
}

static uint32_t crc_bit_by_bit(uint32_t crc, const uint8_t *values, long count) {
  for (long i = 0; i < count; i++) {
    crc ^= values[i];
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
  }
  return crc;
}

void check_crc32c(void) {
  for (long offset = 0; offset < 9; offset++) {
    for (long count = 0; count <= 70; count++) {
      describe("CRC-32C of %ld bytes after %ld", count, offset);
      uint8_t *values = bytes(offset + count);
      for (long i = 0; i < offset + count; i++) values[i] = (uint8_t)rondo_random(101, 1, 0, (uint64_t)i);
      uint32_t crc = 0xFFFFFFFFu;
      if (rondo_crc32c(&crc, values + offset, (size_t)count))
        expect_equal("the register", crc, crc_bit_by_bit(0xFFFFFFFFu, values + offset, count));
      else
        expect_equal("the register, where there is no instruction", crc, 0xFFFFFFFFu);
      release();
    }
  }
}

void check_memory(void) {
  static const size_t sizes[] = {0, 1, 63, 64, 65, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, (2 << 20) - 4096,
                                 (2 << 20) - 1, 2 << 20, (2 << 20) + 1, (5 << 20) + 12345};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    describe("memory of %zu bytes", sizes[i]);
    // What was used before is zero again.
    for (int time = 0; time < 3; time++) {
      uint8_t *start = rondo_allocate(sizes[i]);
      if (!start) {
        fail("there is none");
        break;
      }
      if ((uintptr_t)start % 64 != 0) fail("not at a multiple of 64");
      size_t other = 0;
      for (size_t k = 0; k < sizes[i]; k++) other += start[k] != 0;
      expect_equal("bytes that are not zero", (double)other, 0);
      memset(start, 0xFF, sizes[i]);
      rondo_release(start, sizes[i]);
    }
  }
  describe("more memory than there can be");
  if (rondo_allocate(SIZE_MAX) || rondo_allocate(SIZE_MAX / 2)) fail("it was given");
}
