/* SPDX-License-Identifier: Apache-2.0
 *
 * TSVConn and TSVIO, for the connection of an intercept.
 */
#include "intercept.h"
#include "iobuffer.h"
#include "message.h"

static struct tsapi_connection *open_connection(TSVConn handle, const char *function) {
  struct tsapi_connection *connection = (struct tsapi_connection *)handle;
  if (connection->continuation.handler != NULL) {
    plugin_fault("%s of a continuation that is no connection", function);
  }
  if (connection->closed) {
    plugin_fault("%s after TSVConnClose", function);
  }
  return connection;
}

TSVIO TSVConnRead(TSVConn handle, TSCont continuation, TSIOBuffer buffer, int64_t bytes) {
  struct tsapi_connection *connection = open_connection(handle, "TSVConnRead");
  connection->read = (struct tsapi_vio){.connection = connection,
                                        .continuation = continuation,
                                        .buffer = buffer,
                                        .bytes = bytes,
                                        .enabled = true};
  return &connection->read;
}

TSVIO TSVConnWrite(TSVConn handle, TSCont continuation, TSIOBufferReader reader, int64_t bytes) {
  struct tsapi_connection *connection = open_connection(handle, "TSVConnWrite");
  connection->write = (struct tsapi_vio){.connection = connection,
                                         .continuation = continuation,
                                         .buffer = reader->buffer,
                                         .reader = reader,
                                         .bytes = bytes,
                                         .enabled = true};
  return &connection->write;
}

void TSVConnClose(TSVConn handle) {
  open_connection(handle, "TSVConnClose")->closed = true;
}

void TSVConnAbort(TSVConn handle, int error) {
  (void)error;
  open_connection(handle, "TSVConnAbort")->closed = true;
}

void TSVConnShutdown(TSVConn handle, int read, int write) {
  struct tsapi_connection *connection = open_connection(handle, "TSVConnShutdown");
  connection->read.shut_down |= read != 0;
  connection->write.shut_down |= write != 0;
}

int TSVConnClosedGet(TSVConn handle) {
  return ((struct tsapi_connection *)handle)->closed;
}

TSVIO TSVConnReadVIOGet(TSVConn handle) {
  return &open_connection(handle, "TSVConnReadVIOGet")->read;
}

TSVIO TSVConnWriteVIOGet(TSVConn handle) {
  return &open_connection(handle, "TSVConnWriteVIOGet")->write;
}

void TSVIOReenable(TSVIO vio) {
  vio->enabled = true;
}

TSIOBuffer TSVIOBufferGet(TSVIO vio) {
  return vio->buffer;
}

TSIOBufferReader TSVIOReaderGet(TSVIO vio) {
  return vio->reader;
}

int64_t TSVIONBytesGet(TSVIO vio) {
  return vio->bytes;
}

void TSVIONBytesSet(TSVIO vio, int64_t bytes) {
  vio->bytes = bytes;
}

int64_t TSVIONDoneGet(TSVIO vio) {
  return vio->done;
}

void TSVIONDoneSet(TSVIO vio, int64_t done) {
  vio->done = done;
}

int64_t TSVIONTodoGet(TSVIO vio) {
  return vio->bytes - vio->done;
}

TSMutex TSVIOMutexGet(TSVIO vio) {
  return vio->continuation->mutex;
}

TSCont TSVIOContGet(TSVIO vio) {
  return vio->continuation;
}

TSVConn TSVIOVConnGet(TSVIO vio) {
  return &vio->connection->continuation;
}
