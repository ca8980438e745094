/* SPDX-License-Identifier: Apache-2.0
 *
 * Does nothing: what a request costs in the host itself.
 */
#include "stateless.h"

TSRemapStatus TSRemapDoRemap(void *instance, TSHttpTxn transaction,
                             TSRemapRequestInfo *information) {
  (void)instance;
  (void)transaction;
  (void)information;
  return TSREMAP_NO_REMAP;
}
