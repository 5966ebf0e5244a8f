#include "harness.h"

#include <math.h>
#include <string.h>

// ------------------------------------------------------------------------------------------------------------ numbers

static const char *name_of(rondo_number_type type) {
  static const char *const names[] = {"f32", "f16", "bf16", "int8"};
  return names[type];
}

static long round_up_4(long count) { return (count + 3) / 4 * 4; }

static long size_of(rondo_number_type type) { return type == rondo_f32 ? 4 : type == rondo_int8 ? 1 : 2; }

// By the text of IEEE 754: sign, exponent, fraction.
static double half_value(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double magnitude = exponent == 31  ? fraction ? NAN : INFINITY
                     : exponent == 0 ? ldexp(fraction, -24)
                                     : ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

double stored_value(rondo_number_type type, const void *values, long index) {
  const uint8_t *at = (const uint8_t *)values + index * size_of(type);
  if (type == rondo_f16) return half_value((uint16_t)(at[0] | at[1] << 8));
  uint32_t bits = (uint32_t)(at[0] | at[1] << 8) << 16;
  if (type == rondo_f32) bits = (uint32_t)(at[0] | at[1] << 8) | (uint32_t)(at[2] | at[3] << 8) << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

void *stored_numbers(rondo_number_type type, long count, double scale, uint64_t seed) {
  // An odd address: a file's tensors lie at any.
  uint8_t *values = bytes(count * size_of(type) + 1) + 1;
  const float *given = numbers(count, seed);
  for (long i = 0; i < count; i++) {
    float value = (float)(given[i] * scale);
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (type == rondo_f16) {
      uint16_t half = (uint16_t)(bits >> 16 & 0x8000);
      // The nearest below, which is one of the type's.
      int exponent = ilogbf(value) + 15;
      if (value != 0 && exponent > 0) half |= (uint16_t)(exponent << 10 | (bits >> 13 & 1023));
      memcpy(values + 2 * i, &half, 2);
    } else if (type == rondo_bf16) {
      memcpy(values + 2 * i, (uint8_t *)&bits + 2, 2);
    } else {
      memcpy(values + 4 * i, &bits, 4);
    }
  }
  return values;
}

// To 11 significant bits or whole 2^-24.
double rounded_to_half(double value) {
  if (value == 0 || !isfinite(value)) return value;
  int exponent = ilogb(value) < -14 ? -14 : ilogb(value);
  double rounded = ldexp(nearbyint(ldexp(value, 10 - exponent)), exponent - 10);
  return fmin(65504, fmax(-65504, rounded));
}

static void every_half(way w) {
  for (int type = rondo_f16; type <= rondo_bf16; type++) {
    describe("every %s", name_of(type));
    const long count = 65536 + 1;  // the last one by itself
    uint8_t *patterns = bytes(2 * count + 1) + 1;
    for (long i = 0; i < count; i++) memcpy(patterns + 2 * i, &(uint16_t){(uint16_t)i}, 2);
    float *values = room(count);
    w.kernels->widen_values(type, patterns, values, count);
    for (long i = 0; i < count; i++) {
      double expected = stored_value(type, patterns, i);
      expect_equal("a value", values[i], expected);
      if (values[i] == 0 && signbit(values[i]) != signbit(expected)) fail("a zero of the other sign");
    }
    release();
  }
  for (int type = rondo_f32; type <= rondo_bf16; type++) {
    for (long count = 0; count <= 33; count++) {
      describe("%ld numbers of %s", count, name_of(type));
      const void *stored = stored_numbers(type, count, 3, 70);
      float *values = room(count);
      w.kernels->widen_values(type, stored, values, count);
      for (long i = 0; i < count; i++) expect_equal("a value", values[i], stored_value(type, stored, i));
      release();
    }
  }
}

// ------------------------------------------------------------------------------------------------------------ packing

rondo_weights packed_weights(way w, const void *source, rondo_number_type source_type, rondo_row_map map, int columns,
                             rondo_number_type type) {
  long mapped = rondo_mapped_columns(map), depth = type == rondo_int8 ? round_up_4(columns) : columns;
  rondo_pack_weights job = {.source = source, .source_type = source_type, .map = map, .columns = columns, .type = type,
                            .panels = bytes(depth * mapped * size_of(type)),
                            .scales = type == rondo_int8 ? room(mapped) : NULL,
                            .offsets = type == rondo_int8 ? (int32_t *)bytes(mapped * 4) : NULL};
  rondo_gang_run(w.gang, w.kernels->pack_weights, &job);
  return (rondo_weights){.type = type, .panels = job.panels, .scales = job.scales, .offsets = job.offsets};
}

double weight_value(const rondo_weights *weights, long row, long column, long k, long n) {
  if (weights->type != rondo_int8)
    return stored_value(weights->type, weights->panels, panel_index(row, column, k, n));
  // Four rows are one of four times the columns.
  long panel = column / 64, left = vectors(n) - 64 * panel, width = left < 64 ? left : 64;
  long index = 64 * panel * round_up_4(k) + row / 4 * width * 4 + column % 64 * 4 + row % 4;
  return ((const int8_t *)weights->panels)[index];
}

// A column of int8 panels, its scale and its offset; `from` is the row of the source, -1 for none.
static void expect_byte_column(const rondo_weights *weights, rondo_number_type source_type, const void *source,
                               long from, long column, int columns, long mapped) {
  float largest = 0;
  for (long i = 0; from >= 0 && i < columns; i++)
    largest = fmaxf(largest, fabsf((float)stored_value(source_type, source, from * columns + i)));
  float scale = largest / 127;
  int32_t sum = 0;
  for (long row = 0; row < round_up_4(columns); row++) {
    bool is_there = from >= 0 && row < columns;
    float value = is_there ? (float)stored_value(source_type, source, from * columns + row) : 0;
    float whole = scale > 0 ? nearbyintf(value / scale) : 0;
    float expected = isnan(whole) ? -127 : whole;  // of NaN, or of an infinity by an infinity
    expect_equal("a number", weight_value(weights, row, column, columns, mapped), expected);
    sum += (int32_t)expected;
  }
  expect_equal("a scale", weights->scales[column], scale / 127);
  expect_equal("an offset", weights->offsets[column], -128 * sum);
}

static void pack_case(way w, rondo_row_map map, int columns, rondo_number_type source_type, rondo_number_type type) {
  describe("pack %d · %d × %d from %s to %s", map.gates, map.units, columns, name_of(source_type), name_of(type));
  // Some are too large for a half, some subnormal.
  static const double scales[] = {1, 1e5, 1e-5};
  for (int i = 0; i < 3; i++) {
    const void *source = stored_numbers(source_type, (long)map.gates * map.units * columns, scales[i], 71);
    rondo_weights weights = packed_weights(w, source, source_type, map, columns, type);
    long mapped = rondo_mapped_columns(map);
    for (long column = 0; column < mapped; column++) {
      long from = mapped_row(column, map);
      if (type == rondo_int8) expect_byte_column(&weights, source_type, source, from, column, columns, mapped);
      for (long row = 0; row < columns && type != rondo_int8; row++) {
        double expected = from < 0 ? 0 : stored_value(source_type, source, from * columns + row);
        if (type == rondo_f16) expected = rounded_to_half(expected);
        expect_equal("a number", weight_value(&weights, row, column, columns, mapped), expected);
      }
    }
    // In the order of the matrix, as that of panels is not the same everywhere.
    double *packed = doubles(columns * mapped);
    for (long i = 0; i < columns * mapped; i++)
      packed[i] = weight_value(&weights, i / mapped, i % mapped, columns, mapped);
    expect_same_bytes("the numbers", packed, (size_t)(columns * mapped) * sizeof(double));
    release();
  }
}

void check_packed_weights(way w) {
  every_half(w);
  static const int shapes[][3] = {{1, 1, 1}, {1, 5, 17},  {1, 67, 20}, {1, 130, 16},
                                  {4, 1, 1}, {4, 17, 20}, {4, 20, 33}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    for (int source_type = rondo_f32; source_type <= rondo_bf16; source_type++)
      for (int type = rondo_f32; type <= rondo_int8; type++)
        if (type != rondo_bf16)  // which weights come in, but are not packed in
          pack_case(w, (rondo_row_map){.gates = shapes[i][0], .units = shapes[i][1]}, shapes[i][2],
                    (rondo_number_type)source_type, (rondo_number_type)type);
}

// ----------------------------------------------------------------------------------------------------------- products

static void product_case(way w, int rows, int k, int n, rondo_number_type type) {
  describe("product %d × %d × %d with %s", rows, k, n, name_of(type));
  long width = vectors(n), input_ld = k + 3, output_ld = width + 5;
  float *input = numbers(matrix(rows, k, input_ld), 72), *bias = numbers(width, 73);
  const void *source = stored_numbers(rondo_f32, (long)n * k, 1, 74);
  rondo_weights weights = packed_weights(w, source, rondo_f32, (rondo_row_map){.gates = 1, .units = n}, k, type);
  float *before = numbers(matrix(rows, width, output_ld), 75);
  float *output = copy_of(before, matrix(rows, width, output_ld));
  rondo_weights_product job = {.rows = rows, .k = k, .n = n, .weights = weights, .bias = bias, .input = input,
                               .input_ld = input_ld, .output = output, .output_ld = output_ld};
  rondo_gang_run(w.gang, w.kernels->weights_product, &job);
  // Training's kernel, with the same numbers in fp32: the same chains.
  float *panels = room(rondo_panels_size(k, n)), *twin = copy_of(before, matrix(rows, width, output_ld));
  for (long i = 0; i < k * width; i++) panels[i] = (float)stored_value(type, weights.panels, i);
  rondo_product plain = {.rows = rows, .k = k, .n = n, .input = input, .input_ld = input_ld, .panels = panels,
                         .bias = bias, .output = twin, .output_ld = output_ld, .start = rondo_start_bias};
  rondo_gang_run(w.gang, w.kernels->product, &plain);
  if (memcmp(output, twin, (size_t)matrix(rows, width, output_ld) * sizeof(float)) != 0)
    fail("other bytes than training's product");
  for (long row = 0; row < rows; row++) {
    for (long column = 0; column < width; column++) {
      double sum = bias[column], magnitude = fabs(sum);
      for (long i = 0; i < k; i++) {
        double term = input[row * input_ld + i] * weight_value(&weights, i, column, k, n);
        sum += term;
        magnitude += fabs(term);
      }
      expect_near("an element", output[row * output_ld + column], sum, chain_rounding(k, magnitude));
    }
  }
  expect_same_bytes("the product", output, (size_t)matrix(rows, width, output_ld) * sizeof(float));
  release();
}

void check_weights_products(way w) {
  static const int sizes[][2] = {{1, 1}, {17, 5}, {20, 67}, {127, 16}, {128, 64}, {129, 100}, {3, 200}, {257, 130}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int rows = 1; rows <= 7; rows++)
      for (int type = rondo_f32; type <= rondo_f16; type++)
        product_case(w, rows, sizes[i][0], sizes[i][1], (rondo_number_type)type);
  product_case(w, 193, 20, 67, rondo_f16);
}
