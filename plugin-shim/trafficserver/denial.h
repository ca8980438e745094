/* SPDX-License-Identifier: Apache-2.0
 *
 * What a denied client gets, and how it gets there whole.
 */
#ifndef MAXMIND_ACL_DENIAL_H
#define MAXMIND_ACL_DENIAL_H

#include "maxmind_acl.h"
#include "traffic_server.h"

/** Call it before the first request, from one thread at a time. Further calls do nothing. */
void denial_init(void);

/** Answers a transaction that was denied; a `policy` that is NULL, with a plain 403. `client`: the
 * address that the decision was made for; NULL if there was none. What outlives the call keeps the
 * policy for itself. To be called in the remap phase, which then must not go on to another plugin.
 * Threads: any at once. */
void denial_answer(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                   const struct sockaddr *client, TSHttpTxn transaction,
                   const TSRemapRequestInfo *request);

#endif /* MAXMIND_ACL_DENIAL_H */
