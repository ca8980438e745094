/* SPDX-License-Identifier: Apache-2.0
 *
 * A policy that requests are decided by, with what each of them would ask of it: asked once, since
 * that takes more than many a decision.
 */
#ifndef MAXMIND_ACL_SERVED_POLICY_H
#define MAXMIND_ACL_SERVED_POLICY_H

#include "decision_counters.h"
#include "denial_log.h"
#include "maxmind_acl.h"

#include <stdbool.h>
#include <stddef.h>

/** Immutable; lives as long as its policy. */
typedef struct served_policy {
  const maxmind_acl_policy *policy; /**< NULL: there was no memory for one */
  const char *bypass_header;        /**< NULL: none */
  int bypass_header_length;
  bool names_client; /**< whether the client may be another one than the peer */
  bool enforces_all; /**< whether all denials are carried out */
  bool has_decision_header;
  size_t annotation_count;
  decision_counters *counters; /**< NULL: nothing is counted */
  denial_log *log;             /**< NULL: denials are not logged */
  maxmind_acl_denial_log log_settings;
} served_policy;

/** Gets a policy ready to be served. Once, before requests have it. Takes locks. */
const served_policy *served_policy_make(maxmind_acl_policy *policy);

/** What stands for a policy that cannot be had: it denies with a decision error. */
extern const served_policy served_policy_none;

#endif /* MAXMIND_ACL_SERVED_POLICY_H */
