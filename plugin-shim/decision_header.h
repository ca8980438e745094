/* SPDX-License-Identifier: Apache-2.0
 *
 * Header fields of the request that tell of its decision: @MaxMind-ACL, which stays in the proxy,
 * and those that the origin gets. What the client has sent under these names goes first, all lines
 * of it, so that nobody is told what a client has made up.
 */
#ifndef MAXMIND_ACL_DECISION_HEADER_H
#define MAXMIND_ACL_DECISION_HEADER_H

#include "header_field.h"
#include "served_policy.h"
#include "traffic_server.h"

#include <stdbool.h>

#define DECISION_HEADER "@MaxMind-ACL"

/* For decision_header_set: adds the fields that the policy asks for. */
void decision_header_write(const served_policy *served, const maxmind_acl_decision *decision,
                           bool is_enforced, const struct sockaddr *client,
                           const TSRemapRequestInfo *info);

/* For decision_header_set: where there is no decision to tell of. */
static inline void decision_header_remove(const TSRemapRequestInfo *info) {
  TSMLoc field = header_field_find(info->requestBufp, info->requestHdrp, DECISION_HEADER,
                                   sizeof(DECISION_HEADER) - 1);
  if (__builtin_expect(field != TS_NULL_MLOC, 0)) {
    header_field_remove(info->requestBufp, info->requestHdrp, field);
  }
}

/** Puts a decision into the fields that the policy asks for. */
static inline void decision_header_set(const served_policy *served,
                                       const maxmind_acl_decision *decision, bool is_enforced,
                                       const struct sockaddr *client,
                                       const TSRemapRequestInfo *info) {
  if (!served->has_decision_header) {
    decision_header_remove(info);
  }
  if (served->has_decision_header || served->annotation_count > 0) {
    decision_header_write(served, decision, is_enforced, client, info);
  }
}

/** The same where nothing was decided: no field of these names is left. */
void decision_header_clear(const served_policy *served, const TSRemapRequestInfo *info);

#endif /* MAXMIND_ACL_DECISION_HEADER_H */
