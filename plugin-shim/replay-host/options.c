/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "message.h"
#include "requests.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: replay-host [OPTION]... PLUGIN.so [PPARAM]... < REQUESTS\n"
    "\n"
    "Loads an Apache Traffic Server remap plugin and sends it requests, without a proxy.\n"
    "REQUESTS: lines of CLIENT URL, where CLIENT is an address, '-' for a transaction without\n"
    "one, or 'internal' for one of the proxy's own, with 'internal=ADDRESS' for one that has a\n"
    "client address; then, each after a tab, header fields ('Name: value'). Empty lines and lines\n"
    "that begin with # are skipped.\n"
    "Prints for each, with tabs between: client, URL, allow or deny, status (0: the plugin left\n"
    "it alone), TSRemapStatus, length of the body (-1: none) and its content type ('-': none).\n"
    "\n"
    "  --config-dir DIR   what TSConfigDirGet returns (default: the current directory)\n"
    "  --from URL         the map's URLs: requests must be under FROM, and the plugin's request\n"
    "  --to URL           URL is then under TO (default: all match, none is changed)\n"
    "  --method NAME      the method of all requests (default: GET)\n"
    "  --header FIELD     add 'Name: value' to each request\n"
    "  --record NAME=VAL  set a record that TSMgmtIntGet and TSMgmtStringGet return\n"
    "  --preload LIB      load a library with RTLD_GLOBAL first\n"
    "  --threads N        replay all requests on N threads at once\n"
    "  --repeat N         replay all requests N times on each thread\n"
    "  --instances N      do all that with N instances of the plugin, one after the other\n"
    "  --json             print a JSON object a request, with the header fields that the plugin\n"
    "                     leaves, if it looked at any\n"
    "  --quiet            print no answers\n"
    "  --stats            print the plugin's statistics\n"
    "  --watched          print the files added with TSMgmtConfigFileAdd\n"
    "  --debug TAG        print TSDebug messages with this tag\n"
    "  --log-dir DIR      where the plugin's own logs go (default: standard error)\n"
    "\n"
    "Exit: 0 all replayed; 1 the plugin refused to start; 2 usage, or the plugin can't be loaded;\n"
    "3 malformed requests; 4 answers differed between threads, passes or instances.\n";

enum option_code {
  CONFIG_DIR = 256,
  FROM,
  TO,
  METHOD,
  HEADER,
  RECORD,
  PRELOAD,
  THREADS,
  REPEAT,
  INSTANCES,
  JSON,
  QUIET,
  STATS,
  WATCHED,
  DEBUG,
  LOG_DIR,
  HELP,
};

static const struct option long_options[] = {
    {"config-dir", required_argument, NULL, CONFIG_DIR},
    {"from", required_argument, NULL, FROM},
    {"to", required_argument, NULL, TO},
    {"method", required_argument, NULL, METHOD},
    {"header", required_argument, NULL, HEADER},
    {"record", required_argument, NULL, RECORD},
    {"preload", required_argument, NULL, PRELOAD},
    {"threads", required_argument, NULL, THREADS},
    {"repeat", required_argument, NULL, REPEAT},
    {"instances", required_argument, NULL, INSTANCES},
    {"json", no_argument, NULL, JSON},
    {"quiet", no_argument, NULL, QUIET},
    {"stats", no_argument, NULL, STATS},
    {"watched", no_argument, NULL, WATCHED},
    {"debug", required_argument, NULL, DEBUG},
    {"log-dir", required_argument, NULL, LOG_DIR},
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

static const char *add(struct option_list *list, char *item) {
  if (list->count == OPTION_LIST_MAX) {
    return "too many of an option";
  }
  list->items[list->count++] = item;
  return NULL;
}

// Returns NULL, or what is wrong with the option's argument.
static const char *apply(struct options *options, int code, char *argument) {
  long count = 1;
  switch (code) {
  case CONFIG_DIR:
    options->config_directory = argument;
    return NULL;
  case FROM:
    options->from = argument;
    return NULL;
  case TO:
    options->to = argument;
    return NULL;
  case METHOD:
    options->method = argument;
    return NULL;
  case HEADER:
    return header_is_well_formed(argument) ? add(&options->headers, argument)
                                           : "--header: not 'Name: value'";
  case RECORD:
    return add(&options->records, argument);
  case PRELOAD:
    return add(&options->preloads, argument);
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
  case JSON:
    options->json = true;
    return NULL;
  case QUIET:
    options->quiet = true;
    return NULL;
  case STATS:
    options->statistics = true;
    return NULL;
  case WATCHED:
    options->watched = true;
    return NULL;
  case DEBUG:
    return add(&options->debug_tags, argument);
  case LOG_DIR:
    options->log_directory = argument;
    return NULL;
  default:
    return ""; // getopt has said it
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
  *options = (struct options){
      .config_directory = ".", .method = "GET", .threads = 1, .repeat = 1, .instances = 1};
  *help = false;
  // "+": what follows the plugin belongs to it.
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
  if ((options->from == NULL) != (options->to == NULL)) {
    return fail("--from and --to go together");
  }
  options->plugin = argv[optind];
  options->parameters = argv + optind + 1;
  options->parameter_count = argc - optind - 1;
  return true;
}
