/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread for long work that nobody waits for: it runs where a processor has nothing else to do,
 * so that requests keep theirs. The system lets a thread lower its priority but not raise it again,
 * and Traffic Server's own threads are not ours to lower: so each piece of work has a thread of its
 * own.
 */
#ifndef MAXMIND_ACL_BACKGROUND_THREAD_H
#define MAXMIND_ACL_BACKGROUND_THREAD_H

#include <pthread.h>
#include <stdbool.h>

typedef struct background_thread {
  pthread_t thread;
  void (*work)(void *data);
  void *data;
  bool has_ended; /* atomic */
} background_thread;

/** Begins the work. `self` and `data` stay until background_thread_has_ended has returned true.
 * Returns false where there can be no thread: then nothing has begun. */
bool background_thread_start(background_thread *self, void (*work)(void *data), void *data);

/** Begins work that goes on as long as the process does, with the priority of other threads.
 * Returns false where there can be no thread. */
bool background_thread_detach(void *(*work)(void *data));

/** Whether the work has ended, and the thread with it. Not to be called again after it was true.
 * Threads: any, one after the other. */
bool background_thread_has_ended(background_thread *self);

#endif /* MAXMIND_ACL_BACKGROUND_THREAD_H */
