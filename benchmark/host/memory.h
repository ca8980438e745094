/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory of this process, in kB.
 */
#ifndef BENCHMARK_MEMORY_H
#define BENCHMARK_MEMORY_H

#include <stdio.h>

struct memory {
  long resident;  /**< all of it: the next two, and pages of files */
  long anonymous; /**< its own: heap, stacks, written pages of libraries */
  long shared;    /**< shared memory without a file on disk */
  long peak;      /**< the maximum of `resident` so far */
  long share;     /**< proportional: a page that n processes map counts 1/n (Pss) */
};

struct memory memory_now(void);

/** Prints a JSON object. */
void memory_print(FILE *out, const struct memory *memory);

#endif
