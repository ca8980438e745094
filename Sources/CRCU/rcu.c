/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* syscall */
#endif
#include "rcu.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static rcu_thread *threads;   /* never shrinks; atomic */
static unsigned thread_count; /* atomic */
static pthread_key_t key;
static bool needs_barrier;
static pthread_mutex_t waiting = PTHREAD_MUTEX_INITIALIZER;

static __thread rcu_thread *this_thread;

static long call_membarrier(int command) {
  return syscall(SYS_membarrier, command, 0, 0);
}

static void thread_ends(void *data) {
  rcu_thread *self = (rcu_thread *)data;
  this_thread = NULL;
  __atomic_store_n(&self->is_taken, false, __ATOMIC_RELEASE);
}

bool rcu_init(void) {
  static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
  static bool done;
  pthread_mutex_lock(&once);
  if (!done) {
    needs_barrier = call_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) != 0;
    done = pthread_key_create(&key, thread_ends) == 0;
  }
  pthread_mutex_unlock(&once);
  return done;
}

static rcu_thread *take_free(void) {
  for (rcu_thread *each = __atomic_load_n(&threads, __ATOMIC_ACQUIRE); each != NULL;
       each = each->next) {
    bool expected = false;
    if (__atomic_compare_exchange_n(&each->is_taken, &expected, true, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
      return each;
    }
  }
  return NULL;
}

static rcu_thread *add_thread(void) {
  void *memory = NULL;
  if (posix_memalign(&memory, __alignof__(rcu_thread), sizeof(rcu_thread)) != 0) {
    return NULL;
  }
  rcu_thread *self = (rcu_thread *)memory;
  self->count = 0;
  self->depth = 0;
  self->number = __atomic_fetch_add(&thread_count, 1, __ATOMIC_RELAXED);
  self->is_taken = true;
  self->next = __atomic_load_n(&threads, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(&threads, &self->next, self, true, __ATOMIC_RELEASE,
                                      __ATOMIC_RELAXED)) {
  }
  return self;
}

__attribute__((noinline, cold)) static rcu_thread *register_thread(void) {
  rcu_thread *self = take_free();
  if (self == NULL) {
    self = add_thread();
  }
  if (self != NULL && pthread_setspecific(key, self) != 0) {
    __atomic_store_n(&self->is_taken, false, __ATOMIC_RELEASE);
    self = NULL;
  }
  this_thread = self;
  return self;
}

rcu_thread *rcu_enter(void) {
  rcu_thread *self = this_thread;
  if (__builtin_expect(self == NULL, 0)) {
    self = register_thread();
    if (self == NULL) {
      return NULL;
    }
  }
  if (self->depth++ == 0) {
    __atomic_store_n(&self->count, self->count + 1, __ATOMIC_RELAXED);
    if (__builtin_expect(needs_barrier, 0)) {
      __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    /* Keeps the compiler from moving loads of the section before the store. rcu_synchronize does so
     * for the processor. */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  }
  return self;
}

void rcu_synchronize(void) {
  pthread_mutex_lock(&waiting);
  /* A thread that is not in a section from here on sees all earlier stores of this thread. */
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (!needs_barrier) {
    call_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  }
  for (rcu_thread *each = __atomic_load_n(&threads, __ATOMIC_ACQUIRE); each != NULL;
       each = each->next) {
    uint64_t seen = __atomic_load_n(&each->count, __ATOMIC_ACQUIRE);
    while (seen % 2 != 0 && __atomic_load_n(&each->count, __ATOMIC_ACQUIRE) == seen) {
      const struct timespec moment = {0, 200 * 1000};
      nanosleep(&moment, NULL);
    }
  }
  pthread_mutex_unlock(&waiting);
}
