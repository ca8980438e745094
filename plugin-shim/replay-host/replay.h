/* SPDX-License-Identifier: Apache-2.0
 *
 * The replay: each of several threads sends all requests through the plugin.
 */
#ifndef REPLAY_HOST_REPLAY_H
#define REPLAY_HOST_REPLAY_H

#include "transaction.h"

struct replay {
  const struct plugin *plugin;
  const struct requests *requests;
  int threads;
  long repeat;
  bool with_fields; /**< whether the answers include the requests' header fields */
};

struct replay_result {
  struct answer *answers; /**< one a request, owned */
  size_t disagreements;   /**< answers that differed between threads or passes */
};

struct replay_result replay_run(const struct replay *replay);

/** Reports the first answers that differ, with `between` in the message. Returns their number. */
size_t replay_compare(const struct requests *requests, const char *between,
                      const struct answer *answers, const struct answer *others);

#endif
