// The hot loops of Rondo, in C. Swift holds the structure; this header is all it sees.
//
// Vocabulary of the comments: T time steps, B streams, R = T*B rows, H hidden units, V vocabulary entries,
// P = ceil(H/16) unit blocks. Matrices are row-major; "ld" is the distance between rows, in floats.
//
// G gates of a cell. Gate matrices have P*G*16 columns: column G*16*p + 16*g + u belongs to gate g of unit 16*p + u (i,
// f, g, o of an LSTM, r, z, n of a GRU), so that adjoining columns hold everything that the pointwise part of 16 units
// needs. Hidden-size matrices have P*16 columns, those beyond H being zero.
//
// Every output element of a product is one chain of fp32 fused multiply-adds in increasing k, whatever the tile, the
// thread, the batch or the instruction set: results are the same bytes everywhere (docs/architecture.md).
#ifndef RONDO_KERNELS_H
#define RONDO_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---------------------------------------------------------------------------------------------------------- threads

/// A group of threads that run the same job in step. The calling thread is worker 0.
typedef struct rondo_gang rondo_gang;

/// A job: runs on every worker of the gang, with that worker's number.
typedef void (*rondo_task)(const void *job, int worker, int workers, rondo_gang *gang);

/// Starts `workers - 1` threads. `spins` says whether a waiting worker spins for some 20 microseconds before it
/// sleeps; right when every worker has a core of its own. NULL when the threads cannot be started.
rondo_gang *rondo_gang_create(int workers, bool spins);
void rondo_gang_destroy(rondo_gang *gang);
/// Runs a job on every worker and returns when all are done.
void rondo_gang_run(rondo_gang *gang, rondo_task task, const void *job);
/// Inside a job: waits until every worker is here.
void rondo_gang_barrier(rondo_gang *gang);

// ------------------------------------------------------------------------------------------------------------- jobs

/// Where a chain of a product starts.
typedef enum { rondo_start_zero = 0, rondo_start_bias = 1, rondo_start_output = 2 } rondo_start;

/// How rows of a parameter matrix correspond to the columns of an activation matrix: `gates` blocks of `units` rows.
/// With the gates of a cell the columns are those of its gate matrix; with 1 they are the rows themselves.
typedef struct {
  int gates;
  int units;
} rondo_row_map;

/// output[rows, n] = start + input[rows, k] * panels[k, n], with panels made by `rondo_pack`. Rows of the output are
/// written by whole vectors of 16.
typedef struct {
  int rows, k, n;
  const float *input;
  long input_ld;
  const float *panels;
  const float *bias;  // n floats and those up to a whole vector, with rondo_start_bias
  float *output;
  long output_ld;
  rondo_start start;
} rondo_product;

/// gradient[row(m), n] = sum over r of left[r, m] * right[r, n]: the gradient of a weight matrix, in the weight's own
/// layout. `column_sums` (one float a parameter row, may be NULL) gets the sum of left's columns. Where the job
/// `accumulates`, the chains go on from what is there; with no rows at all it must. Rows of `right`
/// are read by whole vectors of 16.
typedef struct {
  int rows, n;
  rondo_row_map map;
  const float *left;
  long left_ld;
  const float *right;
  long right_ld;
  float *gradient;
  long gradient_ld;
  float *column_sums;
  bool accumulates;
  float *scratch;  // workers * rondo_outer_scratch(n) floats
} rondo_outer;
long rondo_outer_scratch(int n);

/// Lays a weight matrix out in panels of 64 columns (the last one narrower, by whole vectors of 16), in the order that
/// the tiles of this processor's kernels read.
typedef struct {
  const float *weight;
  long weight_ld;
  rondo_row_map map;
  int columns;      // of the weight
  bool transposed;  // true: k runs over the weight's columns (forward); false: over its mapped rows (backward)
  float *panels;
} rondo_pack;
/// Floats that panels[k, n] take.
long rondo_panels_size(long k, long n);
/// Columns of an activation matrix for a row map: gates * 16 * ceil(units / 16).
int rondo_mapped_columns(rondo_row_map map);

/// Sum of two bias vectors, laid out for a gate matrix. Columns without a row get `padding`.
typedef struct {
  const float *first, *second;
  int second_gates;  // the second is added in so many of the first gates; 0: it is not read
  rondo_row_map map;
  float padding;
  float *output;
} rondo_pack_bias;

/// The recurrent cells. Their equations stand in docs/equations.md.
typedef enum {
  rondo_rnn_tanh = 0,  // G = 1; Elman (1990), doi:10.1207/s15516709cog1402_1
  rondo_rnn_relu = 1,
  rondo_lstm = 2,      // G = 4; Hochreiter & Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735; Gers et al. (2000),
                       // doi:10.1162/089976600300015015
  rondo_peephole = 3,  // G = 4; Gers & Schmidhuber (2000), doi:10.1109/IJCNN.2000.861302
  rondo_gru = 4,       // G = 3; Cho et al. (2014), arXiv:1406.1078, with the reset gate after the product as cuDNN
  rondo_mogrifier = 5,  // G = 4; Melis et al. (2020), arXiv:1909.01792: rounds, then an LSTM's step
} rondo_cell;
/// G.
int rondo_cell_gates(rondo_cell cell);

/// One layer over a window. On entry `gates` holds the input's part of the pre-activations, biases included (or `table`
/// gives it, row ids[r] for row r), of a GRU's n with the input's bias alone. On exit it holds
///   LSTM, peephole: the activated gates i, f, g, o;
///   GRU: n in its third gate, while `recurrent_gates` holds r, z and what r multiplies, U_n h' with its bias;
///   RNN: nothing to rely on.
typedef struct {
  rondo_cell cell;
  int steps, batch, hidden;
  const float *recurrent_panels;  // [H, P*G*16]
  const float *table;             // [V, P*G*16] or NULL
  const int32_t *ids;             // [T*B]
  const float *initial_hidden, *initial_cell;  // [B, P*16]; all of c is NULL for a cell without
  float *gates;                                // [T*B, P*G*16]
  float *hidden_states, *cell_states;          // [T*B, P*16]
  const float *peepholes;       // [P*48], of gates i, f, o; NULL for other cells, as are
  const float *recurrent_bias;  // [P*16], a GRU's for n
  float *recurrent_gates;       // [T*B, P*48], a GRU's
} rondo_recurrence_forward;

/// The way back through the same layer. On entry `hidden_gradient` is what comes from above, and the gate matrices are
/// as they were left; on exit `gates` holds the gradients of the pre-activations, and a GRU's `recurrent_gates` those of
/// what the recurrent product made. Nothing flows into the initial state.
typedef struct {
  rondo_cell cell;
  int steps, batch, hidden;
  const float *recurrent_panels;               // [P*G*16, H]
  const float *initial_hidden, *initial_cell;  // [B, P*16]
  const float *hidden_states, *cell_states;    // [T*B, P*16]
  float *gates, *recurrent_gates;              // [T*B, P*G*16]
  float *hidden_gradient;                      // [T*B, P*16]
  float *carried_gradient;                     // [B, P*16] scratch; an RNN needs none
  const float *peepholes;                      // [P*48]
  float *peephole_gradient;                    // [3, H], written
} rondo_recurrence_backward;

/// The types of numbers that a weight comes in or is packed in.
typedef enum { rondo_f32 = 0, rondo_f16 = 1, rondo_bf16 = 2, rondo_int8 = 3 } rondo_number_type;

/// A weight for inference: panels[k, n] in f32 or f16 as `rondo_pack` lays them out, or in int8 with four steps of k
/// together: a panel is [ceil(k/4)][column][4], zero after k. Hidden states h are multiplied with int8 as bytes
/// b = 128 + the nearest whole number to 127 h; column n of the product then is
/// fma(scales[n], float(offsets[n] + sum over k of b[k] * w[k, n]), start), the sum being exact for k below 2^17.
typedef struct {
  rondo_number_type type;
  const void *panels;
  const float *scales;     // [n], NULL unless int8, as are
  const int32_t *offsets;  // [n]
} rondo_weights;

/// One round of a Mogrifier LSTM: v_i = y * v_(i-2), y = 2 sigmoid(M v_(i-1)), element by element. v_(-1) is x and v_0
/// is h'; odd rounds change x, even ones h'. "gated" is the length of v_i, "gating" that of v_(i-1); of a low rank
/// M = A B. R is the number of rows that are kept: T*B in training, B in inference.
typedef struct {
  rondo_weights weight;     // M [gating, gated], or A [rank, gated]
  rondo_weights narrowing;  // B [gating, rank]; not read with full rank
  float *factors;           // [R, gated]: y
  float *output;            // [R, gated]: v_i; in inference it may be where v_(i-2) is
  float *narrow;            // [R, rank]: B v_(i-1); NULL with full rank
} rondo_mogrifier_round;

/// The rounds of a layer, of which one at least is; on the way back the panels are those of the transposed weights,
/// [gated, gating] or [gated, rank] and [rank, gating].
typedef struct {
  int count, rank;  // rank: 0 if full
  const rondo_mogrifier_round *rounds;
} rondo_mogrifier_rounds;

/// One layer of a Mogrifier LSTM over a window. W and U multiply what the rounds made of x and h', so there is no
/// input's part to begin with. On exit `gates` holds the activated gates, and the matrices of the rounds theirs.
typedef struct {
  int steps, batch, input_size, hidden;  // input_size: K
  rondo_mogrifier_rounds mogrifier;
  const float *input;              // [T*B, K rounded up to 16]
  rondo_weights input_weights;     // [K, P*64], f32 as all of them
  rondo_weights recurrent_weights;  // [H, P*64]
  const float *bias;               // [P*64]
  const float *initial_hidden, *initial_cell;  // [B, P*16]
  float *gates;                                // [T*B, P*64]
  float *hidden_states, *cell_states;          // [T*B, P*16]
} rondo_mogrified_forward;

/// The way back. On entry `hidden_gradient` is what comes from above, `gates` and the rounds' factors and outputs are as
/// they were left; on exit `gates` holds the gradients of the pre-activations, the factors those of M v, `narrow`,
/// another matrix than on the way there, those of B v, and `input_gradient` that of x. Nothing flows into the initial
/// state.
typedef struct {
  int steps, batch, input_size, hidden;
  rondo_mogrifier_rounds mogrifier;
  rondo_weights input_weights;      // [P*64, K]
  rondo_weights recurrent_weights;  // [P*64, H]
  const float *initial_cell;        // [B, P*16]
  const float *cell_states;         // [T*B, P*16]
  float *gates;                     // [T*B, P*64]
  float *hidden_gradient;           // [T*B, P*16]
  float *carried_gradient;          // [B, P*16] scratch: of c'
  float *gated_gradient;            // [B, P*16] scratch: of what the rounds make of h'
  float *input_gradient;            // [T*B, K rounded up to 16], written
} rondo_mogrified_backward;

/// Layer normalization (Ba, Kiros & Hinton 2016, arXiv:1607.06450) of the rows v of a gate matrix, each over its G*H
/// elements together: gain * (v - mean) / s + bias, where s = sqrt(variance + 1e-5).
typedef struct {
  int rows;
  rondo_row_map map;
  float *values;             // [rows, P*G*16], in place
  const float *gain, *bias;  // [P*G*16], zero after the units
  float *normalized;         // [rows, P*G*16]: (v - mean) / s, for the way back; NULL: not kept, as are
  float *inverses;           // [rows]: 1 / s
} rondo_layer_norm_forward;

/// The way back: on entry `gradient` is that of the normalized rows with gain and bias, on exit that of v.
typedef struct {
  int rows;
  rondo_row_map map;
  float *gradient;                       // [rows, P*G*16]
  const float *gain;                     // [P*G*16]
  const float *normalized, *inverses;    // as they were kept
  float *gain_gradient, *bias_gradient;  // [G*H], written
} rondo_layer_norm_backward;

/// The parameters of layer normalization inside the recurrence, zero after the units.
typedef struct {
  const float *recurrent;         // [P*G*16]: of U h', whose bias is in the gates, of a GRU's n in recurrent_bias
  const float *cell, *cell_bias;  // [P*16]: of c where h = o * tanh(c) shows it; NULL for a cell without
} rondo_gains;

/// `rondo_recurrence_forward` with layer normalization of U h' over all gates together and, where there is a c, of what
/// h shows of it; c itself goes on as it is.
typedef struct {
  rondo_recurrence_forward layer;
  rondo_gains gains;
  float *products;                    // [T*B, P*G*16]: on exit U h' normalized
  float *inverses;                    // [T*B]: 1 / s of U h'
  float *cell_means, *cell_inverses;  // [T*B]: of c; NULL for a cell without, as is
  double *gate_sums, *cell_sums;      // [P, 2, B rounded up to 16] scratch each; the second
} rondo_normalized_forward;

/// The way back. In `layer` everything is as in `rondo_recurrence_backward`, but that the gradients of U h' itself are
/// left in `products`: those in `gates` or a GRU's `recurrent_gates` are of its normalized form with gain and bias.
typedef struct {
  rondo_recurrence_backward layer;
  rondo_gains gains;
  float *products;
  const float *inverses, *cell_means, *cell_inverses;
  double *gate_sums, *cell_sums;
  float *gain_gradient, *bias_gradient;            // [G*H], written: of U h'
  float *cell_gain_gradient, *cell_bias_gradient;  // [H], written; NULL for a cell without c, as are
  float *cell_gradient_sums;                       // [2, P*16] scratch
  float *gradient_sums;                            // [2, P*G*16] scratch
} rondo_normalized_backward;

/// Row by row: loss = log(sum(exp(logits))) - logits[target]; with `gradient_scale` not 0 the logits are replaced by
/// (softmax - onehot) * gradient_scale. Columns beyond `vocabulary` must hold -infinity.
typedef struct {
  int rows, vocabulary;
  float *logits;
  long logits_ld;
  const int32_t *targets;
  float gradient_scale;
  double *losses;  // [rows]
} rondo_cross_entropy;

/// Row by row: output = start + (logits - log(sum(exp(logits)))), start being 0 where it is NULL. The sum is that of all
/// `columns`, a multiple of 16; the first `output_columns` are written, which may be where the logits are.
typedef struct {
  int rows, columns;
  const float *logits;
  long logits_ld;
  const float *start;
  long start_ld;
  float *output;
  long output_ld;
  int output_columns;
} rondo_log_softmax;

/// output[r] = factors[r] * table[ids[r]] (gather), or table[ids[r]] += factors[r] * input[r] in order of r
/// (scatter_add).
typedef struct {
  int rows, columns;
  const int32_t *ids;
  const float *factors;  // [rows], or NULL: all of them 1
  const float *source;
  long source_ld;
  float *destination;
  long destination_ld;
} rondo_indexed_rows;

/// Fills panels of `rondo_weights` from a weight matrix [mapped rows, columns] in f32, f16 or bf16. f16: to nearest, ties to even.
/// int8: to nearest of w / s, ties to even, where s is a row's largest magnitude / 127; then scales = s / 127 and
/// offsets = -128 times the sum of the row's numbers.
typedef struct {
  const void *source;
  rondo_number_type source_type;
  rondo_row_map map;
  int columns;
  rondo_number_type type;
  void *panels;
  float *scales;     // [n], NULL unless int8, as are
  int32_t *offsets;  // [n]
} rondo_pack_weights;

/// output[rows, n] = bias + input[rows, k] * weights, in f32 or f16, of one row at least.
typedef struct {
  int rows, k, n;
  rondo_weights weights;
  const float *bias;
  const float *input;
  long input_ld;
  float *output;
  long output_ld;
} rondo_weights_product;

/// A layer of `rondo_infer`.
typedef struct {
  int units;                // H
  // [E or the H of the layer below, P*G*16]; layer 0's is not int8, and not there where there is a table. Of a Mogrifier
  // LSTM none is int8.
  rondo_weights input;
  rondo_weights recurrent;  // [H, P*G*16]
  const float *bias;        // [P*G*16]
  const float *peepholes, *recurrent_bias;  // as `rondo_recurrence_forward` has them
  rondo_mogrifier_rounds mogrifier;         // of no rounds for other cells
  const float *input_gain;  // [P*G*16]: of layer normalization; NULL without it
  rondo_gains gains;        // with it
  float *carried_hidden, *cell;  // [B, P*16]: the state before the window, and on exit after it; c NULL without one
  float *hidden;                 // [T*B, P*16] scratch
  float *output;                 // [T*B, P*16] scratch: hidden + the layer below's output; NULL: it is hidden
  uint8_t *carried_bytes;        // [B, P*16] scratch: the state as int8 weights take it; NULL without them, as is
  uint8_t *bytes;                // [T*B, P*16] scratch
} rondo_infer_layer;

/// A window of T steps of B streams through all layers, from the carried state, which moves on; then the logits of the
/// last `logit_rows` of the T*B rows, with no steps those of the first streams' state. A chain is that of
/// `rondo_product` and `rondo_recurrence_forward`: bias, x, h; with layer normalization those of its jobs.
typedef struct {
  rondo_cell cell;
  int steps, batch, embedding, layer_count, vocabulary, logit_rows;
  const int32_t *ids;              // [T*B]
  // [V, P*G*16]: the encoder times layer 0's input weight, with its bias; or NULL, as always for a Mogrifier LSTM.
  const float *table;
  const void *encoder;             // [V, E], where there is no table
  rondo_number_type encoder_type;  // f32, f16 or bf16
  const rondo_infer_layer *layers;
  rondo_weights decoder;      // [H, V], of the last layer's H
  const float *decoder_bias;  // [V rounded up to 16]
  const float *state_output;  // [B, P*16]: the top layer's output at the state, with no steps; NULL: its hidden state
  float *embedded;            // [T*B, E rounded up to 16] scratch
  float *gates;               // [T*B, P*G*16] scratch, of the largest layer
  float *recurrent_gates;     // [B, P*48] scratch of a GRU, NULL for other cells
  float *products;            // [B, P*G*16] scratch of layer normalization, NULL without it, as are
  double *gate_sums, *cell_sums;  // [P, 2, B rounded up to 16] scratch each
  float *logits;              // [logit_rows, V rounded up to 16]
} rondo_infer;

/// What a random number is drawn for: value = f(seed, purpose, step, stream, position, unit).
typedef struct {
  uint64_t seed;
  uint32_t purpose;
  uint64_t step;
} rondo_random_key;

/// A weight [mapped rows, V] that multiplies one-hot vectors, and the table of its columns with the bias:
/// table[v, mapped column] = weight[row, v] + bias[mapped column] (one_hot_table), or, for a gradient,
/// weight[row, v] = table[v, mapped column] (one_hot_gradient).
typedef struct {
  int vocabulary;
  rondo_row_map map;
  float *weight;
  const float *bias;  // one_hot_table alone
  float *table;
} rondo_one_hot;

/// Adds to the gradient of a [T*B, columns] matrix that of scale / 2 times the sum of its squares (square_gradient), or
/// of the squares of its changes from one step to the next (change_gradient).
typedef struct {
  int rows, batch, columns;  // columns: a multiple of 16
  float scale;
  const float *values;
  float *gradient;
} rondo_penalty;

/// Inverted dropout on a [T*B, columns] matrix; the mask is kept for the way back.
typedef struct {
  int rows, batch, columns;  // columns: a multiple of 16
  bool is_locked;            // one mask for all T steps
  float probability;
  rondo_random_key key;
  const float *input;
  float *output;
  uint8_t *mask;  // [rows, columns], 1 = kept; written by forward, read by backward
} rondo_dropout;

/// output[i] = sum of squares of values[4096 i ..< 4096 (i + 1)]; `count` is a multiple of 16, as it is below.
typedef struct {
  const float *values;
  long count;
  double *partials;
} rondo_square_sums;

/// AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) over one flat run of parameters. The gradient is first
/// multiplied by `gradient_scale` (clipping).
typedef struct {
  long count;
  float *parameters;
  const float *gradients;
  float *first_moments, *second_moments;
  float gradient_scale, learning_rate, beta1, beta2, epsilon, weight_decay;
  float correction1, correction2;  // 1 - beta^t
} rondo_adamw;

/// SGD with momentum as torch.optim.SGD has it: v = momentum * v + g + decay * p; p -= rate * v.
typedef struct {
  long count;
  float *parameters;
  const float *gradients;
  float *velocities;  // NULL: no momentum
  float gradient_scale, learning_rate, momentum, weight_decay;
  bool is_first_step;  // the first velocity is the gradient itself
} rondo_sgd;

/// RMSprop as torch.optim.RMSprop has it, not centred and without momentum: s = decay * s + (1 - decay) * g^2, where g has
/// weight_decay * p in it; p -= rate * g / (sqrt(s) + epsilon).
typedef struct {
  long count;
  float *parameters;
  const float *gradients;
  float *squares;
  float gradient_scale, learning_rate, decay, epsilon, weight_decay;
} rondo_rmsprop;

/// sum = first + second, which may be one of them.
typedef struct {
  long count;  // a multiple of 16
  const float *first, *second;
  float *sum;
} rondo_add;

/// average += weight * (values - average).
typedef struct {
  long count;
  float *average;
  const float *values;
  float weight;
} rondo_average;

/// values = values * scale, cut to -bound ... bound. What is not finite stays as it is, so that it is still found.
typedef struct {
  long count;  // a multiple of 16
  float *values;
  float scale, bound;
} rondo_clamp;

/// sums[i] += values[i]^2, `count` being a multiple of 16.
typedef struct {
  long count;
  const float *values;
  float *sums;
} rondo_add_squares;

/// Dynamic evaluation (Krause et al. 2018, arXiv:1709.07432) over one flat run of parameters p:
/// p += d * (initial - p) - rate * g / (s + epsilon), where s is the root mean square of the gradients in training and
/// d = min(1, decay * s / mean_deviation). Without `deviations`, d = decay, and g is not divided.
typedef struct {
  long count;
  float *parameters;
  const float *gradients, *initial;
  const float *deviations;  // s, or NULL
  float rate, decay, epsilon, mean_deviation;
} rondo_adapt;

/// Every job, compiled for one instruction set.
typedef struct {
  const char *name;
  rondo_task product, outer, pack, pack_bias;
  rondo_task recurrence_forward, recurrence_backward;
  rondo_task mogrified_forward, mogrified_backward;
  rondo_task layer_norm_forward, layer_norm_backward, normalized_forward, normalized_backward;
  rondo_task cross_entropy, log_softmax, gather, scatter_add;
  rondo_task one_hot_table, one_hot_gradient;
  rondo_task square_gradient, change_gradient;
  rondo_task add;
  rondo_task dropout_forward, dropout_backward;
  rondo_task square_sums, clamp, adamw, sgd, rmsprop, average;
  rondo_task add_squares, adapt;
  rondo_task pack_weights, weights_product, infer;
  /// values[i] = exp((values[i] - largest) / divisor), for values of at most `largest`, as `rondo_exp` has it.
  void (*exponentials)(double *values, long count, double largest, double divisor);
  /// Numbers in f32, f16 or bf16 as fp32, exactly.
  void (*widen_values)(int type, const void *from, float *to, long count);
  void (*exp_values)(const float *input, float *output, long count);
  void (*tanh_values)(const float *input, float *output, long count);
  void (*sigmoid_values)(const float *input, float *output, long count);
} rondo_kernel_table;

/// The kernels of the best instruction set that this processor has, or of the one that RONDO_ISA names
/// (avx512vnni, avx512, avx2, portable; on arm64 there is portable alone). NULL when RONDO_ISA names one that is not
/// here.
const rondo_kernel_table *rondo_kernels(void);
/// The table of a named instruction set, in small letters or capitals, NULL when this processor or build has none.
const rondo_kernel_table *rondo_kernels_named(const char *name);

// ----------------------------------------------------------------------------------------------------------- memory

/// Memory whose bits are all zero, on a multiple of 64 bytes, or NULL. Large runs are made of huge pages where the
/// system has them, and take no room before they are touched.
void *rondo_allocate(size_t bytes);
/// Gives it back; `bytes` as they were asked for.
void rondo_release(void *start, size_t bytes);

// ------------------------------------------------------------------------------------------------- scalars and bits

// Double-precision functions from + - * / and fma alone: libm's differ between processors, these do not.
// Where the result is normal, the error is at most 1 unit in the last place for exp, 2.1 for log and cos.
double rondo_exp(double x);
double rondo_log(double x);
/// cos(pi * x) for x in [0, 1].
double rondo_cos_pi(double x);

/// Takes bytes into the register of a CRC-32C by the processor's instruction; false, and nothing done, where it has
/// none.
bool rondo_crc32c(uint32_t *crc, const void *bytes, size_t count);

/// 64 random bits, a function of the arguments alone: Philox4x32-10 (Salmon et al. 2011,
/// doi:10.1145/2063384.2063405) with the seed as its key.
uint64_t rondo_random(uint64_t seed, uint32_t purpose, uint32_t stream, uint64_t index);
/// The four words of Philox4x32-10 for a counter and a key.
void rondo_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4]);

/// Cores this process may use: its affinity mask and its cgroup's quota, whichever is smaller.
int rondo_available_cores(void);
/// The smallest quota, in cores and rounded up, of the groups that `membership` (/proc/self/cgroup) names below `root`
/// (/sys/fs/cgroup) and of those above them, in version 1 and 2; 0 where there is none.
long rondo_cgroup_cores(const char *membership, const char *root);

#endif
