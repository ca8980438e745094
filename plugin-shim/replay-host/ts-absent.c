/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions that a plugin links but a replay never calls: answers with header fields, pages above
 * Traffic Server's limit, closed connections. Tests/EndToEnd tests them with the real Traffic
 * Server.
 */
#include "message.h"

#include <ts/ts.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

#define ABSENT(result, function, parameters)                                                       \
  result function parameters {                                                                     \
    plugin_fault("%s: the replay host does not emulate it", #function);                            \
  }

ABSENT(TSReturnCode, TSHttpHdrReasonSet, (TSMBuffer buffer, TSMLoc at, const char *text, int size))
ABSENT(TSReturnCode, TSHttpHdrStatusSet, (TSMBuffer buffer, TSMLoc at, TSHttpStatus status))
ABSENT(TSReturnCode, TSHttpTxnClientFdGet, (TSHttpTxn transaction, int *file))
ABSENT(TSReturnCode, TSHttpTxnClientRespGet, (TSHttpTxn transaction, TSMBuffer *buffer, TSMLoc *at))
ABSENT(TSReturnCode, TSHttpTxnConfigIntSet,
       (TSHttpTxn transaction, TSOverridableConfigKey key, TSMgmtInt value))
ABSENT(void, TSHttpTxnIntercept, (TSCont continuation, TSHttpTxn transaction))
ABSENT(void, TSHttpTxnReenable, (TSHttpTxn transaction, TSEvent event))

ABSENT(TSIOBufferBlock, TSIOBufferBlockNext, (TSIOBufferBlock block))
ABSENT(const char *, TSIOBufferBlockReadStart,
       (TSIOBufferBlock block, TSIOBufferReader reader, int64_t *size))
ABSENT(TSIOBuffer, TSIOBufferCreate, (void))
ABSENT(void, TSIOBufferDestroy, (TSIOBuffer buffer))
ABSENT(TSIOBufferReader, TSIOBufferReaderAlloc, (TSIOBuffer buffer))
ABSENT(int64_t, TSIOBufferReaderAvail, (TSIOBufferReader reader))
ABSENT(void, TSIOBufferReaderConsume, (TSIOBufferReader reader, int64_t size))
ABSENT(void, TSIOBufferReaderFree, (TSIOBufferReader reader))
ABSENT(TSIOBufferBlock, TSIOBufferReaderStart, (TSIOBufferReader reader))
ABSENT(int64_t, TSIOBufferWrite, (TSIOBuffer buffer, const void *bytes, int64_t size))

ABSENT(void, TSVConnClose, (TSVConn connection))
ABSENT(TSVIO, TSVConnRead,
       (TSVConn connection, TSCont continuation, TSIOBuffer buffer, int64_t size))
ABSENT(TSVIO, TSVConnWrite,
       (TSVConn connection, TSCont continuation, TSIOBufferReader reader, int64_t size))
ABSENT(void, TSVIOReenable, (TSVIO operation))
