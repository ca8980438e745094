/* SPDX-License-Identifier: Apache-2.0 */
#include "page_intercept.h"

#include "request_end.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* An answer that is being written by us. It begins when the request is there with its body: Traffic
 * Server sends on an early answer at once and then closes, while the client still sends, so that
 * the client's machine may drop the page for the reset of the connection. It ends when the
 * transaction closes its side.
 *
 * A request that goes on and on gets its answer early all the same. */

enum { piece_size = 32 * 1024, longest_request = 16 * 1024 * 1024 };

typedef struct answer {
  maxmind_acl_policy *policy; /* keeps the response */
  const maxmind_acl_response *response;
  int status;
  const char *phrase;
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
  size_t left = self->response->body_length - self->sent;
  if (!self->with_body || left == 0 || TSIOBufferReaderAvail(self->output_reader) >= piece_size) {
    return;
  }
  size_t size = left < piece_size ? left : (size_t)piece_size;
  TSIOBufferWrite(self->output, self->response->body + self->sent, (int64_t)size);
  self->sent += size;
}

static int64_t write_text(answer *self, const char *text, size_t length) {
  return TSIOBufferWrite(self->output, text, (int64_t)length);
}

/* Writes the header and the start of the page. What the configuration adds to the header, and the
 * answer that goes through Traffic Server's own hands has too, is added on its way to the client.
 */
static void start_writing(TSCont continuation, answer *self) {
  const maxmind_acl_response *response = self->response;
  char line[64];
  self->output = TSIOBufferCreate();
  self->output_reader = TSIOBufferReaderAlloc(self->output);
  int length = snprintf(line, sizeof(line), "HTTP/1.1 %d ", self->status);
  int64_t total = write_text(self, line, (size_t)length);
  total += write_text(self, self->phrase, strlen(self->phrase));
  static const char type_name[] = "\r\nContent-Type: ";
  total += write_text(self, type_name, sizeof(type_name) - 1);
  total += write_text(self, response->content_type, response->content_type_length);
  length = snprintf(line, sizeof(line), "\r\nContent-Length: %zu", response->body_length);
  total += write_text(self, line, (size_t)length);
  static const char rest[] = "\r\nCache-Control: no-store\r\n\r\n";
  total += write_text(self, rest, sizeof(rest) - 1);
  if (self->with_body) {
    total += (int64_t)response->body_length;
  }
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

void page_intercept(const maxmind_acl_policy *policy, const maxmind_acl_response *response,
                    int status, const char *phrase, TSHttpTxn transaction, bool with_body) {
  answer *self = (answer *)TSmalloc(sizeof(*self));
  memset(self, 0, sizeof(*self));
  self->policy = maxmind_acl_retain(policy);
  self->response = response;
  self->status = status;
  self->phrase = phrase;
  self->with_body = with_body;
  TSCont continuation = TSContCreate(handle_event, TSMutexCreate());
  TSContDataSet(continuation, self);
  TSHttpTxnIntercept(continuation, transaction);
}
