/* SPDX-License-Identifier: Apache-2.0 */
#include "command-line.h"

#include "message.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: benchmark-host time --requests FILE [--threads N] [--rounds N] [--slice N]\n"
    "                      [--lead-in MS] < PLUGINS\n"
    "       benchmark-host allocations --requests FILE < PLUGINS\n"
    "       benchmark-host load [--requests FILE] PLUGIN.so PPARAM... < /dev/null\n"
    "\n"
    "Measures Apache Traffic Server remap plugins in one process and prints JSON.\n"
    "FILE holds requests as replay-host takes them. PLUGINS: lines of a name, PLUGIN.so and its\n"
    "parameters, with tabs between; a name alone is the host without a plugin.\n"
    "\n"
    "time         rounds in which each plugin decides on the same slice of the requests, after\n"
    "             some milliseconds of others that are not timed; also how many of all requests\n"
    "             each denies, and on how many it differs from the first\n"
    "allocations  calls of malloc and its like, where count-allocations.so is preloaded\n"
    "load         one instance for each PPARAM: how long each took, and the memory in between\n"
    "\n"
    "Exit: 0, or 2 where a plugin refuses to start or the usage is wrong.\n";

enum option_code { REQUESTS = 256, THREADS, ROUNDS, SLICE, LEAD_IN };

static const struct option long_options[] = {
    {"requests", required_argument, NULL, REQUESTS}, {"threads", required_argument, NULL, THREADS},
    {"rounds", required_argument, NULL, ROUNDS},     {"slice", required_argument, NULL, SLICE},
    {"lead-in", required_argument, NULL, LEAD_IN},   {NULL, 0, NULL, 0},
};

static bool parse_number(const char *text, long min, long max, long *number) {
  char *end;
  errno = 0;
  *number = strtol(text, &end, 10);
  return errno == 0 && end != text && *end == '\0' && *number >= min && *number <= max;
}

static bool apply(struct command_line *command, int code, const char *argument) {
  long number = 0;
  switch (code) {
  case REQUESTS:
    command->requests = argument;
    return true;
  case THREADS:
    if (!parse_number(argument, 1, 1024, &number)) {
      message("--threads: not a number from 1 to 1024");
      return false;
    }
    command->threads = (int)number;
    return true;
  case ROUNDS:
    if (!parse_number(argument, 0, 100000, &number)) {
      message("--rounds: not a number from 0 to 100000");
      return false;
    }
    command->rounds = (int)number;
    return true;
  case SLICE:
    if (!parse_number(argument, 1, INT_MAX, &number)) {
      message("--slice: not a number above 0");
      return false;
    }
    command->slice = (size_t)number;
    return true;
  case LEAD_IN:
    if (!parse_number(argument, 0, 10000, &number)) {
      message("--lead-in: not a number of milliseconds from 0 to 10000");
      return false;
    }
    command->lead_in = (int)number;
    return true;
  default:
    return false; // getopt has said it
  }
}

static bool parse_mode(enum mode *mode, const char *name) {
  static const char *const names[] = {
      [MODE_TIME] = "time", [MODE_ALLOCATIONS] = "allocations", [MODE_LOAD] = "load"};
  for (size_t i = 0; name != NULL && i < sizeof names / sizeof *names; i++) {
    if (strcmp(name, names[i]) == 0) {
      *mode = (enum mode)i;
      return true;
    }
  }
  return false;
}

static bool parse(struct command_line *command, int argc, char *argv[]) {
  *command = (struct command_line){.threads = 1, .rounds = 21, .slice = 50000, .lead_in = 20};
  if (!parse_mode(&command->mode, argc > 1 ? argv[1] : NULL)) {
    return false;
  }
  optind = 2;
  for (int code; (code = getopt_long(argc, argv, "+", long_options, NULL)) != -1;) {
    if (!apply(command, code, optarg)) {
      return false;
    }
  }
  command->arguments = argv + optind;
  command->argument_count = argc - optind;
  return command->mode == MODE_LOAD ? command->argument_count >= 2
                                    : command->argument_count == 0 && command->requests != NULL;
}

bool command_line_parse(struct command_line *command, int argc, char *argv[]) {
  bool parsed = parse(command, argc, argv);
  if (!parsed) {
    fputs(usage, stderr);
  }
  return parsed;
}
