/* SPDX-License-Identifier: Apache-2.0
 *
 * Continuations, their mutexes, and the thread for scheduled continuations.
 */
#ifndef REPLAY_HOST_CONTINUATION_H
#define REPLAY_HOST_CONTINUATION_H

#include <pthread.h>
#include <stdbool.h>
#include <ts/ts.h>

struct tsapi_mutex {
  pthread_mutex_t lock; /**< recursive, as in Traffic Server */
  int users;            /**< reference count */
};

struct tsapi_cont {
  TSEventFunc handler;
  TSMutex mutex; /**< may be NULL */
  void *data;
};

/** Calls the continuation's handler with its mutex held. */
void continuation_call(TSCont continuation, TSEvent event, void *data);

/** Change the reference count of a mutex. At 0 it is destroyed. NULL: no mutex. */
void mutex_hold(TSMutex mutex);
void mutex_release(TSMutex mutex);
void mutex_lock(TSMutex mutex);
void mutex_unlock(TSMutex mutex);

/** Ends the thread for scheduled continuations, if there is one. */
void schedule_stop(void);

#endif
