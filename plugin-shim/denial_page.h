/* SPDX-License-Identifier: Apache-2.0
 *
 * The page that a denied client gets, and how it gets there whole.
 */
#ifndef MAXMIND_ACL_DENIAL_PAGE_H
#define MAXMIND_ACL_DENIAL_PAGE_H

#include "maxmind_acl.h"
#include "traffic_server.h"

/** Answers a transaction with 403 and the page of a policy, or with Traffic Server's own where it
 * has none. A page that is still being sent keeps the policy. To be called in the remap phase,
 * which then must not go on to another plugin. `policy` may be NULL. Threads: any at once. */
void denial_page_answer(const maxmind_acl_policy *policy, TSHttpTxn transaction,
                        const TSRemapRequestInfo *request);

#endif /* MAXMIND_ACL_DENIAL_PAGE_H */
