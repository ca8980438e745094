/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line.
 */
#ifndef REPLAY_HOST_OPTIONS_H
#define REPLAY_HOST_OPTIONS_H

#include <stdbool.h>

struct options {
  const char *config_directory;
  int threads;
  long repeat;
  long instances;
  bool fields;
  bool quiet;
  bool statistics;
  const char *plugin;
  char **parameters; /**< the plugin's, in argv */
  int parameter_count;
};

/** Parses the command line. False: reports an error, with the usage. `*help`: --help was given. */
bool options_parse(struct options *options, int argc, char *argv[], bool *help);

void usage_print(bool to_standard_error);

#endif
