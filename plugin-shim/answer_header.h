/* SPDX-License-Identifier: Apache-2.0
 *
 * What is put into the header of an answer on its way to the client.
 */
#ifndef MAXMIND_ACL_ANSWER_HEADER_H
#define MAXMIND_ACL_ANSWER_HEADER_H

#include "maxmind_acl.h"
#include "traffic_server.h"

/** What the header of an answer gets. */
typedef struct answer_header {
  const maxmind_acl_response *response; /**< its fields; belongs to the policy */
  char *location;                       /**< from TSmalloc; NULL: none */
  int status;
  const char *phrase; /**< lives as long as the policy; NULL: Traffic Server's own */
} answer_header;

/** Puts the fields of a response into the answer of a transaction in the place of others of their
 * names, and `Location` with the status, which Traffic Server would not send where it ends the
 * transaction late. Keeps the policy until the transaction ends. Takes over `location`. */
void answer_header_set(const maxmind_acl_policy *policy, const answer_header *header,
                       TSHttpTxn transaction);

#endif /* MAXMIND_ACL_ANSWER_HEADER_H */
