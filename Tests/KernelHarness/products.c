#include "harness.h"

#include <math.h>

// Rows, k and n at and beside the sizes of vectors (16), tiles (2, 6), panels (64) and blocks (128 of k, 192 rows).
static const int sizes[][3] = {{1, 1, 1},   {1, 0, 5},    {2, 3, 15},  {5, 15, 16},   {6, 16, 17},  {7, 17, 33},
                               {13, 127, 63}, {3, 128, 64}, {4, 129, 65}, {11, 31, 130}, {193, 5, 66}, {191, 2, 7},
                               {1, 257, 100}, {385, 1, 1},  {0, 4, 4}};

static void product_case(way w, int rows, int k, int n, rondo_start start, bool is_finite) {
  describe("product %d × %d × %d, start %d%s", rows, k, n, start, is_finite ? "" : ", not finite");
  long width = vectors(n), input_ld = k + 3, output_ld = width + 5;
  float *input = numbers(matrix(rows, k, input_ld), 1);
  float *weight = numbers(k * width, 2), *panels = room(rondo_panels_size(k, n));
  for (long i = 0; i < k * width; i++) panels[panel_index(i / width, i % width, k, n)] = weight[i];
  float *bias = numbers(width, 3), *before = numbers(matrix(rows, width, output_ld), 4);
  float *output = copy_of(before, matrix(rows, width, output_ld));
  if (!is_finite && rows > 0 && k > 0) {
    input[0] = NAN;
    if (rows > 1) input[input_ld + k - 1] = INFINITY;
    if (rows > 2) input[2 * input_ld] = -0.0f;
  }
  rondo_product job = {.rows = rows, .k = k, .n = n, .input = input, .input_ld = input_ld, .panels = panels,
                       .bias = start == rondo_start_bias ? bias : NULL, .output = output, .output_ld = output_ld,
                       .start = start};
  rondo_gang_run(w.gang, w.kernels->product, &job);
  for (int row = 0; row < rows; row++) {
    for (long column = 0; column < output_ld && row * output_ld + column < matrix(rows, width, output_ld); column++) {
      long at = row * output_ld + column;
      if (column >= width) {
        expect_equal("what lies between the rows", output[at], before[at]);
        continue;
      }
      double sum = start == rondo_start_bias ? bias[column] : start == rondo_start_output ? before[at] : 0;
      double magnitude = fabs(sum);
      for (int i = 0; i < k; i++) {
        double term = (double)input[row * input_ld + i] * weight[i * width + column];
        sum += term;
        magnitude += fabs(term);
      }
      expect_near("an element", output[at], sum, chain_rounding(k, magnitude));
    }
    if (is_finite || row > 1) expect_same_bytes("a row", output + row * output_ld, (size_t)width * sizeof(float));
  }
  release();
}

void check_products(way w) {
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int start = 0; start < 3; start++)
      for (int is_finite = 0; is_finite < 2; is_finite++)
        product_case(w, sizes[i][0], sizes[i][1], sizes[i][2], (rondo_start)start, is_finite);
}

// ----------------------------------------------------------------------------------------------------------- packing

static const int shapes[][3] = {{1, 1, 1},    {1, 5, 0},  {1, 15, 16}, {1, 16, 17}, {1, 65, 3},
                                {1, 130, 67}, {4, 1, 1},  {4, 17, 20}, {4, 40, 65}, {4, 16, 64},
                                {3, 17, 20}, {3, 70, 65}};

static void pack_case(way w, rondo_row_map map, int columns, bool transposed) {
  describe("pack %d · %d × %d%s", map.gates, map.units, columns, transposed ? ", transposed" : "");
  long rows = (long)map.gates * map.units, ld = columns + 1, mapped = rondo_mapped_columns(map);
  long k = transposed ? columns : mapped, n = transposed ? mapped : columns;
  long size = rondo_panels_size(k, n);
  float *weight = numbers(matrix(rows, columns, ld), 5), *panels = room(size);
  rondo_pack job = {.weight = weight, .weight_ld = ld, .map = map, .columns = columns, .transposed = transposed,
                    .panels = panels};
  rondo_gang_run(w.gang, w.kernels->pack, &job);
  expect_equal("the size", (double)size, (double)(k * vectors(n)));
  for (long row = 0; row < k; row++) {
    for (long column = 0; column < vectors(n); column++) {
      long from = mapped_row(transposed ? column : row, map), other = transposed ? row : column;
      double expected = from >= 0 && other < columns ? weight[from * ld + other] : 0;
      expect_equal("an element", panels[panel_index(row, column, k, n)], expected);
    }
  }
  release();
}

// The second bias is added in the first `second_gates` gates.
static void pack_bias_case(way w, rondo_row_map map, int second_gates) {
  describe("pack bias %d · %d, the second in %d gates", map.gates, map.units, second_gates);
  long rows = (long)map.gates * map.units, mapped = rondo_mapped_columns(map);
  float *first = numbers(rows, 6), *second = numbers(rows, 7), *output = room(mapped);
  rondo_pack_bias job = {.first = first, .second = second_gates ? second : NULL, .second_gates = second_gates,
                         .map = map, .padding = -INFINITY, .output = output};
  rondo_gang_run(w.gang, w.kernels->pack_bias, &job);
  for (long column = 0; column < mapped; column++) {
    long row = mapped_row(column, map);
    double sum = row < 0 ? -INFINITY : first[row] + (row / map.units < second_gates ? (double)second[row] : 0);
    expect_near("an element", output[column], sum, 0x1p-24);
  }
  release();
}

void check_packing(way w) {
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    rondo_row_map map = {.gates = shapes[i][0], .units = shapes[i][1]};
    for (int flag = 0; flag < 2; flag++) pack_case(w, map, shapes[i][2], flag);
    for (int gates = 0; gates <= map.gates; gates++) pack_bias_case(w, map, gates);
  }
}

// ------------------------------------------------------------------------------------------------------ outer product

static void outer_case(way w, int rows, rondo_row_map map, int n, bool wants_sums, bool accumulates) {
  describe("outer %d rows, %d · %d × %d%s%s", rows, map.gates, map.units, n, wants_sums ? ", sums" : "",
           accumulates ? ", added" : "");
  long mapped = rondo_mapped_columns(map), height = (long)map.gates * map.units;
  long left_ld = mapped + 1, right_ld = vectors(n) + 2, gradient_ld = n + 3;
  float *left = numbers(matrix(rows, mapped, left_ld), 8), *right = numbers(matrix(rows, vectors(n), right_ld), 9);
  float *before = numbers(matrix(height, n, gradient_ld), 10), *sums_before = numbers(height, 11);
  // Padding may hold anything; here a NaN, which would spread.
  for (int row = 0; row < rows; row++) {
    for (long column = n; column < vectors(n); column++) right[row * right_ld + column] = NAN;
    for (long column = 0; column < mapped; column++)
      if (mapped_row(column, map) < 0) left[row * left_ld + column] = NAN;
  }
  float *gradient = copy_of(before, matrix(height, n, gradient_ld)), *sums = copy_of(sums_before, height);
  float *scratch = room(w.workers * rondo_outer_scratch(n));
  rondo_outer job = {.rows = rows, .n = n, .map = map, .left = left, .left_ld = left_ld, .right = right,
                     .right_ld = right_ld, .gradient = gradient, .gradient_ld = gradient_ld,
                     .column_sums = wants_sums ? sums : NULL, .accumulates = accumulates, .scratch = scratch};
  rondo_gang_run(w.gang, w.kernels->outer, &job);
  for (long column = 0; column < mapped; column++) {
    long row = mapped_row(column, map);
    if (row < 0) continue;
    double total = wants_sums && !accumulates ? 0 : sums_before[row], total_magnitude = fabs(total);
    for (int r = 0; r < rows; r++) {
      total += left[r * left_ld + column];
      total_magnitude += fabsf(left[r * left_ld + column]);
    }
    expect_near("a sum", sums[row], wants_sums ? total : sums_before[row], chain_rounding(rows, total_magnitude));
    for (long other = 0; other < gradient_ld && row * gradient_ld + other < matrix(height, n, gradient_ld); other++) {
      long at = row * gradient_ld + other;
      if (other >= n) {
        expect_equal("what lies between the rows", gradient[at], before[at]);
        continue;
      }
      double sum = accumulates ? before[at] : 0, magnitude = fabs(sum);
      for (int r = 0; r < rows; r++) {
        double term = (double)left[r * left_ld + column] * right[r * right_ld + other];
        sum += term;
        magnitude += fabs(term);
      }
      expect_near("an element", gradient[at], sum, chain_rounding(rows, magnitude));
    }
  }
  expect_same_bytes("the gradient", gradient, (size_t)matrix(height, n, gradient_ld) * sizeof(float));
  expect_same_bytes("the sums", sums, (size_t)height * sizeof(float));
  release();
}

void check_outer(way w) {
  static const int cases[][4] = {{0, 1, 3, 3},    {1, 1, 1, 1},     {3, 1, 15, 15},   {2, 1, 16, 16},  {5, 1, 17, 17},
                                 {127, 1, 33, 63}, {128, 1, 2, 64}, {129, 1, 5, 65},  {300, 1, 40, 130}, {1, 4, 1, 1},
                                 {7, 4, 16, 33},  {6, 4, 20, 20},   {131, 4, 37, 100}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (int flags = 0; flags < 4; flags++)
      if (cases[i][0] > 0 || flags & 2)
        outer_case(w, cases[i][0], (rondo_row_map){.gates = cases[i][1], .units = cases[i][2]}, cases[i][3], flags & 1,
                   flags & 2);
}
