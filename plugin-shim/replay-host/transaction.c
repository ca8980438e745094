/* SPDX-License-Identifier: Apache-2.0 */
#include "transaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void transaction_take_fields(struct tsapi_httptxn *transaction) {
  if (transaction->field_count < 0) {
    const struct request *request = transaction->request;
    transaction->field_count = request->field_count;
    memcpy(transaction->fields, request->fields,
           (size_t)request->field_count * sizeof *request->fields);
  }
}

static void begin(struct tsapi_httptxn *transaction, const struct request *request) {
  transaction->request = request;
  transaction->status = TS_HTTP_STATUS_NONE;
  transaction->field_count = -1;
  transaction->room_used = 0;
  transaction->user_arg = NULL;
}

static void end(struct tsapi_httptxn *transaction) {
  if (transaction->body != NULL || transaction->body_type != NULL) {
    TSfree(transaction->body);
    TSfree(transaction->body_type);
    transaction->body = NULL;
    transaction->body_type = NULL;
  }
  while (transaction->strings != NULL) {
    struct owned_string *next = transaction->strings->next;
    free(transaction->strings);
    transaction->strings = next;
  }
}

static void take_request_fields(const struct tsapi_httptxn *transaction, struct answer *answer) {
  FILE *text = fmemopen(answer->request_fields, sizeof answer->request_fields, "w");
  for (int i = 0; text != NULL && i < transaction->field_count; i++) {
    const struct field *field = &transaction->fields[i];
    if (field->attached) {
      fprintf(text, "\t%.*s: %.*s", (int)field->name.length, field->name.start,
              (int)field->value.length, field->value.start);
    }
  }
  if (text != NULL) {
    fclose(text);
  }
}

void transaction_run(struct tsapi_httptxn *transaction, const struct plugin *plugin,
                     const struct request *request, bool with_fields, struct answer *answer) {
  begin(transaction, request);
  TSRemapRequestInfo information = {
      .requestUrl = (TSMLoc)&request->url,
      .requestBufp = (TSMBuffer)transaction,
      .requestHdrp = transaction_header(transaction),
  };
  answer->remap = plugin->do_remap(plugin->instance, transaction, &information);
  answer->status = transaction->status != TS_HTTP_STATUS_NONE ? (int)transaction->status : 0;
  answer->body_length = transaction->body != NULL ? (int64_t)transaction->body_length : -1;
  answer->request_fields[0] = '\0';
  if (with_fields) {
    take_request_fields(transaction, answer);
  }
  end(transaction);
}
