/* SPDX-License-Identifier: Apache-2.0 */
#include "decision_counters.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t decision_counters_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* The duration of two clock readings, in nanoseconds. */
static uint64_t clock_cost;

static void measure_clock(void) {
  uint64_t least = UINT64_MAX;
  for (int round = 0; round < 1000; ++round) {
    uint64_t begun = decision_counters_now();
    uint64_t taken = decision_counters_now() - begun;
    least = taken < least ? taken : least;
  }
  clock_cost = least;
}

/* Traffic Server starts fewer than two threads for each processor. */
static unsigned usual_threads(void) {
  enum { most = 256 };
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  return processors < 1 ? 2 : processors > most / 2 ? (unsigned)most : 2 * (unsigned)processors - 1;
}

decision_counters *decision_counters_create(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, measure_clock);
  unsigned own_sets = usual_threads();
  size_t size = sizeof(decision_counters) + (own_sets + 1) * sizeof(counter_set);
  void *memory = NULL;
  if (posix_memalign(&memory, __alignof__(decision_counters), size) != 0) {
    return NULL;
  }
  decision_counters *self = (decision_counters *)memory;
  memset(memory, 0, size);
  self->own_sets = own_sets;
  self->sets[own_sets].is_shared = true;
  return self;
}

uint64_t decision_counters_sum(const decision_counters *self, unsigned counter) {
  uint64_t total = 0;
  for (unsigned set = 0; set <= self->own_sets; ++set) {
    total += __atomic_load_n(&self->sets[set].of[counter], __ATOMIC_RELAXED);
  }
  return total;
}

void decision_counters_add_time(counted_decision decision) {
  uint64_t taken = decision_counters_now() - decision.begun;
  counter_add(decision.set, &decision.set->of[counted_nanoseconds],
              taken > clock_cost ? (taken - clock_cost) * timed_one_of : 0);
}
