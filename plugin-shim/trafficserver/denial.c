/* SPDX-License-Identifier: Apache-2.0
 *
 * A page is the transaction's error body if that can carry it: this costs least. But Traffic Server
 *  - drops an error body above proxy.config.body_factory.response_max_size and closes the
 *    connection without an answer;
 *  - copies error bodies with strncpy, so zeros replace all bytes after a NUL;
 *  - does not read the request's body, so a client that still sends may see a reset, not the page.
 * This plugin serves such a page in place of an origin server (page_intercept.h). A CONNECT would
 * get its header without the body, and so gets Traffic Server's own page.
 *
 * Neither way uses the cache, and both answers have `Cache-Control: no-store`. A hook adds further
 * fields of the configuration.
 *
 * If an earlier plugin of the remap line has registered an intercept, Traffic Server lets that
 * answer although a status is set. Our intercept replaces it. With a status alone, a hook after
 * remap ends the transaction.
 */
#include "denial.h"

#include "header_field.h"
#include "page_intercept.h"
#include "request.h"

#include <string.h>
#include <sys/socket.h>

enum { usual_location_size = 2048 };

/* The changes to an answer's header. `response` and `phrase` live as long as the policy. */
typedef struct answer_header {
  maxmind_acl_policy *policy; /* retained by answer_header_set */
  const maxmind_acl_response *response;
  char *location; /* from TSmalloc; NULL: none */
  int status;
  const char *phrase; /* NULL: Traffic Server's own */
} answer_header;

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
  answer_header *self = (answer_header *)TSContDataGet(continuation);
  TSHttpTxn transaction = (TSHttpTxn)data;
  if (event == TS_EVENT_HTTP_SEND_RESPONSE_HDR) {
    set_header(self, transaction);
  } else { /* the transaction ends */
    maxmind_acl_close(self->policy);
    TSfree(self->location);
    TSfree(self);
    TSContDestroy(continuation);
  }
  TSHttpTxnReenable(transaction, TS_EVENT_HTTP_CONTINUE);
  return 0;
}

/* Registers changes to the answer's header. The status is set with `Location`: when Traffic Server
 * ends a transaction late, it sends another. Retains the policy until the transaction ends. Takes
 * over `location`. */
static void answer_header_set(const maxmind_acl_policy *policy, const answer_header *header,
                              TSHttpTxn transaction) {
  answer_header *self = (answer_header *)TSmalloc(sizeof(*self));
  *self = *header;
  self->policy = maxmind_acl_retain(policy);
  TSCont continuation = TSContCreate(handle_event, NULL); /* the transaction's own lock is enough */
  TSContDataSet(continuation, self);
  TSHttpTxnHookAdd(transaction, TS_HTTP_SEND_RESPONSE_HDR_HOOK, continuation);
  TSHttpTxnHookAdd(transaction, TS_HTTP_TXN_CLOSE_HOOK, continuation);
}

static bool is_method(maxmind_acl_text method, const char *name, int length) {
  return method.length == (size_t)length && memcmp(method.bytes, name, method.length) == 0;
}

static bool has_field(TSMBuffer buffer, TSMLoc header, const char *name, int length) {
  TSMLoc field = TSMimeHdrFieldFind(buffer, header, name, length);
  if (field == TS_NULL_MLOC) {
    return false;
  }
  TSHandleMLocRelease(buffer, header, field);
  return true;
}

/* Whether the client may send a body. In HTTP/2 no header field has to announce one. */
static bool may_have_body(const TSRemapRequestInfo *request, maxmind_acl_text method) {
  if (!is_method(method, TS_HTTP_METHOD_GET, TS_HTTP_LEN_GET) &&
      !is_method(method, TS_HTTP_METHOD_HEAD, TS_HTTP_LEN_HEAD)) {
    return !is_method(method, TS_HTTP_METHOD_CONNECT, TS_HTTP_LEN_CONNECT);
  }
  return has_field(request->requestBufp, request->requestHdrp, TS_MIME_FIELD_CONTENT_LENGTH,
                   TS_MIME_LEN_CONTENT_LENGTH) ||
         has_field(request->requestBufp, request->requestHdrp, TS_MIME_FIELD_TRANSFER_ENCODING,
                   TS_MIME_LEN_TRANSFER_ENCODING);
}

/* Reads the limit at each denial, as Traffic Server does: it can change at run time. */
static bool fits_error_body(const maxmind_acl_response *response) {
  TSMgmtInt limit = 0;
  return !response->body_has_nul &&
         TSMgmtIntGet("proxy.config.body_factory.response_max_size", &limit) == TS_SUCCESS &&
         (TSMgmtInt)response->body_length <= limit;
}

static void set_error_body(const maxmind_acl_response *response, TSHttpTxn transaction) {
  char *body = (char *)TSmalloc(response->body_length);
  memcpy(body, response->body, response->body_length);
  char *type = TSstrndup(response->content_type, (int64_t)response->content_type_length);
  TSHttpTxnErrorBodySet(transaction, body, response->body_length, type);
}

/* Turns off the following of redirects in Traffic Server for this transaction. It would follow our
 * own redirect, and hold back the body of the request for that. */
static void forbid_following(TSHttpTxn transaction) {
  TSMgmtInt count = 0;
  if (TSHttpTxnConfigIntGet(transaction, TS_CONFIG_HTTP_NUMBER_OF_REDIRECTIONS, &count) ==
          TS_SUCCESS &&
      count > 0) {
    TSHttpTxnConfigIntSet(transaction, TS_CONFIG_HTTP_NUMBER_OF_REDIRECTIONS, 0);
  }
}

/* Closes the client's connection, with all streams of HTTP/2. Traffic Server notices when it writes
 * and ends the transaction. False: not possible, since QUIC's clients share a socket. */
static bool close_connection(TSHttpTxn transaction) {
  int descriptor = -1;
  int type = 0;
  socklen_t length = sizeof(type);
  return TSHttpTxnClientFdGet(transaction, &descriptor) == TS_SUCCESS && descriptor >= 0 &&
         getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM &&
         shutdown(descriptor, SHUT_RDWR) == 0;
}

/* Ends a denied transaction at POST_REMAP, which it reaches only if an intercept is registered. The
 * answer then lacks Cache-Control, so this adds it. */
static int refuse(TSCont continuation, TSEvent event, void *data) {
  TSHttpTxn transaction = (TSHttpTxn)data;
  TSMBuffer buffer = NULL;
  TSMLoc header = TS_NULL_MLOC;
  if (event == TS_EVENT_HTTP_POST_REMAP) {
    TSHttpTxnHookAdd(transaction, TS_HTTP_SEND_RESPONSE_HDR_HOOK, continuation);
  } else if (TSHttpTxnClientRespGet(transaction, &buffer, &header) == TS_SUCCESS) {
    if (!has_field(buffer, header, TS_MIME_FIELD_CACHE_CONTROL, TS_MIME_LEN_CACHE_CONTROL)) {
      header_field_set(buffer, header, TS_MIME_FIELD_CACHE_CONTROL,
                       (size_t)TS_MIME_LEN_CACHE_CONTROL, "no-store", strlen("no-store"));
    }
    TSHandleMLocRelease(buffer, TS_NULL_MLOC, header);
  }
  TSHttpTxnReenable(transaction, event == TS_EVENT_HTTP_POST_REMAP ? TS_EVENT_HTTP_ERROR
                                                                   : TS_EVENT_HTTP_CONTINUE);
  return 0;
}

static TSCont refusal;

void denial_init(void) {
  if (refusal == NULL) {
    refusal = TSContCreate(refuse, NULL); /* the transaction's own lock is enough */
  }
}

/* Answers with a status and the error body, despite intercepts of other plugins. */
static void set_status(TSHttpTxn transaction, int status) {
  TSHttpTxnStatusSet(transaction, (TSHttpStatus)status STATUS_SETTER);
  TSHttpTxnHookAdd(transaction, TS_HTTP_POST_REMAP_HOOK, refusal);
}

/* The URL of the redirect, from TSmalloc. NULL: no redirect. */
static char *location_of(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                         const struct sockaddr *client, TSHttpTxn transaction) {
  request_url url = {transaction, NULL, false, NULL, TS_NULL_MLOC};
  maxmind_acl_denied_url parts;
  char *location = NULL;
  if (request_url_fetch_whole(&url, &parts)) {
    char text[usual_location_size];
    size_t length = maxmind_acl_location(policy, decision, client, &parts, text, sizeof(text));
    if (length >= sizeof(text)) {
      location = (char *)TSmalloc(length + 1);
      maxmind_acl_location(policy, decision, client, &parts, location, length + 1);
    } else if (length > 0) {
      location = TSstrdup(text);
    }
  }
  request_url_end(&url);
  return location;
}

void denial_answer(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                   const struct sockaddr *client, TSHttpTxn transaction,
                   const TSRemapRequestInfo *request) {
  const maxmind_acl_response *response = maxmind_acl_response_for(policy, decision);
  if (response == NULL || (response->closes && close_connection(transaction))) {
    set_status(transaction, TS_HTTP_STATUS_FORBIDDEN); /* ends a closed one too; for the logs */
    return;
  }
  forbid_following(transaction);
  answer_header header = {NULL, response, NULL, response->status, response->phrase};
  if (response->redirects) {
    header.location = location_of(policy, decision, client, transaction);
    if (header.location == NULL) {
      header.status = TS_HTTP_STATUS_FORBIDDEN;
      header.phrase = "Forbidden";
    }
  }
  bool is_phrase_missing = TSHttpHdrReasonLookup((TSHttpStatus)header.status) == NULL;
  if (header.location != NULL || response->field_count > 0 || is_phrase_missing) {
    answer_header_set(policy, &header, transaction);
  }
  if (response->body != NULL) {
    maxmind_acl_text method = request_method(request);
    if (fits_error_body(response) && !may_have_body(request, method)) {
      set_error_body(response, transaction);
    } else if (!is_method(method, TS_HTTP_METHOD_CONNECT, TS_HTTP_LEN_CONNECT)) {
      bool with_body = !is_method(method, TS_HTTP_METHOD_HEAD, TS_HTTP_LEN_HEAD);
      TSHttpTxnStatusSet(transaction, (TSHttpStatus)header.status STATUS_SETTER);
      page_intercept(policy, response, header.status, header.phrase, transaction, with_body);
      return;
    }
  }
  set_status(transaction, header.status);
}
