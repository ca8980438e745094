/* SPDX-License-Identifier: Apache-2.0
 *
 * Traffic Server, as the library knows it: its name, its abilities, its log, the files that it
 * watches.
 */
#ifndef MAXMIND_ACL_PROXY_H
#define MAXMIND_ACL_PROXY_H

#include "decision_counters.h"
#include "denial_log.h"
#include "maxmind_acl.h"

/** For maxmind_acl_live_open. Each policy that is served has a `served_policy` attached. */
extern const maxmind_acl_proxy traffic_server;

/** What this plugin attaches to a policy. */
typedef struct served_policy {
  decision_counters *counters; /**< NULL: nothing is counted */
  const denial_log *log;       /**< NULL: denials are not logged */
} served_policy;

/** What is attached to a policy; for one that there was no memory for, nothing is counted and
 *  logged. */
static inline const served_policy *served_policy_of(const maxmind_acl_settings *settings) {
  static const served_policy none = {NULL, NULL};
  return settings->attached != NULL ? (const served_policy *)settings->attached : &none;
}

#endif /* MAXMIND_ACL_PROXY_H */
