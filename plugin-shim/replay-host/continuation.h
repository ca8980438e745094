/* SPDX-License-Identifier: Apache-2.0
 *
 * Continuations, their mutexes, and the thread that runs scheduled ones.
 */
#ifndef REPLAY_HOST_CONTINUATION_H
#define REPLAY_HOST_CONTINUATION_H

#include <pthread.h>
#include <stdbool.h>
#include <ts/ts.h>

struct tsapi_mutex {
  pthread_mutex_t lock; /**< recursive, as Traffic Server's */
  int users;            /**< continuations that hold it */
};

struct tsapi_cont {
  TSEventFunc handler;
  TSMutex mutex; /**< may be NULL */
  void *data;
};

/** Calls the continuation's handler with its mutex held. */
void continuation_call(TSCont continuation, TSEvent event, void *data);

/** A mutex belongs to its users: the last one that releases it destroys it. NULL: no mutex. */
void mutex_hold(TSMutex mutex);
void mutex_release(TSMutex mutex);
void mutex_lock(TSMutex mutex);
void mutex_unlock(TSMutex mutex);

/** Ends the thread of scheduled continuations, if one was started; nothing runs afterwards. */
void schedule_stop(void);

#endif
