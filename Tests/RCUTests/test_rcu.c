/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of Sources/CRCU: threads read an object that another thread replaces. Run it under the
 * thread sanitizer, which reports a read of a freed object.
 */
#include "rcu.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void check(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "test_rcu: %s\n", what);
    exit(1);
  }
}

static pthread_t start(void *(*run)(void *data), void *data) {
  pthread_t thread;
  check(pthread_create(&thread, NULL, run, data) == 0, "no thread");
  return thread;
}

/* A thread reuses the structure of an ended thread. */

static void *enter_once(void *data) {
  unsigned *highest = (unsigned *)data;
  rcu_thread *self = rcu_enter();
  check(self != NULL, "no memory");
  if (self->number > *highest) {
    *highest = self->number;
  }
  rcu_leave(self);
  return NULL;
}

static void structures_of_ended_threads_are_reused(void) {
  unsigned highest = 0;
  for (int number = 0; number < 1000; number++) {
    pthread_join(start(enter_once, &highest), NULL);
  }
  check(highest == 0, "the structures of ended threads are not reused");
}

/* rcu_synchronize waits for a section whose nested section has ended. */

static int step; /* the order of events; atomic */

static int current_step(void) {
  return __atomic_load_n(&step, __ATOMIC_ACQUIRE);
}

static void *hold_section(void *data) {
  (void)data;
  rcu_thread *self = rcu_enter();
  check(rcu_enter() == self, "a thread has two structures");
  rcu_leave(self);
  __atomic_store_n(&step, 1, __ATOMIC_RELEASE);
  while (current_step() < 2) {
    usleep(1000);
  }
  usleep(50 * 1000); /* time for a wait that does not wait */
  check(current_step() == 2, "the wait ended within a section");
  __atomic_store_n(&step, 3, __ATOMIC_RELEASE);
  rcu_leave(self);
  return NULL;
}

static void a_section_is_waited_for(void) {
  pthread_t thread = start(hold_section, NULL);
  while (current_step() < 1) {
    usleep(1000);
  }
  __atomic_store_n(&step, 2, __ATOMIC_RELEASE);
  rcu_synchronize();
  check(__atomic_exchange_n(&step, 4, __ATOMIC_ACQ_REL) == 3, "the wait ended within a section");
  pthread_join(thread, NULL);
}

/* After rcu_synchronize, no reader has the old object. */

enum { reader_count = 3, replacement_count = 2000 };

static int *shared;  /* atomic */
static bool is_over; /* atomic */

static void *read_on(void *data) {
  (void)data;
  while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
    rcu_thread *self = rcu_enter();
    int *value = __atomic_load_n(&shared, __ATOMIC_ACQUIRE);
    for (int turn = 0; turn < 10; turn++) {
      check(*(volatile int *)value == 7, "a reader reads a freed object");
    }
    rcu_leave(self);
  }
  return NULL;
}

static int *make_value(void) {
  int *value = (int *)malloc(sizeof(*value));
  check(value != NULL, "no memory");
  *value = 7;
  return value;
}

static void nobody_reads_what_is_freed(void) {
  shared = make_value();
  pthread_t threads[reader_count];
  for (int number = 0; number < reader_count; number++) {
    threads[number] = start(read_on, NULL);
  }
  for (int number = 0; number < replacement_count; number++) {
    int *old = shared;
    __atomic_store_n(&shared, make_value(), __ATOMIC_RELEASE);
    rcu_synchronize();
    *old = 0;
    free(old);
  }
  __atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
  for (int number = 0; number < reader_count; number++) {
    pthread_join(threads[number], NULL);
  }
  free(shared);
}

int main(void) {
  check(rcu_init(), "no memory");
  structures_of_ended_threads_are_reused();
  a_section_is_waited_for();
  nobody_reads_what_is_freed();
  return 0;
}
