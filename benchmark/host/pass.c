/* SPDX-License-Identifier: Apache-2.0 */
#include "pass.h"

// A proxy has just read the request, so it is in the cache. Here it is one of many, so prefetch it.
enum { PREFETCH_DISTANCE = 8 };

size_t pass_run(struct pass *pass, const struct plugin *plugin, size_t start, size_t count) {
  const struct request *items = pass->requests->items;
  size_t all = pass->requests->count;
  size_t denied = 0;
  struct answer answer;
  for (size_t i = start, done = 0; done < count; done++) {
    __builtin_prefetch(&items[i + PREFETCH_DISTANCE < all ? i + PREFETCH_DISTANCE : 0]);
    transaction_run(&pass->transaction, plugin, &items[i], false, &answer);
    denied += answer.status != 0;
    i = i + 1 < all ? i + 1 : 0;
  }
  return denied;
}

void pass_note_verdicts(struct pass *pass, const struct plugin *plugin, bool *denied) {
  struct answer answer;
  for (size_t i = 0; i < pass->requests->count; i++) {
    transaction_run(&pass->transaction, plugin, &pass->requests->items[i], false, &answer);
    denied[i] = answer.status != 0;
  }
}
