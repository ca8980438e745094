/* SPDX-License-Identifier: Apache-2.0
 *
 * The requests to replay: lines of "CLIENT URL", parsed before the replay begins.
 */
#ifndef REPLAY_HOST_REQUESTS_H
#define REPLAY_HOST_REQUESTS_H

#include "url.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

/** A header field of a request. */
struct field {
  struct span name;
  struct span value;
  bool attached; /**< part of the header: appended and not removed */
};

/** The maximum number of fields of a request. A transaction has room for further ones. */
#define REQUEST_FIELDS_MAX 32

struct request {
  // The members that most plugins read come first and share a cache line.
  bool has_address;
  bool internal;          /**< the proxy's own request (TSHttpTxnIsInternal) */
  uint64_t field_lengths; /**< bit n: a field has a name of n bytes, modulo 64 */
  struct sockaddr_storage address;
  size_t line;
  char *text;              /**< owns the bytes of all parts */
  const char *client;      /**< NUL-terminated, as written */
  const char *written_url; /**< NUL-terminated, as written */
  struct url url;
  struct field *fields;
  int field_count;
};

struct requests {
  struct request *items;
  size_t count;
  size_t malformed; /**< number of skipped lines */
};

/** Reads all lines. Reports malformed ones with their line number. */
struct requests requests_read(FILE *file);

void requests_free(struct requests *requests);

#endif
