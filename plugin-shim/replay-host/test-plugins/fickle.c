/* SPDX-License-Identifier: Apache-2.0
 *
 * Denies every other request.
 */
#include <ts/ts.h>

#include <ts/remap.h>

TSReturnCode TSRemapInit(TSRemapInterface *interface, char *errbuf, int errbuf_size) {
  (void)interface;
  (void)errbuf;
  (void)errbuf_size;
  return TS_SUCCESS;
}

TSRemapStatus TSRemapDoRemap(void *instance, TSHttpTxn transaction,
                             TSRemapRequestInfo *information) {
  static int requests;
  (void)instance;
  (void)information;
  if (++requests % 2 != 0) {
    TSHttpTxnStatusSet(transaction, TS_HTTP_STATUS_FORBIDDEN);
  }
  return TSREMAP_NO_REMAP;
}
