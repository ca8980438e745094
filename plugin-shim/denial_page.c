/* SPDX-License-Identifier: Apache-2.0
 *
 * A page goes one of two ways. As the transaction's error body, where that carries all of it: this
 * is what every other plugin does, and it costs least. But Traffic Server drops an error body above
 * proxy.config.body_factory.response_max_size, and with it the whole answer (the client sees the
 * connection close); it copies error bodies with strncpy, which turns what follows a NUL byte to
 * zeros; and it does not read the body of a request that gets one, so that a client which still
 * sends may see the connection or the stream reset before the page. Such answers are served by this
 * plugin in the place of an origin server (TSHttpTxnIntercept): past cache, DNS and parents, so
 * that nothing there can put another answer in front of the denial.
 */
#include "denial_page.h"
#include "request_end.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char page_type[] = "text/html";

/** A page, which belongs to a policy. */
typedef struct denial_body {
  const char *body;
  size_t length;
} denial_body;

/* An answer that is being written by us. It begins when the request is there with its body: Traffic
 * Server sends on an early answer at once and then closes, while the client still sends, so that
 * the client's machine may drop the page for the reset of the connection. It ends when the
 * transaction closes its side.
 *
 * A request that goes on and on gets its answer early all the same. */

enum { piece_size = 32 * 1024, longest_request = 16 * 1024 * 1024 };

typedef struct answer {
  maxmind_acl_policy *policy; /* owned: keeps the page */
  denial_body page;
  bool with_body; /* not for HEAD */
  request_end request;
  int64_t received; /* bytes of the request */
  size_t sent;      /* bytes of the page that are in `output` or beyond it */
  TSVConn connection;
  TSIOBuffer input;
  TSIOBufferReader input_reader;
  TSVIO reading;
  TSIOBuffer output;
  TSIOBufferReader output_reader;
  TSVIO writing;
} answer;

static void end(TSCont continuation, answer *self) {
  if (self->connection != NULL) {
    TSVConnClose(self->connection);
  }
  if (self->input != NULL) {
    TSIOBufferReaderFree(self->input_reader);
    TSIOBufferDestroy(self->input);
  }
  if (self->output != NULL) {
    TSIOBufferReaderFree(self->output_reader);
    TSIOBufferDestroy(self->output);
  }
  maxmind_acl_close(self->policy);
  TSfree(self);
  TSContDestroy(continuation);
}

static void accept_request(TSCont continuation, answer *self, TSVConn connection) {
  self->connection = connection;
  self->input = TSIOBufferCreate();
  self->input_reader = TSIOBufferReaderAlloc(self->input);
  self->reading = TSVConnRead(connection, continuation, self->input, INT64_MAX);
}

/* Reads what is there of the request. Returns true when it is time to answer. */
static bool read_request(answer *self) {
  bool ended = false;
  for (TSIOBufferBlock block = TSIOBufferReaderStart(self->input_reader); block != NULL;
       block = TSIOBufferBlockNext(block)) {
    int64_t length = 0;
    const char *bytes = TSIOBufferBlockReadStart(block, self->input_reader, &length);
    ended = request_end_reached(&self->request, bytes, (size_t)length);
  }
  int64_t available = TSIOBufferReaderAvail(self->input_reader);
  TSIOBufferReaderConsume(self->input_reader, available);
  self->received += available;
  TSVIOReenable(self->reading);
  return ended || self->received > longest_request;
}

/* Puts the next piece of the page into the output, unless enough is waiting there. */
static void write_piece(answer *self) {
  size_t left = self->page.length - self->sent;
  if (!self->with_body || left == 0 || TSIOBufferReaderAvail(self->output_reader) >= piece_size) {
    return;
  }
  size_t size = left < piece_size ? left : (size_t)piece_size;
  TSIOBufferWrite(self->output, self->page.body + self->sent, (int64_t)size);
  self->sent += size;
}

static void start_writing(TSCont continuation, answer *self) {
  char header[256];
  int length = snprintf(header, sizeof(header),
                        "HTTP/1.1 403 Forbidden\r\n"
                        "Content-Type: %s\r\n"
                        "Content-Length: %zu\r\n"
                        "Cache-Control: no-store\r\n"
                        "\r\n",
                        page_type, self->page.length);
  int64_t total = length + (self->with_body ? (int64_t)self->page.length : 0);
  self->output = TSIOBufferCreate();
  self->output_reader = TSIOBufferReaderAlloc(self->output);
  TSIOBufferWrite(self->output, header, length);
  write_piece(self);
  self->writing = TSVConnWrite(self->connection, continuation, self->output_reader, total);
}

static int handle_event(TSCont continuation, TSEvent event, void *data) {
  answer *self = (answer *)TSContDataGet(continuation);
  switch (event) {
  case TS_EVENT_NET_ACCEPT:
    accept_request(continuation, self, (TSVConn)data);
    break;
  case TS_EVENT_VCONN_READ_READY:
    if (read_request(self) && self->writing == NULL) {
      start_writing(continuation, self);
    }
    break;
  case TS_EVENT_VCONN_WRITE_READY:
    write_piece(self);
    TSVIOReenable(self->writing);
    break;
  case TS_EVENT_VCONN_WRITE_COMPLETE:
    break;
  default: /* the other side has closed, failed, or never came */
    end(continuation, self);
    break;
  }
  return 0;
}

static bool has_method(const TSRemapRequestInfo *request, const char *method, int method_length) {
  int length = 0;
  const char *text = TSHttpHdrMethodGet(request->requestBufp, request->requestHdrp, &length);
  return text != NULL && length == method_length && memcmp(text, method, (size_t)length) == 0;
}

static bool is_head(const TSRemapRequestInfo *request) {
  return has_method(request, TS_HTTP_METHOD_HEAD, TS_HTTP_LEN_HEAD);
}

static bool has_field(const TSRemapRequestInfo *request, const char *name, int length) {
  TSMLoc field = TSMimeHdrFieldFind(request->requestBufp, request->requestHdrp, name, length);
  if (field == TS_NULL_MLOC) {
    return false;
  }
  TSHandleMLocRelease(request->requestBufp, request->requestHdrp, field);
  return true;
}

/* May the client be sending a body? Over HTTP/2 it need not say so in a field. */
static bool may_have_body(const TSRemapRequestInfo *request) {
  if (!has_method(request, TS_HTTP_METHOD_GET, TS_HTTP_LEN_GET) && !is_head(request)) {
    return true;
  }
  return has_field(request, TS_MIME_FIELD_CONTENT_LENGTH, TS_MIME_LEN_CONTENT_LENGTH) ||
         has_field(request, TS_MIME_FIELD_TRANSFER_ENCODING, TS_MIME_LEN_TRANSFER_ENCODING);
}

static void answer_as_origin(const maxmind_acl_policy *policy, denial_body page,
                             TSHttpTxn transaction, bool with_body) {
  answer *self = (answer *)TSmalloc(sizeof(*self));
  memset(self, 0, sizeof(*self));
  self->policy = maxmind_acl_retain(policy);
  self->page = page;
  self->with_body = with_body;
  TSMgmtInt continue_sent = 0;
  TSMgmtIntGet("proxy.config.http.send_100_continue_response", &continue_sent);
  self->request.continue_sent = continue_sent != 0;
  TSCont continuation = TSContCreate(handle_event, TSMutexCreate());
  TSContDataSet(continuation, self);
  TSHttpTxnIntercept(continuation, transaction);
}

static void answer_as_error_body(denial_body page, TSHttpTxn transaction) {
  char *body = (char *)TSmalloc(page.length);
  memcpy(body, page.body, page.length);
  TSHttpTxnErrorBodySet(transaction, body, page.length, TSstrdup(page_type));
}

/* The limit is asked for at each denial, as Traffic Server does: it may change while we run. */
static bool fits_error_body(denial_body page) {
  TSMgmtInt limit = 0;
  return memchr(page.body, '\0', page.length) == NULL &&
         TSMgmtIntGet("proxy.config.body_factory.response_max_size", &limit) == TS_SUCCESS &&
         (TSMgmtInt)page.length <= limit;
}

void denial_page_answer(const maxmind_acl_policy *policy, TSHttpTxn transaction,
                        const TSRemapRequestInfo *request) {
  TSHttpTxnStatusSet(transaction, TS_HTTP_STATUS_FORBIDDEN);
  denial_body page;
  page.body = maxmind_acl_denial_body(policy, &page.length);
  if (page.body == NULL || page.length == 0) {
    return;
  }
  if (fits_error_body(page) && !may_have_body(request)) {
    answer_as_error_body(page, transaction);
  } else {
    answer_as_origin(policy, page, transaction, !is_head(request));
  }
}
