/* SPDX-License-Identifier: Apache-2.0
 *
 * The rounds: each contestant in turn decides on the same slice of the requests.
 */
#ifndef BENCHMARK_ROUNDS_H
#define BENCHMARK_ROUNDS_H

#include "contestants.h"
#include "requests.h"

struct rounds {
  const struct contestants *contestants;
  const struct requests *requests;
  int threads;
  int count;
  size_t slice;   /**< requests that a thread decides on for one contestant in a round */
  double lead_in; /**< nanoseconds for which it decides before, untimed */
};

/** Runs the rounds on threads that are bound to a core each. Returns the nanoseconds a decision
 *  took, by contestant and round: the mean of the threads' own processor times. The caller frees
 *  it. */
double *rounds_run(const struct rounds *rounds);

#endif
