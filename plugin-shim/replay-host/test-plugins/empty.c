/* SPDX-License-Identifier: Apache-2.0
 *
 * Does nothing: what a request costs in the host itself.
 */

#include <ts/ts.h>

#include <ts/remap.h>

TSReturnCode TSRemapInit(TSRemapInterface *interface, char *errbuf, int errbuf_size) {
  (void)interface;
  (void)errbuf;
  (void)errbuf_size;
  return TS_SUCCESS;
}

TSReturnCode TSRemapNewInstance(int argc, char *argv[], void **instance, char *errbuf,
                                int errbuf_size) {
  (void)argc;
  (void)argv;
  (void)errbuf;
  (void)errbuf_size;
  *instance = NULL;
  return TS_SUCCESS;
}

void TSRemapDeleteInstance(void *instance) {
  (void)instance;
}

TSRemapStatus TSRemapDoRemap(void *instance, TSHttpTxn transaction,
                             TSRemapRequestInfo *information) {
  (void)instance;
  (void)transaction;
  (void)information;
  return TSREMAP_NO_REMAP;
}
