#include "count_malloc.h"

#include <errno.h>
#include <stddef.h>

static _Thread_local bool counting;
static _Thread_local long calls;

void count_malloc_begin(void) {
  calls = 0;
  counting = true;
}

#if !defined(__has_feature)
#define __has_feature(name) 0
#endif

// A sanitizer has an allocator of its own.
#if defined(__GLIBC__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

long count_malloc_end(void) {
  counting = false;
  return calls;
}

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  calls += counting;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  calls += counting;
  return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
  calls += counting;
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  calls += counting;
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
  void *memory = memalign(alignment, size);
  if (!memory) return ENOMEM;
  *result = memory;
  return 0;
}

#else

long count_malloc_end(void) {
  counting = false;
  return -1;
}

#endif
