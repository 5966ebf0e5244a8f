// The kernels against naive twins in double precision, in C alone, so that the address, thread and undefined-behaviour
// sanitizers see all of them (`make sanitize`). Memory is taken to the byte as rondo_kernels.h says.
#ifndef HARNESS_H
#define HARNESS_H

#include "rondo_kernels.h"

/// One instruction set on a number of threads.
typedef struct {
  const rondo_kernel_table *kernels;
  rondo_gang *gang;
  int workers;
} way;

// ------------------------------------------------------------------------------------------------------------ memory

// All of these live until `release`. No element more than asked for may be touched.

/// `count` floats, all NaN.
float *room(long count);
/// `count` floats in -1 ..< 1, a function of the seed.
float *numbers(long count, uint64_t seed);
float *copy_of(const float *values, long count);
double *doubles(long count);
uint8_t *bytes(long count);
/// `count` ids below `size`.
int32_t *ids(long count, int size, uint64_t seed);
void release(void);

// ------------------------------------------------------------------------------------------------------- expectations

/// Counts a failure and says what failed, with the way and the case that `describe` named.
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void describe(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// |found - expected| <= tolerance; NaN is expected where `expected` is NaN, an infinity where it is one.
void expect_near(const char *what, double found, double expected, double tolerance);
void expect_equal(const char *what, double found, double expected);
/// The same bytes as every other way had at this place. Not for NaN, whose bits are the processor's.
void expect_same_bytes(const char *what, const void *found, size_t size);

// ------------------------------------------------------------------------------------------------------------- layout

/// Rounded up to whole vectors.
static inline long vectors(long count) { return (count + 15) / 16 * 16; }
/// Floats of a matrix without anything after its last row.
static inline long matrix(long rows, long columns, long ld) { return rows ? (rows - 1) * ld + columns : 0; }
/// Where element (row, column) of panels [k, n] is: with AVX-512 the columns of a panel lie side by side, else the
/// vectors of 16 columns one after the other.
long panel_index(long row, long column, long k, long n);
/// The parameter row that a column of an activation matrix stands for; -1 for padding.
long mapped_row(long column, rondo_row_map map);

/// Numbers of `rows` rows of gates [rows, P*G*16], zero for units that are none.
float *padded(int gates, int units, long rows, uint64_t seed);

// ------------------------------------------------------------------------------------------------------------ numbers

/// How far a chain of n additions may be off: it rounds n times, each by 2^-24 of a partial sum at most.
static inline double chain_rounding(long n, double magnitude) {
  return (double)(n + 1) * 0x1p-24 * magnitude + 0x1p-149;
}
/// `count` numbers in -scale ..< scale, in f32, f16 or bf16, at an odd address.
void *stored_numbers(rondo_number_type type, long count, double scale, uint64_t seed);
double stored_value(rondo_number_type type, const void *values, long index);
/// A weight in panels for inference.
rondo_weights packed_weights(way w, const void *source, rondo_number_type source_type, rondo_row_map map, int columns,
                             rondo_number_type type);
/// To nearest of binary16, ties to even; finite numbers stay finite.
double rounded_to_half(double value);
/// Element (row, column) of panels [k, n] as they are packed: of int8 the whole number.
double weight_value(const rondo_weights *weights, long row, long column, long k, long n);

// ------------------------------------------------------------------------------------------------------------- checks

void check_products(way w);
void check_packing(way w);
void check_outer(way w);
void check_recurrence(way w);
void check_mogrifier(way w);
void check_normalization(way w);
void check_cross_entropy(way w);
void check_log_softmax(way w);
void check_indexed_rows(way w);
void check_one_hot(way w);
void check_penalties(way w);
void check_add(way w);
void check_dropout(way w);
void check_updates(way w);
void check_adaptation(way w);
void check_functions(way w);
void check_packed_weights(way w);
void check_weights_products(way w);
void check_inference(way w);
void check_exponentials(way w);
/// exp, tanh and the logistic function of every float there is, with the largest error and where it is.
void check_every_float(way w);
/// rondo_exp, rondo_log and rondo_cos_pi, whose results depend on no way.
void check_scalars(long samples);
void check_crc32c(void);
void check_memory(void);

#endif
