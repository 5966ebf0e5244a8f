// Counts what a thread asks of malloc, by standing in for it: in Linux a program's own malloc comes before the C
// library's. For tests alone.
#ifndef COUNT_MALLOC_H
#define COUNT_MALLOC_H

#include <stdbool.h>

/// Begins to count the calls of this thread.
void count_malloc_begin(void);
/// Ends it, and says how many calls of malloc, calloc, realloc and the aligned ones there were; -1 where malloc
/// cannot be stood in for.
long count_malloc_end(void);

#endif
