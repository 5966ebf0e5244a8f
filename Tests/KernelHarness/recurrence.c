#include "harness.h"

#include <math.h>

// A window of one layer: gates [T*B, P*G*16], states [T*B, P*16].
typedef struct {
  rondo_cell cell;
  int gate_count, steps, batch, hidden;
  long width;      // P * 16
  long columns;    // P * G * 16
  float *weight;   // [G*H, H]
  float *initial_hidden, *initial_cell, *gates, *recurrent_gates, *hidden_states, *cell_states;
  float *peepholes;       // [P*48]
  float *recurrent_bias;  // [P*16]
} window;

static const float tolerance = 2e-5f;

static const char *const cell_names[] = {"RNN, tanh", "RNN, relu", "LSTM", "peephole LSTM", "GRU"};

static double logistic(double x) { return 1 / (1 + exp(-x)); }

static float *panels_of(way w, const window *own, bool transposed) {
  rondo_row_map map = {.gates = own->gate_count, .units = own->hidden};
  long size = transposed ? rondo_panels_size(own->hidden, own->columns) : rondo_panels_size(own->columns, own->hidden);
  rondo_pack job = {.weight = own->weight, .weight_ld = own->hidden, .map = map, .columns = own->hidden,
                    .transposed = transposed, .panels = room(size)};
  rondo_gang_run(w.gang, w.kernels->pack, &job);
  return job.panels;
}

static long gate(const window *own, long row, int gate, int unit) {
  return row * own->columns + unit / 16 * 16 * own->gate_count + gate * 16 + unit % 16;
}

// A unit's state before a row.
static double before(const window *own, const float *initial, const float *later, long row, int unit) {
  return row < own->batch ? initial[row * own->width + unit] : later[(row - own->batch) * own->width + unit];
}

static double peephole(const window *own, int gate, int unit) {
  return own->cell == rondo_peephole ? own->peepholes[unit / 16 * 48 + gate * 16 + unit % 16] : 0;
}

// Checks one unit of one row, from x, the input's part of its pre-activations.
static void expect_unit(const window *own, long row, int unit, const float *input) {
  double x[4], u[4];
  for (int g = 0; g < own->gate_count; g++) {
    x[g] = input[gate(own, row, g, unit)];
    u[g] = own->cell == rondo_gru && g == 2 ? own->recurrent_bias[unit] : 0;
    for (int k = 0; k < own->hidden; k++)
      u[g] += (double)own->weight[((long)g * own->hidden + unit) * own->hidden + k] *
              before(own, own->initial_hidden, own->hidden_states, row, k);
  }
  double found = own->hidden_states[row * own->width + unit];
  if (own->cell == rondo_rnn_tanh) {
    expect_near("h", found, tanh(x[0] + u[0]), tolerance);
  } else if (own->cell == rondo_rnn_relu) {
    expect_near("h", found, fmax(0, x[0] + u[0]), tolerance * (1 + fabs(x[0] + u[0])));
  } else if (own->cell == rondo_gru) {
    double r = logistic(x[0] + u[0]), z = logistic(x[1] + u[1]), n = tanh(x[2] + r * u[2]);
    expect_near("r", own->recurrent_gates[gate(own, row, 0, unit)], r, tolerance);
    expect_near("z", own->recurrent_gates[gate(own, row, 1, unit)], z, tolerance);
    expect_near("n", own->gates[gate(own, row, 2, unit)], n, tolerance);
    expect_near("n's recurrent part", own->recurrent_gates[gate(own, row, 2, unit)], u[2],
                tolerance * (1 + fabs(u[2])));
    double h = before(own, own->initial_hidden, own->hidden_states, row, unit);
    expect_near("h", found, (1 - z) * n + z * h, tolerance);
  } else {
    double c = before(own, own->initial_cell, own->cell_states, row, unit);
    double i = logistic(x[0] + u[0] + peephole(own, 0, unit) * c);
    double f = logistic(x[1] + u[1] + peephole(own, 1, unit) * c);
    double g = tanh(x[2] + u[2]), after = f * c + i * g;
    double o = logistic(x[3] + u[3] + peephole(own, 2, unit) * after);
    const double gates[] = {i, f, g, o};
    for (int k = 0; k < 4; k++) expect_near("a gate", own->gates[gate(own, row, k, unit)], gates[k], tolerance);
    expect_near("c", own->cell_states[row * own->width + unit], after, tolerance * (1 + fabs(after)));
    expect_near("h", found, o * tanh(after), tolerance);
  }
}

static void forward(way w, window *own, const float *table, const int32_t *tokens) {
  long rows = (long)own->steps * own->batch;
  float *input = copy_of(own->gates, rows * own->columns);
  if (table)
    for (long row = 0; row < rows; row++)
      for (long column = 0; column < own->columns; column++) {
        input[row * own->columns + column] = table[tokens[row] * own->columns + column];
        own->gates[row * own->columns + column] = NAN;
      }
  rondo_recurrence_forward job = {.cell = own->cell, .steps = own->steps, .batch = own->batch, .hidden = own->hidden,
                                  .recurrent_panels = panels_of(w, own, true), .table = table, .ids = tokens,
                                  .initial_hidden = own->initial_hidden, .initial_cell = own->initial_cell,
                                  .gates = own->gates, .hidden_states = own->hidden_states,
                                  .cell_states = own->cell_states, .peepholes = own->peepholes,
                                  .recurrent_bias = own->recurrent_bias, .recurrent_gates = own->recurrent_gates};
  rondo_gang_run(w.gang, w.kernels->recurrence_forward, &job);
  for (long row = 0; row < rows; row++) {
    for (int unit = 0; unit < own->hidden; unit++) expect_unit(own, row, unit, input);
    for (long unit = own->hidden; unit < own->width; unit++) {
      expect_equal("padding of h", own->hidden_states[row * own->width + unit], 0);
      if (own->cell_states) expect_equal("padding of c", own->cell_states[row * own->width + unit], 0);
    }
  }
  expect_same_bytes("gates", own->gates, (size_t)(rows * own->columns) * sizeof(float));
  if (own->recurrent_gates)
    expect_same_bytes("recurrent gates", own->recurrent_gates, (size_t)(rows * own->columns) * sizeof(float));
  if (own->cell_states) expect_same_bytes("c", own->cell_states, (size_t)(rows * own->width) * sizeof(float));
  expect_same_bytes("h", own->hidden_states, (size_t)(rows * own->width) * sizeof(float));
}

// The forward gates of a layer, kept while the kernel replaces them by their gradients.
typedef struct {
  const float *gates, *recurrent_gates;
} activated;

// Checks one unit on the way back; *carried goes from step to step, peephole_gradient [3, H] sums up.
static void expect_gradients(const window *own, const activated *were, long row, int unit, double dh, double *carried,
                             double *peephole_gradient) {
  const bool is_last_step = row >= (long)(own->steps - 1) * own->batch;
  const double h = own->hidden_states[row * own->width + unit], back = is_last_step ? 0 : *carried;
  double x[4] = {0}, u[4] = {0}, allowed = tolerance * (1 + fabs(dh) + fabs(back));
  if (own->cell == rondo_rnn_tanh) {
    x[0] = dh * (1 - h * h);
  } else if (own->cell == rondo_rnn_relu) {
    x[0] = h > 0 ? dh : 0;
  } else if (own->cell == rondo_gru) {
    double r = were->recurrent_gates[gate(own, row, 0, unit)], z = were->recurrent_gates[gate(own, row, 1, unit)];
    double n = were->gates[gate(own, row, 2, unit)], product = were->recurrent_gates[gate(own, row, 2, unit)];
    dh += back;
    x[2] = dh * (1 - z) * (1 - n * n);
    u[2] = x[2] * r;
    x[0] = u[0] = x[2] * product * r * (1 - r);
    x[1] = u[1] = dh * (before(own, own->initial_hidden, own->hidden_states, row, unit) - n) * z * (1 - z);
    *carried = dh * z;
  } else {
    double i = were->gates[gate(own, row, 0, unit)], f = were->gates[gate(own, row, 1, unit)];
    double g = were->gates[gate(own, row, 2, unit)], o = were->gates[gate(own, row, 3, unit)];
    double c = own->cell_states[row * own->width + unit], squashed = tanh(c);
    double c_before = before(own, own->initial_cell, own->cell_states, row, unit);
    x[3] = dh * squashed * o * (1 - o);
    double dc = dh * o * (1 - squashed * squashed) + back + x[3] * peephole(own, 2, unit);
    x[0] = dc * g * i * (1 - i);
    x[1] = dc * c_before * f * (1 - f);
    x[2] = dc * i * (1 - g * g);
    *carried = dc * f + x[0] * peephole(own, 0, unit) + x[1] * peephole(own, 1, unit);
    peephole_gradient[unit] += x[0] * c_before;
    peephole_gradient[own->hidden + unit] += x[1] * c_before;
    peephole_gradient[2 * own->hidden + unit] += x[3] * c;
  }
  for (int g = 0; g < own->gate_count; g++) {
    expect_near("a gate's gradient", own->gates[gate(own, row, g, unit)], x[g], allowed);
    if (own->recurrent_gates)
      expect_near("a recurrent gate's gradient", own->recurrent_gates[gate(own, row, g, unit)], u[g], allowed);
  }
}

static void backward(way w, window *own) {
  long rows = (long)own->steps * own->batch, gates = rows * own->columns;
  float *above = padded(1, own->hidden, rows, 25);
  activated were = {copy_of(own->gates, gates), own->recurrent_gates ? copy_of(own->recurrent_gates, gates) : NULL};
  const bool has_peepholes = own->cell == rondo_peephole, is_rnn = own->gate_count == 1;
  rondo_recurrence_backward job = {.cell = own->cell, .steps = own->steps, .batch = own->batch, .hidden = own->hidden,
                                   .recurrent_panels = panels_of(w, own, false), .initial_hidden = own->initial_hidden,
                                   .initial_cell = own->initial_cell, .hidden_states = own->hidden_states,
                                   .cell_states = own->cell_states, .gates = own->gates,
                                   .recurrent_gates = own->recurrent_gates,
                                   .hidden_gradient = copy_of(above, rows * own->width),
                                   .carried_gradient = is_rnn ? NULL : room(own->batch * own->width),
                                   .peepholes = own->peepholes,
                                   .peephole_gradient = has_peepholes ? room(3L * own->hidden) : NULL};
  rondo_gang_run(w.gang, w.kernels->recurrence_backward, &job);
  const float *flowing = own->recurrent_gates ? own->recurrent_gates : own->gates;
  double *carried = doubles((long)own->batch * own->hidden), *peephole_gradient = doubles(3L * own->hidden);
  for (long i = 0; i < (long)own->batch * own->hidden; i++) carried[i] = 0;
  for (long i = 0; i < 3L * own->hidden; i++) peephole_gradient[i] = 0;
  for (int t = own->steps - 1; t >= 0; t--)
    for (long row = (long)t * own->batch; row < (t + 1L) * own->batch; row++)
      for (int unit = 0; unit < own->hidden; unit++) {
        double dh = above[row * own->width + unit];
        for (int from = 0; t < own->steps - 1 && from < own->hidden; from++)
          for (int k = 0; k < own->gate_count; k++)
            dh += (double)flowing[gate(own, row + own->batch, k, from)] *
                  own->weight[((long)k * own->hidden + from) * own->hidden + unit];
        expect_gradients(own, &were, row, unit, dh, carried + row % own->batch * own->hidden + unit, peephole_gradient);
      }
  expect_same_bytes("gradients of the gates", own->gates, (size_t)gates * sizeof(float));
  if (own->recurrent_gates)
    expect_same_bytes("gradients of the recurrent gates", own->recurrent_gates, (size_t)gates * sizeof(float));
  for (int i = 0; has_peepholes && i < 3 * own->hidden; i++)
    expect_near("a peephole's gradient", job.peephole_gradient[i], peephole_gradient[i],
                tolerance * (own->steps * own->batch + fabs(peephole_gradient[i])));
  if (has_peepholes)
    expect_same_bytes("the peepholes' gradient", job.peephole_gradient, (size_t)(3 * own->hidden) * sizeof(float));
}

static void recurrence_case(way w, rondo_cell cell, int steps, int batch, int hidden, bool has_table) {
  const int gates = rondo_cell_gates(cell);
  const bool has_cell_state = gates == 4;
  window own = {.cell = cell, .gate_count = gates, .steps = steps, .batch = batch, .hidden = hidden,
                .width = vectors(hidden), .columns = gates * vectors(hidden)};
  describe("%s %d × %d × %d%s", cell_names[cell], steps, batch, hidden, has_table ? ", table" : "");
  long rows = (long)steps * batch;
  own.weight = numbers((long)gates * hidden * hidden, 20);
  for (long at = 0; at < (long)gates * hidden * hidden; at++) own.weight[at] /= sqrtf((float)hidden);
  own.initial_hidden = padded(1, own.hidden, batch, 21);
  own.initial_cell = has_cell_state ? padded(1, own.hidden, batch, 22) : NULL;
  own.gates = padded(gates, own.hidden, rows, 23);
  own.recurrent_gates = cell == rondo_gru ? room(rows * own.columns) : NULL;
  own.hidden_states = room(rows * own.width);
  own.cell_states = has_cell_state ? room(rows * own.width) : NULL;
  own.peepholes = cell == rondo_peephole ? padded(3, own.hidden, 1, 27) : NULL;
  own.recurrent_bias = cell == rondo_gru ? padded(1, own.hidden, 1, 28) : NULL;
  float *table = has_table ? padded(gates, own.hidden, 3, 24) : NULL;
  forward(w, &own, table, has_table ? ids(rows, 3, 26) : NULL);
  backward(w, &own);
  release();
}

void check_recurrence(way w) {
  static const int sizes[][3] = {{1, 1, 1}, {5, 1, 15}, {3, 2, 16}, {2, 7, 17}, {4, 3, 31}, {3, 5, 64}, {2, 1, 130},
                                 {2, 13, 70}};
  for (int cell = rondo_rnn_tanh; cell <= rondo_gru; cell++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
      for (int has_table = 0; has_table < 2; has_table++)
        recurrence_case(w, (rondo_cell)cell, sizes[i][0], sizes[i][1], sizes[i][2], has_table);
}
