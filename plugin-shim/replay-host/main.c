/* SPDX-License-Identifier: Apache-2.0
 *
 * The replay host: runs a remap plugin on requests from standard input, without Traffic Server.
 */
#include "continuation.h"
#include "message.h"
#include "options.h"
#include "records.h"
#include "replay.h"
#include "statistics.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum exit_code {
  EXIT_REPLAYED = 0,
  EXIT_REFUSED = 1,
  EXIT_NOT_LOADED = 2,
  EXIT_MALFORMED = 3,
  EXIT_DISAGREEMENT = 4,
};

static bool configure(const struct options *options) {
  static char config_directory[PATH_MAX];
  if (realpath(options->config_directory, config_directory) == NULL) {
    message("--config-dir: no directory %s", options->config_directory);
    return false;
  }
  config_directory_set(config_directory);
  return true;
}

static void print_answers(const struct options *options, const struct requests *requests,
                          const struct replay_result *result) {
  for (size_t i = 0; i < requests->count && !options->quiet; i++) {
    const struct request *request = &requests->items[i];
    const struct answer *answer = &result->answers[i];
    printf("%s\t%s\t%s\t%d%s\n", request->client, request->written_url,
           answer->status == 0 ? "allow" : "deny", answer->status, answer->request_fields);
  }
}

// Replays with one instance after the other. *first gets the answers of the first one. Reads the
// requests after the first instance has started: a plugin that refuses to start needs none.
static enum exit_code replay_with_instances(struct plugin *plugin, const struct options *options,
                                            struct requests *requests,
                                            struct replay_result *first) {
  for (long i = 0; i < options->instances; i++) {
    if (!plugin_new_instance(plugin, options->parameters, options->parameter_count)) {
      return EXIT_REFUSED;
    }
    if (i == 0) {
      *requests = requests_read(stdin);
    }
    struct replay run = {
        .plugin = plugin,
        .requests = requests,
        .threads = options->threads,
        .repeat = options->repeat,
        .with_fields = options->fields,
    };
    struct replay_result result = replay_run(&run);
    plugin_delete_instance(plugin);
    if (i == 0) {
      *first = result;
      print_answers(options, requests, first);
    } else {
      first->disagreements += result.disagreements +
                              replay_compare(requests, "instances", first->answers, result.answers);
      free(result.answers);
    }
  }
  return EXIT_REPLAYED;
}

static enum exit_code replay(struct plugin *plugin, const struct options *options) {
  struct replay_result result = {0};
  struct requests requests = {0};
  enum exit_code code = replay_with_instances(plugin, options, &requests, &result);
  if (code == EXIT_REPLAYED && result.disagreements > 0) {
    message("%zu answers differ", result.disagreements);
    code = EXIT_DISAGREEMENT;
  }
  if (requests.malformed > 0) {
    message("%zu malformed lines", requests.malformed);
    code = code == EXIT_REPLAYED ? EXIT_MALFORMED : code;
  }
  free(result.answers);
  requests_free(&requests);
  return code;
}

int main(int argc, char *argv[]) {
  struct options options;
  bool help;
  if (!options_parse(&options, argc, argv, &help)) {
    return EXIT_NOT_LOADED;
  }
  if (help) {
    usage_print(false);
    return EXIT_REPLAYED;
  }
  struct plugin plugin;
  if (!configure(&options) || !plugin_load(&plugin, options.plugin)) {
    return EXIT_NOT_LOADED;
  }
  enum exit_code code = plugin_init(&plugin) ? replay(&plugin, &options) : EXIT_REFUSED;
  if (options.statistics) {
    statistics_print();
  }
  schedule_stop();
  plugin_unload(&plugin);
  statistics_free();
  return code;
}
