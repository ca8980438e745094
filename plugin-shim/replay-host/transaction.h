/* SPDX-License-Identifier: Apache-2.0
 *
 * A transaction: one request on its way through the plugin, and the answer that came of it. Each
 * thread has one, used again for each request, so that the common path allocates nothing.
 */
#ifndef REPLAY_HOST_TRANSACTION_H
#define REPLAY_HOST_TRANSACTION_H

#include "plugin.h"
#include "requests.h"

#include <stdint.h>

enum {
  TRANSACTION_FIELDS_MAX = 2 * REQUEST_FIELDS_MAX,
};

/** A string that a plugin put into a header and that found no room in the transaction; freed with
 *  the transaction's end. */
struct owned_string {
  struct owned_string *next;
  char text[];
};

/** What ts.h calls TSHttpTxn; its TSMBuffer and the TSMLoc of its request header are the same. */
struct tsapi_httptxn {
  // What each request sets anew comes first, so that it shares a cache line.
  const struct request *request;
  TSHttpStatus status;
  int field_count; /**< -1: see transaction_take_fields */
  struct owned_string *strings;
  void *user_arg;
  char *body;      /**< from TSHttpTxnErrorBodySet, owned */
  char *body_type; /**< owned */
  size_t room_used;
  size_t body_length;
  struct field fields[TRANSACTION_FIELDS_MAX];
  /** For strings in headers: as Traffic Server's header heap, there from the start. */
  char room[4096];
};

/** The client's answer. */
struct answer {
  TSRemapStatus remap;
  int status;          /**< 0: the request goes on to the origin and the cache */
  int64_t body_length; /**< -1: none, or Traffic Server's own page */
  /** The request's header fields as the plugin leaves them, each as "Name: value" after a tab; ""
   * if it looked at none. Only where asked for; cut to what fits. */
  char request_fields[256];
};

/** The transaction's request header as a plugin sees it. */
static inline TSMLoc transaction_header(struct tsapi_httptxn *transaction) {
  return (TSMLoc)transaction;
}

/** Copies the request's header fields into the transaction, where a plugin may change them. Called
 *  by what looks at fields, since most plugins never do. */
void transaction_take_fields(struct tsapi_httptxn *transaction);

/** Runs one request through the plugin and describes the answer. The transaction is all zeros
 * before its first request. */
void transaction_run(struct tsapi_httptxn *transaction, const struct plugin *plugin,
                     const struct request *request, bool with_fields, struct answer *answer);

#endif
