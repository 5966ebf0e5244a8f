#include "rondo_kernels.h"

#include <stdlib.h>
#include <string.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

// From here on memory comes from the system: its pages are zero already, and are there only once they are touched.
enum { from_system = 64 << 10, huge_page = 2 << 20 };
enum { page = 64 << 10 };  // the largest that Linux has: what is given back has to begin and end on one

static size_t rounded(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

void *rondo_allocate(size_t bytes) {
  if (bytes > SIZE_MAX / 2) return NULL;
#if defined(__linux__)
  if (bytes >= from_system) {
    // What begins on a huge page can be made of huge pages: a fault for 2 MB instead of 512.
    size_t size = rounded(bytes, page), room = size >= huge_page ? size + huge_page : size;
    char *taken = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (taken == MAP_FAILED) return NULL;
    if (room == size) return taken;
    char *start = taken + (huge_page - (uintptr_t)taken % huge_page) % huge_page;
    if (start > taken) munmap(taken, (size_t)(start - taken));
    munmap(start + size, room - size - (size_t)(start - taken));
    madvise(start, size, MADV_HUGEPAGE);
    return start;
  }
#endif
  size_t size = rounded(bytes ? bytes : 1, 64);
  void *start = aligned_alloc(64, size);
  return start ? memset(start, 0, size) : NULL;
}

void rondo_release(void *start, size_t bytes) {
#if defined(__linux__)
  if (bytes >= from_system) {
    munmap(start, rounded(bytes, page));
    return;
  }
#endif
  free(start);
}
