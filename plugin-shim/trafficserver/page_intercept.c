/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strcasestr */
#endif
#include "page_intercept.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { piece_size = 32 * 1024, longest_request = 16 * 1024 * 1024 };

/* The state of a reader that finds the end of a request (RFC 9112, 6 and 7.1). Starts zeroed.
 * Traffic Server has parsed and rewritten the request, so the reader does not check it. */
typedef struct request_end {
  int place;
  bool chunked;
  bool waits_for_continue;
  uint64_t left; /* missing bytes of the body, or of the chunk with its line end */
  size_t line_length;
  char line[128]; /* the start of the current line */
} request_end;

enum { in_header = 0, in_body, in_chunk_size, in_chunk, in_trailer, at_end };

/* The value of a field if the line is of that name, else NULL. */
static const char *field_value(const char *line, const char *name) {
  size_t length = strlen(name);
  return strncasecmp(line, name, length) == 0 && line[length] == ':' ? line + length + 1 : NULL;
}

static void take_header_line(request_end *self) {
  const char *value = NULL;
  if (self->line_length == 0) {
    if (self->waits_for_continue || (!self->chunked && self->left == 0)) {
      self->place = at_end;
    } else {
      self->place = self->chunked ? in_chunk_size : in_body;
    }
  } else if ((value = field_value(self->line, "content-length")) != NULL) {
    self->left = strtoull(value, NULL, 10);
  } else if ((value = field_value(self->line, "transfer-encoding")) != NULL) {
    self->chunked = self->chunked || strcasestr(value, "chunked") != NULL;
  } else if ((value = field_value(self->line, "expect")) != NULL) {
    self->waits_for_continue = strcasestr(value, "100-continue") != NULL;
  }
}

static void take_chunk_size(request_end *self) {
  char *end = self->line;
  uint64_t size = strtoull(self->line, &end, 16);
  if (end == self->line || size > INT64_MAX) {
    self->place = at_end;
  } else if (size == 0) {
    self->place = in_trailer;
  } else {
    self->left = size + 2;
    self->place = in_chunk;
  }
}

static void take_line(request_end *self) {
  if (self->line_length > 0 && self->line[self->line_length - 1] == '\r') {
    --self->line_length;
  }
  self->line[self->line_length] = '\0';
  if (self->place == in_header) {
    take_header_line(self);
  } else if (self->place == in_chunk_size) {
    take_chunk_size(self);
  } else {
    self->place = self->line_length == 0 ? at_end : in_trailer;
  }
  self->line_length = 0;
}

/* Reads the next bytes. True: the request has ended, or its sender waits for an answer before the
 * body (`Expect: 100-continue`; Traffic Server removes the field if it has sent the 100 itself). */
static bool request_end_reached(request_end *self, const char *bytes, size_t length) {
  while (length > 0 && self->place != at_end) {
    if (self->place == in_body || self->place == in_chunk) {
      size_t size = self->left < length ? (size_t)self->left : length;
      bytes += size;
      length -= size;
      self->left -= size;
      if (self->left == 0) {
        self->place = self->place == in_body ? at_end : in_chunk_size;
      }
      continue;
    }
    if (*bytes == '\n') {
      take_line(self);
    } else if (self->line_length < sizeof(self->line) - 1) {
      self->line[self->line_length++] = *bytes;
    }
    ++bytes;
    --length;
  }
  return self->place == at_end;
}

/* An answer. It begins after the whole request, up to `longest_request`: Traffic Server sends an
 * earlier answer at once and closes, and a client that still sends may lose the page to the reset
 * of the connection. It ends when the transaction closes its side. */
typedef struct answer {
  maxmind_acl_policy *policy; /* retained for the response */
  const maxmind_acl_response *response;
  int status;
  const char *phrase;
  bool with_body; /* false for HEAD */
  request_end request;
  int64_t received; /* bytes of the request */
  size_t sent;      /* bytes of the page that were written to `output` */
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

/* Reads the available bytes of the request. True: it is time to answer. */
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

/* Writes the next piece of the page to the output, unless enough is waiting there. */
static void write_piece(answer *self) {
  size_t left = self->response->body_length - self->sent;
  if (!self->with_body || left == 0 || TSIOBufferReaderAvail(self->output_reader) >= piece_size) {
    return;
  }
  size_t size = left < piece_size ? left : (size_t)piece_size;
  TSIOBufferWrite(self->output, self->response->body + self->sent, (int64_t)size);
  self->sent += size;
}

/* Writes the header and the start of the page. denial.c adds the configuration's fields later. */
static void start_writing(TSCont continuation, answer *self) {
  const maxmind_acl_response *response = self->response;
  char status[32], fields[96];
  snprintf(status, sizeof(status), "HTTP/1.1 %d ", self->status);
  snprintf(fields, sizeof(fields), "\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n\r\n",
           response->body_length);
  const char *const texts[] = {status, self->phrase, "\r\nContent-Type: ", response->content_type,
                               fields};
  self->output = TSIOBufferCreate();
  self->output_reader = TSIOBufferReaderAlloc(self->output);
  int64_t total = self->with_body ? (int64_t)response->body_length : 0;
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i) {
    total += TSIOBufferWrite(self->output, texts[i], (int64_t)strlen(texts[i]));
  }
  write_piece(self);
  self->writing = TSVConnWrite(self->connection, continuation, self->output_reader, total);
}

static int handle_event(TSCont continuation, TSEvent event, void *data) {
  answer *self = (answer *)TSContDataGet(continuation);
  switch (event) {
  case TS_EVENT_NET_ACCEPT:
    self->connection = (TSVConn)data;
    self->input = TSIOBufferCreate();
    self->input_reader = TSIOBufferReaderAlloc(self->input);
    self->reading = TSVConnRead(self->connection, continuation, self->input, INT64_MAX);
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
