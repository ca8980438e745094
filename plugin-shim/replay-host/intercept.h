/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that plays the origin server (TSHttpTxnServerIntercept): the host is the proxy at the
 * other end of its connection, sends the request, and reads the response.
 */
#ifndef REPLAY_HOST_INTERCEPT_H
#define REPLAY_HOST_INTERCEPT_H

#include "continuation.h"
#include "transaction.h"

/** One direction of a connection. */
struct tsapi_vio {
  struct tsapi_connection *connection;
  TSCont continuation; /**< NULL: not in use */
  TSIOBuffer buffer;
  TSIOBufferReader reader;
  int64_t bytes;
  int64_t done;
  bool enabled;
  bool shut_down;
};

/** What the plugin gets as TSVConn. */
struct tsapi_connection {
  struct tsapi_cont continuation; /**< first: a TSVConn is a TSCont */
  struct tsapi_vio read;
  struct tsapi_vio write;
  bool closed;
  char *request;
  size_t request_length;
  size_t request_sent;
  char *response;
  size_t response_length;
  size_t response_capacity;
};

/** Lets the transaction's intercept answer. A response that is none becomes 502, as in Traffic
 *  Server, and is reported. */
void intercept_run(struct tsapi_httptxn *transaction, bool with_digest, struct answer *answer);

/** A response taken apart. */
struct response {
  int status; /**< 0: not a response */
  struct span body;
  struct span content_type;
  long long content_length; /**< -1: not named */
  bool is_complete;         /**< as many body bytes as its Content-Length names are there */
};

struct response response_parse(const char *bytes, size_t length);

#endif
