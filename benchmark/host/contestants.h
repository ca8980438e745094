/* SPDX-License-Identifier: Apache-2.0
 *
 * The plugins that are measured side by side, each with one instance.
 */
#ifndef BENCHMARK_CONTESTANTS_H
#define BENCHMARK_CONTESTANTS_H

#include "plugin.h"

#include <stddef.h>

enum { CONTESTANTS_MAX = 8 };

struct contestant {
  char *name;
  struct plugin plugin;
};

struct contestants {
  struct contestant items[CONTESTANTS_MAX];
  size_t count;
};

/** Reads lines of NAME, PLUGIN.so and its parameters, with tabs between, from standard input and
 *  makes an instance of each. A line with a name alone is the host without a plugin. Returns false,
 *  after a message, if that fails. */
bool contestants_load(struct contestants *contestants);

void contestants_unload(struct contestants *contestants);

#endif
