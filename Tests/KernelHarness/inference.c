#include "harness.h"

#include <math.h>
#include <string.h>

// A network and a window of it, against the same in double precision.
typedef struct {
  int steps, batch, embedding, hidden, layers, vocabulary, logit_rows;
  bool has_table;
  rondo_number_type type, encoder_type;
} sizes;

enum { most_layers = 3 };

// A weight [mapped rows, columns], and what it was packed from.
typedef struct {
  rondo_weights packed;
  const void *source;
  rondo_row_map map;
  int columns;
} weight;

typedef struct {
  sizes is;
  long width, rows;  // P * 16, T * B
  weight input[most_layers], recurrent[most_layers], decoder;
  rondo_infer_layer layers[most_layers];
  rondo_infer job;
} network;

static double logistic(double x) { return 1 / (1 + exp(-x)); }

static weight made_weight(way w, rondo_row_map map, int columns, rondo_number_type type, uint64_t seed) {
  const void *source =
      stored_numbers(rondo_f32, (long)map.gates * map.units * columns, 1 / sqrt((double)columns), seed);
  return (weight){.packed = packed_weights(w, source, rondo_f32, map, columns, type), .source = source, .map = map,
                  .columns = columns};
}

// [B, P*16], zero beyond H.
static float *state(const network *own, uint64_t seed) {
  float *values = numbers(own->is.batch * own->width, seed);
  for (long i = 0; i < own->is.batch * own->width; i++)
    if (i % own->width >= own->is.hidden) values[i] = 0;
  return values;
}

static network made(way w, sizes is) {
  network own = {.is = is, .width = vectors(is.hidden), .rows = (long)is.steps * is.batch};
  rondo_row_map gates = {.gates = 4, .units = is.hidden};
  long n = 4 * own.width;
  for (int layer = 0; layer < is.layers; layer++) {
    float *bias = numbers(n, 80);
    for (long i = 0; i < n; i++)
      if (mapped_row(i, gates) < 0) bias[i] = 0;
    own.recurrent[layer] = made_weight(w, gates, is.hidden, is.type, 81 + layer);
    if (layer > 0 || !is.has_table)
      own.input[layer] = made_weight(w, gates, layer ? is.hidden : is.embedding, is.type, 86 + layer);
    own.layers[layer] = (rondo_infer_layer){
        .input = own.input[layer].packed, .recurrent = own.recurrent[layer].packed, .bias = bias,
        .carried_hidden = state(&own, 84), .cell = state(&own, 85), .hidden = room(own.rows * own.width)};
  }
  float *table = is.has_table ? numbers(is.vocabulary * n, 90) : NULL;
  for (long i = 0; table && i < is.vocabulary * n; i++)
    if (mapped_row(i % n, gates) < 0) table[i] = 0;
  float *decoder_bias = numbers(vectors(is.vocabulary), 91);
  for (long i = is.vocabulary; i < vectors(is.vocabulary); i++) decoder_bias[i] = -INFINITY;
  own.decoder = made_weight(w, (rondo_row_map){.gates = 1, .units = is.vocabulary}, is.hidden, is.type, 94);
  own.job = (rondo_infer){
      .steps = is.steps, .batch = is.batch, .embedding = is.embedding, .hidden = is.hidden, .layer_count = is.layers,
      .vocabulary = is.vocabulary, .logit_rows = is.logit_rows, .ids = ids(own.rows, is.vocabulary, 92),
      .table = table,
      .encoder = table ? NULL : stored_numbers(is.encoder_type, (long)is.vocabulary * is.embedding, 1, 93),
      .encoder_type = is.encoder_type,
      .decoder = own.decoder.packed, .decoder_bias = decoder_bias,
      .embedded = table ? NULL : room(own.rows * vectors(is.embedding)),
      .gates = room(own.rows * n), .logits = room(is.logit_rows * vectors(is.vocabulary))};
  return own;
}

// start + x * weight, for one column. int8 stands for what it was rounded from.
static double chain(double start, const weight *own, const double *x, long column) {
  long row = mapped_row(column, own->map);
  for (int i = 0; row >= 0 && i < own->columns; i++) {
    double value = stored_value(rondo_f32, own->source, row * own->columns + i);
    start += x[i] * (own->packed.type == rondo_f16 ? rounded_to_half(value) : value);
  }
  return start;
}

// What goes into layer 0 [T*B, E]; with a table nothing does.
static double *embedded(const network *own) {
  double *values = doubles(own->rows * own->is.embedding);
  for (long i = 0; !own->is.has_table && i < own->rows * own->is.embedding; i++)
    values[i] = stored_value(own->is.encoder_type, own->job.encoder,
                             own->job.ids[i / own->is.embedding] * (long)own->is.embedding + i % own->is.embedding);
  return values;
}

// A layer over the window: its output [T*B, H], with the state behind the window in `hidden` and `cell` [B, H].
static double *layer_output(const network *own, int layer, const double *input, double *hidden, double *cell) {
  const rondo_infer_layer *from = own->layers + layer;
  const long h = own->is.hidden, n = 4 * own->width, depth = layer ? h : own->is.embedding;
  double *output = doubles(own->rows * h);
  for (long row = 0; row < own->rows; row++) {
    double *before = hidden + row % own->is.batch * h, *c = cell + row % own->is.batch * h;
    for (long unit = 0; unit < h; unit++) {
      double x[4];
      for (int gate = 0; gate < 4; gate++) {
        long column = unit / 16 * 64 + gate * 16 + unit % 16;
        x[gate] = layer == 0 && own->is.has_table
                      ? own->job.table[own->job.ids[row] * n + column]
                      : chain(from->bias[column], &own->input[layer], input + row * depth, column);
        x[gate] = chain(x[gate], &own->recurrent[layer], before, column);
      }
      c[unit] = logistic(x[1]) * c[unit] + logistic(x[0]) * tanh(x[2]);
      output[row * h + unit] = logistic(x[3]) * tanh(c[unit]);
    }
    memcpy(before, output + row * h, (size_t)h * sizeof(double));
  }
  return output;
}

static double *widened(const network *own, const float *values) {
  double *result = doubles(own->is.batch * (long)own->is.hidden);
  for (long i = 0; i < own->is.batch * (long)own->is.hidden; i++)
    result[i] = values[i / own->is.hidden * own->width + i % own->is.hidden];
  return result;
}

// 8 bits round a weight by up to 1/254 of the largest of its row: by that of a number beside them, more or less.
static double tolerance(const network *own) { return own->is.type == rondo_int8 ? 0.03 : 5e-5; }

static void expect_state(const network *own, const char *what, const float *found, const double *expected) {
  for (long row = 0; row < own->is.batch; row++)
    for (long unit = 0; unit < own->width; unit++)
      expect_near(what, found[row * own->width + unit],
                  unit < own->is.hidden ? expected[row * own->is.hidden + unit] : 0, tolerance(own));
  expect_same_bytes(what, found, (size_t)(own->is.batch * own->width) * sizeof(float));
}

static void infer_case(way w, sizes is) {
  static const char *const names[] = {"f32", "f16", "bf16", "int8"};
  describe("infer T=%d B=%d E=%d H=%d L=%d V=%d, %d logits, %s%s%s", is.steps, is.batch, is.embedding, is.hidden,
           is.layers, is.vocabulary, is.logit_rows, names[is.type], is.has_table ? ", table" : ", encoder ",
           is.has_table ? "" : names[is.encoder_type]);
  network own = made(w, is);
  double *hidden[most_layers], *cell[most_layers], *top = embedded(&own);
  for (int layer = 0; layer < is.layers; layer++) {
    hidden[layer] = widened(&own, own.layers[layer].carried_hidden);
    cell[layer] = widened(&own, own.layers[layer].cell);
    top = layer_output(&own, layer, top, hidden[layer], cell[layer]);
  }
  own.job.layers = own.layers;
  rondo_gang_run(w.gang, w.kernels->infer, &own.job);
  for (int layer = 0; layer < is.layers; layer++) {
    expect_state(&own, "h", own.layers[layer].carried_hidden, hidden[layer]);
    expect_state(&own, "c", own.layers[layer].cell, cell[layer]);
  }
  long columns = vectors(is.vocabulary);
  for (long row = 0; row < is.logit_rows; row++)
    for (long column = 0; column < columns; column++)
      expect_near("a logit", own.job.logits[row * columns + column],
                  chain(own.job.decoder_bias[column], &own.decoder,
                        top + (own.rows - is.logit_rows + row) * is.hidden, column),
                  tolerance(&own));
  expect_same_bytes("logits", own.job.logits, (size_t)(is.logit_rows * columns) * sizeof(float));
  release();
}

void check_inference(way w) {
  // Steps, batch, embedding, hidden size, layers, vocabulary, rows of logits.
  static const int cases[][7] = {{1, 1, 1, 1, 1, 1, 1},    {3, 1, 5, 17, 2, 5, 1},   {2, 2, 17, 20, 1, 67, 4},
                                 {1, 3, 16, 20, 3, 16, 0}, {2, 4, 33, 33, 2, 5, 4},  {3, 5, 20, 1, 2, 67, 5},
                                 {1, 6, 3, 64, 1, 100, 6}, {2, 7, 20, 17, 2, 67, 14}, {2, 1, 40, 150, 2, 200, 2}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const int *own = cases[i];
    for (int type = rondo_f32; type <= rondo_int8; type++)
      for (int encoder = -1; encoder <= rondo_bf16; encoder++)
        if (type != rondo_bf16)  // which weights come in, but are not packed in
          infer_case(w, (sizes){.steps = own[0], .batch = own[1], .embedding = own[2], .hidden = own[3],
                                .layers = own[4], .vocabulary = own[5], .logit_rows = own[6],
                                .has_table = encoder < 0, .type = (rondo_number_type)type,
                                .encoder_type = encoder < 0 ? rondo_f32 : (rondo_number_type)encoder});
  }
}
