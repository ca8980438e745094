/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of the benchmark's host.
 */
#ifndef BENCHMARK_COMMAND_LINE_H
#define BENCHMARK_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum mode {
  MODE_TIME,
  MODE_ALLOCATIONS,
  MODE_LOAD,
};

struct command_line {
  enum mode mode;
  const char *requests; /**< path of the file */
  int threads;
  int rounds;       /**< 0: one pass, without timing */
  size_t slice;     /**< requests a round */
  int lead_in;      /**< milliseconds */
  char **arguments; /**< the arguments after the options, in argv */
  int argument_count;
};

/** Returns false, after a message and the usage, if the command line is wrong. */
bool command_line_parse(struct command_line *command, int argc, char *argv[]);

#endif
