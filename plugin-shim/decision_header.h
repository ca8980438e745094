/* SPDX-License-Identifier: Apache-2.0
 *
 * Header fields of the request that tell of its decision: @MaxMind-ACL, which stays in the proxy,
 * and those that the origin gets. What the client has sent under these names goes first, all lines
 * of it, so that nobody is told what a client has made up.
 */
#ifndef MAXMIND_ACL_DECISION_HEADER_H
#define MAXMIND_ACL_DECISION_HEADER_H

#include "maxmind_acl.h"
#include "traffic_server.h"

#include <stdbool.h>

/** Puts a decision into the fields that the policy asks for. */
void decision_header_set(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                         bool is_enforced, const struct sockaddr *client,
                         const TSRemapRequestInfo *info);

/** The same where nothing was decided: no field of these names is left. `policy` may be NULL. */
void decision_header_clear(const maxmind_acl_policy *policy, const TSRemapRequestInfo *info);

#endif /* MAXMIND_ACL_DECISION_HEADER_H */
