/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is told of a decision: the metrics, the header fields of the request, the log of denials.
 */
#ifndef MAXMIND_ACL_REPORTS_H
#define MAXMIND_ACL_REPORTS_H

#include "maxmind_acl.h"
#include "metrics.h"
#include "traffic_server.h"

#include <stdbool.h>

/** Gets ready what reports on a policy need. Once, before requests have it. */
void reports_attach(maxmind_acl_policy *policy);

/** A report on one decision, from its beginning; to be used while the policy is held. */
typedef struct report {
  const maxmind_acl_policy *policy; /* NULL: there was no memory for one */
  const struct reports *to;
  metrics_decision counted;
} report;

/** Just before maxmind_acl_decide. */
void report_begin(report *self, const maxmind_acl_policy *policy);

/** Just behind it. */
static inline void report_decided(const report *self) {
  metrics_decision_ends(self->counted);
}

/** Reports the decision. `client`: NULL where it is not known. `is_enforced`: whether a denial is
 *  carried out. */
void report_outcome(const report *self, const maxmind_acl_decision *decision, bool is_enforced,
                    const struct sockaddr *client, TSHttpTxn transaction,
                    const TSRemapRequestInfo *info);

/** Reports an internal request without a client address, on which nothing is decided. */
void report_internal(const maxmind_acl_policy *policy, const TSRemapRequestInfo *info);

#endif /* MAXMIND_ACL_REPORTS_H */
