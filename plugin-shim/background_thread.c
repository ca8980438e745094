/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* SCHED_IDLE, pthread_setname_np */
#endif
#include "background_thread.h"
#include "traffic_server.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>

/* As little as the system has: what wants to run besides takes the processor at once. Where a
 * thread waits for a lock that this one holds, that thread's processor is free. A failure leaves it
 * as it is, and the work is done all the same. */
static void lower_priority(void) {
  const struct sched_param none = {0};
  sched_setscheduler(0, SCHED_IDLE, &none); /* of this thread */
}

static void *run(void *data) {
  background_thread *self = (background_thread *)data;
  pthread_setname_np(pthread_self(), "[" PLUGIN_NAME "]");
  lower_priority();
  self->work(self->data);
  __atomic_store_n(&self->has_ended, true, __ATOMIC_RELEASE);
  return NULL;
}

static bool create(pthread_t *thread, void *(*work)(void *data), void *data) {
  /* Signals are for Traffic Server's threads. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool has_begun = pthread_create(thread, NULL, work, data) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return has_begun;
}

bool background_thread_start(background_thread *self, void (*work)(void *data), void *data) {
  self->work = work;
  self->data = data;
  self->has_ended = false;
  return create(&self->thread, run, self);
}

bool background_thread_detach(void *(*work)(void *data)) {
  pthread_t thread;
  return create(&thread, work, NULL) && pthread_detach(thread) == 0;
}

bool background_thread_has_ended(background_thread *self) {
  if (!__atomic_load_n(&self->has_ended, __ATOMIC_ACQUIRE)) {
    return false;
  }
  pthread_join(self->thread, NULL);
  return true;
}
