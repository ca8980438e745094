/* SPDX-License-Identifier: Apache-2.0 */
#include "continuation.h"

#include "message.h"

#include <stdlib.h>

TSMutex TSMutexCreate(void) {
  TSMutex mutex = allocate_zeroed(1, sizeof *mutex);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&mutex->lock, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return mutex;
}

void TSMutexDestroy(TSMutex mutex) {
  if (mutex->users > 0) {
    plugin_fault("TSMutexDestroy of a mutex that a continuation holds");
  }
  pthread_mutex_destroy(&mutex->lock);
  free(mutex);
}

void TSMutexLock(TSMutex mutex) {
  pthread_mutex_lock(&mutex->lock);
}

TSReturnCode TSMutexLockTry(TSMutex mutex) {
  return pthread_mutex_trylock(&mutex->lock) == 0 ? TS_SUCCESS : TS_ERROR;
}

void TSMutexUnlock(TSMutex mutex) {
  pthread_mutex_unlock(&mutex->lock);
}

// A mutex belongs to the continuations that were created with it: the last one takes it along.
void mutex_hold(TSMutex mutex) {
  if (mutex != NULL) {
    __atomic_fetch_add(&mutex->users, 1, __ATOMIC_RELAXED);
  }
}

void mutex_release(TSMutex mutex) {
  if (mutex != NULL && __atomic_sub_fetch(&mutex->users, 1, __ATOMIC_ACQ_REL) == 0) {
    TSMutexDestroy(mutex);
  }
}

TSCont TSContCreate(TSEventFunc handler, TSMutex mutex) {
  TSCont continuation = allocate_zeroed(1, sizeof *continuation);
  continuation->handler = handler;
  continuation->mutex = mutex;
  mutex_hold(mutex);
  return continuation;
}

void TSContDestroy(TSCont continuation) {
  mutex_release(continuation->mutex);
  free(continuation);
}

void TSContDataSet(TSCont continuation, void *data) {
  continuation->data = data;
}

void *TSContDataGet(TSCont continuation) {
  return continuation->data;
}

TSMutex TSContMutexGet(TSCont continuation) {
  return continuation->mutex;
}

int TSContCall(TSCont continuation, TSEvent event, void *data) {
  return continuation_call(continuation, event, data);
}

int continuation_call(TSCont continuation, TSEvent event, void *data) {
  if (continuation->handler == NULL) {
    plugin_fault("an event was sent to a connection");
  }
  // The handler may destroy its continuation, and the mutex with it.
  TSMutex mutex = continuation->mutex;
  mutex_hold(mutex);
  if (mutex != NULL) {
    TSMutexLock(mutex);
  }
  int result = continuation->handler(continuation, event, data);
  if (mutex != NULL) {
    TSMutexUnlock(mutex);
  }
  mutex_release(mutex);
  return result;
}
