/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line.
 */
#ifndef REPLAY_HOST_OPTIONS_H
#define REPLAY_HOST_OPTIONS_H

#include <stdbool.h>

enum { OPTION_LIST_MAX = 32 };

struct option_list {
  char *items[OPTION_LIST_MAX];
  int count;
};

struct options {
  const char *config_directory;
  const char *log_directory; /**< NULL: none */
  const char *from;          /**< NULL: any URL matches and none is changed */
  const char *to;
  const char *method;
  int threads;
  long repeat;
  long instances;
  bool json;
  bool quiet;
  bool statistics;
  bool watched;
  struct option_list headers;
  struct option_list preloads;
  struct option_list records;
  struct option_list debug_tags;
  const char *plugin;
  char **parameters; /**< the plugin's, in argv */
  int parameter_count;
};

/** Reports what is wrong, with the usage, and returns false. `*help`: only the usage was asked
 *  for. */
bool options_parse(struct options *options, int argc, char *argv[], bool *help);

void usage_print(bool to_standard_error);

#endif
