/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions that a plugin links but a replay never calls: answers with header fields, pages above
 * Traffic Server's limit, closed connections. Tests/EndToEnd tests them with the real Traffic
 * Server.
 *
 * This file includes no header of Traffic Server, since its prototypes differ.
 */
#include "message.h"

#define ABSENT(function)                                                                           \
  _Noreturn void function(void) {                                                                  \
    plugin_fault("%s: the replay host does not emulate it", #function);                            \
  }

ABSENT(TSHttpHdrReasonSet)
ABSENT(TSHttpHdrStatusSet)
ABSENT(TSHttpTxnClientFdGet)
ABSENT(TSHttpTxnClientRespGet)
ABSENT(TSHttpTxnConfigIntSet)
ABSENT(TSHttpTxnIntercept)
ABSENT(TSHttpTxnReenable)

ABSENT(TSIOBufferBlockNext)
ABSENT(TSIOBufferBlockReadStart)
ABSENT(TSIOBufferCreate)
ABSENT(TSIOBufferDestroy)
ABSENT(TSIOBufferReaderAlloc)
ABSENT(TSIOBufferReaderAvail)
ABSENT(TSIOBufferReaderConsume)
ABSENT(TSIOBufferReaderFree)
ABSENT(TSIOBufferReaderStart)
ABSENT(TSIOBufferWrite)

ABSENT(TSVConnClose)
ABSENT(TSVConnRead)
ABSENT(TSVConnWrite)
ABSENT(TSVIOReenable)
