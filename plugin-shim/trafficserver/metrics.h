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

/** Tells which policy of a live policy is in force from now on. Returns where its decisions are
 *  counted; NULL: nowhere. Takes a lock. */
decision_counters *metrics_serve(const maxmind_acl_live *live,
                                 const maxmind_acl_settings *settings);

/** Tells that changed files have been loaded, or could not be. Takes a lock. */
void metrics_reloaded(const maxmind_acl_live *live, bool has_succeeded);

/** Tells that a live policy has ended; its counters stay. Takes a lock. */
void metrics_end(const maxmind_acl_live *live);

/** Tells Traffic Server now what the threads have counted. Takes a lock. */
void metrics_flush(void);

#endif /* MAXMIND_ACL_METRICS_H */
