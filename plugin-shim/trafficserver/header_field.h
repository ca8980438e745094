/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields of a request's or an answer's header.
 */
#ifndef MAXMIND_ACL_HEADER_FIELD_H
#define MAXMIND_ACL_HEADER_FIELD_H

#include "traffic_server.h"

#include <limits.h>
#include <stddef.h>

/** The first field of a name; TS_NULL_MLOC: none. */
static inline TSMLoc header_field_find(TSMBuffer buffer, TSMLoc header, const char *name,
                                       size_t length) {
  return length <= INT_MAX ? TSMimeHdrFieldFind(buffer, header, name, (int)length) : TS_NULL_MLOC;
}

/** Removes a field and those of its name after it, and releases it. Where there are many, that
 * takes Traffic Server as long as to read them did: it checks the whole header each time. */
void header_field_remove(TSMBuffer buffer, TSMLoc header, TSMLoc field);

/** Sets the field of a name: the first one, in the place where it is, or else a new one behind the
 *  others. Further ones of the name are removed as above. */
void header_field_set(TSMBuffer buffer, TSMLoc header, const char *name, size_t name_length,
                      const char *value, size_t value_length);

#endif /* MAXMIND_ACL_HEADER_FIELD_H */
