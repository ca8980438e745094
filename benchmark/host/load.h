/* SPDX-License-Identifier: Apache-2.0
 *
 * Loading: the time that instances take to make, and the memory that they hold.
 */
#ifndef BENCHMARK_LOAD_H
#define BENCHMARK_LOAD_H

#include "requests.h"

/** Makes an instance of the plugin at `path` for each parameter, has them decide on the requests in
 *  turn, and prints JSON. Returns false, after a message, if that fails. */
bool load_measure(const char *path, char *const *parameters, int count,
                  const struct requests *requests);

#endif
