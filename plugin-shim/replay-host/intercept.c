/* SPDX-License-Identifier: Apache-2.0 */
#include "intercept.h"

#include "iobuffer.h"
#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  // Traffic Server moves at most this much at a time between the two ends.
  STEP_MAX = 32768,
  // A plugin that re-enables its write this often without writing never will.
  IDLE_WRITES_MAX = 10000,
};

// What the proxy would send to the origin: the remapped URL in origin form.
static void make_request(struct tsapi_connection *connection, struct tsapi_httptxn *transaction) {
  const struct url *url = &transaction->request->remapped;
  size_t url_size = url_printed_length(url) + 1;
  char *text = allocate(url_size);
  url_print(url, text);
  const char *target = strchr(strstr(text, "://") + 3, '/');
  FILE *out = open_memstream(&connection->request, &connection->request_length);
  if (out == NULL) {
    message("out of memory");
    abort();
  }
  fprintf(out, "%s %s HTTP/1.1\r\n", transaction->request->method, target != NULL ? target : "/");
  transaction_take_fields(transaction);
  for (int i = 0; i < transaction->field_count; i++) {
    const struct field *field = &transaction->fields[i];
    if (field->attached) {
      fprintf(out, "%.*s: %.*s\r\n", (int)field->name.length, field->name.start,
              (int)field->value.length, field->value.start);
    }
  }
  fputs("\r\n", out);
  fclose(out);
  free(text);
}

// Sends the plugin what it has not got of the request.
static bool feed(struct tsapi_connection *connection) {
  struct tsapi_vio *vio = &connection->read;
  int64_t left = (int64_t)(connection->request_length - connection->request_sent);
  if (vio->continuation == NULL || vio->shut_down || vio->done >= vio->bytes || left == 0) {
    return false;
  }
  int64_t step = left < vio->bytes - vio->done ? left : vio->bytes - vio->done;
  TSIOBufferWrite(vio->buffer, connection->request + connection->request_sent, step);
  connection->request_sent += (size_t)step;
  vio->done += step;
  continuation_call(
      vio->continuation,
      vio->done == vio->bytes ? TS_EVENT_VCONN_READ_COMPLETE : TS_EVENT_VCONN_READ_READY, vio);
  return true;
}

static void keep(struct tsapi_connection *connection, TSIOBufferReader reader, int64_t count) {
  size_t length = connection->response_length + (size_t)count;
  if (length > connection->response_capacity) {
    connection->response_capacity = length * 2;
    connection->response = reallocate(connection->response, connection->response_capacity);
  }
  TSIOBufferReaderCopy(reader, connection->response + connection->response_length, count);
  TSIOBufferReaderConsume(reader, count);
  connection->response_length = length;
}

// Takes what the plugin has written. *idle counts the events that found nothing written.
static bool drain(struct tsapi_connection *connection, int *idle) {
  struct tsapi_vio *vio = &connection->write;
  if (vio->continuation == NULL || vio->shut_down || !vio->enabled || vio->done >= vio->bytes ||
      *idle > IDLE_WRITES_MAX) {
    return false;
  }
  int64_t step = TSIOBufferReaderAvail(vio->reader);
  step = step < vio->bytes - vio->done ? step : vio->bytes - vio->done;
  step = step < STEP_MAX ? step : STEP_MAX;
  *idle = step == 0 ? *idle + 1 : 0;
  // After a move there is another look; after an empty one only if the plugin asks for it.
  vio->enabled = step > 0;
  keep(connection, vio->reader, step);
  vio->done += step;
  continuation_call(
      vio->continuation,
      vio->done == vio->bytes ? TS_EVENT_VCONN_WRITE_COMPLETE : TS_EVENT_VCONN_WRITE_READY, vio);
  return true;
}

// The proxy closes its end: the plugin learns of it at the direction that it still uses.
static void hang_up(struct tsapi_connection *connection) {
  struct tsapi_vio *read = &connection->read;
  struct tsapi_vio *write = &connection->write;
  if (read->continuation != NULL && !read->shut_down && read->done < read->bytes) {
    continuation_call(read->continuation, TS_EVENT_VCONN_EOS, read);
  } else if (write->continuation != NULL && !write->shut_down && write->done < write->bytes) {
    continuation_call(write->continuation, TS_EVENT_ERROR, write);
  }
}

static void converse(struct tsapi_connection *connection, TSCont intercept) {
  int idle = 0;
  continuation_call(intercept, TS_EVENT_NET_ACCEPT, connection);
  for (bool moved = true; moved && !connection->closed;) {
    moved = feed(connection);
    if (!connection->closed) {
      moved = drain(connection, &idle) || moved;
    }
  }
  if (!connection->closed) {
    hang_up(connection);
  }
}

static void fill_answer(struct answer *answer, const struct tsapi_httptxn *transaction,
                        const struct tsapi_connection *connection, bool with_digest) {
  size_t line = transaction->request->line;
  struct response response = response_parse(connection->response, connection->response_length);
  if (response.status == 0) {
    message("line %zu: the intercept gave no HTTP response: Traffic Server would answer 502", line);
    answer->status = TS_HTTP_STATUS_BAD_GATEWAY;
    return;
  }
  bool has_body = strcmp(transaction->request->method, TS_HTTP_METHOD_HEAD) != 0;
  if (has_body && response.content_length >= 0 && !response.is_complete) {
    message("line %zu: the intercept's body has %zu of the %lld bytes that its Content-Length says",
            line, response.body.length, response.content_length);
  }
  answer->status = response.status;
  answer->body_length = (int64_t)response.body.length;
  if (response.is_complete) {
    answer->body_length = response.content_length;
  }
  if (with_digest) {
    answer->body_digest = digest(response.body.start, (size_t)answer->body_length);
  }
  answer_set_content_type(answer, response.content_type);
}

void intercept_run(struct tsapi_httptxn *transaction, bool with_digest, struct answer *answer) {
  struct tsapi_connection connection = {0};
  connection.read.connection = &connection;
  connection.write.connection = &connection;
  make_request(&connection, transaction);
  converse(&connection, transaction->intercept);
  if (!connection.closed) {
    message("line %zu: the intercept did not close its connection", transaction->request->line);
  }
  fill_answer(answer, transaction, &connection, with_digest);
  free(connection.request);
  free(connection.response);
}
