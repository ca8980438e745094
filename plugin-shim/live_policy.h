/* SPDX-License-Identifier: Apache-2.0
 *
 * The policy of a configuration that is in use, kept current: one for all remap lines that name the
 * same file. A thread of Traffic Server's task pool looks at its files from time to time and loads
 * what has changed; requests never wait for that, and see either the old policy or the new one.
 */
#ifndef MAXMIND_ACL_LIVE_POLICY_H
#define MAXMIND_ACL_LIVE_POLICY_H

#include "rcu.h"
#include "served_policy.h"

#include <stddef.h>

typedef struct live_policy live_policy;

/** The live policy of a file, for one more remap line; NULL where it cannot be loaded, and then
 *  `errbuf` says why. Where other remap lines use the file and it has not changed, nothing is
 *  loaded. Where it has changed, they get the new policy too (with `reload: off`: keep theirs).
 *  `map_host`: as maxmind_acl_observer has it. The caller gives it back with live_policy_close. */
live_policy *live_policy_open(const char *path, const char *directory, const char *map_host,
                              char *errbuf, size_t errbuf_size);

/** Gives up a remap line's share; no request of that line is using it. The last one ends it. NULL:
 *  nothing happens. Never waits for a load. Threads: any. */
void live_policy_close(live_policy *self);

/** What requests see of a live policy, at its beginning. */
typedef struct live_policy_view {
  const served_policy *served; /* atomic */
} live_policy_view;

/** The policy of the moment, which stays until live_policy_leave; served_policy_none where memory
 *  is so short that it cannot be had. Sets `thread` for live_policy_leave. Takes no lock. Threads:
 *  any. */
static inline const served_policy *live_policy_enter(const live_policy *self, rcu_thread **thread) {
  *thread = rcu_enter();
  if (__builtin_expect(*thread == NULL, 0)) {
    return &served_policy_none;
  }
  return __atomic_load_n(&((const live_policy_view *)(const void *)self)->served, __ATOMIC_ACQUIRE);
}

/** Ends what live_policy_enter began on this thread. What must live on retains the policy before.
 */
static inline void live_policy_leave(rcu_thread *thread) {
  if (__builtin_expect(thread != NULL, 1)) {
    rcu_leave(thread);
  }
}

#endif /* MAXMIND_ACL_LIVE_POLICY_H */
