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

/** The counters of a policy; NULL where there are none. Does not lock. */
metrics *reports_metrics(const maxmind_acl_policy *policy);

/** Reports a decision. `client`: NULL where it is not known. `is_enforced`: whether a denial is
 *  carried out. */
void reports_decision(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                      bool is_enforced, const struct sockaddr *client, TSHttpTxn transaction,
                      const TSRemapRequestInfo *info);

/** Reports an internal request without a client address, on which nothing is decided. */
void reports_internal(const maxmind_acl_policy *policy, const TSRemapRequestInfo *info);

#endif /* MAXMIND_ACL_REPORTS_H */
