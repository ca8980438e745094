/* SPDX-License-Identifier: Apache-2.0
 *
 * A request's client (the peer, or the address from a trusted proxy or another plugin), method and
 * URL before remapping.
 */
#ifndef MAXMIND_ACL_REQUEST_H
#define MAXMIND_ACL_REQUEST_H

#include "maxmind_acl.h"
#include "traffic_server.h"

#include <stdbool.h>

/** Whether a policy may take another client than the peer. */
static inline bool names_client(const maxmind_acl_settings *settings) {
  return settings->client_header.bytes != NULL ||
         (HAS_VERIFIED_ADDRESSES && settings->reads_verified_address);
}

/** Fills `client`, if names_client. Do not move `client` while its address is in use. */
void client_find(const maxmind_acl_settings *settings, TSHttpTxn transaction,
                 const TSRemapRequestInfo *info, const struct sockaddr *peer,
                 maxmind_acl_client *client);

/** Whether there is an IPv4 or IPv6 address. */
static inline bool is_ip_address(const struct sockaddr *address) {
  return address != NULL && (address->sa_family == AF_INET || address->sa_family == AF_INET6);
}

/** The request's method; `bytes` is NULL if there is none. */
static inline maxmind_acl_text request_method(const TSRemapRequestInfo *info) {
  int length = 0;
  const char *bytes = TSHttpHdrMethodGet(info->requestBufp, info->requestHdrp, &length);
  maxmind_acl_text method = {bytes, bytes != NULL ? (size_t)length : 0};
  return method;
}

/** A transaction's URL before remapping, held from the first fetch until request_url_end. */
typedef struct request_url {
  TSHttpTxn transaction;
  const TSRemapRequestInfo *info; /**< for the method; NULL: not in the remap hook */
  bool held;
  TSMBuffer buffer; /**< only if held, as `location` */
  TSMLoc location;
} request_url;

/** Fetches the parts that rules match. They live until request_url_end. False: there is no URL. */
bool request_url_fetch(request_url *self, maxmind_acl_url *url);

/** Fetches all parts, likewise. */
bool request_url_fetch_whole(request_url *self, maxmind_acl_denied_url *url);

/** The URL as text, from TSmalloc; NULL if there is none. */
char *request_url_text(request_url *self, int *length);

/** Releases the URL. */
static inline void request_url_end(const request_url *self) {
  if (self->held) {
    TSHandleMLocRelease(self->buffer, TS_NULL_MLOC, self->location);
  }
}

#endif /* MAXMIND_ACL_REQUEST_H */
