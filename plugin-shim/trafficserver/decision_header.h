/* SPDX-License-Identifier: Apache-2.0
 *
 * Header fields of the request that tell of its decision: @MaxMind-ACL, which stays in the proxy,
 * and those that the origin gets. What the client has sent under these names goes first, all lines
 * of it, so that nobody is told what a client has made up.
 */
#ifndef MAXMIND_ACL_DECISION_HEADER_H
#define MAXMIND_ACL_DECISION_HEADER_H

#include "header_field.h"
#include "maxmind_acl.h"
#include "traffic_server.h"

#include <stdbool.h>

#define DECISION_HEADER "@MaxMind-ACL"

/* For decision_header_set: adds the fields that the policy asks for. */
void decision_header_write(const maxmind_acl_settings *settings,
                           const maxmind_acl_decision *decision, const maxmind_acl_request *request,
                           bool is_enforced, const TSRemapRequestInfo *info);

/* For decision_header_set: where there is no decision to tell of. */
static inline void decision_header_remove(const TSRemapRequestInfo *info) {
  TSMLoc field = header_field_find(info->requestBufp, info->requestHdrp, DECISION_HEADER,
                                   sizeof(DECISION_HEADER) - 1);
  if (__builtin_expect(field != TS_NULL_MLOC, 0)) {
    header_field_remove(info->requestBufp, info->requestHdrp, field);
  }
}

/** Puts a decision into the fields that the policy asks for. */
static inline void decision_header_set(const maxmind_acl_settings *settings,
                                       const maxmind_acl_decision *decision,
                                       const maxmind_acl_request *request, bool is_enforced,
                                       const TSRemapRequestInfo *info) {
  if (!settings->has_decision_header) {
    decision_header_remove(info);
  }
  if (settings->has_decision_header || settings->annotation_count > 0) {
    decision_header_write(settings, decision, request, is_enforced, info);
  }
}

/** The same where nothing was decided: no field of these names is left. */
void decision_header_clear(const maxmind_acl_settings *settings, const TSRemapRequestInfo *info);

#endif /* MAXMIND_ACL_DECISION_HEADER_H */
