/* SPDX-License-Identifier: Apache-2.0
 *
 * The replay: all requests through the plugin, from each of several threads at once.
 */
#ifndef REPLAY_HOST_REPLAY_H
#define REPLAY_HOST_REPLAY_H

#include "transaction.h"

struct replay {
  const struct plugin *plugin;
  const struct requests *requests;
  int threads;
  long repeat;
  bool with_fields; /**< whether the answers have the requests' header fields */
};

struct replay_result {
  struct answer *answers; /**< one a request, owned */
  size_t disagreements;   /**< answers that differed between threads or passes, each reported */
};

struct replay_result replay_run(const struct replay *replay);

/** Reports the first answers that differ and says between what; returns how many there are. */
size_t replay_compare(const struct requests *requests, const char *between,
                      const struct answer *answers, const struct answer *others);

#endif
