/* SPDX-License-Identifier: Apache-2.0
 *
 * A page that the plugin serves in the place of an origin server (TSHttpTxnIntercept): past cache,
 * DNS and parents, so that nothing there can put another answer in front of the denial.
 */
#ifndef MAXMIND_ACL_PAGE_INTERCEPT_H
#define MAXMIND_ACL_PAGE_INTERCEPT_H

#include "maxmind_acl.h"
#include "traffic_server.h"

/** Answers a transaction with the page of a response, which belongs to the policy; the policy is
 * kept until the page is sent. `phrase` lives as long as the policy. To be called in the remap
 * phase. */
void page_intercept(const maxmind_acl_policy *policy, const maxmind_acl_response *response,
                    int status, const char *phrase, TSHttpTxn transaction, bool with_body);

#endif /* MAXMIND_ACL_PAGE_INTERCEPT_H */
