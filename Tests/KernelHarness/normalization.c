#include "harness.h"

#include <math.h>

// Layer normalization of rows, and the recurrence with it, against twins in double precision that go through a whole
// window by themselves: gates [G, H] of a row one after the other, without padding.
typedef struct {
  rondo_cell cell;
  int gates, steps, batch, hidden;
  long width, columns;  // P * 16, P * G * 16
  rondo_row_map map;
} sizes;

static const double tolerance = 1e-4;

// The numbers of such rows without their padding.
static double *unpadded(const sizes *is, int gates, const float *values, long rows) {
  const long count = (long)gates * is->hidden, ld = gates * is->width;
  double *result = doubles(rows * count);
  for (long i = 0; i < rows * count; i++) {
    const int gate = (int)(i % count / is->hidden), unit = (int)(i % is->hidden);
    result[i] = values[i / count * ld + unit / 16 * 16 * gates + gate * 16 + unit % 16];
  }
  return result;
}

static double *zeros(long count) {
  double *values = doubles(count);
  for (long i = 0; i < count; i++) values[i] = 0;
  return values;
}

static void expect_all(const char *what, const double *found, const double *expected, long count) {
  double largest = 0;
  for (long i = 0; i < count; i++) largest = fmax(largest, fabs(expected[i]));
  for (long i = 0; i < count; i++) expect_near(what, found[i], expected[i], tolerance * largest + 1e-6);
}

static double *widened(const float *values, long count) {
  double *result = doubles(count);
  for (long i = 0; i < count; i++) result[i] = values[i];
  return result;
}

// normalized = (v - mean) / s; returns 1 / s.
static double normalize(const double *v, long count, double *normalized) {
  double mean = 0, variance = 0;
  for (long i = 0; i < count; i++) mean += v[i] / (double)count;
  for (long i = 0; i < count; i++) variance += (v[i] - mean) * (v[i] - mean) / (double)count;
  double inverse = 1 / sqrt(variance + 1e-5);
  for (long i = 0; i < count; i++) normalized[i] = (v[i] - mean) * inverse;
  return inverse;
}

// From the gradient of gain * normalized + bias to that of v, in place; adds those of gain and bias.
static void normalize_back(double *gradient, long count, const double *gain, const double *normalized, double inverse,
                           double *gain_gradient, double *bias_gradient) {
  double mean = 0, along = 0;
  for (long i = 0; i < count; i++) {
    gain_gradient[i] += gradient[i] * normalized[i];
    bias_gradient[i] += gradient[i];
    gradient[i] *= gain[i];
    mean += gradient[i] / (double)count;
    along += gradient[i] * normalized[i] / (double)count;
  }
  for (long i = 0; i < count; i++) gradient[i] = (gradient[i] - mean - normalized[i] * along) * inverse;
}

// --------------------------------------------------------------------------------------------------------------- rows

static void rows_case(way w, int rows, int gates, int units) {
  describe("layer normalization of %d rows, %d × %d", rows, gates, units);
  const sizes is = {.gates = gates, .hidden = units, .width = vectors(units), .columns = gates * vectors(units),
                    .map = {.gates = gates, .units = units}};
  const long count = (long)gates * units, all = rows * is.columns;
  float *values = padded(gates, units, rows, 201), *plain = copy_of(values, all);
  const float *gain = padded(gates, units, 1, 202), *bias = padded(gates, units, 1, 203);
  rondo_layer_norm_forward forward = {.rows = rows, .map = is.map, .values = values, .gain = gain, .bias = bias,
                                      .normalized = room(all), .inverses = room(rows)};
  double *input = unpadded(&is, gates, values, rows), *expected = doubles(rows * count);
  double *standard = doubles(rows * count);
  double *gains = unpadded(&is, gates, gain, 1), *biases = unpadded(&is, gates, bias, 1), *inverses = doubles(rows);
  rondo_gang_run(w.gang, w.kernels->layer_norm_forward, &forward);
  for (int row = 0; row < rows; row++) {
    inverses[row] = normalize(input + row * count, count, standard + row * count);
    for (long i = 0; i < count; i++) expected[row * count + i] = gains[i] * standard[row * count + i] + biases[i];
  }
  expect_all("a normalized element", unpadded(&is, gates, forward.normalized, rows), standard, rows * count);
  expect_all("1 / s", widened(forward.inverses, rows), inverses, rows);
  expect_all("an element", unpadded(&is, gates, values, rows), expected, rows * count);
  expect_same_bytes("rows", values, (size_t)all * sizeof(float));
  rondo_layer_norm_forward unkept = forward;
  unkept.values = plain;
  unkept.normalized = unkept.inverses = NULL;
  rondo_gang_run(w.gang, w.kernels->layer_norm_forward, &unkept);
  for (long i = 0; i < all; i++) {
    expect_equal("an element of what is not kept", plain[i], values[i]);
    if (mapped_row(i % is.columns, is.map) < 0) expect_equal("padding", values[i], 0);
  }

  rondo_layer_norm_backward backward = {.rows = rows, .map = is.map, .gradient = padded(gates, units, rows, 204),
                                        .gain = gain, .normalized = forward.normalized, .inverses = forward.inverses,
                                        .gain_gradient = room(count), .bias_gradient = room(count)};
  double *gradient = unpadded(&is, gates, backward.gradient, rows);
  double *gain_gradient = zeros(count), *bias_gradient = zeros(count);
  rondo_gang_run(w.gang, w.kernels->layer_norm_backward, &backward);
  for (int row = 0; row < rows; row++)
    normalize_back(gradient + row * count, count, gains, standard + row * count, inverses[row], gain_gradient,
                   bias_gradient);
  expect_all("a row's gradient", unpadded(&is, gates, backward.gradient, rows), gradient, rows * count);
  expect_all("the gain's gradient", widened(backward.gain_gradient, count), gain_gradient, count);
  expect_all("the bias's gradient", widened(backward.bias_gradient, count), bias_gradient, count);
  for (long i = 0; i < all; i++)
    if (mapped_row(i % is.columns, is.map) < 0) expect_equal("padding of a gradient", backward.gradient[i], 0);
  expect_same_bytes("gradients of rows", backward.gradient, (size_t)all * sizeof(float));
  expect_same_bytes("the gain's gradient", backward.gain_gradient, (size_t)count * sizeof(float));
  expect_same_bytes("the bias's gradient", backward.bias_gradient, (size_t)count * sizeof(float));
  release();
}

// --------------------------------------------------------------------------------------------------------- recurrence

// A layer's parameters and what a step has of one row; all [G, H] or [H].
typedef struct {
  sizes is;
  double *weight, *gain, *recurrent_bias, *peepholes, *cell_gain, *cell_bias;
  double *input;                                            // [T*B]: x with its gain and bias
  double *initial_hidden, *initial_cell, *hidden, *cell;    // [B] and [T*B]
  double *product, *u, *gate, *shown, *inverse, *cell_inverse;  // [T*B]: U h' normalized, with gain and bias; gates
} twin;

static double logistic(double x) { return 1 / (1 + exp(-x)); }

static const double *state_before(const twin *own, const double *initial, const double *later, long row) {
  const long h = own->is.hidden;
  return row < own->is.batch ? initial + row * h : later + (row - own->is.batch) * h;
}

static void twin_forward(twin *own, long row) {
  const int h = own->is.hidden, g = own->is.gates;
  const long count = (long)g * h;
  const double *h_before = state_before(own, own->initial_hidden, own->hidden, row), *x = own->input + row * count;
  double *u = own->u + row * count, *gate = own->gate + row * count, *product = own->product + row * count;
  double *raw = doubles(count);
  for (long i = 0; i < count; i++) {
    raw[i] = 0;
    for (int k = 0; k < h; k++) raw[i] += own->weight[i * h + k] * h_before[k];
  }
  own->inverse[row] = normalize(raw, count, product);
  for (long i = 0; i < count; i++)
    u[i] = own->gain[i] * product[i] + (own->recurrent_bias && i >= 2 * h ? own->recurrent_bias[i - 2 * h] : 0);
  const double *c_before = own->cell ? state_before(own, own->initial_cell, own->cell, row) : NULL;
  for (int k = 0; k < h; k++) {
    double *to = own->hidden + row * h + k;
    if (own->is.cell == rondo_rnn_tanh) {
      *to = tanh(x[k] + u[k]);
    } else if (own->is.cell == rondo_rnn_relu) {
      *to = fmax(0, x[k] + u[k]);
    } else if (own->is.cell == rondo_gru) {
      gate[k] = logistic(x[k] + u[k]);
      gate[h + k] = logistic(x[h + k] + u[h + k]);
      gate[2 * h + k] = tanh(x[2 * h + k] + gate[k] * u[2 * h + k]);
      *to = (1 - gate[h + k]) * gate[2 * h + k] + gate[h + k] * h_before[k];
    } else {
      const double *p = own->peepholes;
      double before = c_before[k], *c = own->cell + row * h + k;
      gate[k] = logistic(x[k] + u[k] + (p ? p[k] * before : 0));
      gate[h + k] = logistic(x[h + k] + u[h + k] + (p ? p[h + k] * before : 0));
      gate[2 * h + k] = tanh(x[2 * h + k] + u[2 * h + k]);
      *c = gate[h + k] * before + gate[k] * gate[2 * h + k];
      gate[3 * h + k] = logistic(x[3 * h + k] + u[3 * h + k] + (p ? p[2 * h + k] * *c : 0));
    }
  }
  if (!own->cell) return;
  double *shown = own->shown + row * h;
  own->cell_inverse[row] = normalize(own->cell + row * h, h, shown);
  for (int k = 0; k < h; k++)
    own->hidden[row * h + k] = gate[3 * h + k] * tanh(own->cell_gain[k] * shown[k] + own->cell_bias[k]);
}

// Gradients, all added to.
typedef struct {
  double *input, *recurrent;  // [T*B, G, H]: of x, and of u or, after the normalization, of U h'
  double *gain, *bias, *cell_gain, *cell_bias, *peepholes;
  double *hidden, *cell;      // [B, H]: what is carried to the step before
} twin_gradients;

// One row: dh and *dc of its state become those of the state before, without the product's part.
static void twin_backward(const twin *own, twin_gradients *to, long row, double *dh, double *dc) {
  const int h = own->is.hidden;
  const long count = (long)own->is.gates * h;
  double *dx = to->input + row * count, *du = to->recurrent + row * count;
  const double *gate = own->gate + row * count, *u = own->u + row * count, *after = own->hidden + row * h;
  const double *h_before = state_before(own, own->initial_hidden, own->hidden, row);
  double *dshown = zeros(h), *carried = zeros(h);
  for (int k = 0; own->cell && k < h; k++) {
    double t = tanh(own->cell_gain[k] * own->shown[row * h + k] + own->cell_bias[k]), o = gate[3 * h + k];
    dx[3 * h + k] = dh[k] * t * o * (1 - o);
    dshown[k] = dh[k] * o * (1 - t * t);
  }
  if (own->cell)
    normalize_back(dshown, h, own->cell_gain, own->shown + row * h, own->cell_inverse[row], to->cell_gain,
                   to->cell_bias);
  for (int k = 0; k < h; k++) {
    if (own->is.cell == rondo_rnn_tanh) {
      dx[k] = dh[k] * (1 - after[k] * after[k]);
    } else if (own->is.cell == rondo_rnn_relu) {
      dx[k] = after[k] > 0 ? dh[k] : 0;
    } else if (own->is.cell == rondo_gru) {
      double r = gate[k], z = gate[h + k], n = gate[2 * h + k];
      dx[2 * h + k] = dh[k] * (1 - z) * (1 - n * n);
      dx[k] = dx[2 * h + k] * u[2 * h + k] * r * (1 - r);
      dx[h + k] = dh[k] * (h_before[k] - n) * z * (1 - z);
      carried[k] = dh[k] * z;
    } else {
      const double *p = own->peepholes;
      double before = state_before(own, own->initial_cell, own->cell, row)[k];
      double i = gate[k], f = gate[h + k], g = gate[2 * h + k];
      double d = dc[k] + dshown[k] + (p ? dx[3 * h + k] * p[2 * h + k] : 0);
      dx[k] = d * g * i * (1 - i);
      dx[h + k] = d * before * f * (1 - f);
      dx[2 * h + k] = d * i * (1 - g * g);
      dc[k] = d * f + (p ? dx[k] * p[k] + dx[h + k] * p[h + k] : 0);
      if (!p) continue;
      to->peepholes[k] += dx[k] * before;
      to->peepholes[h + k] += dx[h + k] * before;
      to->peepholes[2 * h + k] += dx[3 * h + k] * own->cell[row * h + k];
    }
  }
  for (long i = 0; i < count; i++) du[i] = dx[i] * (own->recurrent_bias && i >= 2 * h ? gate[i - 2 * h] : 1);
  normalize_back(du, count, own->gain, own->product + row * count, own->inverse[row], to->gain, to->bias);
  for (int k = 0; k < h; k++) dh[k] = carried[k];
  for (long i = 0; i < count; i++)
    for (int k = 0; k < h; k++) dh[k] += du[i] * own->weight[i * h + k];
}

static float *panels_of(way w, const sizes *is, const float *weight, bool transposed) {
  long size = transposed ? rondo_panels_size(is->hidden, is->columns) : rondo_panels_size(is->columns, is->hidden);
  rondo_pack job = {.weight = weight, .weight_ld = is->hidden, .map = is->map, .columns = is->hidden,
                    .transposed = transposed, .panels = room(size)};
  rondo_gang_run(w.gang, w.kernels->pack, &job);
  return job.panels;
}

static void recurrence_case(way w, rondo_cell cell, int steps, int batch, int hidden, bool has_table) {
  static const char *const names[] = {"RNN, tanh", "RNN, relu", "LSTM", "peephole LSTM", "GRU"};
  describe("normalized %s %d × %d × %d%s", names[cell], steps, batch, hidden, has_table ? ", table" : "");
  const int gates = rondo_cell_gates(cell);
  const sizes is = {.cell = cell, .gates = gates, .steps = steps, .batch = batch, .hidden = hidden,
                    .width = vectors(hidden), .columns = gates * vectors(hidden),
                    .map = {.gates = gates, .units = hidden}};
  const bool has_cell = gates == 4, is_gru = cell == rondo_gru, has_peepholes = cell == rondo_peephole;
  const long rows = (long)steps * batch, all = rows * is.columns, states = rows * is.width;
  const long count = (long)gates * hidden;
  const long sums = is.width / 16 * 2 * vectors(batch);
  const float *weight = numbers(count * hidden, 210);
  const int32_t *tokens = has_table ? ids(rows, 3, 211) : NULL;
  const float *table = has_table ? padded(gates, hidden, 3, 212) : NULL;
  const float *inputs = padded(gates, hidden, rows, 213);
  rondo_normalized_forward forward = {
      .layer = {.cell = cell, .steps = steps, .batch = batch, .hidden = hidden,
                .recurrent_panels = panels_of(w, &is, weight, true), .table = table, .ids = tokens,
                .initial_hidden = padded(1, hidden, batch, 214),
                .initial_cell = has_cell ? padded(1, hidden, batch, 215) : NULL,
                .gates = has_table ? room(all) : copy_of(inputs, all), .hidden_states = room(states),
                .cell_states = has_cell ? room(states) : NULL,
                .peepholes = has_peepholes ? padded(3, hidden, 1, 216) : NULL,
                .recurrent_bias = is_gru ? padded(1, hidden, 1, 217) : NULL,
                .recurrent_gates = is_gru ? room(all) : NULL},
      .gains = {.recurrent = padded(gates, hidden, 1, 218), .cell = has_cell ? padded(1, hidden, 1, 219) : NULL,
                .cell_bias = has_cell ? padded(1, hidden, 1, 220) : NULL},
      .products = room(all), .inverses = room(rows), .cell_means = has_cell ? room(rows) : NULL,
      .cell_inverses = has_cell ? room(rows) : NULL, .gate_sums = doubles(sums),
      .cell_sums = has_cell ? doubles(sums) : NULL};
  const rondo_recurrence_forward *layer = &forward.layer;
  rondo_gang_run(w.gang, w.kernels->normalized_forward, &forward);

  float *seen = copy_of(inputs, all);
  for (long i = 0; table && i < all; i++) seen[i] = table[tokens[i / is.columns] * is.columns + i % is.columns];
  twin own = {.is = is, .weight = widened(weight, count * hidden),
              .gain = unpadded(&is, gates, forward.gains.recurrent, 1),
              .recurrent_bias = is_gru ? unpadded(&is, 1, layer->recurrent_bias, 1) : NULL,
              .peepholes = has_peepholes ? unpadded(&is, 3, layer->peepholes, 1) : NULL,
              .cell_gain = has_cell ? unpadded(&is, 1, forward.gains.cell, 1) : NULL,
              .cell_bias = has_cell ? unpadded(&is, 1, forward.gains.cell_bias, 1) : NULL,
              .input = unpadded(&is, gates, seen, rows),
              .initial_hidden = unpadded(&is, 1, layer->initial_hidden, batch),
              .initial_cell = has_cell ? unpadded(&is, 1, layer->initial_cell, batch) : NULL,
              .hidden = zeros(rows * hidden), .cell = has_cell ? zeros(rows * hidden) : NULL,
              .product = zeros(rows * count), .u = zeros(rows * count), .gate = zeros(rows * count),
              .shown = zeros(rows * hidden), .inverse = zeros(rows), .cell_inverse = zeros(rows)};
  for (long row = 0; row < rows; row++) twin_forward(&own, row);
  expect_all("h", unpadded(&is, 1, layer->hidden_states, rows), own.hidden, rows * hidden);
  if (has_cell) expect_all("c", unpadded(&is, 1, layer->cell_states, rows), own.cell, rows * hidden);
  for (long i = 0; i < states; i++)
    if (i % is.width >= hidden) expect_equal("padding of h", layer->hidden_states[i], 0);
  expect_same_bytes("h", layer->hidden_states, (size_t)states * sizeof(float));
  if (has_cell) expect_same_bytes("c", layer->cell_states, (size_t)states * sizeof(float));

  const float *above = padded(1, hidden, rows, 221);
  rondo_normalized_backward back = {
      .layer = {.cell = cell, .steps = steps, .batch = batch, .hidden = hidden,
                .recurrent_panels = panels_of(w, &is, weight, false), .initial_hidden = layer->initial_hidden,
                .initial_cell = layer->initial_cell, .hidden_states = layer->hidden_states,
                .cell_states = layer->cell_states, .gates = layer->gates, .recurrent_gates = layer->recurrent_gates,
                .hidden_gradient = copy_of(above, states),
                .carried_gradient = gates > 1 ? room(batch * is.width) : NULL,
                .peepholes = layer->peepholes, .peephole_gradient = has_peepholes ? room(3L * hidden) : NULL},
      .gains = forward.gains, .products = forward.products, .inverses = forward.inverses,
      .cell_means = forward.cell_means, .cell_inverses = forward.cell_inverses, .gate_sums = forward.gate_sums,
      .cell_sums = forward.cell_sums, .gain_gradient = room(count), .bias_gradient = room(count),
      .cell_gain_gradient = has_cell ? room(hidden) : NULL, .cell_bias_gradient = has_cell ? room(hidden) : NULL,
      .cell_gradient_sums = has_cell ? room(2 * is.width) : NULL, .gradient_sums = room(2 * is.columns)};
  rondo_gang_run(w.gang, w.kernels->normalized_backward, &back);

  twin_gradients expected = {.input = zeros(rows * count), .recurrent = zeros(rows * count), .gain = zeros(count),
                             .bias = zeros(count), .cell_gain = zeros(hidden), .cell_bias = zeros(hidden),
                             .peepholes = zeros(3L * hidden), .hidden = zeros((long)batch * hidden),
                             .cell = zeros((long)batch * hidden)};
  const double *from_above = unpadded(&is, 1, above, rows);
  for (int t = steps - 1; t >= 0; t--)
    for (int b = 0; b < batch; b++) {
      const long row = (long)t * batch + b;
      for (int k = 0; k < hidden; k++) expected.hidden[b * hidden + k] += from_above[row * hidden + k];
      twin_backward(&own, &expected, row, expected.hidden + b * hidden, expected.cell + b * hidden);
    }
  expect_all("a gate's gradient", unpadded(&is, gates, back.layer.gates, rows), expected.input, rows * count);
  expect_all("the product's gradient", unpadded(&is, gates, back.products, rows), expected.recurrent, rows * count);
  expect_all("the gain's gradient", widened(back.gain_gradient, count), expected.gain, count);
  expect_all("the bias's gradient", widened(back.bias_gradient, count), expected.bias, count);
  expect_same_bytes("gradients of the gates", back.layer.gates, (size_t)all * sizeof(float));
  expect_same_bytes("gradients of the product", back.products, (size_t)all * sizeof(float));
  expect_same_bytes("the gain's gradient", back.gain_gradient, (size_t)count * sizeof(float));
  expect_same_bytes("the bias's gradient", back.bias_gradient, (size_t)count * sizeof(float));
  if (has_cell) {
    expect_all("the gradient of c's gain", widened(back.cell_gain_gradient, hidden), expected.cell_gain, hidden);
    expect_all("the gradient of c's bias", widened(back.cell_bias_gradient, hidden), expected.cell_bias, hidden);
    expect_same_bytes("the gradient of c's gain", back.cell_gain_gradient, (size_t)hidden * sizeof(float));
    expect_same_bytes("the gradient of c's bias", back.cell_bias_gradient, (size_t)hidden * sizeof(float));
  }
  if (has_peepholes) {
    expect_all("a peephole's gradient", widened(back.layer.peephole_gradient, 3L * hidden), expected.peepholes,
               3L * hidden);
    expect_same_bytes("the peepholes' gradient", back.layer.peephole_gradient, (size_t)(3 * hidden) * sizeof(float));
  }
  release();
}

void check_normalization(way w) {
  static const int rows[][3] = {{1, 1, 1}, {3, 4, 5}, {16, 3, 16}, {17, 1, 33}, {50, 4, 20}, {2, 3, 130}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) rows_case(w, rows[i][0], rows[i][1], rows[i][2]);
  // Steps, batch, hidden size.
  static const int cases[][3] = {{1, 1, 1}, {5, 1, 15}, {3, 2, 16}, {2, 17, 20}, {3, 5, 64}, {2, 1, 130}, {2, 33, 70}};
  for (int cell = rondo_rnn_tanh; cell <= rondo_gru; cell++)
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
      for (int has_table = 0; has_table < 2; has_table++)
        recurrence_case(w, (rondo_cell)cell, cases[i][0], cases[i][1], cases[i][2], has_table);
}
