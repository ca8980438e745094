/* SPDX-License-Identifier: Apache-2.0
 *
 * Denies everyone with a page of as many bytes as its parameter says, sent by an intercept.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/ts.h>

#include <ts/remap.h>

struct exchange {
  int64_t page_length;
  TSIOBuffer request;
  TSIOBufferReader request_reader;
  TSIOBuffer response;
  char last[4]; /**< bytes of the request so far */
};

static void finish(TSCont continuation, TSVConn connection) {
  struct exchange *exchange = TSContDataGet(continuation);
  TSIOBufferDestroy(exchange->request);
  if (exchange->response != NULL) {
    TSIOBufferDestroy(exchange->response);
  }
  TSfree(exchange);
  TSVConnClose(connection);
  TSContDestroy(continuation);
}

static void respond(TSCont continuation, TSVConn connection) {
  struct exchange *exchange = TSContDataGet(continuation);
  char head[160];
  int head_length = snprintf(head, sizeof head,
                             "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n"
                             "Content-Length: %" PRId64 "\r\n\r\n",
                             exchange->page_length);
  exchange->response = TSIOBufferCreate();
  TSIOBufferReader reader = TSIOBufferReaderAlloc(exchange->response);
  TSIOBufferWrite(exchange->response, head, head_length);
  for (int64_t i = 0; i < exchange->page_length; i++) {
    TSIOBufferWrite(exchange->response, "x", 1);
  }
  TSVConnWrite(connection, continuation, reader, head_length + exchange->page_length);
}

// Whether the request's head has arrived.
static bool read_request(struct exchange *exchange) {
  bool complete = false;
  while (TSIOBufferReaderAvail(exchange->request_reader) > 0) {
    memmove(exchange->last, exchange->last + 1, 3);
    TSIOBufferReaderCopy(exchange->request_reader, exchange->last + 3, 1);
    TSIOBufferReaderConsume(exchange->request_reader, 1);
    complete |= memcmp(exchange->last, "\r\n\r\n", 4) == 0;
  }
  return complete;
}

static int handle(TSCont continuation, TSEvent event, void *data) {
  struct exchange *exchange = TSContDataGet(continuation);
  switch (event) {
  case TS_EVENT_NET_ACCEPT:
    exchange->request = TSIOBufferCreate();
    exchange->request_reader = TSIOBufferReaderAlloc(exchange->request);
    TSVConnRead(data, continuation, exchange->request, INT64_MAX);
    break;
  case TS_EVENT_VCONN_READ_READY:
    if (read_request(exchange)) {
      respond(continuation, TSVIOVConnGet(data));
    }
    break;
  case TS_EVENT_VCONN_WRITE_READY:
    TSVIOReenable(data);
    break;
  default:
    finish(continuation, TSVIOVConnGet(data));
  }
  return 0;
}

TSReturnCode TSRemapInit(TSRemapInterface *interface, char *errbuf, int errbuf_size) {
  (void)interface;
  (void)errbuf;
  (void)errbuf_size;
  return TS_SUCCESS;
}

TSReturnCode TSRemapNewInstance(int argc, char *argv[], void **instance, char *errbuf,
                                int errbuf_size) {
  if (argc != 3) {
    snprintf(errbuf, (size_t)errbuf_size, "one parameter is needed: the length of the page");
    return TS_ERROR;
  }
  int64_t *page_length = TSmalloc(sizeof *page_length);
  *page_length = strtoll(argv[2], NULL, 10);
  *instance = page_length;
  return TS_SUCCESS;
}

void TSRemapDeleteInstance(void *instance) {
  TSfree(instance);
}

TSRemapStatus TSRemapDoRemap(void *instance, TSHttpTxn transaction,
                             TSRemapRequestInfo *information) {
  (void)information;
  struct exchange *exchange = TSmalloc(sizeof *exchange);
  memset(exchange, 0, sizeof *exchange);
  exchange->page_length = *(const int64_t *)instance;
  TSCont continuation = TSContCreate(handle, TSMutexCreate());
  TSContDataSet(continuation, exchange);
  TSHttpTxnServerIntercept(continuation, transaction);
  return TSREMAP_NO_REMAP_STOP;
}
