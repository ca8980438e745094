/* SPDX-License-Identifier: Apache-2.0
 *
 * What is put into the header of an answer on its way to the client.
 */
#ifndef MAXMIND_ACL_ANSWER_HEADER_H
#define MAXMIND_ACL_ANSWER_HEADER_H

#include "maxmind_acl.h"
#include "traffic_server.h"

/** Puts the fields of a response, which belongs to the policy, into the answer of a transaction in
 * the place of others of their names, and, unless they are NULL, `Location` and the reason phrase.
 * Keeps the policy until the transaction ends. Takes over `location` (TSmalloc). `phrase` lives as
 * long as the policy. */
void answer_header_set(const maxmind_acl_policy *policy, const maxmind_acl_response *response,
                       char *location, const char *phrase, TSHttpTxn transaction);

#endif /* MAXMIND_ACL_ANSWER_HEADER_H */
