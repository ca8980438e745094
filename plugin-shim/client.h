/* SPDX-License-Identifier: Apache-2.0
 *
 * Who the client of a transaction is: the peer, or the one that a trusted proxy or another plugin
 * names.
 */
#ifndef MAXMIND_ACL_CLIENT_H
#define MAXMIND_ACL_CLIENT_H

#include "maxmind_acl.h"
#include "traffic_server.h"

/** Fills `client`, where a policy names one; it must stay where it is while its address is in use.
 */
void client_find(const maxmind_acl_policy *policy, TSHttpTxn transaction,
                 const TSRemapRequestInfo *info, const struct sockaddr *peer,
                 maxmind_acl_client *client);

/** Whether there is an IPv4 or IPv6 address. */
static inline bool is_ip_address(const struct sockaddr *address) {
  return address != NULL && (address->sa_family == AF_INET || address->sa_family == AF_INET6);
}

/** Writes an address for a person, an IPv4-mapped one as IPv4, "-" for none. */
void client_write_address(const struct sockaddr *address, char *text, size_t size);

/** Writes the address of a client for a person, "-" for none, and behind it where that comes from:
 *  "192.0.2.1 (X-Forwarded-For from 10.0.0.2)". */
void client_describe(const maxmind_acl_policy *policy, const struct sockaddr *client,
                     uint8_t source, const struct sockaddr *peer, char *text, size_t size);

#endif /* MAXMIND_ACL_CLIENT_H */
