#include "harness.h"

#include <math.h>

// A layer of a Mogrifier LSTM over a window.
typedef struct {
  int steps, batch, sizes[2], count, rank;  // sizes: of x and h
  long rows, widths[2], narrow_width, columns;
  float *input_weight, *recurrent_weight, *bias;  // [4H, K], [4H, H], [P*64]
  // M [gated, gating], or A [gated, rank] and B [rank, gating].
  float *weights[8], *narrowings[8];
  float *input, *initial_hidden, *initial_cell, *gates, *hidden_states, *cell_states;
  rondo_mogrifier_round rounds[8];
} layer;

enum { x, h };

static const double tolerance = 2e-5;

static double logistic(double value) { return 1 / (1 + exp(-value)); }

static float *weight(long rows, long columns, uint64_t seed) {
  float *values = numbers(rows * columns, seed);
  for (long i = 0; i < rows * columns; i++) values[i] /= sqrtf((float)columns);
  return values;
}

static rondo_weights panels_of(way w, const float *values, int gates, int units, int columns, bool transposed) {
  rondo_row_map map = {.gates = gates, .units = units};
  long mapped = rondo_mapped_columns(map);
  rondo_pack job = {.weight = values, .weight_ld = columns, .map = map, .columns = columns, .transposed = transposed,
                    .panels = room(transposed ? rondo_panels_size(columns, mapped) : rondo_panels_size(mapped, columns))};
  rondo_gang_run(w.gang, w.kernels->pack, &job);
  return (rondo_weights){.type = rondo_f32, .panels = job.panels};
}

static void pack_rounds(way w, layer *own, bool forward) {
  for (int i = 0; i < own->count; i++) {
    const int gated = own->sizes[i % 2], gating = own->sizes[1 - i % 2];
    own->rounds[i].weight = panels_of(w, own->weights[i], 1, gated, own->rank ? own->rank : gating, forward);
    if (own->rank) own->rounds[i].narrowing = panels_of(w, own->narrowings[i], 1, own->rank, gating, forward);
  }
}

// What a round multiplies and changes in a row: x, h', or what an earlier round made of it.
static const float *vector(const layer *own, int round, long row) {
  if (round >= 0) return own->rounds[round].output + row * own->widths[round % 2];
  if (round == -2) return own->input + row * own->widths[x];
  return row < own->batch ? own->initial_hidden + row * own->widths[h]
                          : own->hidden_states + (row - own->batch) * own->widths[h];
}

static long gate(const layer *own, long row, int gate, int unit) {
  return row * own->columns + unit / 16 * 64 + gate * 16 + unit % 16;
}

static double cell_before(const layer *own, long row, int unit) {
  return row < own->batch ? own->initial_cell[row * own->widths[h] + unit]
                          : own->cell_states[(row - own->batch) * own->widths[h] + unit];
}

// Element `to` of a matrix [_, k] times a vector.
static double times(const float *matrix, long to, int k, const float *values) {
  double sum = 0;
  for (int i = 0; i < k; i++) sum += (double)matrix[to * k + i] * values[i];
  return sum;
}

static void expect_rounds(const layer *own, long row) {
  for (int i = 0; i < own->count; i++) {
    const rondo_mogrifier_round *round = own->rounds + i;
    const int gated = own->sizes[i % 2], gating = own->sizes[1 - i % 2];
    const float *by = vector(own, i - 1, row), *changed = vector(own, i - 2, row);
    const float *narrow = own->rank ? round->narrow + row * own->narrow_width : NULL;
    for (int k = 0; k < own->rank; k++)
      expect_near("B v", narrow[k], times(own->narrowings[i], k, gating, by), tolerance);
    for (int unit = 0; unit < own->widths[i % 2]; unit++) {
      const double found = round->output[row * own->widths[i % 2] + unit];
      if (unit >= gated) {
        expect_equal("padding of v", found, 0);
        continue;
      }
      const double z = own->rank ? times(own->weights[i], unit, own->rank, narrow)
                                 : times(own->weights[i], unit, gating, by);
      expect_near("y", round->factors[row * own->widths[i % 2] + unit], 2 * logistic(z), tolerance);
      expect_near("v", found, 2 * logistic(z) * changed[unit], tolerance * (1 + fabs(changed[unit])));
    }
  }
}

static void expect_unit(const layer *own, long row, int unit) {
  const int last = own->count - 1;
  const float *of_x = vector(own, last % 2 ? last - 1 : last, row), *of_h = vector(own, last % 2 ? last : last - 1, row);
  double a[4];
  for (int g = 0; g < 4; g++) {
    const long to = (long)g * own->sizes[h] + unit;
    a[g] = own->bias[gate(own, 0, g, unit)] + times(own->input_weight, to, own->sizes[x], of_x) +
           times(own->recurrent_weight, to, own->sizes[h], of_h);
    a[g] = g == 2 ? tanh(a[g]) : logistic(a[g]);
    expect_near("a gate", own->gates[gate(own, row, g, unit)], a[g], tolerance);
  }
  const double c = a[1] * cell_before(own, row, unit) + a[0] * a[2];
  expect_near("c", own->cell_states[row * own->widths[h] + unit], c, tolerance * (1 + fabs(c)));
  expect_near("h", own->hidden_states[row * own->widths[h] + unit], a[3] * tanh(c), tolerance);
}

static void expect_same(const layer *own, const char *what, const float *values, long columns) {
  expect_same_bytes(what, values, (size_t)(own->rows * columns) * sizeof(float));
}

static void forward(way w, layer *own) {
  pack_rounds(w, own, true);
  rondo_mogrified_forward job = {
      .steps = own->steps, .batch = own->batch, .input_size = own->sizes[x], .hidden = own->sizes[h],
      .mogrifier = {.count = own->count, .rank = own->rank, .rounds = own->rounds}, .input = own->input,
      .input_weights = panels_of(w, own->input_weight, 4, own->sizes[h], own->sizes[x], true),
      .recurrent_weights = panels_of(w, own->recurrent_weight, 4, own->sizes[h], own->sizes[h], true),
      .bias = own->bias, .initial_hidden = own->initial_hidden, .initial_cell = own->initial_cell, .gates = own->gates,
      .hidden_states = own->hidden_states, .cell_states = own->cell_states};
  rondo_gang_run(w.gang, w.kernels->mogrified_forward, &job);
  for (long row = 0; row < own->rows; row++) {
    expect_rounds(own, row);
    for (int unit = 0; unit < own->sizes[h]; unit++) expect_unit(own, row, unit);
    for (long unit = own->sizes[h]; unit < own->widths[h]; unit++)
      expect_equal("padding of h", own->hidden_states[row * own->widths[h] + unit], 0);
  }
  for (int i = 0; i < own->count; i++) {
    expect_same(own, "y", own->rounds[i].factors, own->widths[i % 2]);
    expect_same(own, "v", own->rounds[i].output, own->widths[i % 2]);
  }
  expect_same(own, "gates", own->gates, own->columns);
  expect_same(own, "c", own->cell_states, own->widths[h]);
  expect_same(own, "h", own->hidden_states, own->widths[h]);
}

// Adds what a vector [k] brings back through a matrix [k, n].
static void add_times(double *sums, const double *values, const float *matrix, int k, int n) {
  for (int i = 0; i < k; i++)
    for (int j = 0; j < n; j++) sums[j] += values[i] * matrix[(long)i * n + j];
}

// The gradients of x and h' of one row, in `sums`, from those of what W and U multiplied. dz and narrow are scratch.
static void expect_rounds_backward(const layer *own, float *const factors[], long row, double *sums[2], double *dz,
                                   double *narrow) {
  for (int i = own->count - 1; i >= 0; i--) {
    const rondo_mogrifier_round *round = own->rounds + i;
    const int gated = own->sizes[i % 2], gating = own->sizes[1 - i % 2];
    const long at = row * own->widths[i % 2];
    const float *changed = vector(own, i - 2, row);
    double *dv = sums[i % 2];
    for (int unit = 0; unit < gated; unit++) {
      const double y = factors[i][at + unit];
      dz[unit] = dv[unit] * changed[unit] * y * (1 - y / 2);
      expect_near("the gradient of M v", round->factors[at + unit], dz[unit], tolerance * (1 + fabs(dv[unit])));
      dv[unit] *= y;
    }
    if (own->rank) {
      for (int k = 0; k < own->rank; k++) narrow[k] = 0;
      add_times(narrow, dz, own->weights[i], gated, own->rank);
      for (int k = 0; k < own->rank; k++)
        expect_near("the gradient of B v", round->narrow[row * own->narrow_width + k], narrow[k],
                    tolerance * (1 + fabs(narrow[k])));
      add_times(sums[1 - i % 2], narrow, own->narrowings[i], own->rank, gating);
    } else {
      add_times(sums[1 - i % 2], dz, own->weights[i], gated, gating);
    }
  }
}

static void backward(way w, layer *own) {
  const int hidden = own->sizes[h], input = own->sizes[x];
  float *above = padded(1, hidden, own->rows, 125), *gates = copy_of(own->gates, own->rows * own->columns), *factors[8];
  for (int i = 0; i < own->count; i++) {
    factors[i] = copy_of(own->rounds[i].factors, own->rows * own->widths[i % 2]);
    if (own->rank) own->rounds[i].narrow = room(own->rows * own->narrow_width);
  }
  pack_rounds(w, own, false);
  rondo_mogrified_backward job = {
      .steps = own->steps, .batch = own->batch, .input_size = input, .hidden = hidden,
      .mogrifier = {.count = own->count, .rank = own->rank, .rounds = own->rounds},
      .input_weights = panels_of(w, own->input_weight, 4, hidden, input, false),
      .recurrent_weights = panels_of(w, own->recurrent_weight, 4, hidden, hidden, false),
      .initial_cell = own->initial_cell, .cell_states = own->cell_states, .gates = own->gates,
      .hidden_gradient = copy_of(above, own->rows * own->widths[h]), .carried_gradient = room(own->batch * own->widths[h]),
      .gated_gradient = room(own->batch * own->widths[h]), .input_gradient = room(own->rows * own->widths[x])};
  rondo_gang_run(w.gang, w.kernels->mogrified_backward, &job);
  double *carried = doubles(hidden), *sums[2] = {doubles(input), doubles(hidden)}, *da = doubles(4L * hidden);
  double *dz = doubles(input + hidden), *narrow = doubles(own->rank);
  for (int b = 0; b < own->batch; b++) {
    for (int unit = 0; unit < hidden; unit++) carried[unit] = sums[h][unit] = 0;
    for (int t = own->steps - 1; t >= 0; t--) {
      const long row = (long)t * own->batch + b;
      for (int unit = 0; unit < hidden; unit++) {
        double value[4];
        for (int g = 0; g < 4; g++) value[g] = gates[gate(own, row, g, unit)];
        const double dh = above[row * own->widths[h] + unit] + sums[h][unit];
        const double squashed = tanh(own->cell_states[row * own->widths[h] + unit]);
        const double dc = dh * value[3] * (1 - squashed * squashed) + carried[unit];
        da[unit] = dc * value[2] * value[0] * (1 - value[0]);
        da[hidden + unit] = dc * cell_before(own, row, unit) * value[1] * (1 - value[1]);
        da[2 * hidden + unit] = dc * value[0] * (1 - value[2] * value[2]);
        da[3 * hidden + unit] = dh * squashed * value[3] * (1 - value[3]);
        carried[unit] = dc * value[1];
        for (int g = 0; g < 4; g++)
          expect_near("a gate's gradient", own->gates[gate(own, row, g, unit)], da[g * hidden + unit],
                      tolerance * (1 + fabs(dh) + fabs(dc)));
      }
      for (int i = 0; i < input; i++) sums[x][i] = 0;
      for (int i = 0; i < hidden; i++) sums[h][i] = 0;
      add_times(sums[x], da, own->input_weight, 4 * hidden, input);
      add_times(sums[h], da, own->recurrent_weight, 4 * hidden, hidden);
      expect_rounds_backward(own, factors, row, sums, dz, narrow);
      for (int i = 0; i < input; i++)
        expect_near("the gradient of x", job.input_gradient[row * own->widths[x] + i], sums[x][i],
                    tolerance * (1 + fabs(sums[x][i])));
    }
  }
  expect_same(own, "gradients of the gates", own->gates, own->columns);
  expect_same(own, "the gradient of x", job.input_gradient, own->widths[x]);
  for (int i = 0; i < own->count; i++) expect_same(own, "dz", own->rounds[i].factors, own->widths[i % 2]);
}

static void mogrifier_case(way w, int steps, int batch, int input, int hidden, int count, int rank) {
  describe("Mogrifier LSTM %d × %d × %d × %d, %d rounds, rank %d", steps, batch, input, hidden, count, rank);
  layer own = {.steps = steps, .batch = batch, .sizes = {input, hidden}, .count = count, .rank = rank,
               .rows = (long)steps * batch, .widths = {vectors(input), vectors(hidden)},
               .narrow_width = vectors(rank), .columns = 4 * vectors(hidden)};
  own.input_weight = weight(4L * hidden, input, 100);
  own.recurrent_weight = weight(4L * hidden, hidden, 101);
  own.bias = padded(1, 16, 4 * vectors(hidden) / 16, 102);
  for (long i = 0; i < own.columns; i++)
    if (i / 64 * 16 + i % 16 >= hidden) own.bias[i] = 0;
  own.input = padded(1, input, own.rows, 103);
  own.initial_hidden = padded(1, hidden, batch, 104);
  own.initial_cell = padded(1, hidden, batch, 105);
  own.gates = room(own.rows * own.columns);
  own.hidden_states = room(own.rows * own.widths[h]);
  own.cell_states = room(own.rows * own.widths[h]);
  for (int i = 0; i < count; i++) {
    const int gated = own.sizes[i % 2], gating = own.sizes[1 - i % 2];
    own.weights[i] = weight(gated, rank ? rank : gating, 106 + (uint64_t)i);
    own.narrowings[i] = rank ? weight(rank, gating, 116 + (uint64_t)i) : NULL;
    own.rounds[i] = (rondo_mogrifier_round){.factors = room(own.rows * own.widths[i % 2]),
                                            .output = room(own.rows * own.widths[i % 2]),
                                            .narrow = rank ? room(own.rows * own.narrow_width) : NULL};
  }
  forward(w, &own);
  backward(w, &own);
  release();
}

void check_mogrifier(way w) {
  // Steps, batch, input size, hidden size, rounds, rank.
  static const int cases[][6] = {{1, 1, 1, 1, 1, 0},    {1, 1, 1, 1, 2, 1},   {3, 1, 15, 16, 5, 0},  {4, 2, 17, 5, 4, 3},
                                 {3, 3, 20, 70, 5, 0},  {2, 7, 70, 33, 2, 0}, {2, 13, 33, 70, 3, 17}, {3, 5, 130, 90, 6, 0},
                                 {2, 25, 66, 66, 5, 66}, {1, 4, 40, 20, 1, 5}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    mogrifier_case(w, cases[i][0], cases[i][1], cases[i][2], cases[i][3], cases[i][4], cases[i][5]);
}
