/* SPDX-License-Identifier: Apache-2.0 */
#include "continuation.h"

#include "message.h"

#include <stdlib.h>

TSMutex TSMutexCreate(void) {
  TSMutex mutex = (TSMutex)allocate_zeroed(1, sizeof *mutex);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&mutex->lock, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return mutex;
}

void mutex_hold(TSMutex mutex) {
  if (mutex != NULL) {
    __atomic_fetch_add(&mutex->users, 1, __ATOMIC_RELAXED);
  }
}

void mutex_release(TSMutex mutex) {
  if (mutex != NULL && __atomic_sub_fetch(&mutex->users, 1, __ATOMIC_ACQ_REL) == 0) {
    pthread_mutex_destroy(&mutex->lock);
    free(mutex);
  }
}

void mutex_lock(TSMutex mutex) {
  if (mutex != NULL) {
    pthread_mutex_lock(&mutex->lock);
  }
}

void mutex_unlock(TSMutex mutex) {
  if (mutex != NULL) {
    pthread_mutex_unlock(&mutex->lock);
  }
}

TSCont TSContCreate(TSEventFunc handler, TSMutex mutex) {
  TSCont continuation = (TSCont)allocate_zeroed(1, sizeof *continuation);
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

void continuation_call(TSCont continuation, TSEvent event, void *data) {
  // The handler may destroy its continuation, and the mutex with it.
  TSMutex mutex = continuation->mutex;
  mutex_hold(mutex);
  mutex_lock(mutex);
  continuation->handler(continuation, event, data);
  mutex_unlock(mutex);
  mutex_release(mutex);
}
