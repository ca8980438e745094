/* SPDX-License-Identifier: Apache-2.0
 *
 * The replay host: gives a remap plugin the Traffic Server functions that it needs, and requests.
 */
#include "continuation.h"
#include "log.h"
#include "message.h"
#include "options.h"
#include "output.h"
#include "records.h"
#include "replay.h"
#include "statistics.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum exit_code {
  EXIT_REPLAYED = 0,
  EXIT_REFUSED = 1,
  EXIT_NOT_LOADED = 2,
  EXIT_MALFORMED = 3,
  EXIT_DISAGREEMENT = 4,
};

// A map without --from and --to: it stands in argv, and in the URLs that a plugin may look at.
static const char any_url[] = "http://replay.invalid/";

static bool make_rule(struct remap_rule *rule, const struct options *options) {
  *rule = (struct remap_rule){
      .from_text = options->from != NULL ? options->from : any_url,
      .to_text = options->to != NULL ? options->to : any_url,
      .identity = options->from == NULL,
  };
  const char *problem = url_parse(&rule->from, rule->from_text, strlen(rule->from_text));
  if (problem != NULL) {
    message("--from: %s", problem);
    return false;
  }
  problem = url_parse(&rule->to, rule->to_text, strlen(rule->to_text));
  if (problem != NULL) {
    message("--to: %s", problem);
    return false;
  }
  return true;
}

static bool configure(const struct options *options) {
  static char config_directory[PATH_MAX];
  if (realpath(options->config_directory, config_directory) == NULL) {
    message("--config-dir: no directory %s", options->config_directory);
    return false;
  }
  config_directory_set(config_directory);
  log_directory_set(options->log_directory);
  for (int i = 0; i < options->records.count; i++) {
    if (!record_set(options->records.items[i])) {
      message("--record: not NAME=VALUE: %s", options->records.items[i]);
      return false;
    }
  }
  for (int i = 0; i < options->debug_tags.count; i++) {
    if (!debug_tag_add(options->debug_tags.items[i])) {
      message("--debug: too many tags");
      return false;
    }
  }
  return true;
}

static void print_answers(const struct options *options, const struct requests *requests,
                          const struct replay_result *result) {
  for (size_t i = 0; i < requests->count && !options->quiet; i++) {
    (options->json ? print_json : print_tab_separated)(stdout, &requests->items[i],
                                                       &result->answers[i]);
  }
}

// Replays with one instance after the other. *first keeps the answers of the first one. The
// requests are read once there is an instance: a plugin that refuses to start needs none.
static enum exit_code replay_with_instances(struct plugin *plugin, const struct options *options,
                                            const struct remap_rule *rule,
                                            struct requests *requests,
                                            struct replay_result *first) {
  for (long i = 0; i < options->instances; i++) {
    if (!plugin_new_instance(plugin, rule->from_text, rule->to_text, options->parameters,
                             options->parameter_count)) {
      return EXIT_REFUSED;
    }
    if (i == 0) {
      *requests = requests_read(stdin, &(struct request_frame){
                                           .rule = rule,
                                           .method = options->method,
                                           .headers = options->headers.items,
                                           .header_count = options->headers.count,
                                       });
    }
    struct replay_result result = replay_run(&(struct replay){
        .plugin = plugin,
        .rule = rule,
        .requests = requests,
        .threads = options->threads,
        .repeat = options->repeat,
    });
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

static enum exit_code replay(struct plugin *plugin, const struct options *options,
                             const struct remap_rule *rule) {
  struct replay_result result = {0};
  struct requests requests = {0};
  enum exit_code code = replay_with_instances(plugin, options, rule, &requests, &result);
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
  struct remap_rule rule;
  struct plugin plugin;
  if (!make_rule(&rule, &options) || !configure(&options) ||
      !plugin_load(&plugin, options.plugin, options.preloads.items, options.preloads.count)) {
    return EXIT_NOT_LOADED;
  }
  enum exit_code code = plugin_init(&plugin) ? replay(&plugin, &options, &rule) : EXIT_REFUSED;
  if (options.watched) {
    watched_files_print();
  }
  if (options.statistics) {
    statistics_print();
  }
  schedule_stop();
  plugin_unload(&plugin);
  watched_files_free();
  statistics_free();
  return code;
}
