/* SPDX-License-Identifier: Apache-2.0
 *
 * Before Traffic Server has made the task pool, TSContScheduleOnPool takes a network thread in its
 * place, and while it makes the pool, a thread that is not there: a task that schedules itself then
 * ends the process.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* syscall */
#endif
#include "task_pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

/** A call that waits for the pool. */
typedef struct waiting_call {
  struct waiting_call *next;
  TSCont task;
} waiting_call;

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static enum { unknown, awaited, ready } pool;
static waiting_call *first;
static waiting_call **last = &first;

/* The pool is made behind the first load of the remap configuration, which is on the main thread;
 * later loads are on threads of the pool. */
static bool is_main_thread(void) {
  return (pid_t)syscall(SYS_gettid) == getpid();
}

static void call(TSCont task) {
  TSContScheduleOnPool(task, 0, TS_THREAD_POOL_TASK);
}

static int make_waiting_calls(TSCont self, TSEvent event, void *data) {
  (void)self;
  (void)event;
  (void)data;
  pthread_mutex_lock(&guard);
  pool = ready;
  for (waiting_call *each = first; each != NULL;) {
    waiting_call *next = each->next;
    call(each->task);
    TSfree(each);
    each = next;
  }
  first = NULL;
  last = &first;
  pthread_mutex_unlock(&guard);
  return 0;
}

void task_pool_call(TSCont task) {
  pthread_mutex_lock(&guard);
  if (pool == unknown) {
    pool = is_main_thread() ? awaited : ready;
    if (pool == awaited) {
      TSLifecycleHookAdd(TS_LIFECYCLE_TASK_THREADS_READY_HOOK,
                         TSContCreate(make_waiting_calls, NULL));
    }
  }
  if (pool == ready) {
    call(task);
  } else {
    waiting_call *waiting = (waiting_call *)TSmalloc(sizeof(*waiting));
    waiting->next = NULL;
    waiting->task = task;
    *last = waiting;
    last = &waiting->next;
  }
  pthread_mutex_unlock(&guard);
}
