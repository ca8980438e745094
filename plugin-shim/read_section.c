/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* syscall */
#endif
#include "read_section.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static reader *readers; /* only ever grows; atomic */
static unsigned count;  /* of them; atomic */
static pthread_key_t key;
static bool needs_barrier;
static pthread_mutex_t waiting = PTHREAD_MUTEX_INITIALIZER;

static __thread reader *this_reader;

static long call_membarrier(int command) {
  return syscall(SYS_membarrier, command, 0, 0);
}

static void thread_ends(void *data) {
  reader *self = (reader *)data;
  this_reader = NULL;
  __atomic_store_n(&self->is_taken, false, __ATOMIC_RELEASE);
}

bool read_section_init(void) {
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

static reader *take_free(void) {
  for (reader *each = __atomic_load_n(&readers, __ATOMIC_ACQUIRE); each != NULL;
       each = each->next) {
    bool expected = false;
    if (__atomic_compare_exchange_n(&each->is_taken, &expected, true, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
      return each;
    }
  }
  return NULL;
}

static reader *add_reader(void) {
  void *memory = NULL;
  if (posix_memalign(&memory, __alignof__(reader), sizeof(reader)) != 0) {
    return NULL;
  }
  reader *self = (reader *)memory;
  self->count = 0;
  self->depth = 0;
  self->number = __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
  self->is_taken = true;
  self->next = __atomic_load_n(&readers, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(&readers, &self->next, self, true, __ATOMIC_RELEASE,
                                      __ATOMIC_RELAXED)) {
  }
  return self;
}

__attribute__((noinline, cold)) static reader *register_thread(void) {
  reader *self = take_free();
  if (self == NULL) {
    self = add_reader();
  }
  if (self != NULL && pthread_setspecific(key, self) != 0) {
    __atomic_store_n(&self->is_taken, false, __ATOMIC_RELEASE);
    self = NULL;
  }
  this_reader = self;
  return self;
}

reader *read_section_enter(void) {
  reader *self = this_reader;
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
    /* The compiler must not move what is read in the section in front of the store; the processor's
     * part is done by read_section_wait. */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  }
  return self;
}

void read_section_wait(void) {
  pthread_mutex_lock(&waiting);
  /* From here on, a thread that is not seen to be in a section sees what was stored before. */
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (!needs_barrier) {
    call_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  }
  for (reader *each = __atomic_load_n(&readers, __ATOMIC_ACQUIRE); each != NULL;
       each = each->next) {
    uint64_t seen = __atomic_load_n(&each->count, __ATOMIC_ACQUIRE);
    while (seen % 2 != 0 && __atomic_load_n(&each->count, __ATOMIC_ACQUIRE) == seen) {
      const struct timespec moment = {0, 200 * 1000};
      nanosleep(&moment, NULL);
    }
  }
  pthread_mutex_unlock(&waiting);
}
