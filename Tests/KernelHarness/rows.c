#include "harness.h"

#include <math.h>

static void cross_entropy_case(way w, int rows, int size, float spread, float scale) {
  describe("cross-entropy %d × %d, spread %g, scale %g", rows, size, spread, scale);
  long ld = vectors(size) + 3;
  float *logits = numbers(matrix(rows, vectors(size), ld), 30);
  for (long i = 0; i < matrix(rows, vectors(size), ld); i++)
    logits[i] = i % ld < size ? logits[i] * spread : -INFINITY;
  float *given = copy_of(logits, matrix(rows, vectors(size), ld));
  int32_t *targets = ids(rows, size, 31);
  double *losses = doubles(rows);
  rondo_cross_entropy job = {.rows = rows, .vocabulary = size, .logits = logits, .logits_ld = ld, .targets = targets,
                             .gradient_scale = scale, .losses = losses};
  rondo_gang_run(w.gang, w.kernels->cross_entropy, &job);
  for (int row = 0; row < rows; row++) {
    const float *own = given + row * ld;
    double largest = -INFINITY, sum = 0;
    for (int column = 0; column < size; column++) largest = fmax(largest, own[column]);
    for (int column = 0; column < size; column++) sum += exp((double)own[column] - largest);
    double loss = log(sum) + largest - own[targets[row]];
    // The difference to the largest is rounded before it is raised.
    double allowed = 1e-6 * (1 + fabs(loss)) + 0x1p-23 * spread;
    expect_near("a loss", losses[row], loss, allowed);
    for (int column = 0; column < vectors(size); column++) {
      double probability = column < size ? exp((double)own[column] - largest) / sum : 0;
      double expected = scale == 0 ? own[column] : scale * (probability - (column == targets[row]));
      expect_near("an element", logits[row * ld + column], expected, scale * (1e-6 + 0x1p-22 * fmin(spread, 200)));
    }
  }
  expect_same_bytes("losses", losses, (size_t)rows * sizeof(double));
  expect_same_bytes("logits", logits, (size_t)matrix(rows, vectors(size), ld) * sizeof(float));
  release();
}

static void extreme_logits(way w) {
  describe("cross-entropy of extreme logits");
  const float big = 0x1.fffffep127f;
  const float rows[5][3] = {
      {big, 0, -big}, {-big, -big, -big}, {1e4f, 1e4f, 0}, {-INFINITY, 0, -INFINITY}, {0, NAN, 0}};
  const int32_t chosen[] = {1, 2, 0, 1, 0};
  const double expected[] = {big, log(3), log(2), 0, NAN};
  float *logits = room(5 * 16);
  double *losses = doubles(5);
  for (int i = 0; i < 5 * 16; i++) logits[i] = i % 16 < 3 ? rows[i / 16][i % 16] : -INFINITY;
  rondo_cross_entropy job = {.rows = 5, .vocabulary = 3, .logits = logits, .logits_ld = 16, .targets = chosen,
                             .gradient_scale = 1, .losses = losses};
  rondo_gang_run(w.gang, w.kernels->cross_entropy, &job);
  for (int row = 0; row < 5; row++) expect_near("a loss", losses[row], expected[row], 1e-7);
  release();
}

static void log_softmax_case(way w, int rows, int columns, int written, bool started, bool in_place) {
  describe("log softmax %d × %d, %d written%s%s", rows, columns, written, started ? ", with a start" : "",
           in_place ? ", in place" : "");
  long ld = columns + 16;
  float *logits = numbers(matrix(rows, columns, ld), 35), *start = numbers(rows * 3L, 36);
  for (int row = 0; row < rows; row++) logits[row * ld + columns - 1] = -INFINITY;
  float *given = copy_of(logits, matrix(rows, columns, ld));
  float *output = in_place ? logits : room(matrix(rows, written, ld));
  rondo_log_softmax job = {.rows = rows, .columns = columns, .logits = logits, .logits_ld = ld,
                           .start = started ? start : NULL, .start_ld = 3, .output = output, .output_ld = ld,
                           .output_columns = written};
  rondo_gang_run(w.gang, w.kernels->log_softmax, &job);
  for (int row = 0; row < rows; row++) {
    double sum = 0;
    for (int column = 0; column < columns; column++) sum += exp((double)given[row * ld + column]);
    for (int column = 0; column < written; column++)
      expect_near("a logarithm", output[row * ld + column],
                  given[row * ld + column] - log(sum) + (started ? start[row * 3] : 0), 2e-6);
  }
  expect_same_bytes("logarithms", output, (size_t)matrix(rows, written, ld) * sizeof(float));
  release();
}

void check_log_softmax(way w) {
  static const int sizes[][3] = {{1, 16, 1}, {3, 32, 15}, {5, 48, 32}, {7, 1008, 1001}, {0, 16, 3}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int k = 0; k < 4; k++) log_softmax_case(w, sizes[i][0], sizes[i][1], sizes[i][2], k & 1, k & 2);
}

void check_cross_entropy(way w) {
  static const int sizes[][2] = {{1, 1}, {3, 15}, {2, 16}, {5, 17}, {13, 100}, {1, 1009}, {0, 7}};
  static const float spreads[] = {1, 3, 80, 1e30f}, scales[] = {0, 0.125f, 1 / 3.0f, 1};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int k = 0; k < 4; k++) cross_entropy_case(w, sizes[i][0], sizes[i][1], spreads[k], scales[k]);
  extreme_logits(w);
}

void check_indexed_rows(way w) {
  static const int sizes[][3] = {{1, 1, 1}, {2, 15, 100}, {3, 16, 40}, {5, 17, 64}, {4, 100, 30}, {3, 7, 0}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    int size = sizes[i][0], columns = sizes[i][1], rows = sizes[i][2];
    describe("rows of %d × %d, %d of them", size, columns, rows);
    long dense_ld = columns, wide_ld = columns + 3;
    int32_t *chosen = ids(rows, size, 32);
    float *table = numbers(matrix(size, columns, dense_ld), 33);
    float *window = room(matrix(rows, columns, wide_ld));
    rondo_indexed_rows gather = {.rows = rows, .columns = columns, .ids = chosen, .source = table,
                                 .source_ld = dense_ld, .destination = window, .destination_ld = wide_ld};
    rondo_gang_run(w.gang, w.kernels->gather, &gather);
    for (int row = 0; row < rows; row++)
      for (int column = 0; column < columns; column++)
        expect_equal("gathered", window[row * wide_ld + column], table[chosen[row] * dense_ld + column]);

    float *factors = numbers(rows, 37);
    gather.factors = factors;
    rondo_gang_run(w.gang, w.kernels->gather, &gather);
    for (int row = 0; row < rows; row++)
      for (int column = 0; column < columns; column++)
        expect_equal("gathered with a factor", window[row * wide_ld + column],
                     factors[row] * table[chosen[row] * dense_ld + column]);

    float *added = numbers(matrix(rows, columns, wide_ld), 34), *sums = copy_of(table, matrix(size, columns, dense_ld));
    rondo_indexed_rows scatter = {.rows = rows, .columns = columns, .ids = chosen, .source = added,
                                  .source_ld = wide_ld, .destination = sums, .destination_ld = dense_ld};
    rondo_gang_run(w.gang, w.kernels->scatter_add, &scatter);
    for (int id = 0; id < size; id++) {
      for (int column = 0; column < columns; column++) {
        double sum = table[id * dense_ld + column], magnitude = fabs(sum);
        for (int row = 0; row < rows; row++) {
          if (chosen[row] != id) continue;
          sum += added[row * wide_ld + column];
          magnitude += fabsf(added[row * wide_ld + column]);
        }
        expect_near("added", sums[id * dense_ld + column], sum, rows * 0x1p-24 * magnitude);
      }
    }
    expect_same_bytes("sums", sums, (size_t)matrix(size, columns, dense_ld) * sizeof(float));

    float *scaled = copy_of(table, matrix(size, columns, dense_ld));
    scatter.factors = factors;
    scatter.destination = scaled;
    rondo_gang_run(w.gang, w.kernels->scatter_add, &scatter);
    for (int id = 0; id < size; id++) {
      for (int column = 0; column < columns; column++) {
        double sum = table[id * dense_ld + column], magnitude = fabs(sum);
        for (int row = 0; row < rows; row++) {
          if (chosen[row] != id) continue;
          sum += (double)factors[row] * added[row * wide_ld + column];
          magnitude += fabs((double)factors[row] * added[row * wide_ld + column]);
        }
        expect_near("added with a factor", scaled[id * dense_ld + column], sum, rows * 0x1p-24 * magnitude);
      }
    }
    expect_same_bytes("scaled sums", scaled, (size_t)matrix(size, columns, dense_ld) * sizeof(float));
    release();
  }
}

void check_one_hot(way w) {
  static const int sizes[][3] = {{1, 1, 1}, {4, 20, 33}, {3, 16, 16}, {1, 70, 65}, {4, 33, 7}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    rondo_row_map map = {sizes[i][0], sizes[i][1]};
    int size = sizes[i][2], rows = map.gates * map.units, columns = rondo_mapped_columns(map);
    describe("one-hot table of %d × %d by %d", map.gates, map.units, size);
    float *weight = numbers((long)rows * size, 38), *bias = numbers(columns, 39), *table = room((long)size * columns);
    rondo_one_hot job = {.vocabulary = size, .map = map, .weight = weight, .bias = bias, .table = table};
    rondo_gang_run(w.gang, w.kernels->one_hot_table, &job);
    float *gradient = room((long)rows * size);
    rondo_one_hot back = {.vocabulary = size, .map = map, .weight = gradient, .table = table};
    rondo_gang_run(w.gang, w.kernels->one_hot_gradient, &back);
    for (int column = 0; column < columns; column++) {
      int block = column / 16, unit = block / map.gates * 16 + column % 16, row = block % map.gates * map.units + unit;
      for (int v = 0; v < size; v++) {
        float own = unit < map.units ? weight[(long)row * size + v] : 0;
        expect_equal("the table", table[(long)v * columns + column], own + bias[column]);
        if (unit < map.units)
          expect_equal("the gradient", gradient[(long)row * size + v], table[(long)v * columns + column]);
      }
    }
    release();
  }
}

void check_penalties(way w) {
  static const int sizes[][3] = {{1, 1, 16}, {6, 3, 48}, {12, 2, 64}, {5, 5, 32}, {0, 1, 16}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    int rows = sizes[i][0], batch = sizes[i][1], columns = sizes[i][2];
    describe("penalties of %d × %d in steps of %d", rows, columns, batch);
    long count = (long)rows * columns, step = (long)batch * columns;
    float *values = numbers(count, 40), *given = numbers(count, 41);
    float *squares = copy_of(given, count), *changes = copy_of(given, count);
    rondo_penalty job = {.rows = rows, .batch = batch, .columns = columns, .scale = 0.375f, .values = values,
                         .gradient = squares};
    rondo_gang_run(w.gang, w.kernels->square_gradient, &job);
    job.gradient = changes;
    rondo_gang_run(w.gang, w.kernels->change_gradient, &job);
    for (long at = 0; at < count; at++) {
      double change = 0;
      if (at >= step) change += (double)values[at] - values[at - step];
      if (at + step < count) change -= (double)values[at + step] - values[at];
      expect_near("squares", squares[at], given[at] + 0.375 * values[at], 2e-7 * (fabsf(given[at]) + 1));
      expect_near("changes", changes[at], given[at] + 0.375 * change, 1e-6 * (fabsf(given[at]) + 1));
    }
    expect_same_bytes("squares", squares, (size_t)count * sizeof(float));
    expect_same_bytes("changes", changes, (size_t)count * sizeof(float));
    release();
  }
}

void check_add(way w) {
  static const long counts[] = {0, 16, 48, 1040};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    long count = counts[i];
    describe("sum of %ld numbers", count);
    float *first = numbers(count, 42), *second = numbers(count, 43), *given = copy_of(first, count);
    float *sum = room(count);
    rondo_add job = {.count = count, .first = first, .second = second, .sum = sum};
    rondo_gang_run(w.gang, w.kernels->add, &job);
    job.sum = first;  // in place
    rondo_gang_run(w.gang, w.kernels->add, &job);
    for (long at = 0; at < count; at++) {
      expect_equal("a sum", sum[at], given[at] + second[at]);
      expect_equal("a sum in place", first[at], given[at] + second[at]);
    }
    release();
  }
}

// ------------------------------------------------------------------------------------------------------------ dropout

static bool is_kept(const rondo_dropout *job, int row, int unit) {
  const uint32_t counter[] = {(uint32_t)(unit / 64 * 16 + unit % 16),
                              job->is_locked ? 0 : (uint32_t)(row / job->batch), (uint32_t)(row % job->batch),
                              (uint32_t)job->key.step};
  const uint32_t key[] = {(uint32_t)job->key.seed ^ (job->key.purpose * 0x85EBCA6Bu),
                          (uint32_t)(job->key.seed >> 32) ^ (uint32_t)(job->key.step >> 32)};
  uint32_t words[4];
  rondo_philox(counter, key, words);
  return words[unit % 64 / 16] >= job->probability * 4294967296.0;
}

void check_dropout(way w) {
  static const int sizes[][3] = {{1, 1, 16}, {6, 3, 48}, {13, 13, 64}, {10, 5, 80}, {4, 1, 208}, {0, 1, 16}};
  static const float probabilities[] = {0, 0.25f, 0.5f, 0x1.fffffep-1f};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (int k = 0; k < 4; k++) {
      int rows = sizes[i][0], columns = sizes[i][2];
      long count = (long)rows * columns;
      describe("dropout %d × %d, probability %g", rows, columns, probabilities[k]);
      float *input = numbers(count, 35), *output = room(count), *gradient = numbers(count, 36);
      float *above = copy_of(gradient, count);
      rondo_dropout job = {.rows = rows, .batch = sizes[i][1], .columns = columns, .is_locked = k % 2,
                           .probability = probabilities[k],
                           .key = {.seed = 0xFEDCBA9876543210u, .purpose = 3, .step = 0x123456789ABu},
                           .input = input, .output = output, .mask = bytes(count)};
      rondo_gang_run(w.gang, w.kernels->dropout_forward, &job);
      rondo_dropout back = job;  // in place
      back.input = back.output = gradient;
      rondo_gang_run(w.gang, w.kernels->dropout_backward, &back);
      double scale = 1 / (1 - (double)probabilities[k]);
      for (long at = 0; at < count; at++) {
        bool kept = is_kept(&job, (int)(at / columns), (int)(at % columns));
        expect_equal("the mask", job.mask[at], kept);
        expect_near("forward", output[at], kept ? input[at] * scale : 0, 2e-7 * scale);
        expect_near("back", gradient[at], kept ? above[at] * scale : 0, 2e-7 * scale);
      }
      expect_same_bytes("forward", output, (size_t)count * sizeof(float));
      expect_same_bytes("back", gradient, (size_t)count * sizeof(float));
      release();
    }
  }
}
