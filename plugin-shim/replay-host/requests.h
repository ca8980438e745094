/* SPDX-License-Identifier: Apache-2.0
 *
 * The requests to replay: lines of "CLIENT URL", read and taken apart before the replay begins.
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
  bool attached; /**< part of its header, not only created or already removed */
};

/** Fields that a request may bring, so that a transaction can keep room for those of a plugin. */
#define REQUEST_FIELDS_MAX 32

struct request {
  // What most plugins ask for comes first, so that it shares a cache line.
  bool has_address;
  bool internal;          /**< the proxy's own request (TSHttpTxnIsInternal) */
  uint64_t field_lengths; /**< bit n: a field has a name of n bytes, modulo 64 */
  struct sockaddr_storage address;
  size_t line;
  char *text;              /**< owns the bytes that the parts point into */
  const char *client;      /**< NUL-terminated, as written */
  const char *written_url; /**< NUL-terminated, as written */
  struct url url;
  struct field *fields;
  int field_count;
};

struct requests {
  struct request *items;
  size_t count;
  size_t malformed; /**< lines that were reported and left out */
};

/** Reads all lines. Malformed ones are reported with their number. */
struct requests requests_read(FILE *file);

void requests_free(struct requests *requests);

#endif
