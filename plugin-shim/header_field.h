/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields of a request's or an answer's header.
 */
#ifndef MAXMIND_ACL_HEADER_FIELD_H
#define MAXMIND_ACL_HEADER_FIELD_H

#include "traffic_server.h"

#include <limits.h>
#include <stddef.h>

/** Removes a field and those of its name behind it, and releases it. */
void header_field_remove_from(TSMBuffer buffer, TSMLoc header, TSMLoc field);

/** Removes all fields of a name; there are hardly ever any. */
static inline void header_field_remove(TSMBuffer buffer, TSMLoc header, const char *name,
                                       size_t length) {
  TSMLoc field =
      length <= INT_MAX ? TSMimeHdrFieldFind(buffer, header, name, (int)length) : TS_NULL_MLOC;
  if (__builtin_expect(field != TS_NULL_MLOC, 0)) {
    header_field_remove_from(buffer, header, field);
  }
}

/** Adds a field behind the others. */
void header_field_add(TSMBuffer buffer, TSMLoc header, const char *name, size_t name_length,
                      const char *value, size_t value_length);

#endif /* MAXMIND_ACL_HEADER_FIELD_H */
