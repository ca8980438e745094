/* SPDX-License-Identifier: Apache-2.0
 *
 * What is counted of decisions, as statistics of Traffic Server named
 * plugin.maxmind_acl.NAME.…. All configurations of one name share their counters, which live as
 * long as the process.
 *
 * A task adds up what the threads have counted, once a second, and tells Traffic Server what has
 * come since.
 */
#ifndef MAXMIND_ACL_METRICS_H
#define MAXMIND_ACL_METRICS_H

#include "decision_counters.h"
#include "maxmind_acl.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct metrics metrics;

/** The metrics of a name, made at its first use; NULL where memory is short. Takes a lock. They are
 *  never freed. */
metrics *metrics_of(const char *name);

/** Where its decisions are counted. NULL: NULL. */
decision_counters *metrics_counters(metrics *self);

/** A configuration that is in use: what it adds to the gauges of its name. */
typedef struct metrics_source metrics_source;

metrics_source *metrics_source_create(void);

/** Tells which policy is in force from now on. Takes a lock. */
void metrics_source_serves(metrics_source *self, const maxmind_acl_policy *policy);

/** Tells that changed files have been loaded, or could not be. Takes a lock. */
void metrics_source_reloaded(metrics_source *self, bool has_succeeded);

/** Ends it; its counters stay. NULL: nothing. Takes a lock. */
void metrics_source_destroy(metrics_source *self);

/** Tells Traffic Server now what the threads have counted. Takes a lock. */
void metrics_flush(void);

#endif /* MAXMIND_ACL_METRICS_H */
