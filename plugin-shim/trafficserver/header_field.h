/* SPDX-License-Identifier: Apache-2.0
 *
 * Header fields of requests and responses.
 */
#ifndef MAXMIND_ACL_HEADER_FIELD_H
#define MAXMIND_ACL_HEADER_FIELD_H

#include "traffic_server.h"

#include <limits.h>
#include <stddef.h>

/** Finds the first field of a name. TS_NULL_MLOC: there is none. */
static inline TSMLoc header_field_find(TSMBuffer buffer, TSMLoc header, const char *name,
                                       size_t length) {
  return length <= INT_MAX ? TSMimeHdrFieldFind(buffer, header, name, (int)length) : TS_NULL_MLOC;
}

/** The value of a field, undecoded; "" if it has none. */
static inline const char *header_field_value(TSMBuffer buffer, TSMLoc header, TSMLoc field,
                                             size_t *size) {
  int length = 0;
  const char *value = TSMimeHdrFieldValueStringGet(buffer, header, field, -1, &length);
  *size = value != NULL && length > 0 ? (size_t)length : 0;
  return value != NULL ? value : "";
}

/** Removes and releases a field and all later ones of its name. Cost: quadratic in their number,
 *  as for reading them: Traffic Server checks the whole header for each. */
void header_field_remove(TSMBuffer buffer, TSMLoc header, TSMLoc field);

/** Sets the first field of a name in place, or appends a new one. Removes further ones. */
void header_field_set(TSMBuffer buffer, TSMLoc header, const char *name, size_t name_length,
                      const char *value, size_t value_length);

#endif /* MAXMIND_ACL_HEADER_FIELD_H */
