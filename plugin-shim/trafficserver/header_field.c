/* SPDX-License-Identifier: Apache-2.0 */
#include "header_field.h"

void header_field_remove(TSMBuffer buffer, TSMLoc header, TSMLoc field) {
  while (field != TS_NULL_MLOC) {
    TSMLoc next = TSMimeHdrFieldNextDup(buffer, header, field);
    TSMimeHdrFieldRemove(buffer, header, field);
    TSHandleMLocRelease(buffer, header, field);
    field = next;
  }
}

void header_field_set(TSMBuffer buffer, TSMLoc header, const char *name, size_t name_length,
                      const char *value, size_t value_length) {
  if (name_length > INT_MAX || value_length > INT_MAX) {
    return;
  }
  TSMLoc field = header_field_find(buffer, header, name, name_length);
  if (field != TS_NULL_MLOC) {
    TSMimeHdrFieldValueStringSet(buffer, header, field, -1, value, (int)value_length);
    header_field_remove(buffer, header, TSMimeHdrFieldNextDup(buffer, header, field));
  } else if (TSMimeHdrFieldCreateNamed(buffer, header, name, (int)name_length, &field) ==
             TS_SUCCESS) {
    TSMimeHdrFieldValueStringSet(buffer, header, field, -1, value, (int)value_length);
    TSMimeHdrFieldAppend(buffer, header, field);
  } else {
    return;
  }
  TSHandleMLocRelease(buffer, header, field);
}
