/* SPDX-License-Identifier: Apache-2.0
 *
 * Does nothing. Measures the cost of a request in the host itself.
 */
#include "stateless.h"

TSRemapStatus TSRemapDoRemap(void *instance, TSHttpTxn transaction,
                             TSRemapRequestInfo *information) {
  (void)instance;
  (void)transaction;
  (void)information;
  return TSREMAP_NO_REMAP;
}
