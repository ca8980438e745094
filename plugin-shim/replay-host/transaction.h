/* SPDX-License-Identifier: Apache-2.0
 *
 * A transaction: one request in the plugin, and its answer. Each thread reuses one transaction for
 * all requests, so the common path allocates nothing.
 */
#ifndef REPLAY_HOST_TRANSACTION_H
#define REPLAY_HOST_TRANSACTION_H

#include "plugin.h"
#include "requests.h"

#include <stdint.h>

enum {
  TRANSACTION_FIELDS_MAX = 2 * REQUEST_FIELDS_MAX,
};

/** A string of a header that does not fit into `room`. Freed at the end of the transaction. */
struct owned_string {
  struct owned_string *next;
  char text[];
};

/** The pointee of TSHttpTxn, of its TSMBuffer and of the TSMLoc of its request header. */
struct tsapi_httptxn {
  // The members that each request sets come first and share a cache line.
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
  /** For strings in headers. Preallocated, as Traffic Server's header heap. */
  char room[4096];
};

/** The client's answer. */
struct answer {
  TSRemapStatus remap;
  int status;          /**< 0: the request goes to the cache or the origin */
  int64_t body_length; /**< -1: none, or Traffic Server's own page */
  /** The request's header fields after the plugin, each as "Name: value" after a tab. "" if it read
   *  none, or without --fields. Cut if too long. */
  char request_fields[256];
};

/** The TSMLoc of the transaction's request header. */
static inline TSMLoc transaction_header(struct tsapi_httptxn *transaction) {
  return (TSMLoc)transaction;
}

/** Copies the request's header fields into the transaction, where a plugin may change them. Called
 *  at the first access, since most plugins read no fields. */
void transaction_take_fields(struct tsapi_httptxn *transaction);

/** Runs one request through the plugin and fills `answer`. Zero the transaction before its first
 *  request. */
void transaction_run(struct tsapi_httptxn *transaction, const struct plugin *plugin,
                     const struct request *request, bool with_fields, struct answer *answer);

#endif
