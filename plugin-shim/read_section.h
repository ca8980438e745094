/* SPDX-License-Identifier: Apache-2.0
 *
 * Lets threads read what another thread replaces, without a lock: the reader marks that it reads,
 * and who has replaced something waits until nobody can hold the old one any more.
 *
 * The readers pay two plain stores. What they would need a barrier for is done by the waiting side
 * for all threads of the process at once (membarrier(2)); where the system does not offer that,
 * each reader has a barrier of its own.
 */
#ifndef MAXMIND_ACL_READ_SECTION_H
#define MAXMIND_ACL_READ_SECTION_H

#include <stdbool.h>
#include <stdint.h>

/** A thread, as those who wait see it: what it shows of itself. It stays when the thread ends, for
 *  the next that begins. */
typedef struct reader {
  struct reader *next;
  uint64_t count;  /**< odd within a section; atomic, written by its thread alone */
  unsigned depth;  /**< sections within sections; its thread's own */
  unsigned number; /**< from 0; no two threads that live have the same */
  bool is_taken;   /**< atomic */
} __attribute__((aligned(64))) reader; /* two threads do not write into one cache line */

/** To be called once before the others, by any one thread. Returns false where memory is short. */
bool read_section_init(void);

/** Begins a section: what is loaded from a shared pointer in it stays until it ends. Sections may
 *  nest, and are to be short. Allocates on a thread's first section, never blocks. Returns this
 *  thread, for read_section_leave; NULL, with nothing begun, where memory is short. Threads: any.
 */
reader *read_section_enter(void);

/** Ends the section that began last. */
static inline void read_section_leave(reader *self) {
  if (--self->depth == 0) {
    __atomic_store_n(&self->count, self->count + 1, __ATOMIC_RELEASE);
  }
}

/** Waits until all sections that had begun when it was called have ended. Not to be called within
 *  a section. Threads: any, one after the other. */
void read_section_wait(void);

#endif /* MAXMIND_ACL_READ_SECTION_H */
