/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions that a plugin has to find when it is loaded, and that a replay never calls: answers
 * with header fields, pages above Traffic Server's limit, closed connections. Tests/EndToEnd has
 * them with the real Traffic Server.
 *
 * No header of Traffic Server is included: its prototypes differ from these.
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
