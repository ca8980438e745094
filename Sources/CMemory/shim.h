/* malloc_trim, which the Glibc module lacks. */
#include <malloc.h>

// Part of glibc since 2.30, but its header shows it only where _GNU_SOURCE is defined.
int gettid(void);
