/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request says: who its client is (the peer, or the address that a trusted proxy or another
 * plugin names), and its URL before remapping.
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

/** Fills `client`, if the policy names one. Do not move `client` while its address is in use. */
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
  maxmind_acl_text method;
  method.bytes = TSHttpHdrMethodGet(info->requestBufp, info->requestHdrp, &length);
  method.length = method.bytes != NULL ? (size_t)length : 0;
  return method;
}

/** A transaction's URL before remapping, held from the first fetch until request_url_end. */
typedef struct request_url {
  TSHttpTxn transaction;
  TSMBuffer buffer;
  TSMLoc location;
  bool held;
} request_url;

/** Prepares the URL; nothing is held yet. */
static inline void request_url_begin(request_url *self, TSHttpTxn transaction) {
  self->transaction = transaction;
  self->held = false;
}

/** Fetches what rules look at; the parts live until request_url_end. Returns false if there is no
 * URL. */
bool request_url_fetch(request_url *self, maxmind_acl_url *url);

/** The same for all of the URL. */
bool request_url_fetch_whole(request_url *self, maxmind_acl_denied_url *url);

/** The URL as text, from TSmalloc; NULL if there is none. */
char *request_url_text(request_url *self, int *length);

/** Gives the URL back. */
static inline void request_url_end(const request_url *self) {
  if (self->held) {
    TSHandleMLocRelease(self->buffer, TS_NULL_MLOC, self->location);
  }
}

#endif /* MAXMIND_ACL_REQUEST_H */
