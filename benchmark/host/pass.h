/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests through one plugin, one after the other.
 */
#ifndef BENCHMARK_PASS_H
#define BENCHMARK_PASS_H

#include "requests.h"
#include "transaction.h"

struct pass {
  const struct requests *requests;
  struct tsapi_httptxn transaction;
};

/** Runs `count` requests from the `start`-th on, beginning anew after the last one. Returns how
 *  many of them were denied. */
size_t pass_run(struct pass *pass, const struct plugin *plugin, size_t start, size_t count);

/** Runs all requests and notes for each in `denied` whether it was denied. */
void pass_note_verdicts(struct pass *pass, const struct plugin *plugin, bool *denied);

#endif
