/* SPDX-License-Identifier: Apache-2.0
 *
 * Who the client of a transaction is: the peer, or the one that a trusted proxy or another plugin
 * names.
 */
#ifndef MAXMIND_ACL_CLIENT_H
#define MAXMIND_ACL_CLIENT_H

#include "maxmind_acl.h"
#include "traffic_server.h"

/** Whether a policy may take another client than the peer. */
static inline bool names_client(const maxmind_acl_settings *settings) {
  return settings->client_header.bytes != NULL ||
         (HAS_VERIFIED_ADDRESSES && settings->reads_verified_address);
}

/** Fills `client`, if the policy names one. Do not move `client` while its address is in use. */
void client_find(const maxmind_acl_settings *settings, TSHttpTxn transaction,
                 const TSRemapRequestInfo *info, const struct sockaddr *peer,
                 maxmind_acl_client *client);

/** Whether there is an IPv4 or IPv6 address. */
static inline bool is_ip_address(const struct sockaddr *address) {
  return address != NULL && (address->sa_family == AF_INET || address->sa_family == AF_INET6);
}

#endif /* MAXMIND_ACL_CLIENT_H */
