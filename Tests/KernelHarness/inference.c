#include "harness.h"

#include <math.h>
#include <string.h>

// A network and a window of it, against the same in double precision, and in whole numbers where the weights are int8.
typedef struct {
  rondo_cell cell;
  int steps, batch, embedding, hidden, last_hidden, layers, vocabulary, logit_rows;
  bool has_table, is_normalized;
  rondo_number_type type, encoder_type;
} sizes;

enum { most_layers = 3 };

// A weight [mapped rows, columns] in panels, which check_packed_weights checks.
typedef struct {
  rondo_weights packed;
  rondo_row_map map;
  int columns;
} weight;

typedef struct {
  sizes is;
  int gate_count;
  long rows;  // T * B
  weight input[most_layers], recurrent[most_layers], decoder;
  rondo_infer_layer layers[most_layers];
  rondo_infer job;
} network;

static double logistic(double x) { return 1 / (1 + exp(-x)); }

static weight made_weight(way w, rondo_row_map map, int columns, rondo_number_type type, uint64_t seed) {
  const void *source =
      stored_numbers(rondo_f32, (long)map.gates * map.units * columns, 1 / sqrt((double)columns), seed);
  return (weight){.packed = packed_weights(w, source, rondo_f32, map, columns, type), .map = map, .columns = columns};
}

static int units_of(sizes is, int layer) { return layer == is.layers - 1 ? is.last_hidden : is.hidden; }

static network made(way w, sizes is) {
  network own = {.is = is, .gate_count = rondo_cell_gates(is.cell), .rows = (long)is.steps * is.batch};
  const bool has_bytes = is.type == rondo_int8, has_cell_state = own.gate_count == 4;
  long n = 0;  // columns of the widest gates
  for (int layer = 0; layer < is.layers; layer++) {
    const int units = units_of(is, layer);
    const long width = vectors(units);
    rondo_row_map gates = {.gates = own.gate_count, .units = units};
    if (n < rondo_mapped_columns(gates)) n = rondo_mapped_columns(gates);
    own.recurrent[layer] = made_weight(w, gates, units, is.type, 81 + layer);
    if (layer > 0 || !is.has_table)
      own.input[layer] = made_weight(w, gates, layer ? is.hidden : is.embedding,
                                     layer == 0 && has_bytes ? rondo_f32 : is.type, 86 + layer);
    own.layers[layer] = (rondo_infer_layer){
        .units = units,
        .input = own.input[layer].packed, .recurrent = own.recurrent[layer].packed,
        .bias = padded(own.gate_count, units, 1, 80),
        .peepholes = is.cell == rondo_peephole ? padded(3, units, 1, 95) : NULL,
        .recurrent_bias = is.cell == rondo_gru ? padded(1, units, 1, 96) : NULL,
        .input_gain = is.is_normalized ? padded(own.gate_count, units, 1, 97) : NULL,
        .carried_hidden = padded(1, units, is.batch, 84),
        .cell = has_cell_state ? padded(1, units, is.batch, 85) : NULL, .hidden = room(own.rows * width),
        .carried_bytes = has_bytes ? bytes(is.batch * width) : NULL,
        .bytes = has_bytes ? bytes(own.rows * width) : NULL};
    if (is.is_normalized)
      own.layers[layer].gains = (rondo_gains){.recurrent = padded(own.gate_count, units, 1, 98),
                                              .cell = has_cell_state ? padded(1, units, 1, 99) : NULL,
                                              .cell_bias = has_cell_state ? padded(1, units, 1, 100) : NULL};
  }
  float *table = is.has_table ? padded(own.gate_count, units_of(is, 0), is.vocabulary, 90) : NULL;
  float *decoder_bias = numbers(vectors(is.vocabulary), 91);
  for (long i = is.vocabulary; i < vectors(is.vocabulary); i++) decoder_bias[i] = -INFINITY;
  own.decoder = made_weight(w, (rondo_row_map){.gates = 1, .units = is.vocabulary}, is.last_hidden, is.type, 94);
  const long sums = n / own.gate_count / 16 * 2 * vectors(is.batch);
  own.job = (rondo_infer){
      .cell = is.cell, .steps = is.steps, .batch = is.batch, .embedding = is.embedding,
      .layer_count = is.layers,
      .vocabulary = is.vocabulary, .logit_rows = is.logit_rows, .ids = ids(own.rows, is.vocabulary, 92),
      .table = table,
      .encoder = table ? NULL : stored_numbers(is.encoder_type, (long)is.vocabulary * is.embedding, 1, 93),
      .encoder_type = is.encoder_type,
      .decoder = own.decoder.packed, .decoder_bias = decoder_bias,
      .embedded = table ? NULL : room(own.rows * vectors(is.embedding)),
      .gates = room(own.rows * n),
      .recurrent_gates = is.cell == rondo_gru ? room(is.batch * n) : NULL,
      .products = is.is_normalized ? room(is.batch * n) : NULL,
      .gate_sums = is.is_normalized ? doubles(sums) : NULL,
      .cell_sums = is.is_normalized && has_cell_state ? doubles(sums) : NULL,
      .logits = room(is.logit_rows * vectors(is.vocabulary))};
  return own;
}

// start + x * weight, for one column; exact with int8, where `start` is a float.
static double chain(double start, const weight *own, const float *x, long column) {
  const long n = rondo_mapped_columns(own->map);
  int32_t sum = 0;
  for (int i = 0; i < own->columns; i++) {
    double value = weight_value(&own->packed, i, column, own->columns, n);
    if (own->packed.type == rondo_int8) sum += (int32_t)nearbyintf(127 * x[i]) * (int32_t)value;
    else start += x[i] * value;
  }
  return own->packed.type == rondo_int8 ? fmaf(own->packed.scales[column], (float)sum, (float)start) : start;
}

// What goes into layer 0 [T*B, E]; with a table nothing does.
static float *embedded(const network *own) {
  float *values = room(own->rows * own->is.embedding);
  for (long i = 0; !own->is.has_table && i < own->rows * own->is.embedding; i++)
    values[i] =
        (float)stored_value(own->is.encoder_type, own->job.encoder,
                            own->job.ids[i / own->is.embedding] * (long)own->is.embedding + i % own->is.embedding);
  return values;
}

static const double tolerance = 5e-5;

// h of one unit from x and u, the two parts of its pre-activations, which are one in x but for a GRU's n; *c moves on.
// With layer normalization a cell with a c gives o alone.
static double unit_output(const network *own, const rondo_infer_layer *layer, long unit, const double *x, double u,
                          double h, double *c) {
  if (own->is.cell == rondo_rnn_tanh) return tanh(x[0]);
  if (own->is.cell == rondo_rnn_relu) return fmax(0, x[0]);
  if (own->is.cell == rondo_gru) {
    double z = logistic(x[1]);
    return (1 - z) * tanh(x[2] + logistic(x[0]) * u) + z * h;
  }
  double p[3] = {0};
  for (int gate = 0; own->is.cell == rondo_peephole && gate < 3; gate++)
    p[gate] = layer->peepholes[unit / 16 * 48 + gate * 16 + unit % 16];
  *c = logistic(x[1] + p[1] * *c) * *c + logistic(x[0] + p[0] * *c) * tanh(x[2]);
  return logistic(x[3] + p[2] * *c) * (own->is.is_normalized ? 1 : tanh(*c));
}

// Where a gate of a unit is in a row of gates.
static long column_of(const network *own, int gate, long unit) {
  return unit / 16 * 16 * own->gate_count + gate * 16 + unit % 16;
}

// v of the gates' h units each, to gain * (v - mean) / s + start, over all of them; v of one gate for c.
static void normalize(const network *own, long h, int gates, double *v, const float *gain, const double *start) {
  const long count = gates * h;
  double mean = 0, variance = 0;
  for (long i = 0; i < count; i++) mean += v[i] / (double)count;
  for (long i = 0; i < count; i++) variance += (v[i] - mean) * (v[i] - mean) / (double)count;
  for (long i = 0; i < count; i++) {
    float own_gain = gain[gates == 1 ? i : column_of(own, (int)(i / h), i % h)];
    v[i] = start[i] + own_gain * (v[i] - mean) / sqrt(variance + 1e-5);
  }
}

// The two parts of a row's pre-activations, [G, H] each: x with all that begins with it, and a GRU's u of n. Others' u
// are added to x.
static void pre_activations(const network *own, int layer, long row, const float *input, const float *before, double *x,
                            double *u) {
  const rondo_infer_layer *found = own->layers + layer;
  const long h = found->units, count = own->gate_count * h;
  const bool is_normalized = own->is.is_normalized, has_table = layer == 0 && own->is.has_table;
  double *bias = doubles(count);
  for (long i = 0; i < count; i++) {
    long column = column_of(own, (int)(i / h), i % h);
    bias[i] = found->bias[column];
    x[i] = has_table ? own->job.table[own->job.ids[row] * own->gate_count * vectors(h) + column]
                     : chain(is_normalized ? 0 : bias[i], &own->input[layer], input, column);
  }
  if (is_normalized && !has_table) normalize(own, h, own->gate_count, x, found->input_gain, bias);
  // Without normalization a chain goes on: bias, x, h.
  double *start = doubles(count);
  for (long i = 0; i < count; i++) {
    bool is_own = own->is.cell == rondo_gru && i >= 2 * h;
    start[i] = is_own ? found->recurrent_bias[i - 2 * h] : x[i];
    u[i] = chain(is_normalized ? 0 : start[i], &own->recurrent[layer], before, column_of(own, (int)(i / h), i % h));
  }
  if (is_normalized) normalize(own, h, own->gate_count, u, found->gains.recurrent, start);
  for (long i = 0; i < count && !(own->is.cell == rondo_gru && i >= 2 * h); i++) x[i] = u[i];
}

// A layer over the window, from the state that was carried into it. Each step goes on from the hidden states that the
// kernels had: a difference in the last place may not become one of a whole number.
static void expect_layer(const network *own, int layer, const float *input, long input_ld, const float *carried,
                         const float *carried_cell) {
  const rondo_infer_layer *found = own->layers + layer;
  const long h = found->units, width = vectors(found->units), batch = own->is.batch;
  double *cell = doubles(batch * width);
  for (long i = 0; found->cell && i < batch * width; i++) cell[i] = carried_cell[i];
  for (long row = 0; row < own->rows; row++) {
    const float *before = row < batch ? carried + row * width : found->hidden + (row - batch) * width;
    double *c = cell + row % batch * width;
    double *x = doubles(own->gate_count * h), *u = doubles(own->gate_count * h), *output = doubles(h);
    pre_activations(own, layer, row, input + row * input_ld, before, x, u);
    for (long unit = 0; unit < h; unit++) {
      double own_x[4];
      for (int gate = 0; gate < own->gate_count; gate++) own_x[gate] = x[gate * h + unit];
      double own_u = own->is.cell == rondo_gru ? u[2 * h + unit] : 0;
      output[unit] = unit_output(own, found, unit, own_x, own_u, before[unit], c + unit);
    }
    if (own->is.is_normalized && found->cell) {
      double *shown = doubles(h), *bias = doubles(h);
      for (long unit = 0; unit < h; unit++) {
        shown[unit] = c[unit];
        bias[unit] = found->gains.cell_bias[unit];
      }
      normalize(own, h, 1, shown, found->gains.cell, bias);
      for (long unit = 0; unit < h; unit++) output[unit] *= tanh(shown[unit]);
    }
    for (long unit = 0; unit < h; unit++)
      expect_near("h", found->hidden[row * width + unit], output[unit], tolerance * (1 + fabs(output[unit])));
    for (long unit = h; unit < width; unit++) expect_equal("h after H", found->hidden[row * width + unit], 0);
  }
  const float *last = own->rows ? found->hidden + (own->rows - batch) * width : carried;
  for (long i = 0; i < batch * width; i++) {
    expect_equal("the carried h", found->carried_hidden[i], last[i]);
    if (found->cell) expect_near("c", found->cell[i], cell[i], tolerance);
  }
  expect_same_bytes("h", found->hidden, (size_t)(own->rows * width) * sizeof(float));
  if (found->cell) expect_same_bytes("c", found->cell, (size_t)(batch * width) * sizeof(float));
}

static void infer_case(way w, sizes is) {
  static const char *const names[] = {"f32", "f16", "bf16", "int8"};
  describe("infer cell %d%s T=%d B=%d E=%d H=%d, last %d, L=%d V=%d, %d logits, %s%s%s", is.cell,
           is.is_normalized ? " normalized" : "", is.steps, is.batch, is.embedding, is.hidden, is.last_hidden, is.layers,
           is.vocabulary, is.logit_rows, names[is.type],
           is.has_table ? ", table" : ", encoder ",
           is.has_table ? "" : names[is.encoder_type]);
  network own = made(w, is);
  const long columns = vectors(is.vocabulary), ld = vectors(is.last_hidden);
  const float *hidden[most_layers], *cell[most_layers];
  for (int layer = 0; layer < is.layers; layer++) {
    const long count = is.batch * vectors(units_of(is, layer));
    hidden[layer] = copy_of(own.layers[layer].carried_hidden, count);
    cell[layer] = own.layers[layer].cell ? copy_of(own.layers[layer].cell, count) : NULL;
  }
  own.job.layers = own.layers;
  rondo_gang_run(w.gang, w.kernels->infer, &own.job);
  for (int layer = 0; layer < is.layers; layer++)
    expect_layer(&own, layer, layer ? own.layers[layer - 1].hidden : embedded(&own),
                 layer ? vectors(units_of(is, layer - 1)) : is.embedding, hidden[layer], cell[layer]);
  const rondo_infer_layer *top = own.layers + is.layers - 1;
  const float *last = own.rows ? top->hidden + (own.rows - is.logit_rows) * ld : top->carried_hidden;
  for (long row = 0; row < is.logit_rows; row++)
    for (long column = 0; column < columns; column++)
      expect_near("a logit", own.job.logits[row * columns + column],
                  chain(own.job.decoder_bias[column], &own.decoder, last + row * ld, column),
                  is.type == rondo_int8 ? 0 : tolerance);
  expect_same_bytes("logits", own.job.logits, (size_t)(is.logit_rows * columns) * sizeof(float));
  release();
}

void check_inference(way w) {
  // Steps, batch, embedding, hidden size, that of the last layer, layers, vocabulary, rows of logits.
  static const int cases[][8] = {
      {1, 1, 1, 1, 1, 1, 1, 1},      {3, 1, 5, 17, 17, 2, 5, 1},     {2, 2, 17, 20, 20, 1, 67, 4},
      {1, 3, 16, 20, 20, 3, 16, 0},  {2, 4, 33, 33, 33, 2, 5, 4},    {3, 5, 20, 1, 1, 2, 67, 5},
      {1, 6, 3, 64, 64, 1, 100, 6},  {2, 7, 20, 17, 17, 2, 67, 14},  {2, 1, 40, 150, 150, 2, 200, 2},
      {0, 3, 5, 20, 20, 2, 67, 2},   {3, 2, 7, 40, 9, 3, 67, 2},     {2, 3, 5, 12, 70, 2, 20, 3}};
  const size_t count = sizeof cases / sizeof *cases;
  for (size_t i = 0; i < count * (rondo_gru + 1) * 2; i++) {
    const int *own = cases[i % count];
    const rondo_cell cell = (rondo_cell)(i / count / 2);
    for (int type = rondo_f32; type <= rondo_int8; type++)
      for (int encoder = -1; encoder <= rondo_bf16; encoder++)
        // Weights come in bf16, but are not packed in it; and int8 needs h between -1 and 1.
        if (type != rondo_bf16 && (type != rondo_int8 || cell != rondo_rnn_relu))
          infer_case(w, (sizes){.cell = cell, .steps = own[0], .batch = own[1], .embedding = own[2], .hidden = own[3],
                                .last_hidden = own[4], .layers = own[5], .vocabulary = own[6], .logit_rows = own[7],
                                .has_table = encoder < 0, .is_normalized = i / count % 2 == 1,
                                .type = (rondo_number_type)type,
                                .encoder_type = encoder < 0 ? rondo_f32 : (rondo_number_type)encoder});
  }
}
