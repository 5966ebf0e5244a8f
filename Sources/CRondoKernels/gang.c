#include "rondo_kernels.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

// A waiting worker looks at the barrier this often before it sleeps: some 20 microseconds. Longer would starve a
// worker that shares the core; shorter would pay a wake-up, some 50 microseconds, at many a step of the recurrence.
enum { spin_limit = 1500 };

struct rondo_gang {
  int workers;
  int spins;
  pthread_t *threads;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  _Alignas(64) atomic_int arrived;
  _Alignas(64) atomic_uint generation;
  atomic_int sleepers;
  _Alignas(64) rondo_task task;
  const void *job;
};

typedef struct {
  rondo_gang *gang;
  int worker;
} seat;

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void rondo_gang_barrier(rondo_gang *gang) {
  if (gang->workers == 1) return;
  unsigned generation = atomic_load(&gang->generation);
  if (atomic_fetch_add(&gang->arrived, 1) == gang->workers - 1) {
    atomic_store(&gang->arrived, 0);
    atomic_fetch_add(&gang->generation, 1);
    // Sequentially consistent: either we see the sleeper, or the sleeper sees the new generation.
    if (atomic_load(&gang->sleepers) > 0) {
      pthread_mutex_lock(&gang->mutex);
      pthread_cond_broadcast(&gang->wake);
      pthread_mutex_unlock(&gang->mutex);
    }
    return;
  }
  for (int spin = 0; spin < gang->spins; spin++) {
    if (atomic_load_explicit(&gang->generation, memory_order_acquire) != generation) return;
    pause_briefly();
  }
  pthread_mutex_lock(&gang->mutex);
  atomic_fetch_add(&gang->sleepers, 1);
  while (atomic_load(&gang->generation) == generation) pthread_cond_wait(&gang->wake, &gang->mutex);
  atomic_fetch_sub(&gang->sleepers, 1);
  pthread_mutex_unlock(&gang->mutex);
}

static void *work(void *argument) {
  seat own = *(seat *)argument;
  free(argument);
  for (;;) {
    rondo_gang_barrier(own.gang);
    rondo_task task = own.gang->task;
    if (!task) return NULL;
    task(own.gang->job, own.worker, own.gang->workers, own.gang);
    rondo_gang_barrier(own.gang);
  }
}

void rondo_gang_run(rondo_gang *gang, rondo_task task, const void *job) {
  gang->task = task;
  gang->job = job;
  rondo_gang_barrier(gang);
  task(job, 0, gang->workers, gang);
  rondo_gang_barrier(gang);
}

static void dismiss(rondo_gang *gang) {
  gang->task = NULL;
  rondo_gang_barrier(gang);
  for (int i = 0; i < gang->workers - 1; i++) pthread_join(gang->threads[i], NULL);
}

rondo_gang *rondo_gang_create(int workers, bool spins) {
  rondo_gang *gang = aligned_alloc(64, (sizeof(rondo_gang) + 63) / 64 * 64);
  if (!gang) return NULL;
  *gang = (rondo_gang){.workers = workers, .spins = spins ? spin_limit : 0};
  gang->threads = calloc((size_t)workers, sizeof(pthread_t));
  pthread_mutex_init(&gang->mutex, NULL);
  pthread_cond_init(&gang->wake, NULL);
  for (int worker = 1; worker < workers; worker++) {
    seat *own = malloc(sizeof(seat));
    if (own) *own = (seat){gang, worker};
    if (!own || pthread_create(&gang->threads[worker - 1], NULL, work, own) != 0) {
      free(own);
      gang->workers = worker;  // those already here are sent home
      rondo_gang_destroy(gang);
      return NULL;
    }
  }
  return gang;
}

void rondo_gang_destroy(rondo_gang *gang) {
  if (!gang) return;
  if (gang->workers > 1) dismiss(gang);
  pthread_mutex_destroy(&gang->mutex);
  pthread_cond_destroy(&gang->wake);
  free(gang->threads);
  free(gang);
}
