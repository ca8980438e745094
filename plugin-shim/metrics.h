/* SPDX-License-Identifier: Apache-2.0
 *
 * What is counted of decisions, as statistics of Traffic Server named
 * plugin.maxmind_acl.NAME.…. All configurations of one name share their counters, which live as
 * long as the process.
 *
 * A request adds to counters of its thread, in a few instructions and without a lock. A task adds
 * up what the threads have, once a second, and tells Traffic Server what has come since.
 */
#ifndef MAXMIND_ACL_METRICS_H
#define MAXMIND_ACL_METRICS_H

#include "maxmind_acl.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct metrics metrics;

/** One decision of so many, of each thread, is timed. */
enum { metrics_timed_one_of = 64 };

/** The counters of a name, made at its first use. Takes a lock. They are never freed. */
metrics *metrics_of(const char *name);

/** A thread's set of counters of a name. */
typedef struct metrics_set metrics_set;

/** A decision that is being counted. */
typedef struct metrics_decision {
  metrics_set *set; /* NULL: nothing is counted */
  uint64_t begun;   /* in nanoseconds, if it is one that is timed, else 0 */
} metrics_decision;

/* The next ones are for requests. */

/** When a decision begins. NULL: nothing is counted. */
metrics_decision metrics_decision_begins(metrics *self);

/** When it has ended. */
void metrics_decision_ends(metrics_decision decision);

/** Counts what has become of it. A denial that is not carried out would have denied. */
void metrics_count_outcome(metrics_decision decision, const maxmind_acl_decision *outcome,
                           bool is_enforced);

/** Counts a denial that the log of denials has a line of, or has none of. */
void metrics_count_logged(metrics_decision decision, bool is_logged);

/** Counts an internal request without a client address. NULL: nothing is counted. */
void metrics_count_internal(metrics *self);

/** A configuration that is in use: what it adds to the gauges of its name. */
typedef struct metrics_source metrics_source;

metrics_source *metrics_source_create(void);

/** Tells that a load has succeeded, a reload or the first one. Takes a lock. */
void metrics_source_loaded(metrics_source *self, const maxmind_acl_policy *policy, bool is_reload);

/** Tells that a reload has failed. Takes a lock. Before the first metrics_source_loaded: nothing.
 */
void metrics_source_failed(metrics_source *self);

/** Ends it; its counters stay. NULL: nothing. Takes a lock. */
void metrics_source_destroy(metrics_source *self);

/** Tells Traffic Server now what the threads have counted. Takes a lock. */
void metrics_flush(void);

#endif /* MAXMIND_ACL_METRICS_H */
