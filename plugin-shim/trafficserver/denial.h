/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers denied requests.
 */
#ifndef MAXMIND_ACL_DENIAL_H
#define MAXMIND_ACL_DENIAL_H

#include "maxmind_acl.h"
#include "traffic_server.h"

/** Call it before the first request, on one thread at a time. Further calls do nothing. */
void denial_init(void);

/** Answers a denied transaction. A NULL `policy`: a plain 403. `client`: the address in the
 *  decision; NULL: none. Call it in the remap phase, and end the phase after it. Retains the policy
 *  if the answer outlives the call. Threads: any. */
void denial_answer(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                   const struct sockaddr *client, TSHttpTxn transaction,
                   const TSRemapRequestInfo *request);

#endif /* MAXMIND_ACL_DENIAL_H */
