/* SPDX-License-Identifier: Apache-2.0
 *
 * The entry points of a remap plugin without state, except TSRemapDoRemap.
 */
#ifndef REPLAY_HOST_STATELESS_H
#define REPLAY_HOST_STATELESS_H

#include <stddef.h>

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

#endif
