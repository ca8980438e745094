/* SPDX-License-Identifier: Apache-2.0
 *
 * The request header and that of the answer. Their TSMLoc is the transaction, that of a field is a
 * struct field in it; the TSMBuffer tells the two headers apart.
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

// Fields of a header.
struct fields {
  struct field *items;
  int *count;
};

static struct fields fields_at(TSMBuffer buffer, TSMLoc header) {
  TSHttpTxn transaction = header_at(header);
  if (buffer == transaction_answer_buffer(transaction)) {
    return (struct fields){transaction->answer_fields, &transaction->answer_field_count};
  }
  transaction_take_fields(transaction);
  return (struct fields){transaction->fields, &transaction->field_count};
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

// Plugins compare a method's pointer with Traffic Server's own word for it.
static const char *known_method(const char *method) {
  const char *words[] = {TS_HTTP_METHOD_GET,     TS_HTTP_METHOD_HEAD,  TS_HTTP_METHOD_POST,
                         TS_HTTP_METHOD_PUT,     TS_HTTP_METHOD_PURGE, TS_HTTP_METHOD_DELETE,
                         TS_HTTP_METHOD_OPTIONS, TS_HTTP_METHOD_TRACE, TS_HTTP_METHOD_PUSH};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strcmp(words[i], method) == 0) {
      return words[i];
    }
  }
  return method;
}

const char *TSHttpHdrMethodGet(TSMBuffer buffer, TSMLoc header, int *length) {
  (void)buffer;
  const char *method = known_method(header_at(header)->request->method);
  *length = (int)strlen(method);
  return method;
}

const char *TSHttpHdrHostGet(TSMBuffer buffer, TSMLoc header, int *length) {
  return TSUrlHostGet(buffer, (TSMLoc)&header_at(header)->request->remapped, length);
}

TSReturnCode TSHttpHdrUrlGet(TSMBuffer buffer, TSMLoc header, TSMLoc *url) {
  (void)buffer;
  *url = (TSMLoc)&header_at(header)->request->remapped;
  return TS_SUCCESS;
}

/* Finding fields */

static TSMLoc next_attached(struct fields fields, int i) {
  while (i < *fields.count && !fields.items[i].attached) {
    i++;
  }
  return i < *fields.count ? (TSMLoc)&fields.items[i] : TS_NULL_MLOC;
}

static TSMLoc next_named(struct fields fields, int i, const char *name, size_t length) {
  for (; i < *fields.count; i++) {
    struct field *field = &fields.items[i];
    if (field->attached && field->name.length == length &&
        strncasecmp(field->name.start, name, length) == 0) {
      return (TSMLoc)field;
    }
  }
  return TS_NULL_MLOC;
}

static int index_of(struct fields fields, TSMLoc field) {
  return (int)(field_at(field) - fields.items);
}

TSMLoc TSMimeHdrFieldFind(TSMBuffer buffer, TSMLoc header, const char *name, int length) {
  TSHttpTxn transaction = header_at(header);
  size_t name_length = length < 0 ? strlen(name) : (size_t)length;
  if (buffer != transaction_answer_buffer(transaction) && transaction->field_count < 0 &&
      (transaction->request->field_lengths >> name_length % 64 & 1) == 0) {
    return TS_NULL_MLOC; // nothing has changed the request's header, nor has it such a field
  }
  return next_named(fields_at(buffer, header), 0, name, name_length);
}

TSMLoc TSMimeHdrFieldNextDup(TSMBuffer buffer, TSMLoc header, TSMLoc field) {
  struct fields fields = fields_at(buffer, header);
  struct span name = field_at(field)->name;
  return next_named(fields, index_of(fields, field) + 1, name.start, name.length);
}

TSMLoc TSMimeHdrFieldNext(TSMBuffer buffer, TSMLoc header, TSMLoc field) {
  struct fields fields = fields_at(buffer, header);
  return next_attached(fields, index_of(fields, field) + 1);
}

int TSMimeHdrFieldsCount(TSMBuffer buffer, TSMLoc header) {
  struct fields fields = fields_at(buffer, header);
  int count = 0;
  for (int i = 0; i < *fields.count; i++) {
    count += fields.items[i].attached;
  }
  return count;
}

TSMLoc TSMimeHdrFieldGet(TSMBuffer buffer, TSMLoc header, int index) {
  TSMLoc field = next_attached(fields_at(buffer, header), 0);
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

// The index-th of a comma-separated list; commas in quotes do not count.
static struct span list_value(struct span list, int index) {
  const char *end = list.start + list.length;
  const char *start = list.start;
  bool quoted = false;
  for (const char *c = list.start;; c++) {
    if (c == end || (*c == ',' && !quoted)) {
      if (index-- == 0) {
        while (start < c && (*start == ' ' || *start == '\t')) {
          start++;
        }
        while (start < c && (c[-1] == ' ' || c[-1] == '\t')) {
          c--;
        }
        return (struct span){start, (size_t)(c - start)};
      }
      if (c == end) {
        return (struct span){0};
      }
      start = c + 1;
    } else if (*c == '"') {
      quoted = !quoted;
    }
  }
}

const char *TSMimeHdrFieldValueStringGet(TSMBuffer buffer, TSMLoc header, TSMLoc field, int index,
                                         int *length) {
  (void)buffer;
  (void)header;
  struct span value = field_at(field)->value;
  if (index >= 0) {
    value = list_value(value, index);
  }
  *length = (int)value.length;
  return value.start;
}

int TSMimeHdrFieldValuesCount(TSMBuffer buffer, TSMLoc header, TSMLoc field) {
  (void)buffer;
  (void)header;
  int count = 0;
  while (list_value(field_at(field)->value, count).start != NULL) {
    count++;
  }
  return count;
}

/* Changing the header */

// Where a string of so many bytes is kept until the transaction ends.
static char *room_for(TSHttpTxn transaction, size_t size) {
  if (size <= sizeof transaction->room - transaction->room_used) {
    char *room = transaction->room + transaction->room_used;
    transaction->room_used += size;
    return room;
  }
  struct owned_string *string = allocate(sizeof *string + size);
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
  struct fields fields = fields_at(buffer, header);
  if (*fields.count == TRANSACTION_FIELDS_MAX) {
    plugin_fault("more than %d header fields", (int)TRANSACTION_FIELDS_MAX);
  }
  struct field *slot = &fields.items[(*fields.count)++];
  *slot = (struct field){.name = keep(header_at(header), name, length)};
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

TSReturnCode TSMimeHdrFieldDestroy(TSMBuffer buffer, TSMLoc header, TSMLoc field) {
  return TSMimeHdrFieldRemove(buffer, header, field);
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

/* The header of the answer */

TSReturnCode TSHttpTxnClientRespGet(TSHttpTxn transaction, TSMBuffer *buffer, TSMLoc *header) {
  *buffer = transaction_answer_buffer(transaction);
  *header = transaction_header(transaction);
  return TS_SUCCESS;
}

TSReturnCode TSHttpHdrReasonSet(TSMBuffer buffer, TSMLoc header, const char *value, int length) {
  if (buffer != transaction_answer_buffer(header_at(header))) {
    plugin_fault("TSHttpHdrReasonSet of a header that is no answer's");
  }
  keep(header_at(header), value, length);
  return TS_SUCCESS;
}

// Takes no effect: it is the status that the transaction has.
TSReturnCode TSHttpHdrStatusSet(TSMBuffer buffer, TSMLoc header, TSHttpStatus status) {
  if (buffer != transaction_answer_buffer(header_at(header)) ||
      status != header_at(header)->status) {
    plugin_fault("TSHttpHdrStatusSet of another status than the transaction's");
  }
  return TS_SUCCESS;
}

// Only whether there is one, which is what plugins ask for: those of RFC 9110 and 6585 are known.
const char *TSHttpHdrReasonLookup(TSHttpStatus status) {
  int number = (int)status;
  bool is_known = (number >= 300 && number <= 308 && number != 306) ||
                  (number >= 400 && number <= 417) || (number >= 422 && number <= 424) ||
                  number == 426 || (number >= 428 && number <= 431 && number != 430) ||
                  (number >= 500 && number <= 508) || number == 510 || number == 511;
  return is_known ? "Known" : NULL;
}
