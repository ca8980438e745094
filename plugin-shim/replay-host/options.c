/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "message.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: replay-host [OPTION]... PLUGIN.so [PPARAM]... < REQUESTS\n"
    "\n"
    "Loads an Apache Traffic Server remap plugin and sends it requests, without a proxy.\n"
    "REQUESTS: lines of CLIENT URL. CLIENT: an address; '-': no address; 'internal': an internal\n"
    "request of the proxy without an address; 'internal=ADDRESS': one with an address. Header\n"
    "fields ('Name: value') may follow, each after a tab. Empty lines and lines that begin with #\n"
    "are skipped. All requests are GET requests.\n"
    "Prints a line for each request, separated by tabs: client, URL, allow or deny, status (0: "
    "the\n"
    "plugin set none).\n"
    "\n"
    "  --config-dir DIR   the result of TSConfigDirGet (default: the current directory)\n"
    "  --threads N        replay all requests on N threads at once\n"
    "  --repeat N         replay all requests N times on each thread\n"
    "  --instances N      repeat the replay with N instances of the plugin, one after the other\n"
    "  --fields           print also the request's header fields after the plugin, if it read or\n"
    "                     changed any\n"
    "  --quiet            print no answers\n"
    "  --stats            print the plugin's statistics\n"
    "\n"
    "Exit: 0 all replayed; 1 the plugin refused to start; 2 usage, or the plugin can't be loaded;\n"
    "3 malformed requests; 4 answers differed between threads, passes or instances.\n";

enum option_code { CONFIG_DIR = 256, THREADS, REPEAT, INSTANCES, FIELDS, QUIET, STATS, HELP };

static const struct option long_options[] = {
    {"config-dir", required_argument, NULL, CONFIG_DIR},
    {"threads", required_argument, NULL, THREADS},
    {"repeat", required_argument, NULL, REPEAT},
    {"instances", required_argument, NULL, INSTANCES},
    {"fields", no_argument, NULL, FIELDS},
    {"quiet", no_argument, NULL, QUIET},
    {"stats", no_argument, NULL, STATS},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

void usage_print(bool to_standard_error) {
  fputs(usage, to_standard_error ? stderr : stdout);
}

static bool parse_count(const char *text, long max, long *count) {
  char *end;
  errno = 0;
  *count = strtol(text, &end, 10);
  return errno == 0 && end != text && *end == '\0' && *count >= 1 && *count <= max;
}

// Returns NULL, or a message about the option's argument.
static const char *apply(struct options *options, int code, char *argument) {
  long count = 1;
  switch (code) {
  case CONFIG_DIR:
    options->config_directory = argument;
    return NULL;
  case THREADS:
    if (!parse_count(argument, 1024, &count)) {
      return "--threads: not a number from 1 to 1024";
    }
    options->threads = (int)count;
    return NULL;
  case REPEAT:
    return parse_count(argument, LONG_MAX, &options->repeat) ? NULL
                                                             : "--repeat: not a number above 0";
  case INSTANCES:
    return parse_count(argument, LONG_MAX, &options->instances)
               ? NULL
               : "--instances: not a number above 0";
  case FIELDS:
    options->fields = true;
    return NULL;
  case QUIET:
    options->quiet = true;
    return NULL;
  case STATS:
    options->statistics = true;
    return NULL;
  default:
    return ""; // getopt has reported it
  }
}

static bool fail(const char *problem) {
  if (*problem != '\0') {
    message("%s", problem);
  }
  usage_print(true);
  return false;
}

bool options_parse(struct options *options, int argc, char *argv[], bool *help) {
  *options = (struct options){.config_directory = ".", .threads = 1, .repeat = 1, .instances = 1};
  *help = false;
  // "+": arguments after the plugin are its own.
  for (int code; (code = getopt_long(argc, argv, "+", long_options, NULL)) != -1;) {
    if (code == HELP) {
      *help = true;
      return true;
    }
    const char *problem = apply(options, code, optarg);
    if (problem != NULL) {
      return fail(problem);
    }
  }
  if (optind == argc) {
    return fail("no plugin");
  }
  options->plugin = argv[optind];
  options->parameters = argv + optind + 1;
  options->parameter_count = argc - optind - 1;
  return true;
}
