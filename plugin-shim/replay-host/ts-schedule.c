/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread of the host runs all scheduled continuations, for every pool.
 */
#include "continuation.h"
#include "message.h"

#include <stdlib.h>
#include <time.h>

struct tsapi_action {
  struct tsapi_action *next;
  TSCont continuation;
  TSMutex mutex; /**< the continuation's; may outlive it */
  struct timespec due;
  TSHRTime every; /**< milliseconds; 0: once */
  TSEvent event;
  bool cancelled;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static struct tsapi_action *actions; // soonest first
static pthread_t thread;
static bool started;
static bool stopping;

static bool is_before(struct timespec a, struct timespec b) {
  return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

static struct timespec after(TSHRTime milliseconds) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  time.tv_sec += milliseconds / 1000;
  time.tv_nsec += (milliseconds % 1000) * 1000000;
  if (time.tv_nsec >= 1000000000) {
    time.tv_sec++;
    time.tv_nsec -= 1000000000;
  }
  return time;
}

static void insert(struct tsapi_action *action) {
  struct tsapi_action **place = &actions;
  while (*place != NULL && !is_before(action->due, (*place)->due)) {
    place = &(*place)->next;
  }
  action->next = *place;
  *place = action;
  pthread_cond_signal(&changed);
}

// Locks before it reads `cancelled`: a thread with the mutex may cancel the action and destroy the
// continuation.
static void call_unless_cancelled(struct tsapi_action *action) {
  mutex_lock(action->mutex);
  if (!__atomic_load_n(&action->cancelled, __ATOMIC_ACQUIRE)) {
    continuation_call(action->continuation, action->event, action);
  }
  mutex_unlock(action->mutex);
}

static void drop(struct tsapi_action *action) {
  mutex_release(action->mutex);
  free(action);
}

static void run_first(void) {
  struct tsapi_action *action = actions;
  actions = action->next;
  pthread_mutex_unlock(&lock);
  call_unless_cancelled(action);
  pthread_mutex_lock(&lock);
  if (action->every > 0 && !action->cancelled) {
    action->due = after(action->every);
    insert(action);
  } else {
    drop(action);
  }
}

static void *run(void *unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  while (!stopping) {
    if (actions == NULL) {
      pthread_cond_wait(&changed, &lock);
    } else if (is_before(after(0), actions->due)) {
      pthread_cond_timedwait(&changed, &lock, &actions->due);
    } else {
      run_first();
    }
  }
  pthread_mutex_unlock(&lock);
  return NULL;
}

static void start(void) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&changed, &attributes);
  pthread_condattr_destroy(&attributes);
  if (pthread_create(&thread, NULL, run, NULL) != 0) {
    message("cannot start a thread");
    abort();
  }
  started = true;
}

static TSAction schedule_event(TSEvent event, TSCont continuation, TSHRTime timeout,
                               TSHRTime every) {
  TSAction action = (TSAction)allocate_zeroed(1, sizeof *action);
  action->continuation = continuation;
  action->due = after(timeout);
  action->every = every;
  action->event = event;
  action->mutex = continuation->mutex;
  mutex_hold(action->mutex);
  pthread_mutex_lock(&lock);
  if (!started) {
    start();
  }
  insert(action);
  pthread_mutex_unlock(&lock);
  return action;
}

static TSAction schedule(TSCont continuation, TSHRTime timeout, TSHRTime every) {
  TSEvent event = timeout == 0 ? TS_EVENT_IMMEDIATE : TS_EVENT_TIMEOUT;
  return schedule_event(event, continuation, timeout, every);
}

void schedule_stop(void) {
  pthread_mutex_lock(&lock);
  stopping = true;
  if (started) {
    pthread_cond_signal(&changed);
  }
  pthread_mutex_unlock(&lock);
  if (started) {
    pthread_join(thread, NULL);
  }
  while (actions != NULL) {
    struct tsapi_action *next = actions->next;
    drop(actions);
    actions = next;
  }
}

TSAction TSContScheduleOnPool(TSCont continuation, TSHRTime timeout, TSThreadPool pool) {
  (void)pool;
  return schedule(continuation, timeout, 0);
}

TSAction TSContScheduleEveryOnPool(TSCont continuation, TSHRTime every, TSThreadPool pool) {
  (void)pool;
  return schedule(continuation, every, every);
}

// The thread for scheduled continuations starts with the first one.
void TSLifecycleHookAdd(TSLifecycleHookID hook, TSCont continuation) {
  if (hook != TS_LIFECYCLE_TASK_THREADS_READY_HOOK) {
    plugin_fault("TSLifecycleHookAdd of a hook that the host does not have");
  }
  schedule_event(TS_EVENT_LIFECYCLE_TASK_THREADS_READY, continuation, 0, 0);
}

void TSActionCancel(TSAction action) {
  __atomic_store_n(&action->cancelled, true, __ATOMIC_RELEASE);
}
