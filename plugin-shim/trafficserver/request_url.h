/* SPDX-License-Identifier: Apache-2.0
 *
 * The URL of a request before remapping, as the policy wants it.
 */
#ifndef MAXMIND_ACL_REQUEST_URL_H
#define MAXMIND_ACL_REQUEST_URL_H

#include "maxmind_acl.h"
#include "traffic_server.h"

#include <stdbool.h>

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

#endif /* MAXMIND_ACL_REQUEST_URL_H */
