#include "harness.h"

#include <math.h>

// A window of one layer: gates [T*B, P*64], states [T*B, P*16].
typedef struct {
  int steps, batch, hidden;
  long width;  // P * 16
  float *weight;  // [4H, H]
  float *initial_hidden, *initial_cell, *gates, *hidden_states, *cell_states;
} window;

static const float tolerance = 2e-5f;

static double logistic(double x) { return 1 / (1 + exp(-x)); }

// [rows, P*16], zero beyond H.
static float *states(const window *own, long rows, uint64_t seed) {
  float *values = numbers(rows * own->width, seed);
  for (long i = 0; i < rows * own->width; i++)
    if (i % own->width >= own->hidden) values[i] = 0;
  return values;
}

// Rows of the input's part of the pre-activations, zero for units that are none.
static float *inputs(const window *own, long rows, uint64_t seed) {
  float *values = numbers(rows * 4 * own->width, seed);
  rondo_row_map map = {.gates = 4, .units = own->hidden};
  for (long i = 0; i < rows * 4 * own->width; i++)
    values[i] = mapped_row(i % (4 * own->width), map) < 0 ? 0 : 2 * values[i];
  return values;
}

static float *panels_of(way w, const window *own, bool transposed) {
  rondo_row_map map = {.gates = 4, .units = own->hidden};
  long mapped = 4 * own->width;
  long size = transposed ? rondo_panels_size(own->hidden, mapped) : rondo_panels_size(mapped, own->hidden);
  rondo_pack job = {.weight = own->weight, .weight_ld = own->hidden, .map = map, .columns = own->hidden,
                    .transposed = transposed, .panels = room(size)};
  rondo_gang_run(w.gang, w.kernels->pack, &job);
  return job.panels;
}

static long gate(const window *own, long row, int gate, int unit) {
  return row * 4 * own->width + unit / 16 * 64 + gate * 16 + unit % 16;
}

static const float *before(const window *own, const float *initial, const float *later, long row) {
  return row < own->batch ? initial + row * own->width : later + (row - own->batch) * own->width;
}

static void forward(way w, window *own, const float *table, const int32_t *tokens) {
  long rows = (long)own->steps * own->batch;
  float *input = copy_of(own->gates, rows * 4 * own->width);
  if (table)
    for (long row = 0; row < rows; row++)
      for (long column = 0; column < 4 * own->width; column++) {
        input[row * 4 * own->width + column] = table[tokens[row] * 4 * own->width + column];
        own->gates[row * 4 * own->width + column] = NAN;
      }
  rondo_lstm_forward job = {.steps = own->steps, .batch = own->batch, .hidden = own->hidden,
                            .recurrent_panels = panels_of(w, own, true), .table = table, .ids = tokens,
                            .initial_hidden = own->initial_hidden, .initial_cell = own->initial_cell,
                            .gates = own->gates, .hidden_states = own->hidden_states,
                            .cell_states = own->cell_states};
  rondo_gang_run(w.gang, w.kernels->lstm_forward, &job);
  for (long row = 0; row < rows; row++) {
    const float *h = before(own, own->initial_hidden, own->hidden_states, row);
    const float *c = before(own, own->initial_cell, own->cell_states, row);
    for (int unit = 0; unit < own->width; unit++) {
      if (unit >= own->hidden) {
        expect_equal("padding of c", own->cell_states[row * own->width + unit], 0);
        expect_equal("padding of h", own->hidden_states[row * own->width + unit], 0);
        continue;
      }
      double x[4];
      for (int g = 0; g < 4; g++) {
        x[g] = input[gate(own, row, g, unit)];
        for (int k = 0; k < own->hidden; k++)
          x[g] += (double)own->weight[((long)g * own->hidden + unit) * own->hidden + k] * h[k];
        x[g] = g == 2 ? tanh(x[g]) : logistic(x[g]);
        expect_near("a gate", own->gates[gate(own, row, g, unit)], x[g], tolerance);
      }
      double cell = x[1] * c[unit] + x[0] * x[2];
      expect_near("c", own->cell_states[row * own->width + unit], cell, tolerance * (1 + fabs(cell)));
      expect_near("h", own->hidden_states[row * own->width + unit], x[3] * tanh(cell), tolerance);
    }
  }
  expect_same_bytes("gates", own->gates, (size_t)(rows * 4 * own->width) * sizeof(float));
  expect_same_bytes("c", own->cell_states, (size_t)(rows * own->width) * sizeof(float));
  expect_same_bytes("h", own->hidden_states, (size_t)(rows * own->width) * sizeof(float));
}

static void backward(way w, window *own) {
  long rows = (long)own->steps * own->batch, gates = rows * 4 * own->width;
  float *above = states(own, rows, 25), *activated = copy_of(own->gates, gates);
  rondo_lstm_backward job = {.steps = own->steps, .batch = own->batch, .hidden = own->hidden,
                             .recurrent_panels = panels_of(w, own, false), .initial_cell = own->initial_cell,
                             .cell_states = own->cell_states, .gates = own->gates,
                             .hidden_gradient = copy_of(above, rows * own->width),
                             .cell_gradient = room(own->batch * own->width)};
  rondo_gang_run(w.gang, w.kernels->lstm_backward, &job);
  double *cell_gradient = doubles((long)own->batch * own->hidden);
  for (long row = rows - 1; row >= 0; row--) {
    bool is_last_step = row >= rows - own->batch;
    const float *c_before = before(own, own->initial_cell, own->cell_states, row);
    for (int unit = 0; unit < own->hidden; unit++) {
      double i = activated[gate(own, row, 0, unit)], f = activated[gate(own, row, 1, unit)];
      double g = activated[gate(own, row, 2, unit)], o = activated[gate(own, row, 3, unit)];
      double dh = above[row * own->width + unit];
      for (int from = 0; !is_last_step && from < own->hidden; from++)
        for (int k = 0; k < 4; k++)
          dh += (double)own->gates[gate(own, row + own->batch, k, from)] *
                own->weight[((long)k * own->hidden + from) * own->hidden + unit];
      double squashed = tanh(own->cell_states[row * own->width + unit]);
      double *carried = cell_gradient + row % own->batch * own->hidden + unit;
      double dc = dh * o * (1 - squashed * squashed) + (is_last_step ? 0 : *carried);
      double allowed = tolerance * (1 + fabs(dh) + fabs(dc));
      expect_near("di", own->gates[gate(own, row, 0, unit)], dc * g * i * (1 - i), allowed);
      expect_near("df", own->gates[gate(own, row, 1, unit)], dc * c_before[unit] * f * (1 - f), allowed);
      expect_near("dg", own->gates[gate(own, row, 2, unit)], dc * i * (1 - g * g), allowed);
      expect_near("do", own->gates[gate(own, row, 3, unit)], dh * squashed * o * (1 - o), allowed);
      *carried = dc * f;
    }
  }
  expect_same_bytes("gradients of the gates", own->gates, (size_t)gates * sizeof(float));
}

void check_recurrence(way w) {
  static const int sizes[][3] = {{1, 1, 1}, {5, 1, 15}, {3, 2, 16}, {2, 7, 17}, {4, 3, 31}, {3, 5, 64}, {2, 1, 130},
                                 {2, 13, 70}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (int has_table = 0; has_table < 2; has_table++) {
      window own = {.steps = sizes[i][0], .batch = sizes[i][1], .hidden = sizes[i][2], .width = vectors(sizes[i][2])};
      describe("LSTM %d × %d × %d%s", own.steps, own.batch, own.hidden, has_table ? ", table" : "");
      long rows = (long)own.steps * own.batch;
      own.weight = numbers(4L * own.hidden * own.hidden, 20);
      for (long at = 0; at < 4L * own.hidden * own.hidden; at++) own.weight[at] /= sqrtf((float)own.hidden);
      own.initial_hidden = states(&own, own.batch, 21);
      own.initial_cell = states(&own, own.batch, 22);
      own.gates = inputs(&own, rows, 23);
      own.hidden_states = room(rows * own.width);
      own.cell_states = room(rows * own.width);
      float *table = has_table ? inputs(&own, 3, 24) : NULL;
      forward(w, &own, table, has_table ? ids(rows, 3, 26) : NULL);
      backward(w, &own);
      release();
    }
  }
}
