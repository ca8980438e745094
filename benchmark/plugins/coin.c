/* SPDX-License-Identifier: Apache-2.0
 *
 * Measures the cost of a verdict that the processor cannot predict: denies every other client, by
 * some bits of the address, and does nothing else.
 */
#include "test-plugins/stateless.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

TSRemapStatus TSRemapDoRemap(void *instance, TSHttpTxn transaction,
                             TSRemapRequestInfo *information) {
  (void)instance;
  (void)information;
  const struct sockaddr *client = TSHttpTxnClientAddrGet(transaction);
  uint32_t bits;
  if (client->sa_family == AF_INET) {
    bits = ((const struct sockaddr_in *)client)->sin_addr.s_addr;
  } else {
    memcpy(&bits, &((const struct sockaddr_in6 *)client)->sin6_addr.s6_addr[4], sizeof bits);
  }
  // The upper bits of the product depend on all of the address.
  if ((bits * UINT32_C(2654435761)) >> 31 != 0) {
    return TSREMAP_NO_REMAP;
  }
  TSHttpTxnStatusSet(transaction, TS_HTTP_STATUS_FORBIDDEN);
  return TSREMAP_NO_REMAP_STOP;
}
