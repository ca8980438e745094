/* SPDX-License-Identifier: Apache-2.0
 *
 * Denies every second request with a page. Refuses to start with a parameter.
 */
#include <stdio.h>
#include <string.h>

#include <ts/ts.h>

#include <ts/remap.h>

static const char page[] = "<p>denied</p>";

TSReturnCode TSRemapInit(TSRemapInterface *interface, char *errbuf, int errbuf_size) {
  (void)interface;
  (void)errbuf;
  (void)errbuf_size;
  return TS_SUCCESS;
}

TSReturnCode TSRemapNewInstance(int argc, char *argv[], void **instance, char *errbuf,
                                int errbuf_size) {
  (void)argv;
  *instance = NULL;
  if (argc > 2) {
    snprintf(errbuf, (size_t)errbuf_size, "it takes no parameters");
    return TS_ERROR;
  }
  return TS_SUCCESS;
}

TSRemapStatus TSRemapDoRemap(void *instance, TSHttpTxn transaction,
                             TSRemapRequestInfo *information) {
  static int requests;
  (void)instance;
  (void)information;
  if (++requests % 2 != 0) {
    TSHttpTxnStatusSet(transaction, TS_HTTP_STATUS_FORBIDDEN);
    TSHttpTxnErrorBodySet(transaction, TSstrdup(page), strlen(page), NULL);
  }
  return TSREMAP_NO_REMAP;
}
