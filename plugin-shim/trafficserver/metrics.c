/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* syscall */
#endif
#include "metrics.h"
#include "denial_log.h"
#include "traffic_server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/** A statistic of Traffic Server: its id plus one, or one of these. */
typedef int statistic;
enum { no_room = -1, not_made = 0 };

enum gauge { gauge_age, gauge_epoch, gauge_rules, gauge_failing, gauges };

static const char *const outcome_words[counted_outcomes] = {"deny", "allow", "would_have_denied"};
static const char *const gauge_words[gauges] = {"database_age_seconds", "database_build_epoch",
                                                "rules", "reload_failing"};
static const char *const counter_words[] = {"internal_requests", "decision_nanoseconds",
                                            "denials_logged", "denials_unlogged"};

/** The metrics of a name. They live as long as the process. */
typedef struct metrics {
  struct metrics *next;
  char *name;
  decision_counters *counters;

  /* `registry` guards all members below. */
  bool is_in_use; /* a configuration had this name at the last update of the gauges */
  uint64_t reported[counter_count];
  uint64_t reloads[2]; /* failed, successful */
  uint64_t reported_reloads[2];
  statistic by_counter[counter_count];
  statistic by_outcome[counted_outcomes];
  statistic by_gauge[gauges];
  statistic by_reload[2];
} metrics;

/** A live policy and its share of the gauges of its name. */
typedef struct metrics_source {
  struct metrics_source *next;
  const maxmind_acl_live *live;
  metrics *of; /* NULL: no memory */
  uint64_t build_epoch;
  uint64_t rules;
  bool is_failing; /* the last reload failed */
} metrics_source;

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static metrics *all_metrics;
static metrics_source *sources;
static TSCont task;
static bool is_full; /* Traffic Server has no room for another statistic */

/* Updates of statistics. All of these functions need the lock `registry`. */

/* Creates a statistic, or finds the one of an earlier copy of this plugin.
 *
 * With no room for another record, TSStatCreate of Traffic Server 9 returns an id all the same, and
 * TSStatIntSet of it reads through a null pointer. So this checks that the name can be found. */
static void make(statistic *self, const char *name, const char *first, const char *second) {
  if (*self != not_made) {
    return;
  }
  char text[160];
  int id = TS_ERROR, found = TS_ERROR;
  snprintf(text, sizeof(text), "plugin.%s.%s.%s%s%s", PLUGIN_NAME, name, first,
           second != NULL ? "." : "", second != NULL ? second : "");
  if (TSStatFindName(text, &id) == TS_SUCCESS) {
    *self = id + 1;
    return;
  }
  if (!is_full) {
    id = TSStatCreate(text, TS_RECORDDATATYPE_INT, TS_STAT_NON_PERSISTENT, TS_STAT_SYNC_SUM);
    if (id != TS_ERROR && TSStatFindName(text, &found) == TS_SUCCESS && found == id) {
      *self = id + 1;
      return;
    }
    is_full = true;
    TSWarning("[%s] %s: no room for this statistic and others: start traffic_server with a larger "
              "--maxRecords",
              PLUGIN_NAME, text);
  }
  *self = no_room;
}

static void tell(statistic *self, uint64_t total, uint64_t *reported) {
  if (*self > 0 && total != *reported) {
    TSStatIntIncrement(*self - 1, (TSMgmtInt)(total - *reported));
  }
  *reported = total;
}

static void set(statistic *self, uint64_t value) {
  if (*self > 0) {
    TSStatIntSet(*self - 1, (TSMgmtInt)value);
  }
}

static void make_all(metrics *self) {
  for (unsigned outcome = 0; outcome < counted_outcomes; ++outcome) {
    make(&self->by_outcome[outcome], self->name, outcome_words[outcome], NULL);
  }
  for (unsigned counter = counted_internal; counter < counter_count; ++counter) {
    make(&self->by_counter[counter], self->name, counter_words[counter - counted_internal], NULL);
  }
  for (unsigned gauge = 0; gauge < gauges; ++gauge) {
    make(&self->by_gauge[gauge], self->name, gauge_words[gauge], NULL);
  }
  make(&self->by_reload[false], self->name, "reload_failures", NULL);
  make(&self->by_reload[true], self->name, "reloads", NULL);
}

/* A reason gets a statistic when it first occurs: Traffic Server has room for a few hundred. */
static void tell_decisions(metrics *self) {
  for (unsigned outcome = 0; outcome < counted_outcomes; ++outcome) {
    uint64_t total = 0, reported = 0;
    for (unsigned reason = 1; reason <= counted_reasons; ++reason) {
      unsigned counter = outcome * counted_reasons + reason - 1;
      uint64_t value = decision_counters_sum(self->counters, counter);
      total += value;
      reported += self->reported[counter];
      const char *name = maxmind_acl_reason_name((uint8_t)reason);
      if (value > 0 && name != NULL) {
        make(&self->by_counter[counter], self->name, outcome_words[outcome], name);
        tell(&self->by_counter[counter], value, &self->reported[counter]);
      }
      self->reported[counter] = value;
    }
    tell(&self->by_outcome[outcome], total, &reported);
  }
}

/* When the last configuration of a name has ended, its gauges become 0 once. Then they stay
 * untouched: a newer copy of this plugin may use them. */
static void tell_gauges(metrics *self) {
  bool was_in_use = self->is_in_use;
  uint64_t epoch = 0, rules = 0, failing = 0;
  self->is_in_use = false;
  for (const metrics_source *source = sources; source != NULL; source = source->next) {
    if (source->of == self) {
      self->is_in_use = true;
      rules += source->rules;
      failing += source->is_failing;
      if (source->build_epoch > 0 && (epoch == 0 || source->build_epoch < epoch)) {
        epoch = source->build_epoch;
      }
    }
  }
  if (self->is_in_use || was_in_use) {
    uint64_t today = (uint64_t)time(NULL);
    set(&self->by_gauge[gauge_epoch], epoch);
    set(&self->by_gauge[gauge_age], epoch > 0 && today > epoch ? today - epoch : 0);
    set(&self->by_gauge[gauge_rules], rules);
    set(&self->by_gauge[gauge_failing], failing);
  }
}

static void tell_all(metrics *self) {
  tell_decisions(self);
  tell_gauges(self);
  for (unsigned counter = counted_internal; counter < counter_count; ++counter) {
    tell(&self->by_counter[counter], decision_counters_sum(self->counters, counter),
         &self->reported[counter]);
  }
  tell(&self->by_reload[0], self->reloads[0], &self->reported_reloads[0]);
  tell(&self->by_reload[1], self->reloads[1], &self->reported_reloads[1]);
}

void metrics_flush(void) {
  pthread_mutex_lock(&registry);
  for (metrics *each = all_metrics; each != NULL; each = each->next) {
    tell_all(each);
  }
  pthread_mutex_unlock(&registry);
}

static int run_task(TSCont self, TSEvent event, void *data) {
  (void)data;
  if (event == TS_EVENT_TIMEOUT) {
    metrics_flush();
    denial_log_tell_suppressed();
  } else { /* the task threads are ready */
    TSContScheduleEveryOnPool(self, 1000, TS_THREAD_POOL_TASK);
  }
  return 0;
}

/* Starts the task when there are task threads. Traffic Server 9 creates them after the first load
 * of the remap configuration, which runs on the main thread. TSContScheduleOnPool uses a network
 * thread before that, and during their creation a missing one: the process ends. Later loads run on
 * task threads. Needs the lock `registry`. */
static void start_task(void) {
  if (task != NULL) {
    return;
  }
  task = TSContCreate(run_task, TSMutexCreate());
  if (HAS_EARLY_TASK_THREADS || (pid_t)syscall(SYS_gettid) != getpid()) {
    TSContScheduleOnPool(task, 0, TS_THREAD_POOL_TASK);
  } else {
    TSLifecycleHookAdd(TS_LIFECYCLE_TASK_THREADS_READY_HOOK, task);
  }
}

/* The metrics of a name, created at its first use. Needs the lock `registry`. NULL: no memory. */
static metrics *metrics_of(const char *name) {
  for (metrics *each = all_metrics; each != NULL; each = each->next) {
    if (strcmp(each->name, name) == 0) {
      return each;
    }
  }
  decision_counters *counted = decision_counters_create();
  if (counted == NULL) {
    return NULL;
  }
  metrics *self = (metrics *)TSmalloc(sizeof(*self));
  memset(self, 0, sizeof(*self));
  self->counters = counted;
  self->name = TSstrdup(name);
  make_all(self);
  self->next = all_metrics;
  all_metrics = self;
  start_task();
  return self;
}

/* Live policies. */

/* The link to a live policy's source, or the last link (NULL). Needs the lock `registry`. */
static metrics_source **place_of(const maxmind_acl_live *live) {
  metrics_source **place = &sources;
  while (*place != NULL && (*place)->live != live) {
    place = &(*place)->next;
  }
  return place;
}

decision_counters *metrics_serve(const maxmind_acl_live *live,
                                 const maxmind_acl_settings *settings) {
  pthread_mutex_lock(&registry);
  metrics_source **place = place_of(live);
  if (*place == NULL) {
    *place = (metrics_source *)TSmalloc(sizeof(**place));
    memset(*place, 0, sizeof(**place));
    (*place)->live = live;
  }
  metrics_source *self = *place;
  self->of = metrics_of(settings->name.bytes);
  self->build_epoch = settings->build_epoch;
  self->rules = settings->rule_count;
  decision_counters *counters = self->of != NULL ? self->of->counters : NULL;
  pthread_mutex_unlock(&registry);
  return counters;
}

void metrics_reloaded(const maxmind_acl_live *live, bool has_succeeded) {
  pthread_mutex_lock(&registry);
  metrics_source *self = *place_of(live);
  if (self != NULL) {
    self->is_failing = !has_succeeded;
    if (self->of != NULL) {
      ++self->of->reloads[has_succeeded];
    }
  }
  pthread_mutex_unlock(&registry);
}

void metrics_end(const maxmind_acl_live *live) {
  pthread_mutex_lock(&registry);
  metrics_source **place = place_of(live);
  metrics_source *self = *place;
  if (self != NULL) {
    *place = self->next;
    TSfree(self);
  }
  pthread_mutex_unlock(&registry);
}
