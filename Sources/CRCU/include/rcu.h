/* SPDX-License-Identifier: Apache-2.0
 *
 * RCU (read-copy-update) for a pointer that many threads read and one thread replaces. Readers take
 * no lock: they mark the section in which they use the pointer. The writer stores the new pointer
 * and calls rcu_synchronize before it frees the old object.
 *
 * A reader pays two plain stores. rcu_synchronize issues the memory barrier for all threads of the
 * process at once (membarrier(2)). On a system without that call each reader issues its own.
 */
#ifndef RCU_H
#define RCU_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A reader thread. After its end, another thread reuses the structure. */
typedef struct rcu_thread {
  unsigned number; /**< from 0; unique among live threads */
  unsigned depth;  /**< nested sections; used by its thread only */
  uint64_t count;  /**< odd within a section; atomic, written by its thread only */
  struct rcu_thread *next;
  bool is_taken;                           /**< atomic */
} __attribute__((aligned(64))) rcu_thread; /* no cache line is shared by two threads */

/** Prepares this module. Call no other function before it has returned. Returns false if there is
 *  no memory. Threads: any. */
bool rcu_init(void);

/** Begins a section. An object that is loaded in it from a shared pointer stays valid until
 *  rcu_leave. Sections may nest, and have to be short. Never blocks. Allocates in a thread's first
 *  section. Returns this thread for rcu_leave, or NULL if there is no memory; then no section has
 *  begun. Threads: any. */
rcu_thread *rcu_enter(void);

/** Ends the innermost section. */
static inline void rcu_leave(rcu_thread *self) {
  if (--self->depth == 0) {
    __atomic_store_n(&self->count, self->count + 1, __ATOMIC_RELEASE);
  }
}

/** Waits for the end of all sections that began before the call. Do not call it in a section.
 *  Threads: any; calls wait for each other. */
void rcu_synchronize(void);

/** Loads a shared pointer, in a section. */
static inline const void *rcu_load(const void *const *place) {
  return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

/** Stores a shared pointer. Call rcu_synchronize before you free the old object. */
static inline void rcu_store(const void **place, const void *object) {
  __atomic_store_n(place, object, __ATOMIC_RELEASE);
}

#ifdef __cplusplus
}
#endif

#endif /* RCU_H */
