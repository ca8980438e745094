/* SPDX-License-Identifier: Apache-2.0
 *
 * A page that the plugin serves in place of an origin server (TSHttpTxnIntercept). The transaction
 * skips cache, DNS and parents, so none of them can replace the denial.
 */
#ifndef MAXMIND_ACL_PAGE_INTERCEPT_H
#define MAXMIND_ACL_PAGE_INTERCEPT_H

#include "maxmind_acl.h"
#include "traffic_server.h"

/** Answers a transaction with the page of a response. Retains the policy until the page is sent;
 *  `response` and `phrase` belong to it. Call it in the remap phase. */
void page_intercept(const maxmind_acl_policy *policy, const maxmind_acl_response *response,
                    int status, const char *phrase, TSHttpTxn transaction, bool with_body);

#endif /* MAXMIND_ACL_PAGE_INTERCEPT_H */
