/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"
#include "transaction.h"

struct sockaddr const *TSHttpTxnClientAddrGet(TSHttpTxn transaction) {
  const struct request *request = transaction->request;
  return request->has_address ? (const struct sockaddr *)&request->address : NULL;
}

int TSHttpTxnIsInternal(TSHttpTxn transaction) {
  return transaction->request->internal;
}

TSReturnCode TSHttpTxnPristineUrlGet(TSHttpTxn transaction, TSMBuffer *buffer, TSMLoc *url) {
  *buffer = (TSMBuffer)transaction;
  *url = (TSMLoc)&transaction->request->url;
  return TS_SUCCESS;
}

void TSHttpTxnStatusSet(TSHttpTxn transaction, TSHttpStatus status) {
  transaction->status = status;
}

void TSHttpTxnErrorBodySet(TSHttpTxn transaction, char *body, size_t length, char *type) {
  TSfree(transaction->body);
  TSfree(transaction->body_type);
  transaction->body = body;
  transaction->body_length = body != NULL ? length : 0;
  transaction->body_type = type;
}

// A denied transaction reaches POST_REMAP only with an intercept, and the host has none.
void TSHttpTxnHookAdd(TSHttpTxn transaction, TSHttpHookID id, TSCont continuation) {
  (void)transaction;
  (void)continuation;
  if (id != TS_HTTP_POST_REMAP_HOOK) {
    plugin_fault("TSHttpTxnHookAdd: the replay host does not run hook %d", (int)id);
  }
}

// The host does not emulate settings of a transaction.
TSReturnCode TSHttpTxnConfigIntGet(TSHttpTxn transaction, TSOverridableConfigKey key,
                                   TSMgmtInt *value) {
  (void)transaction;
  (void)key;
  (void)value;
  return TS_ERROR;
}
