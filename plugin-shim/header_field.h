/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields of a request's or an answer's header.
 */
#ifndef MAXMIND_ACL_HEADER_FIELD_H
#define MAXMIND_ACL_HEADER_FIELD_H

#include "traffic_server.h"

#include <stddef.h>

/** Removes all fields of a name. */
void header_field_remove(TSMBuffer buffer, TSMLoc header, const char *name, size_t length);

/** Adds a field behind the others. */
void header_field_add(TSMBuffer buffer, TSMLoc header, const char *name, size_t name_length,
                      const char *value, size_t value_length);

#endif /* MAXMIND_ACL_HEADER_FIELD_H */
