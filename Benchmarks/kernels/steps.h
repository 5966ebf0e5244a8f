// The jobs of one training step, for kernels to be timed one by one.
#ifndef RONDO_STEPS_H
#define RONDO_STEPS_H

#include "rondo_kernels.h"

/// Bytes to be put back before each run, outside the time: what a job changes and needs as it was.
typedef struct {
  void *to;
  const void *from;
  long bytes;
} step_restore;

/// One job and what it has to do at the least.
typedef struct {
  const char *kernel;
  char size[40];
  rondo_task task;
  const void *job;
  int calls;     // of this size in a step
  double flops;  // of its product; 0: it has none
  double bytes;  // read and written
  double reach;  // bytes that all threads together come back to: says which level of memory serves them
  step_restore restores[3];
} step_row;

typedef struct {
  char title[96];
  step_row rows[40];
  int count;
  void *memory;  // a list of what was allocated
} step_rows;

/// The names of the shapes, a letter each: the rows of Benchmarks/training.py.
const char *step_shapes(void);
/// All jobs of a training step of a shape, as Sources/RondoNN/RecurrentNetwork.swift runs them.
step_rows training_step(char shape, const rondo_kernel_table *kernels, rondo_gang *gang, int threads);
void step_rows_free(step_rows *rows);

#endif
