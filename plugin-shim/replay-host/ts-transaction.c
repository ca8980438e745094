/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"
#include "transaction.h"

#include <string.h>

#include <ts/experimental.h>

struct sockaddr const *TSHttpTxnClientAddrGet(TSHttpTxn transaction) {
  const struct request *request = transaction->request;
  return request->has_address ? (const struct sockaddr *)&request->address : NULL;
}

TSReturnCode TSHttpTxnClientFdGet(TSHttpTxn transaction, int *descriptor) {
  *descriptor = transaction_client_descriptor(transaction);
  return *descriptor >= 0 ? TS_SUCCESS : TS_ERROR;
}

int TSHttpTxnIsInternal(TSHttpTxn transaction) {
  return transaction->request->internal;
}

uint64_t TSHttpTxnIdGet(TSHttpTxn transaction) {
  return transaction->id;
}

TSReturnCode TSHttpTxnPristineUrlGet(TSHttpTxn transaction, TSMBuffer *buffer, TSMLoc *url) {
  *buffer = (TSMBuffer)transaction;
  *url = (TSMLoc)&transaction->request->pristine;
  return TS_SUCCESS;
}

char *TSHttpTxnEffectiveUrlStringGet(TSHttpTxn transaction, int *length) {
  return TSUrlStringGet(NULL, (TSMLoc)&transaction->request->remapped, length);
}

TSReturnCode TSHttpTxnClientReqGet(TSHttpTxn transaction, TSMBuffer *buffer, TSMLoc *header) {
  *buffer = (TSMBuffer)transaction;
  *header = transaction_header(transaction);
  return TS_SUCCESS;
}

void TSHttpTxnStatusSet(TSHttpTxn transaction, TSHttpStatus status) {
  transaction->status = status;
}

TSHttpStatus TSHttpTxnStatusGet(TSHttpTxn transaction) {
  return transaction->status;
}

void TSHttpTxnErrorBodySet(TSHttpTxn transaction, char *body, size_t length, char *type) {
  TSfree(transaction->body);
  TSfree(transaction->body_type);
  transaction->body = body;
  transaction->body_length = body != NULL ? length : 0;
  transaction->body_type = type;
}

// Both kinds answer in place of the origin, which a replay does not have.
void TSHttpTxnIntercept(TSCont continuation, TSHttpTxn transaction) {
  transaction->intercept = continuation;
}

void TSHttpTxnServerIntercept(TSCont continuation, TSHttpTxn transaction) {
  transaction->intercept = continuation;
}

void TSHttpTxnHookAdd(TSHttpTxn transaction, TSHttpHookID id, TSCont continuation) {
  if (id != TS_HTTP_POST_REMAP_HOOK && id != TS_HTTP_SEND_RESPONSE_HDR_HOOK &&
      id != TS_HTTP_TXN_CLOSE_HOOK) {
    plugin_fault("TSHttpTxnHookAdd: this host does not run hook %d", (int)id);
  }
  for (int i = 0; i < transaction->hook_count; i++) {
    if (transaction->hooks[i].id == id && transaction->hooks[i].continuation == continuation) {
      return;
    }
  }
  if (transaction->hook_count == TRANSACTION_HOOKS_MAX) {
    plugin_fault("TSHttpTxnHookAdd: more than %d hooks", (int)TRANSACTION_HOOKS_MAX);
  }
  transaction->hooks[transaction->hook_count].id = id;
  transaction->hooks[transaction->hook_count].continuation = continuation;
  transaction->hook_count++;
}

void TSHttpTxnReenable(TSHttpTxn transaction, TSEvent event) {
  if (event == TS_EVENT_HTTP_ERROR && transaction->status == TS_HTTP_STATUS_NONE) {
    transaction->status = TS_HTTP_STATUS_INTERNAL_SERVER_ERROR;
  }
  pthread_mutex_lock(&transaction->lock);
  transaction->is_reenabled = true;
  pthread_cond_signal(&transaction->reenabled);
  pthread_mutex_unlock(&transaction->lock);
}

TSReturnCode TSHttpTxnConfigIntSet(TSHttpTxn transaction, TSOverridableConfigKey key,
                                   TSMgmtInt value) {
  int i = 0;
  while (i < transaction->setting_count && transaction->settings[i].key != key) {
    i++;
  }
  if (i == TRANSACTION_SETTINGS_MAX) {
    return TS_ERROR;
  }
  transaction->settings[i].key = key;
  transaction->settings[i].value = value;
  transaction->setting_count += i == transaction->setting_count;
  return TS_SUCCESS;
}

// A value that the plugin did not set itself is not known here, so asking for it fails.
TSReturnCode TSHttpTxnConfigIntGet(TSHttpTxn transaction, TSOverridableConfigKey key,
                                   TSMgmtInt *value) {
  for (int i = 0; i < transaction->setting_count; i++) {
    if (transaction->settings[i].key == key) {
      *value = transaction->settings[i].value;
      return TS_SUCCESS;
    }
  }
  return TS_ERROR;
}
