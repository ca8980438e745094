/* SPDX-License-Identifier: Apache-2.0 */
#include "page_intercept.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { piece_size = 32 * 1024, longest_request = 16 * 1024 * 1024 };

/* How far a request has been read. Zeroed: nothing yet. Traffic Server has parsed the request
 * before us and writes it anew, so this only follows its form (RFC 9112, 6 and 7.1), and judges
 * nothing. */
typedef struct request_end {
  int place;
  bool chunked;
  bool waits_for_continue;
  uint64_t left; /* bytes of the body, or of the chunk with its final line end, to come */
  size_t line_length;
  char line[128]; /* the line being read; what is beyond does not matter */
} request_end;

enum { in_header = 0, in_body, in_chunk_size, in_chunk, in_trailer, at_end };

/* The value of a field if the line is of that name, else NULL. */
static const char *field_value(const char *line, const char *name) {
  size_t length = strlen(name);
  return strncasecmp(line, name, length) == 0 && line[length] == ':' ? line + length + 1 : NULL;
}

/* Is the word in the text, in any case? */
static bool holds_word(const char *text, const char *word) {
  for (; *text != '\0'; ++text) {
    if (strncasecmp(text, word, strlen(word)) == 0) {
      return true;
    }
  }
  return false;
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
    self->chunked = self->chunked || holds_word(value, "chunked");
  } else if ((value = field_value(self->line, "expect")) != NULL) {
    self->waits_for_continue = holds_word(value, "100-continue");
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
  switch (self->place) {
  case in_header:
    take_header_line(self);
    break;
  case in_chunk_size:
    take_chunk_size(self);
    break;
  default:
    self->place = self->line_length == 0 ? at_end : in_trailer;
    break;
  }
  self->line_length = 0;
}

/* Takes the next bytes. Returns true when the request has ended, and ever after: its body is there,
 * or it has none, or its sender waits for an answer before it sends it (`Expect: 100-continue`,
 * which Traffic Server removes where it has sent that itself). */
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

/* An answer that is being written by us. It begins when the request is there with its body: Traffic
 * Server sends on an early answer at once and then closes, while the client still sends, so that
 * the client's machine may drop the page for the reset of the connection. It ends when the
 * transaction closes its side.
 *
 * A request that goes on and on gets its answer early all the same. */
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
