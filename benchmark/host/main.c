/* SPDX-License-Identifier: Apache-2.0
 *
 * The benchmark's host: the replay host's functions, with measuring in place of answers.
 */
#include "command-line.h"
#include "contestants.h"
#include "load.h"
#include "message.h"
#include "pass.h"
#include "records.h"
#include "rounds.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_MEASURED = 0, EXIT_NOT_LOADED = 2 };

// The calls of malloc and its like so far, in count-allocations.so.
typedef uint64_t (*counter)(void);

static bool read_requests(struct requests *requests, const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    message("%s: no such file", path);
    return false;
  }
  *requests = requests_read(file);
  fclose(file);
  if (requests->count == 0 || requests->malformed > 0) {
    message("%s: no requests, or malformed ones", path);
    return false;
  }
  return true;
}

static void print_times(const double *times, int rounds) {
  printf(",\"nanoseconds\":[");
  for (int i = 0; i < rounds; i++) {
    printf("%s%.3f", i == 0 ? "" : ",", times[i]);
  }
  printf("]");
}

static size_t differences(const bool *a, const bool *b, size_t count) {
  size_t differing = 0;
  for (size_t i = 0; i < count; i++) {
    differing += a[i] != b[i];
  }
  return differing;
}

static void print_verdicts(const bool *denied, const bool *first, size_t count) {
  size_t denials = 0;
  for (size_t i = 0; i < count; i++) {
    denials += denied[i];
  }
  printf(",\"denied\":%zu,\"differing\":%zu", denials, differences(denied, first, count));
}

static void measure_times(const struct command_line *command, const struct contestants *contestants,
                          struct pass *pass) {
  size_t count = pass->requests->count;
  bool *denied = allocate_zeroed(contestants->count * count, sizeof *denied);
  struct rounds rounds = {
      .contestants = contestants,
      .requests = pass->requests,
      .threads = command->threads,
      .count = command->rounds,
      .slice = command->slice,
      .lead_in = command->lead_in * 1e6,
  };
  double *times = rounds.count > 0 ? rounds_run(&rounds) : NULL;
  for (size_t i = 0; i < contestants->count; i++) {
    pass_note_verdicts(pass, &contestants->items[i].plugin, denied + i * count);
    printf("%s{\"name\":\"%s\"", i == 0 ? "" : ",", contestants->items[i].name);
    print_verdicts(denied + i * count, denied, count);
    if (times != NULL) {
      print_times(times + i * (size_t)rounds.count, rounds.count);
    }
    printf("}");
  }
  free(times);
  free(denied);
}

static bool count_allocations(const struct contestants *contestants, struct pass *pass) {
  counter allocation_count = NULL;
  void *symbol = dlsym(RTLD_DEFAULT, "allocation_count");
  memcpy(&allocation_count, &symbol, sizeof symbol);
  if (allocation_count == NULL) {
    message("allocations: count-allocations.so is not preloaded");
    return false;
  }
  size_t count = pass->requests->count;
  for (size_t i = 0; i < contestants->count; i++) {
    const struct plugin *plugin = &contestants->items[i].plugin;
    // A thread's scratch memory is made on the first pass.
    pass_run(pass, plugin, 0, count);
    uint64_t before = allocation_count();
    pass_run(pass, plugin, 0, count);
    printf("%s{\"name\":\"%s\",\"allocations\":%" PRIu64 "}", i == 0 ? "" : ",",
           contestants->items[i].name, allocation_count() - before);
  }
  return true;
}

static bool measure_contestants(const struct command_line *command) {
  struct contestants contestants = {0};
  struct requests requests = {0};
  if (!contestants_load(&contestants) || !read_requests(&requests, command->requests)) {
    return false;
  }
  struct pass pass = {.requests = &requests};
  printf("{\"requests\":%zu,\"plugins\":[", requests.count);
  bool measured = true;
  if (command->mode == MODE_TIME) {
    measure_times(command, &contestants, &pass);
  } else {
    measured = count_allocations(&contestants, &pass);
  }
  printf("]}\n");
  contestants_unload(&contestants);
  requests_free(&requests);
  return measured;
}

static bool measure_load(const struct command_line *command) {
  struct requests requests = {0};
  if (command->requests != NULL && !read_requests(&requests, command->requests)) {
    return false;
  }
  bool loaded = load_measure(command->arguments[0], command->arguments + 1,
                             command->argument_count - 1, &requests);
  requests_free(&requests);
  return loaded;
}

int main(int argc, char *argv[]) {
  struct command_line command;
  if (!command_line_parse(&command, argc, argv)) {
    return EXIT_NOT_LOADED;
  }
  config_directory_set("/");
  bool measured =
      command.mode == MODE_LOAD ? measure_load(&command) : measure_contestants(&command);
  return measured ? EXIT_MEASURED : EXIT_NOT_LOADED;
}
