/* SPDX-License-Identifier: Apache-2.0
 *
 * A page goes one of two ways. As the transaction's error body, where that carries all of it: this
 * is what every other plugin does, and it costs least. But Traffic Server drops an error body above
 * proxy.config.body_factory.response_max_size, and with it the whole answer (the client sees the
 * connection close); it copies error bodies with strncpy, which turns what follows a NUL byte to
 * zeros; and it does not read the body of a request that gets one, so that a client which still
 * sends may see the connection or the stream reset before the page. Such pages are served by this
 * plugin in the place of an origin server. To a CONNECT it would send the header of such a page and
 * nothing of its body: that gets its own page then.
 *
 * Traffic Server puts `Cache-Control: no-store` into the answers that it makes itself, and neither
 * way leads through its cache. A hook changes the header only where a configuration wants more than
 * that.
 *
 * A plugin before ours on the remap line may have registered an intercept, which Traffic Server
 * lets answer although a status is set. An intercept of ours replaces it. With a status, a later
 * hook ends the transaction.
 */
#include "denial.h"

#include "header_field.h"
#include "page_intercept.h"
#include "request.h"

#include <string.h>
#include <sys/socket.h>

enum { usual_location_size = 2048 };

/* What the header of an answer gets. */
typedef struct answer_header {
  const maxmind_acl_response *response; /**< its fields; belongs to the policy */
  char *location;                       /**< from TSmalloc; NULL: none */
  int status;
  const char *phrase; /**< lives as long as the policy; NULL: Traffic Server's own */
} answer_header;

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

/* Puts the fields of a response into the answer of a transaction in the place of others of their
 * names, and `Location` with the status, which Traffic Server would not send where it ends the
 * transaction late. Keeps the policy until the transaction ends. Takes over `location`. */
static void answer_header_set(const maxmind_acl_policy *policy, const answer_header *header,
                              TSHttpTxn transaction) {
  addition *self = (addition *)TSmalloc(sizeof(*self));
  self->policy = maxmind_acl_retain(policy);
  self->to_set = *header;
  TSCont continuation = TSContCreate(handle_event, NULL); /* the transaction's own lock is enough */
  TSContDataSet(continuation, self);
  TSHttpTxnHookAdd(transaction, TS_HTTP_SEND_RESPONSE_HDR_HOOK, continuation);
  TSHttpTxnHookAdd(transaction, TS_HTTP_TXN_CLOSE_HOOK, continuation);
}

static bool is_method(maxmind_acl_text method, const char *name, int length) {
  return method.length == (size_t)length && memcmp(method.bytes, name, method.length) == 0;
}

static bool is_connect(maxmind_acl_text method) {
  return is_method(method, TS_HTTP_METHOD_CONNECT, TS_HTTP_LEN_CONNECT);
}

static bool is_head(maxmind_acl_text method) {
  return is_method(method, TS_HTTP_METHOD_HEAD, TS_HTTP_LEN_HEAD);
}

static bool has_field(TSMBuffer buffer, TSMLoc header, const char *name, int length) {
  TSMLoc field = TSMimeHdrFieldFind(buffer, header, name, length);
  if (field == TS_NULL_MLOC) {
    return false;
  }
  TSHandleMLocRelease(buffer, header, field);
  return true;
}

/* Whether the client may send a body. Over HTTP/2 it need not say so in a field. */
static bool may_have_body(const TSRemapRequestInfo *request, maxmind_acl_text method) {
  if (!is_method(method, TS_HTTP_METHOD_GET, TS_HTTP_LEN_GET) && !is_head(method)) {
    return !is_connect(method);
  }
  return has_field(request->requestBufp, request->requestHdrp, TS_MIME_FIELD_CONTENT_LENGTH,
                   TS_MIME_LEN_CONTENT_LENGTH) ||
         has_field(request->requestBufp, request->requestHdrp, TS_MIME_FIELD_TRANSFER_ENCODING,
                   TS_MIME_LEN_TRANSFER_ENCODING);
}

/* The limit is asked for at each denial, as Traffic Server does: it may change while we run. */
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

/* Keeps Traffic Server from following our own redirect on the client's behalf, and from holding
 * back the body of a request for such a case, where it is configured to follow those of origins. */
static void forbid_following(TSHttpTxn transaction) {
  TSMgmtInt count = 0;
  if (TSHttpTxnConfigIntGet(transaction, TS_CONFIG_HTTP_NUMBER_OF_REDIRECTIONS, &count) ==
          TS_SUCCESS &&
      count > 0) {
    TSHttpTxnConfigIntSet(transaction, TS_CONFIG_HTTP_NUMBER_OF_REDIRECTIONS, 0);
  }
}

/* Closes the client's connection for reading and writing; all streams of an HTTP/2 connection go
 * with it. Traffic Server finds the connection gone when it writes, and ends the transaction.
 * Returns whether that could be done: QUIC's clients share a socket. */
static bool close_connection(TSHttpTxn transaction) {
  int descriptor = -1;
  int type = 0;
  socklen_t length = sizeof(type);
  return TSHttpTxnClientFdGet(transaction, &descriptor) == TS_SUCCESS && descriptor >= 0 &&
         getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM &&
         shutdown(descriptor, SHUT_RDWR) == 0;
}

/* A denied transaction comes to POST_REMAP only if an intercept is registered. It ends there, with
 * an answer whose header lacks Cache-Control. */
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

/* Answers with a status, and with the error body if there is one, whatever other plugins of the
 * line have registered. */
static void set_status(TSHttpTxn transaction, int status) {
  TSHttpTxnStatusSet(transaction, (TSHttpStatus)status);
  TSHttpTxnHookAdd(transaction, TS_HTTP_POST_REMAP_HOOK, refusal);
}

/* Where the client is sent, from TSmalloc; NULL: nowhere. */
static char *location_of(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                         const struct sockaddr *client, TSHttpTxn transaction) {
  request_url url;
  maxmind_acl_denied_url parts;
  request_url_begin(&url, transaction);
  char *location = NULL;
  if (request_url_fetch_whole(&url, &parts)) {
    char text[usual_location_size];
    size_t length = maxmind_acl_location(policy, decision, client, &parts, text, sizeof(text));
    if (length > 0) {
      location = (char *)TSmalloc(length + 1);
      if (length < sizeof(text)) {
        memcpy(location, text, length + 1);
      } else {
        maxmind_acl_location(policy, decision, client, &parts, location, length + 1);
      }
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
    set_status(transaction, TS_HTTP_STATUS_FORBIDDEN); /* for the logs, and to go no further */
    return;
  }
  forbid_following(transaction);
  answer_header header = {response, NULL, response->status, response->phrase};
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
    } else if (!is_connect(method)) {
      TSHttpTxnStatusSet(transaction, (TSHttpStatus)header.status);
      page_intercept(policy, response, header.status, header.phrase, transaction, !is_head(method));
      return;
    }
  }
  set_status(transaction, header.status);
}
