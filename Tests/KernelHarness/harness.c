// harness [functions]: runs every check with each instruction set of this processor on 1 to 3 threads; with
// `functions`, exp, tanh and the logistic function over all floats instead.
#include "harness.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ------------------------------------------------------------------------------------------------------------ memory

enum { most_pieces = 1024 };
static void *pieces[most_pieces];
static int piece_count;

static void *take(size_t size) {
  void *piece = malloc(size ? size : 1);
  if (!piece || piece_count == most_pieces) abort();
  pieces[piece_count++] = piece;
  return piece;
}

void release(void) {
  while (piece_count > 0) free(pieces[--piece_count]);
}

float *room(long count) {
  float *values = take((size_t)count * sizeof(float));
  for (long i = 0; i < count; i++) values[i] = NAN;
  return values;
}

float *numbers(long count, uint64_t seed) {
  float *values = take((size_t)count * sizeof(float));
  for (long i = 0; i < count; i++)
    values[i] = (float)(rondo_random(seed, 1, 0, (uint64_t)i) >> 40) / 8388608.0f - 1.0f;  // 24 bits
  return values;
}

float *copy_of(const float *values, long count) {
  float *copy = take((size_t)count * sizeof(float));
  if (count) memcpy(copy, values, (size_t)count * sizeof(float));
  return copy;
}

double *doubles(long count) {
  double *values = take((size_t)count * sizeof(double));
  for (long i = 0; i < count; i++) values[i] = NAN;
  return values;
}

uint8_t *bytes(long count) {
  uint8_t *values = take((size_t)count);
  memset(values, 0xAA, (size_t)count);
  return values;
}

int32_t *ids(long count, int size, uint64_t seed) {
  int32_t *values = take((size_t)count * sizeof(int32_t));
  for (long i = 0; i < count; i++) values[i] = (int32_t)(rondo_random(seed, 2, 0, (uint64_t)i) % (uint64_t)size);
  return values;
}

// ------------------------------------------------------------------------------------------------------- expectations

static char way_name[64], case_name[256];
static long failures, expectations;

void describe(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(case_name, sizeof case_name, format, arguments);
  va_end(arguments);
}

void fail(const char *format, ...) {
  if (++failures > 20) return;  // one mistake shows at many places
  va_list arguments;
  va_start(arguments, format);
  printf("FAILED %s, %s: ", way_name, case_name);
  vprintf(format, arguments);
  printf("\n");
  va_end(arguments);
}

void expect_near(const char *what, double found, double expected, double tolerance) {
  expectations++;
  if (isnan(expected) ? isnan(found) : found == expected || fabs(found - expected) <= tolerance) return;
  fail("%s is %.9g, not %.9g ± %.2g", what, found, expected, tolerance);
}

void expect_equal(const char *what, double found, double expected) { expect_near(what, found, expected, 0); }

// What the first way had, in the order of the questions.
static uint64_t *fingerprints;
static size_t fingerprint_count, asked;
static bool is_first_way;

void expect_same_bytes(const char *what, const void *found, size_t size) {
  uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (size_t i = 0; i < size; i++) hash = (hash ^ ((const uint8_t *)found)[i]) * 1099511628211u;
  expectations++;
  if (is_first_way) {
    if (fingerprint_count % 1024 == 0) {
      fingerprints = realloc(fingerprints, (fingerprint_count + 1024) * sizeof *fingerprints);
      if (!fingerprints) abort();
    }
    fingerprints[fingerprint_count++] = hash;
  } else if (asked >= fingerprint_count || fingerprints[asked++] != hash) {
    fail("%s: other bytes than with the first kernels", what);
  }
}

// ------------------------------------------------------------------------------------------------------------- layout

// Whether a tile of this way takes all vectors of a panel.
static bool has_wide_tiles;

long panel_index(long row, long column, long k, long n) {
  long panel = column / 64, left = vectors(n) - 64 * panel, width = left < 64 ? left : 64;
  if (has_wide_tiles) return 64 * panel * k + row * width + column % 64;
  return column / 16 * 16 * k + row * 16 + column % 16;
}

long mapped_row(long column, rondo_row_map map) {
  long unit = column / 16 / map.gates * 16 + column % 16;
  return unit < map.units ? column / 16 % map.gates * map.units + unit : -1;
}

float *padded(int gates, int units, long rows, uint64_t seed) {
  rondo_row_map map = {.gates = gates, .units = units};
  long columns = rondo_mapped_columns(map);
  float *values = numbers(rows * columns, seed);
  for (long i = 0; i < rows * columns; i++)
    if (mapped_row(i % columns, map) < 0) values[i] = 0;
  return values;
}

// --------------------------------------------------------------------------------------------------------------- main

static void run(const char *name, int workers, bool all_floats) {
  way w = {.kernels = rondo_kernels_named(name), .gang = rondo_gang_create(workers, false), .workers = workers};
  if (!w.gang) abort();
  snprintf(way_name, sizeof way_name, "%s on %d thread%s", name, workers, workers > 1 ? "s" : "");
  has_wide_tiles = strncmp(name, "avx512", 6) == 0;
  asked = 0;
  if (all_floats) {
    check_every_float(w);
  } else {
    check_products(w);
    check_packing(w);
    check_outer(w);
    check_recurrence(w);
    check_mogrifier(w);
    check_normalization(w);
    check_cross_entropy(w);
    check_log_softmax(w);
    check_indexed_rows(w);
    check_one_hot(w);
    check_penalties(w);
    check_add(w);
    check_dropout(w);
    check_updates(w);
    check_adaptation(w);
    check_functions(w);
    check_packed_weights(w);
    check_weights_products(w);
    check_inference(w);
    check_exponentials(w);
    if (!is_first_way && asked != fingerprint_count) fail("asked for the bytes of fewer results than the first");
  }
  rondo_gang_destroy(w.gang);
}

int main(int count, char **arguments) {
  bool all_floats = count == 2 && strcmp(arguments[1], "functions") == 0;
  if (count > 1 && !all_floats) {
    fprintf(stderr, "usage: %s [functions]\n", arguments[0]);
    return 64;
  }
  const char *names[] = {"portable", "avx2", "avx512", "avx512vnni"};
  if (all_floats) {
    // All instruction sets give the same bytes, which the other checks hold them to.
    run(rondo_kernels()->name, rondo_available_cores(), true);
  }
  is_first_way = true;
  for (size_t i = 0; i < sizeof names / sizeof *names && !all_floats; i++) {
    if (!rondo_kernels_named(names[i])) {
      printf("not on this processor: %s\n", names[i]);
      continue;
    }
    for (int workers = 1; workers <= 3; workers++) {
      run(names[i], workers, false);
      is_first_way = false;
    }
  }
  snprintf(way_name, sizeof way_name, "any way");
  check_scalars(all_floats ? 20000000 : 100000);
  check_crc32c();
  check_memory();
  free(fingerprints);
  printf("%ld expectations, %ld failures\n", expectations, failures);
  return failures != 0;
}
