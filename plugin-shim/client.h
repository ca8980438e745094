/* SPDX-License-Identifier: Apache-2.0
 *
 * Who the client of a transaction is: the peer, or the one that a trusted proxy or another plugin
 * names.
 */
#ifndef MAXMIND_ACL_CLIENT_H
#define MAXMIND_ACL_CLIENT_H

#include "maxmind_acl.h"
#include "traffic_server.h"

/** Whether the client may be another one than the peer. Where it is false, nothing else is asked.
 */
static inline bool client_is_named(const maxmind_acl_policy *policy) {
#if HAS_VERIFIED_ADDRESSES
  if (maxmind_acl_reads_verified_address(policy)) {
    return true;
  }
#endif
  return maxmind_acl_client_header(policy, NULL) != NULL;
}

/** Fills `client`, which must stay where it is while its address is in use. */
void client_find(const maxmind_acl_policy *policy, TSHttpTxn transaction,
                 const TSRemapRequestInfo *info, const struct sockaddr *peer,
                 maxmind_acl_client *client);

/** Whether there is an IPv4 or IPv6 address. */
bool is_ip_address(const struct sockaddr *address);

/** Writes an address for a person, an IPv4-mapped one as IPv4, "-" for none. */
void client_write_address(const struct sockaddr *address, char *text, size_t size);

/** Writes the address of a client for a person, "-" for none, and behind it where that comes from:
 *  "192.0.2.1 (X-Forwarded-For from 10.0.0.2)". */
void client_describe(const maxmind_acl_policy *policy, const struct sockaddr *client,
                     uint8_t source, const struct sockaddr *peer, char *text, size_t size);

#endif /* MAXMIND_ACL_CLIENT_H */
