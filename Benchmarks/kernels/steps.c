#include "steps.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char name;
  const char *what;
  int vocabulary, embedding, layers, hidden, batch, window;
  bool adam;
  float dropout;
  rondo_cell cell;
} shape;

static const shape shapes[] = {
    {'a', "characters", 65, 128, 2, 512, 64, 64, true, 0, rondo_lstm},
    {'b', "characters", 65, 65, 2, 128, 50, 50, true, 0, rondo_lstm},
    {'c', "characters", 65, 128, 3, 1024, 64, 64, true, 0, rondo_lstm},
    {'d', "words", 10000, 200, 2, 200, 20, 20, false, 0, rondo_lstm},
    {'e', "words", 10000, 650, 2, 650, 20, 35, false, 0, rondo_lstm},
    {'f', "Chinese", 6700, 256, 2, 512, 32, 64, true, 0, rondo_lstm},
    {'g', "characters", 65, 128, 2, 512, 64, 64, true, 0.3f, rondo_lstm},
    {'h', "characters", 65, 128, 2, 512, 64, 64, true, 0, rondo_gru},
    {'i', "characters", 65, 128, 2, 512, 64, 64, true, 0, rondo_rnn_tanh},
    {'j', "characters", 65, 128, 2, 512, 64, 64, true, 0, rondo_peephole},
};

static const char *const cell_names[] = {
    [rondo_rnn_tanh] = "rnn-tanh", [rondo_rnn_relu] = "rnn-relu", [rondo_lstm] = "lstm",
    [rondo_peephole] = "peephole", [rondo_gru] = "gru",
};

const char *step_shapes(void) { return "abcdefghij"; }

// -------------------------------------------------------------------------------------------------------- memory

typedef struct piece {
  struct piece *next;
} piece;

// 64-byte aligned, zero, freed with the rows.
static void *allocate(step_rows *rows, long bytes) {
  char *memory = aligned_alloc(64, (size_t)(bytes + 2 * 64 - 1) / 64 * 64);
  if (!memory) {
    fprintf(stderr, "kernels: no memory for %ld bytes\n", bytes);
    exit(71);
  }
  memset(memory, 0, (size_t)bytes + 64);
  piece *head = (piece *)memory;
  head->next = rows->memory;
  rows->memory = head;
  return memory + 64;
}

void step_rows_free(step_rows *rows) {
  for (piece *next, *head = rows->memory; head; head = next) {
    next = head->next;
    free(head);
  }
  rows->memory = NULL;
}

static uint64_t random_state = 1;
static uint32_t random_bits(void) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(random_state >> 32);
}

static float *zeros(step_rows *rows, long count) { return allocate(rows, count * (long)sizeof(float)); }
// Small enough that sums stay far from overflow however often a job runs.
static float *numbers(step_rows *rows, long count) {
  float *values = zeros(rows, count);
  for (long i = 0; i < count; i++) values[i] = 0.1f * ((float)(random_bits() >> 8) / (1 << 24) - 0.5f);
  return values;
}
static int32_t *tokens(step_rows *rows, long count, int vocabulary) {
  int32_t *ids = allocate(rows, count * (long)sizeof(int32_t));
  for (long i = 0; i < count; i++) ids[i] = (int32_t)(random_bits() % (uint32_t)vocabulary);
  return ids;
}

#define JOB(TYPE, ...) memcpy(allocate(rows, sizeof(TYPE)), &(TYPE){__VA_ARGS__}, sizeof(TYPE))

// ---------------------------------------------------------------------------------------------------------- rows

// Appends a job; `floats` are those that it reads and writes at the least. Its reach is the same, unless it is set.
__attribute__((format(printf, 8, 9))) static step_row *row(step_rows *rows, const char *kernel, rondo_task task,
                                                           const void *job, int calls, double flops, double floats,
                                                           const char *size, ...) {
  step_row *added = &rows->rows[rows->count++];
  *added = (step_row){.kernel = kernel, .task = task, .job = job, .calls = calls, .flops = flops,
                      .bytes = 4 * floats, .reach = 4 * floats};
  va_list arguments;
  va_start(arguments, size);
  vsnprintf(added->size, sizeof added->size, size, arguments);
  va_end(arguments);
  return added;
}

static void restores(step_rows *rows, step_row *added, int index, float *values, long count) {
  float *saved = zeros(rows, count);
  memcpy(saved, values, (size_t)count * sizeof(float));
  added->restores[index] = (step_restore){values, saved, count * (long)sizeof(float)};
}

typedef struct {
  const rondo_kernel_table *kernels;
  rondo_gang *gang;
  int threads;
} machine;

static int padded(int columns) { return (columns + 15) / 16 * 16; }

// A weight [mapped rows, columns] in panels, k running over its columns (forward) or its rows (backward).
static const float *panels_of(step_rows *rows, const machine *on, rondo_row_map map, int columns, bool forward) {
  int mapped = rondo_mapped_columns(map);
  float *panels = zeros(rows, forward ? rondo_panels_size(columns, mapped) : rondo_panels_size(mapped, columns));
  rondo_pack job = {numbers(rows, (long)map.gates * map.units * columns), columns, map, columns, forward, panels};
  rondo_gang_run(on->gang, on->kernels->pack, &job);
  return panels;
}

static void add_pack(step_rows *rows, const machine *on, const char *name, rondo_row_map map, int columns, bool forward,
                     int calls) {
  int mapped = rondo_mapped_columns(map);
  long weight = (long)map.gates * map.units * columns;
  long size = forward ? rondo_panels_size(columns, mapped) : rondo_panels_size(mapped, columns);
  const void *job = JOB(rondo_pack, numbers(rows, weight), columns, map, columns, forward, zeros(rows, size));
  row(rows, name, on->kernels->pack, job, calls, 0, (double)(weight + size), "%d x %d", map.gates * map.units, columns);
}

// Rows by a weight [mapped rows, columns]: forward over its columns, backward over its rows.
static void add_product(step_rows *rows, const machine *on, const char *name, int count, rondo_row_map map, int columns,
                        bool forward, int calls) {
  int mapped = rondo_mapped_columns(map), k = forward ? columns : mapped, n = forward ? mapped : columns;
  long input_ld = padded(k), output_ld = padded(n);
  const void *job = JOB(rondo_product, .rows = count, .k = k, .n = n, .input = numbers(rows, count * input_ld),
                        .input_ld = input_ld, .panels = panels_of(rows, on, map, columns, forward),
                        .bias = forward ? numbers(rows, output_ld) : NULL, .output = zeros(rows, count * output_ld),
                        .output_ld = output_ld, .start = forward ? rondo_start_bias : rondo_start_zero);
  row(rows, name, on->kernels->product, job, calls, 2.0 * count * map.gates * map.units * columns,
      (double)count * (k + n) + (double)k * n, "%d x %d x %d", count, k, n);
}

static void add_outer(step_rows *rows, const machine *on, const char *name, int count, rondo_row_map map, int n,
                      int calls) {
  int units = map.gates * map.units, mapped = rondo_mapped_columns(map);
  const void *job = JOB(rondo_outer, .rows = count, .n = n, .map = map, .left = numbers(rows, (long)count * mapped),
                        .left_ld = mapped, .right = numbers(rows, (long)count * padded(n)), .right_ld = padded(n),
                        .gradient = zeros(rows, (long)units * n), .gradient_ld = n,
                        .column_sums = zeros(rows, units), .accumulates = false,
                        .scratch = zeros(rows, on->threads * rondo_outer_scratch(n)));
  row(rows, name, on->kernels->outer, job, calls, 2.0 * count * units * n,
      (double)count * (mapped + n) + 2.0 * units * n, "%d x %d x %d", units, count, n);
}

static void add_indexed(step_rows *rows, const char *name, rondo_task task, int count, int columns, int entries,
                        bool adds) {
  long stride = padded(columns);
  float *many = numbers(rows, count * stride), *table = numbers(rows, entries * stride);
  const void *job = JOB(rondo_indexed_rows, .rows = count, .columns = columns, .ids = tokens(rows, count, entries),
                        .source = adds ? many : table, .source_ld = stride, .destination = adds ? table : many,
                        .destination_ld = stride);
  // The table is read, and written where it is added to; rows of it that no token names are not.
  double used = count < entries ? count : entries;
  row(rows, name, task, job, 1, 0, ((adds ? 2 : 1) * used + count) * columns, "%d x %d", count, columns);
}

static void add_recurrence(step_rows *rows, const machine *on, const shape *s, bool table, int calls) {
  rondo_row_map map = {rondo_cell_gates(s->cell), s->hidden};
  int gates = rondo_mapped_columns(map), h = padded(s->hidden);
  long count = (long)s->window * s->batch;
  const bool has_c = map.gates == 4, is_gru = s->cell == rondo_gru;
  double product = 2.0 * s->hidden * map.gates * s->hidden, weight = (double)s->hidden * gates;
  float *state = numbers(rows, (long)s->batch * h), *gate_values = numbers(rows, count * gates);
  float *peepholes = s->cell == rondo_peephole ? numbers(rows, 3L * h) : NULL;
  const void *forward = JOB(rondo_recurrence_forward, .cell = s->cell, .steps = s->window, .batch = s->batch,
                            .hidden = s->hidden, .recurrent_panels = panels_of(rows, on, map, s->hidden, true),
                            .table = table ? numbers(rows, (long)s->vocabulary * gates) : NULL,
                            .ids = tokens(rows, count, s->vocabulary), .initial_hidden = state,
                            .initial_cell = has_c ? state : NULL, .gates = gate_values,
                            .hidden_states = zeros(rows, count * h),
                            .cell_states = has_c ? zeros(rows, count * h) : NULL, .peepholes = peepholes,
                            .recurrent_bias = is_gru ? numbers(rows, h) : NULL,
                            .recurrent_gates = is_gru ? zeros(rows, count * gates) : NULL);
  // Each step goes through the whole weight again; pre-activations in, gates and states out, states of before in. A
  // GRU's gates are two matrices, and an RNN leaves none.
  const int states = has_c ? 2 : 1, gate_passes = is_gru ? 3 : map.gates == 1 ? 1 : 2;
  step_row *added =
      row(rows, table ? "recurrence_forward, by table" : "recurrence_forward", on->kernels->recurrence_forward, forward,
          calls, product * (double)count, s->window * weight + (double)count * (gate_passes * gates + 2 * states * h),
          "%d x %d, H=%d", s->window, s->batch, s->hidden);
  added->reach = 4 * weight;
  if (!table) restores(rows, added, 0, gate_values, count * gates);
  if (table) return;  // the way back is the same

  float *activated = numbers(rows, count * gates), *above = numbers(rows, count * h);
  for (long i = 0; i < count * gates; i++) activated[i] += 0.5f;
  float *recurrent = is_gru ? numbers(rows, count * gates) : NULL;
  for (long i = 0; is_gru && i < count * gates; i++) recurrent[i] += 0.5f;
  const void *backward = JOB(rondo_recurrence_backward, .cell = s->cell, .steps = s->window, .batch = s->batch,
                             .hidden = s->hidden, .recurrent_panels = panels_of(rows, on, map, s->hidden, false),
                             .initial_hidden = state, .initial_cell = has_c ? state : NULL,
                             .hidden_states = numbers(rows, count * h),
                             .cell_states = has_c ? numbers(rows, count * h) : NULL, .gates = activated,
                             .recurrent_gates = recurrent, .hidden_gradient = above,
                             .carried_gradient = zeros(rows, (long)s->batch * h), .peepholes = peepholes,
                             .peephole_gradient = peepholes ? zeros(rows, 3L * s->hidden) : NULL);
  added = row(rows, "recurrence_backward", on->kernels->recurrence_backward, backward, s->layers,
              product * (double)(count - s->batch),
              s->window * weight + (double)count * ((gate_passes + 1) * gates + 2 * states * h), "%d x %d, H=%d",
              s->window, s->batch, s->hidden);
  added->reach = 4 * weight;
  restores(rows, added, 0, activated, count * gates);
  restores(rows, added, 1, above, count * h);
  if (is_gru) restores(rows, added, 2, recurrent, count * gates);
}

static void add_decoder(step_rows *rows, const machine *on, const shape *s) {
  rondo_row_map map = {1, s->vocabulary};
  int columns = rondo_mapped_columns(map), count = s->window * s->batch;
  // As OutputStage.blockRows has it; the last block may have fewer rows.
  int block = (1 << 20) / columns > 512 ? (1 << 20) / columns : 512;
  if (block > count) block = count;
  for (int at = 0, calls = count / block; at < count; at += block * calls, calls = 1) {
    int size = count - at < block ? count - at : block;
    add_product(rows, on, "product: decoder", size, map, s->hidden, true, calls);
    float *logits = numbers(rows, (long)size * columns);
    for (int r = 0; r < size; r++)
      for (int c = s->vocabulary; c < columns; c++) logits[(long)r * columns + c] = -INFINITY;
    const void *job = JOB(rondo_cross_entropy, size, s->vocabulary, logits, columns, tokens(rows, size, s->vocabulary),
                          1e-3f, allocate(rows, size * (long)sizeof(double)));
    step_row *added = row(rows, "cross_entropy", on->kernels->cross_entropy, job, calls, 0, 2.0 * size * columns,
                          "%d x %d", size, s->vocabulary);
    added->reach /= 2;  // read and written in one place
    restores(rows, added, 0, logits, (long)size * columns);
    add_product(rows, on, "product: decoder, back", size, map, s->hidden, false, calls);
    add_outer(rows, on, "outer: decoder", size, map, s->hidden, calls);
  }
}

static void add_dropout(step_rows *rows, const machine *on, const shape *s) {
  int columns = padded(s->hidden), count = s->window * s->batch;
  long size = (long)count * columns;
  const void *job = JOB(rondo_dropout, .rows = count, .batch = s->batch, .columns = columns,
                        .probability = s->dropout, .key = {.seed = 1, .purpose = 1, .step = 1},
                        .input = numbers(rows, size), .output = zeros(rows, size), .mask = allocate(rows, size));
  row(rows, "dropout_forward", on->kernels->dropout_forward, job, s->layers, 0, 2.25 * (double)size, "%d x %d", count,
      columns);
  row(rows, "dropout_backward", on->kernels->dropout_backward, job, s->layers, 0, 2.25 * (double)size, "%d x %d", count,
      columns);
}

static void add_optimizer(step_rows *rows, const machine *on, const shape *s) {
  long gates = (long)rondo_cell_gates(s->cell) * s->hidden;
  long count = (long)s->vocabulary * (s->embedding + s->hidden + 1);
  for (int l = 0; l < s->layers; l++) count += gates * ((l ? s->hidden : s->embedding) + s->hidden + 2);
  count = (count + 15) / 16 * 16;
  float *parameters = numbers(rows, count), *gradients = numbers(rows, count), *first = zeros(rows, count);
  void *partials = allocate(rows, (count / 4096 + 1) * (long)sizeof(double));
  const void *sums = JOB(rondo_square_sums, gradients, count, partials);
  row(rows, "square_sums", on->kernels->square_sums, sums, 1, 0, (double)count, "%ld", count);
  if (s->adam) {
    const void *job = JOB(rondo_adamw, count, parameters, gradients, first, zeros(rows, count), 1, 1e-3f, 0.9f, 0.999f,
                          1e-8f, 0, 0.1f, 0.001f);
    row(rows, "adamw", on->kernels->adamw, job, 1, 0, 7.0 * (double)count, "%ld", count)->reach = 16.0 * (double)count;
  } else {
    const void *job = JOB(rondo_sgd, count, parameters, gradients, first, 1, 1e-3f, 0, 0, false);
    row(rows, "sgd", on->kernels->sgd, job, 1, 0, 5.0 * (double)count, "%ld", count)->reach = 12.0 * (double)count;
  }
}

step_rows training_step(char name, const rondo_kernel_table *kernels, rondo_gang *gang, int threads) {
  const shape *s = shapes;
  while (s->name != name) s++;
  const machine machine = {kernels, gang, threads}, *on = &machine;
  rondo_row_map gates = {rondo_cell_gates(s->cell), s->hidden}, plain = {1, s->vocabulary};
  int columns = rondo_mapped_columns(gates), count = s->window * s->batch, upper = s->layers - 1;
  bool table = s->vocabulary < count;

  step_rows result = {.count = 0}, *rows = &result;
  snprintf(rows->title, sizeof rows->title, "%s, V=%d, E=%d, %dx%d %s, B=%d, T=%d, %s%s", s->what, s->vocabulary,
           s->embedding, s->layers, s->hidden, cell_names[s->cell], s->batch, s->window, s->adam ? "Adam" : "SGD",
           s->dropout > 0 ? ", dropout" : "");

  add_pack(rows, on, "pack: input, layer 0", gates, s->embedding, true, 1);
  add_pack(rows, on, "pack: input, layer 0, back", gates, s->embedding, false, 1);
  add_pack(rows, on, "pack: other layers", gates, s->hidden, true, s->layers + upper);
  add_pack(rows, on, "pack: other layers, back", gates, s->hidden, false, s->layers + upper);
  add_pack(rows, on, "pack: decoder", plain, s->hidden, true, 1);
  add_pack(rows, on, "pack: decoder, back", plain, s->hidden, false, 1);

  int input_rows = table ? s->vocabulary : count;
  if (!table) add_indexed(rows, "gather: encoder", kernels->gather, count, s->embedding, s->vocabulary, false);
  add_product(rows, on, table ? "product: table of layer 0" : "product: input, layer 0", input_rows, gates,
              s->embedding, true, 1);
  if (table) add_recurrence(rows, on, s, true, 1);
  add_recurrence(rows, on, s, false, table ? upper : s->layers);
  add_product(rows, on, "product: input, other layers", count, gates, s->hidden, true, upper);
  if (s->dropout > 0) add_dropout(rows, on, s);
  add_decoder(rows, on, s);
  add_outer(rows, on, "outer: recurrent", count, gates, s->hidden, s->layers);
  add_outer(rows, on, "outer: input, other layers", count, gates, s->hidden, upper);
  add_product(rows, on, "product: input, others, back", count, gates, s->hidden, false, upper);
  if (table) add_indexed(rows, "scatter_add: by token", kernels->scatter_add, count, columns, s->vocabulary, true);
  add_outer(rows, on, "outer: input, layer 0", input_rows, gates, s->embedding, 1);
  add_product(rows, on, "product: input, layer 0, back", input_rows, gates, s->embedding, false, 1);
  add_indexed(rows, "scatter_add: encoder", kernels->scatter_add, input_rows, s->embedding, s->vocabulary, true);
  add_optimizer(rows, on, s);
  return result;
}
