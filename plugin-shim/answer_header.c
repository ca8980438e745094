/* SPDX-License-Identifier: Apache-2.0 */
#include "answer_header.h"
#include "header_field.h"

#include <string.h>

typedef struct addition {
  maxmind_acl_policy *policy; /* keeps the response */
  answer_header to_set;
} addition;

static void set_header(const answer_header *self, TSHttpTxn transaction) {
  TSMBuffer buffer = NULL;
  TSMLoc header = TS_NULL_MLOC;
  if (TSHttpTxnClientRespGet(transaction, &buffer, &header) != TS_SUCCESS) {
    return;
  }
  if (self->phrase != NULL) {
    TSHttpHdrReasonSet(buffer, header, self->phrase, (int)strlen(self->phrase));
  }
  if (self->location != NULL) {
    TSHttpHdrStatusSet(buffer, header, (TSHttpStatus)self->status);
    header_field_set(buffer, header, TS_MIME_FIELD_LOCATION, (size_t)TS_MIME_LEN_LOCATION,
                     self->location, strlen(self->location));
  }
  for (size_t i = 0; i < self->response->field_count; ++i) {
    const maxmind_acl_field *field = &self->response->fields[i];
    header_field_set(buffer, header, field->name, field->name_length, field->value,
                     field->value_length);
  }
  TSHandleMLocRelease(buffer, TS_NULL_MLOC, header);
}

static int handle_event(TSCont continuation, TSEvent event, void *data) {
  addition *self = (addition *)TSContDataGet(continuation);
  TSHttpTxn transaction = (TSHttpTxn)data;
  if (event == TS_EVENT_HTTP_SEND_RESPONSE_HDR) {
    set_header(&self->to_set, transaction);
  } else { /* the transaction ends */
    maxmind_acl_close(self->policy);
    TSfree(self->to_set.location);
    TSfree(self);
    TSContDestroy(continuation);
  }
  TSHttpTxnReenable(transaction, TS_EVENT_HTTP_CONTINUE);
  return 0;
}

void answer_header_set(const maxmind_acl_policy *policy, const answer_header *header,
                       TSHttpTxn transaction) {
  addition *self = (addition *)TSmalloc(sizeof(*self));
  self->policy = maxmind_acl_retain(policy);
  self->to_set = *header;
  TSCont continuation = TSContCreate(handle_event, NULL); /* the transaction's own lock is enough */
  TSContDataSet(continuation, self);
  TSHttpTxnHookAdd(transaction, TS_HTTP_SEND_RESPONSE_HDR_HOOK, continuation);
  TSHttpTxnHookAdd(transaction, TS_HTTP_TXN_CLOSE_HOOK, continuation);
}
