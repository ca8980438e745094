/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may do what: `registry` guards the list, the owners and what a load leaves behind, and is
 * held for moments only. `loading` of one live policy is held for as long as a load of it takes, by
 * the thread that reloads it or by a remap configuration that is being loaded; nobody who serves
 * requests takes it. What is served is replaced by who holds `loading`, and read by everyone.
 */
#include "live_policy.h"
#include "background_thread.h"
#include "load_report.h"
#include "metrics.h"
#include "task_pool.h"
#include "traffic_server.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A change has to last this long before it is loaded: a file may be in the middle of being written.
 */
enum {
  settling_milliseconds = 1000,
  reload_poll_milliseconds = 10,
  retry_milliseconds = 60 * 1000,
  /* A load by a remap configuration may bring an earlier time than the one that the task waits for,
   * and the system's clock may be set. */
  longest_wait_milliseconds = 60 * 1000,
};

/* A change of so many bytes takes tenths of a second to load, and gives way to requests. What is
 * smaller is loaded at once: rules are wanted most when all processors are busy. */
enum { large_change = 8 << 20 };

struct live_policy {
  live_policy_view view; /* of `current`; comes first */
  live_policy *next;     /* in the list of all */
  char *path;
  char *directory;
  unsigned owners; /* remap lines, and those who work on it now */
  bool is_shared;  /* may be found for more remap lines */
  unsigned round;  /* of the clock: the last that came by */

  pthread_mutex_t loading;
  maxmind_acl_watch *watch;
  maxmind_acl_policy *current;
  unsigned random;
  metrics_source *counted;

  /* In milliseconds of a clock that is never set. */
  int64_t next_look; /* at the files */
  int64_t retry_at;  /* of a load that could not read a file */

  TSCont task; /* looks at the files; NULL before the first */

  /* The task's own: nobody else reads or writes them. */
  bool has_started;
  bool is_reloading;
  bool is_to_end; /* when the reload has ended */
  TSAction pending;
  background_thread reloading;
};

static void start_clock(const live_policy *self);

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static live_policy *live_policies;

static int64_t milliseconds_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Loading. All of these are called by who holds `loading`. */

static int64_t random_delay(live_policy *self) {
  int64_t most = maxmind_acl_reload_jitter(self->current);
  return most > 0 ? (int64_t)((double)rand_r(&self->random) / RAND_MAX * (double)most) : 0;
}

/* Sets when to look at the files next. */
static void plan_look(live_policy *self) {
  self->next_look =
      milliseconds_now() + maxmind_acl_reload_interval(self->current) + random_delay(self);
}

/* Puts a policy in the place of the one before, which is freed when nobody can hold it. */
static void replace(live_policy *self, maxmind_acl_policy *policy) {
  maxmind_acl_policy *old = self->current;
  metrics_source_serves(self->counted, policy);
  const served_policy *served = served_policy_make(policy);
  self->current = policy;
  __atomic_store_n(&self->view.served, served, __ATOMIC_RELEASE);
  if (old != NULL) {
    rcu_synchronize();
    maxmind_acl_close(old);
  }
}

/* Loads the files as they are. */
static bool load(live_policy *self, const maxmind_acl_observer *observer, char *errbuf,
                 size_t errbuf_size) {
  maxmind_acl_policy *policy =
      maxmind_acl_watch_load(self->watch, self->current, observer, errbuf, errbuf_size);
  load_report_end(policy);
  self->retry_at = milliseconds_now() + retry_milliseconds;
  if (policy == NULL) {
    if (self->current != NULL) {
      metrics_source_reloaded(self->counted, false);
      TSWarning("[%s] %s: not reloaded: the rules that are in force stay", PLUGIN_NAME, self->path);
    }
    return false;
  }
  if (self->current != NULL) {
    metrics_source_reloaded(self->counted, !maxmind_acl_refuses_file(policy));
  }
  replace(self, policy);
  plan_look(self);
  start_clock(self);
  return true;
}

/* Drops entries of the lists that have expired, and takes them in again where the clock was set
 * back. No file is looked at. */
static void expire(live_policy *self) {
  maxmind_acl_expiry counts;
  maxmind_acl_policy *policy = maxmind_acl_watch_expire(
      self->watch, self->current, (int64_t)time(NULL), milliseconds_now(), &counts);
  if (policy == NULL) {
    return;
  }
  if (counts.ended > 0) {
    TSNote("[%s] %s: %" PRIu64 " %s expired", PLUGIN_NAME, self->path, counts.ended,
           counts.ended == 1 ? "entry of its lists has" : "entries of its lists have");
  } else {
    TSNote("[%s] %s: the clock was set back: %" PRIu64 " %s again", PLUGIN_NAME, self->path,
           counts.returned,
           counts.returned == 1 ? "entry of its lists counts" : "entries of its lists count");
  }
  replace(self, policy);
}

/* The task that looks at the files. */

/* Has the task come again. Called within the task. */
static void schedule(live_policy *self, int64_t milliseconds) {
  self->pending = TSContScheduleOnPool(self->task, milliseconds, TS_THREAD_POOL_TASK);
}

/* The sooner of two times of which 0 is never. */
static int64_t sooner(int64_t a, int64_t b) {
  return a == 0 || (b != 0 && b < a) ? b : a;
}

static int64_t until(int64_t time) {
  int64_t wait = time - milliseconds_now();
  return wait > 0 ? wait : 1;
}

/* When the task has to come again, in milliseconds from now; 0: never. Called by who holds
 * `loading`. */
static int64_t until_next(const live_policy *self) {
  int64_t next = 0;
  if (maxmind_acl_reload_interval(self->current) > 0) {
    next = sooner(next, until(self->next_look));
  }
  if (maxmind_acl_watch_may_recover(self->watch)) {
    next = sooner(next, until(self->retry_at));
  }
  int64_t most = longest_wait_milliseconds;
  return next < most ? next : most;
}

static void reload(live_policy *self) {
  maxmind_acl_observer observer = load_report_observer(false, NULL);
  load(self, &observer, NULL, 0);
}

/* What the thread that reloads does. */
static void reload_now(void *data) {
  live_policy *self = (live_policy *)data;
  pthread_mutex_lock(&self->loading);
  reload(self);
  pthread_mutex_unlock(&self->loading);
}

/* Whether the files have changed and settled. Called by who holds `loading`. */
static bool has_changed(live_policy *self) {
  if (maxmind_acl_reload_interval(self->current) == 0 || milliseconds_now() < self->next_look) {
    return false;
  }
  plan_look(self);
  int change = maxmind_acl_watch_look(self->watch);
  if (change == MAXMIND_ACL_UNSETTLED) {
    int64_t settled = milliseconds_now() + settling_milliseconds;
    self->next_look = self->next_look < settled ? self->next_look : settled;
  }
  return change == MAXMIND_ACL_CHANGED;
}

/* Whether what kept the last load from reading a file may have passed. Called by who holds
 * `loading`. */
static bool has_to_retry(const live_policy *self) {
  return maxmind_acl_watch_may_recover(self->watch) && milliseconds_now() >= self->retry_at;
}

/* Looks, and loads what there is to load, or begins to. Returns when to come again, in
 * milliseconds; 0: never. */
static int64_t look(live_policy *self) {
  pthread_mutex_lock(&self->loading);
  bool is_changed = has_changed(self);
  bool is_retry = has_to_retry(self);
  /* How much it is that is tried again is not known. */
  bool is_large = is_retry || maxmind_acl_watch_changed_size(self->watch) >= large_change;
  pthread_mutex_unlock(&self->loading);
  bool is_due = is_changed || is_retry;
  if (is_due && is_large && background_thread_start(&self->reloading, reload_now, self)) {
    self->is_reloading = true;
    return reload_poll_milliseconds;
  }
  if (is_due) {
    reload_now(self);
  }
  pthread_mutex_lock(&self->loading);
  int64_t next = until_next(self);
  pthread_mutex_unlock(&self->loading);
  return next;
}

/* Called within the task where there is one: only there may it be cancelled. */
static void end(live_policy *self) {
  TSCont task = self->task;
  /* It is not in the list any more; the clock may be at work on it. */
  pthread_mutex_lock(&self->loading);
  pthread_mutex_unlock(&self->loading);
  if (self->pending != NULL) {
    TSActionCancel(self->pending);
  }
  maxmind_acl_close(self->current);
  maxmind_acl_watch_close(self->watch);
  metrics_source_destroy(self->counted);
  pthread_mutex_destroy(&self->loading);
  TSfree(self->path);
  TSfree(self->directory);
  TSfree(self);
  if (task != NULL) {
    TSContDestroy(task);
  }
}

/* What is due. Returns when to come again, in milliseconds; 0: never. */
static int64_t proceed(live_policy *self) {
  if (self->is_reloading && !background_thread_has_ended(&self->reloading)) {
    return reload_poll_milliseconds;
  }
  self->is_reloading = false;
  pthread_mutex_lock(&registry);
  bool is_over = self->owners == 0;
  pthread_mutex_unlock(&registry);
  return is_over ? 0 : look(self);
}

/* TIMEOUT: look at the files. IMMEDIATE: the first starts the task, the second ends it once a
 * reload has ended. */
static int run_task(TSCont task, TSEvent event, void *data) {
  (void)data;
  live_policy *self = (live_policy *)TSContDataGet(task);
  bool is_end = event == TS_EVENT_IMMEDIATE && self->has_started;
  int64_t next = 0;
  if (is_end) {
    self->is_to_end = true;
  } else {
    self->pending = NULL;
    next = proceed(self);
    self->has_started = true;
  }
  if (self->is_to_end && !self->is_reloading) {
    end(self);
  } else if (next > 0) {
    schedule(self, next);
  }
  return 0;
}

/* Owners. */

static live_policy *create(const char *path, const char *directory) {
  live_policy *self = (live_policy *)TSmalloc(sizeof(*self));
  memset(self, 0, sizeof(*self));
  self->path = TSstrdup(path);
  self->directory = TSstrdup(directory);
  self->owners = 1;
  self->counted = metrics_source_create();
  pthread_mutex_init(&self->loading, NULL);
  self->watch = maxmind_acl_watch_open(path, strlen(path), directory, strlen(directory));
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  self->random = (unsigned)now.tv_nsec ^ (unsigned)(uintptr_t)self;
  return self;
}

/* The next two are called by who holds `registry`. */

static void list(live_policy *self) {
  self->next = live_policies;
  live_policies = self;
  self->is_shared = true;
}

static void unlist(live_policy *self) {
  for (live_policy **place = &live_policies; *place != NULL; place = &(*place)->next) {
    if (*place == self) {
      *place = self->next;
      break;
    }
  }
}

/* The live policy of a file, with one owner more; one that has no policy yet where there is none,
 * or where `other_than` is the one that there is. */
static live_policy *acquire(const char *path, const char *directory, live_policy *other_than) {
  pthread_mutex_lock(&registry);
  if (other_than != NULL) {
    other_than->is_shared = false;
  }
  live_policy *self = live_policies;
  while (self != NULL && (!self->is_shared || strcmp(self->path, path) != 0 ||
                          strcmp(self->directory, directory) != 0)) {
    self = self->next;
  }
  if (self != NULL) {
    ++self->owners;
  } else {
    self = create(path, directory);
    list(self);
  }
  pthread_mutex_unlock(&registry);
  return self;
}

static void release(live_policy *self) {
  pthread_mutex_lock(&registry);
  bool is_last = --self->owners == 0;
  if (is_last) {
    unlist(self);
  }
  pthread_mutex_unlock(&registry);
  if (!is_last) {
    return;
  }
  if (self->task == NULL) {
    end(self);
  } else {
    task_pool_call(self->task);
  }
}

/* The clock. */

/* The next live policy of a round through all, with its `loading` held; NULL: there is none. Leaves
 * out one that is loaded now: the load takes in what has expired until it began, and the next round
 * comes in a second. */
static live_policy *next_of_round(unsigned round) {
  pthread_mutex_lock(&registry);
  live_policy *self = live_policies;
  for (; self != NULL; self = self->next) {
    bool is_left = self->round != round;
    self->round = round;
    if (is_left && pthread_mutex_trylock(&self->loading) == 0) {
      break;
    }
  }
  pthread_mutex_unlock(&registry);
  return self;
}

static void *watch_clock(void *data) {
  (void)data;
  for (unsigned round = 1;; round++) {
    const struct timespec second = {1, 0};
    nanosleep(&second, NULL);
    for (live_policy *self; (self = next_of_round(round)) != NULL;) {
      if (self->current != NULL) {
        expire(self);
      }
      pthread_mutex_unlock(&self->loading);
    }
  }
  return NULL;
}

/* Starts the thread that expires entries, once. Traffic Server's own timers follow the system's
 * clock: set back by an hour, they stand still for an hour. Called by who holds `loading`. */
static void start_clock(const live_policy *self) {
  static bool has_started; /* of `registry` */
  if (!maxmind_acl_has_expiring_entries(self->current)) {
    return;
  }
  pthread_mutex_lock(&registry);
  if (!has_started) {
    has_started = background_thread_detach(watch_clock);
  }
  pthread_mutex_unlock(&registry);
}

static bool follows_files(live_policy *self) {
  return maxmind_acl_reload_interval(self->current) > 0;
}

/* Called by who holds `loading`. */
static void start_task(live_policy *self) {
  if (self->task == NULL && until_next(self) > 0) {
    self->task = TSContCreate(run_task, TSMutexCreate());
    TSContDataSet(self->task, self);
    task_pool_call(self->task);
  }
}

live_policy *live_policy_open(const char *path, const char *directory, const char *map_host,
                              char *errbuf, size_t errbuf_size) {
  if (!rcu_init()) {
    TSError("[%s] %s: no memory to load it", PLUGIN_NAME, path);
    return NULL;
  }
  maxmind_acl_observer observer = load_report_observer(true, map_host);

  live_policy *self = acquire(path, directory, NULL);
  pthread_mutex_lock(&self->loading);
  bool is_shared =
      self->current != NULL && maxmind_acl_watch_share(self->watch, self->current, &observer);
  if (!is_shared && self->current != NULL && !follows_files(self)) {
    pthread_mutex_unlock(&self->loading);
    live_policy *other = acquire(path, directory, self);
    release(self);
    self = other;
    pthread_mutex_lock(&self->loading);
  }
  bool is_loaded = is_shared || load(self, &observer, errbuf, errbuf_size);
  if (is_loaded) {
    start_task(self);
  }
  pthread_mutex_unlock(&self->loading);
  if (!is_loaded) {
    release(self);
    return NULL;
  }
  return self;
}

void live_policy_close(live_policy *self) {
  if (self != NULL) {
    release(self);
  }
}
