/* SPDX-License-Identifier: Apache-2.0
 *
 * Needs functions that the replay host does not supply.
 */

#include <ts/ts.h>

#include <ts/remap.h>

TSReturnCode TSRemapInit(TSRemapInterface *interface, char *errbuf, int errbuf_size) {
  (void)interface;
  (void)errbuf;
  (void)errbuf_size;
  return TSMgmtUpdateRegister(NULL, ""), TSHostnameIsSelf("", 0);
}

TSRemapStatus TSRemapDoRemap(void *instance, TSHttpTxn transaction,
                             TSRemapRequestInfo *information) {
  (void)instance;
  (void)transaction;
  (void)information;
  return TSREMAP_NO_REMAP;
}
