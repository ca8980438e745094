/* SPDX-License-Identifier: Apache-2.0
 *
 * The description of Traffic Server for the library: name, abilities, log, watched files.
 */
#ifndef MAXMIND_ACL_PROXY_H
#define MAXMIND_ACL_PROXY_H

#include "decision_counters.h"
#include "denial_log.h"
#include "maxmind_acl.h"

/** For maxmind_acl_live_open. Attaches a `served_policy` to each policy. */
extern const maxmind_acl_proxy traffic_server;

/** The data that this plugin attaches to a policy. */
typedef struct served_policy {
  decision_counters *counters; /**< NULL: nothing is counted */
  const denial_log *log;       /**< NULL: denials are not logged */
} served_policy;

/** The data of a policy. A policy without data counts and logs nothing (no memory). */
static inline const served_policy *served_policy_of(const maxmind_acl_settings *settings) {
  static const served_policy none = {NULL, NULL};
  return settings->attached != NULL ? (const served_policy *)settings->attached : &none;
}

#endif /* MAXMIND_ACL_PROXY_H */
