/* SPDX-License-Identifier: Apache-2.0
 *
 * Header fields that describe the decision: @MaxMind-ACL, which stays in the proxy, and the fields
 * of `annotate` for the origin. The client's own fields of these names are removed first.
 */
#ifndef MAXMIND_ACL_DECISION_HEADER_H
#define MAXMIND_ACL_DECISION_HEADER_H

#include "header_field.h"
#include "maxmind_acl.h"
#include "traffic_server.h"

#include <assert.h>
#include <stdbool.h>

#define DECISION_HEADER "@MaxMind-ACL"

/** Call it before the first request, on one thread at a time. Further calls do nothing. */
void decision_header_init(void);

/* For decision_header_set: adds @MaxMind-ACL. */
void decision_header_write(const maxmind_acl_settings *settings,
                           const maxmind_acl_decision *decision, const maxmind_acl_request *request,
                           bool is_enforced, TSHttpTxn transaction, const TSRemapRequestInfo *info);

/* For decision_header_set: sets the fields of `annotate`. */
void decision_header_annotate(const maxmind_acl_settings *settings,
                              const maxmind_acl_decision *decision, const struct sockaddr *client,
                              const TSRemapRequestInfo *info);

/* For decision_header_remove: removes the field, unless this plugin wrote it. */
void decision_header_remove_found(TSHttpTxn transaction, const TSRemapRequestInfo *info,
                                  TSMLoc field);

/* For decision_header_set: removes the field, unless an earlier instance of the line wrote it. */
static inline void decision_header_remove(TSHttpTxn transaction, const TSRemapRequestInfo *info) {
  TSMLoc field = header_field_find(info->requestBufp, info->requestHdrp, DECISION_HEADER,
                                   sizeof(DECISION_HEADER) - 1);
  if (__builtin_expect(field != TS_NULL_MLOC, 0)) {
    decision_header_remove_found(transaction, info, field);
  }
}

static_assert((int)MAXMIND_ACL_HEADER_OFF <= (int)MAXMIND_ACL_DENY &&
                  (int)MAXMIND_ACL_HEADER_DENIALS > (int)MAXMIND_ACL_DENY &&
                  (int)MAXMIND_ACL_HEADER_DENIALS <= (int)MAXMIND_ACL_ALLOW &&
                  (int)MAXMIND_ACL_HEADER_ON > (int)MAXMIND_ACL_ALLOW,
              "decision_header_set compares them");

/** Writes a decision into the fields that the policy sets. */
static inline void decision_header_set(const maxmind_acl_settings *settings,
                                       const maxmind_acl_decision *decision,
                                       const maxmind_acl_request *request, bool is_enforced,
                                       TSHttpTxn transaction, const TSRemapRequestInfo *info) {
  /* True for ON, and for a denial with DENIALS. */
  if ((unsigned)settings->decision_header > (unsigned)decision->verdict) {
    decision_header_write(settings, decision, request, is_enforced, transaction, info);
  } else {
    decision_header_remove(transaction, info);
  }
  if (__builtin_expect(settings->annotation_count > 0, 0)) {
    decision_header_annotate(settings, decision, request->client, info);
  }
}

/** For a request without a decision: removes the client's fields, adds none. */
void decision_header_clear(const maxmind_acl_settings *settings, TSHttpTxn transaction,
                           const TSRemapRequestInfo *info);

#endif /* MAXMIND_ACL_DECISION_HEADER_H */
