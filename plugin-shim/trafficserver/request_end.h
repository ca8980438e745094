/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the request ends in the bytes that an intercepting plugin reads.
 */
#ifndef MAXMIND_ACL_REQUEST_END_H
#define MAXMIND_ACL_REQUEST_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How far a request has been read. Zeroed: nothing yet. Traffic Server has parsed the request
 * before us and writes it anew, so this only follows its form (RFC 9112, 6 and 7.1), and judges
 * nothing. */
typedef struct request_end {
  int place;
  bool chunked;
  bool waits_for_continue;
  uint64_t left; /* bytes of the body, or of the chunk with its final line end, to come */
  size_t line_length;
  char line[128]; /* the line being read; what is beyond does not matter */
} request_end;

/** Takes the next bytes. Returns true when the request has ended, and ever after: its body is
 * there, or it has none, or its sender waits for an answer before it sends it (`Expect:
 * 100-continue`, which Traffic Server removes where it has sent that itself). */
bool request_end_reached(request_end *self, const char *bytes, size_t length);

#endif /* MAXMIND_ACL_REQUEST_END_H */
