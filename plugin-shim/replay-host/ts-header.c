/* SPDX-License-Identifier: Apache-2.0
 *
 * The request header. Its TSMLoc is the transaction. The TSMLoc of a field is a struct field in it.
 * The TSMBuffer is unused.
 */
#include "message.h"
#include "transaction.h"

#include <string.h>
#include <strings.h>

static TSHttpTxn header_at(TSMLoc header) {
  if (header == TS_NULL_MLOC) {
    plugin_fault("TS_NULL_MLOC where a header is expected");
  }
  return (TSHttpTxn)header;
}

static TSHttpTxn with_fields(TSMLoc header) {
  TSHttpTxn transaction = header_at(header);
  transaction_take_fields(transaction);
  return transaction;
}

static struct field *field_at(TSMLoc field) {
  if (field == TS_NULL_MLOC) {
    plugin_fault("TS_NULL_MLOC where a header field is expected");
  }
  return (struct field *)field;
}

TSReturnCode TSHandleMLocRelease(TSMBuffer buffer, TSMLoc parent, TSMLoc location) {
  (void)buffer;
  (void)parent;
  (void)location;
  return TS_SUCCESS;
}

// All requests of a replay are GET. Plugins compare the pointer with Traffic Server's own one.
const char *TSHttpHdrMethodGet(TSMBuffer buffer, TSMLoc header, int *length) {
  (void)buffer;
  (void)header;
  *length = TS_HTTP_LEN_GET;
  return TS_HTTP_METHOD_GET;
}

// Plugins only compare the result with NULL. Each status of a replay has a reason phrase.
const char *TSHttpHdrReasonLookup(TSHttpStatus status) {
  (void)status;
  return "Known";
}

/* Finding fields */

static TSMLoc next_attached(TSHttpTxn transaction, int i) {
  while (i < transaction->field_count && !transaction->fields[i].attached) {
    i++;
  }
  return i < transaction->field_count ? (TSMLoc)&transaction->fields[i] : TS_NULL_MLOC;
}

static TSMLoc next_named(TSHttpTxn transaction, int i, const char *name, size_t length) {
  for (; i < transaction->field_count; i++) {
    struct field *field = &transaction->fields[i];
    if (field->attached && field->name.length == length &&
        strncasecmp(field->name.start, name, length) == 0) {
      return (TSMLoc)field;
    }
  }
  return TS_NULL_MLOC;
}

static int index_of(TSHttpTxn transaction, TSMLoc field) {
  return (int)(field_at(field) - transaction->fields);
}

TSMLoc TSMimeHdrFieldFind(TSMBuffer buffer, TSMLoc header, const char *name, int length) {
  (void)buffer;
  TSHttpTxn transaction = header_at(header);
  size_t name_length = length < 0 ? strlen(name) : (size_t)length;
  if (transaction->field_count < 0 &&
      (transaction->request->field_lengths >> name_length % 64 & 1) == 0) {
    return TS_NULL_MLOC; // the header is unchanged and has no such field
  }
  return next_named(with_fields(header), 0, name, name_length);
}

TSMLoc TSMimeHdrFieldNextDup(TSMBuffer buffer, TSMLoc header, TSMLoc field) {
  (void)buffer;
  TSHttpTxn transaction = with_fields(header);
  struct span name = field_at(field)->name;
  return next_named(transaction, index_of(transaction, field) + 1, name.start, name.length);
}

TSMLoc TSMimeHdrFieldNext(TSMBuffer buffer, TSMLoc header, TSMLoc field) {
  (void)buffer;
  TSHttpTxn transaction = with_fields(header);
  return next_attached(transaction, index_of(transaction, field) + 1);
}

TSMLoc TSMimeHdrFieldGet(TSMBuffer buffer, TSMLoc header, int index) {
  TSMLoc field = next_attached(with_fields(header), 0);
  for (; index > 0 && field != TS_NULL_MLOC; index--) {
    field = TSMimeHdrFieldNext(buffer, header, field);
  }
  return field;
}

const char *TSMimeHdrFieldNameGet(TSMBuffer buffer, TSMLoc header, TSMLoc field, int *length) {
  (void)buffer;
  (void)header;
  *length = (int)field_at(field)->name.length;
  return field_at(field)->name.start;
}

/* Values */

const char *TSMimeHdrFieldValueStringGet(TSMBuffer buffer, TSMLoc header, TSMLoc field, int index,
                                         int *length) {
  (void)buffer;
  (void)header;
  if (index >= 0) {
    plugin_fault("TSMimeHdrFieldValueStringGet: this host returns only whole values (index -1)");
  }
  struct span value = field_at(field)->value;
  *length = (int)value.length;
  return value.start;
}

/* Changing the header */

// Memory for a string, valid until the transaction ends.
static char *room_for(TSHttpTxn transaction, size_t size) {
  if (size <= sizeof transaction->room - transaction->room_used) {
    char *room = transaction->room + transaction->room_used;
    transaction->room_used += size;
    return room;
  }
  struct owned_string *string = (struct owned_string *)allocate(sizeof *string + size);
  string->next = transaction->strings;
  transaction->strings = string;
  return string->text;
}

static struct span keep(TSHttpTxn transaction, const char *text, int length) {
  size_t size = length < 0 ? strlen(text) : (size_t)length;
  char *copy = room_for(transaction, size + 1);
  memcpy(copy, text, size);
  copy[size] = '\0';
  return (struct span){copy, size};
}

TSReturnCode TSMimeHdrFieldCreateNamed(TSMBuffer buffer, TSMLoc header, const char *name,
                                       int length, TSMLoc *field) {
  (void)buffer;
  TSHttpTxn transaction = with_fields(header);
  if (transaction->field_count == TRANSACTION_FIELDS_MAX) {
    plugin_fault("more than %d header fields", (int)TRANSACTION_FIELDS_MAX);
  }
  struct field *slot = &transaction->fields[transaction->field_count++];
  *slot = (struct field){.name = keep(transaction, name, length)};
  *field = (TSMLoc)slot;
  return TS_SUCCESS;
}

TSReturnCode TSMimeHdrFieldAppend(TSMBuffer buffer, TSMLoc header, TSMLoc field) {
  (void)buffer;
  (void)header;
  field_at(field)->attached = true;
  return TS_SUCCESS;
}

TSReturnCode TSMimeHdrFieldRemove(TSMBuffer buffer, TSMLoc header, TSMLoc field) {
  (void)buffer;
  (void)header;
  field_at(field)->attached = false;
  return TS_SUCCESS;
}

TSReturnCode TSMimeHdrFieldValueStringSet(TSMBuffer buffer, TSMLoc header, TSMLoc field, int index,
                                          const char *value, int length) {
  (void)buffer;
  if (index >= 0) {
    plugin_fault("TSMimeHdrFieldValueStringSet: this host sets only whole values (index -1)");
  }
  field_at(field)->value = keep(header_at(header), value, length);
  return TS_SUCCESS;
}
