/* SPDX-License-Identifier: Apache-2.0 */
#include "header_field.h"

void header_field_remove_from(TSMBuffer buffer, TSMLoc header, TSMLoc field) {
  while (field != TS_NULL_MLOC) {
    TSMLoc next = TSMimeHdrFieldNextDup(buffer, header, field);
    TSMimeHdrFieldDestroy(buffer, header, field);
    TSHandleMLocRelease(buffer, header, field);
    field = next;
  }
}

void header_field_add(TSMBuffer buffer, TSMLoc header, const char *name, size_t name_length,
                      const char *value, size_t value_length) {
  TSMLoc field = TS_NULL_MLOC;
  if (name_length > INT_MAX || value_length > INT_MAX ||
      TSMimeHdrFieldCreateNamed(buffer, header, name, (int)name_length, &field) != TS_SUCCESS) {
    return;
  }
  TSMimeHdrFieldValueStringSet(buffer, header, field, -1, value, (int)value_length);
  TSMimeHdrFieldAppend(buffer, header, field);
  TSHandleMLocRelease(buffer, header, field);
}
