/* SPDX-License-Identifier: Apache-2.0
 *
 * Statistics of Traffic Server, plugin.maxmind_acl.NAME.…. All configurations of one name share
 * their counters, which live as long as the process. Once a second, a task sums the counters of the
 * threads and adds the difference to the statistics.
 */
#ifndef MAXMIND_ACL_METRICS_H
#define MAXMIND_ACL_METRICS_H

#include "decision_counters.h"
#include "maxmind_acl.h"

#include <stdbool.h>
#include <stdint.h>

/** Call it when a live policy gets a new policy. Returns the counters for its decisions. NULL: no
 *  memory. Takes a lock. */
decision_counters *metrics_serve(const maxmind_acl_live *live,
                                 const maxmind_acl_settings *settings);

/** Counts a reload. Takes a lock. */
void metrics_reloaded(const maxmind_acl_live *live, bool has_succeeded);

/** Removes a live policy that has ended. Its counters stay. Takes a lock. */
void metrics_end(const maxmind_acl_live *live);

/** Updates the statistics now. Takes a lock. */
void metrics_flush(void);

#endif /* MAXMIND_ACL_METRICS_H */
