/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* SCHED_IDLE, pthread_setname_np */
#endif
#include "reload_thread.h"
#include "metrics.h"
#include "traffic_server.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed; /* uses CLOCK_MONOTONIC */
static bool has_started;
static bool is_woken;

maxmind_acl_clock reload_thread_clock(void) {
  struct timespec monotonic;
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  maxmind_acl_clock clock = {(int64_t)monotonic.tv_sec * 1000 + monotonic.tv_nsec / 1000000,
                             (int64_t)time(NULL)};
  return clock;
}

/* Starts a detached thread with all signals blocked: Traffic Server's threads handle them. */
static bool start(void *(*work)(void *data), void *data) {
  pthread_t thread;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool has_begun = pthread_create(&thread, NULL, work, data) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return has_begun && pthread_detach(thread) == 0;
}

static void sleep_until(int64_t uptime) {
  struct timespec time = {(time_t)(uptime / 1000), (long)(uptime % 1000) * 1000000};
  pthread_mutex_lock(&guard);
  int result = 0;
  while (!is_woken && result == 0) {
    result = uptime == INT64_MAX ? pthread_cond_wait(&changed, &guard)
                                 : pthread_cond_timedwait(&changed, &guard, &time);
  }
  is_woken = false;
  pthread_mutex_unlock(&guard);
}

/* Runs a large load at the system's lowest priority, so that requests get the processor first. A
 * thread that waits for a lock of the load leaves a processor free for it. If the priority cannot
 * be set, the load runs at the normal one. */
static void *load_idly(void *data) {
  const struct sched_param none = {0};
  pthread_setname_np(pthread_self(), "[" PLUGIN_NAME "]");
  sched_setscheduler(0, SCHED_IDLE, &none); /* of this thread */
  maxmind_acl_live_load((maxmind_acl_live *)data, reload_thread_clock());
  reload_thread_wake();
  return NULL;
}

/* Loads small changes itself, at normal priority: new rules may be urgent on a busy machine. */
static void *run(void *data) {
  (void)data;
  pthread_setname_np(pthread_self(), "[maxmind_tick]");
  for (;;) {
    maxmind_acl_tick tick = maxmind_acl_live_tick(reload_thread_clock());
    if (tick.step == MAXMIND_ACL_SLEEP) {
      sleep_until(tick.until);
    } else if (tick.step == MAXMIND_ACL_ENDED) {
      metrics_end(tick.live);
    } else if (!tick.is_large || !start(load_idly, tick.live)) {
      maxmind_acl_live_load(tick.live, reload_thread_clock());
    }
  }
  return NULL;
}

static void prepare(void) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&changed, &attributes);
  pthread_condattr_destroy(&attributes);
}

void reload_thread_wake(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, prepare);
  pthread_mutex_lock(&guard);
  if (!has_started) {
    has_started = start(run, NULL);
    if (!has_started) {
      TSError("[%s] no thread can be started: changed files are not loaded", PLUGIN_NAME);
    }
  }
  is_woken = true;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&guard);
}
