/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include "memory.h"
#include "message.h"
#include "transaction.h"

#include <stdlib.h>
#include <time.h>

// The process's own time, so that other processes on the machine do not count.
static double milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void print_memory(const char *name, const struct memory *memory) {
  printf(",\"%s\":", name);
  memory_print(stdout, memory);
}

static void decide(struct plugin *instances, int count, const struct requests *requests) {
  struct tsapi_httptxn transaction = {0};
  struct answer answer;
  for (size_t i = 0; i < requests->count; i++) {
    transaction_run(&transaction, &instances[i % (size_t)count], &requests->items[i], false,
                    &answer);
  }
}

bool load_measure(const char *path, char *const *parameters, int count,
                  const struct requests *requests) {
  // All have the same entry points and each its own instance.
  struct plugin *instances = allocate_zeroed((size_t)count, sizeof *instances);
  double *times = allocate_zeroed((size_t)count, sizeof *times);
  struct memory before = memory_now();
  struct plugin plugin;
  if (!plugin_load(&plugin, path) || !plugin_init(&plugin)) {
    return false;
  }
  struct memory first = {0};
  for (int i = 0; i < count; i++) {
    instances[i] = plugin;
    double begin = milliseconds();
    if (!plugin_new_instance(&instances[i], &parameters[i], 1)) {
      return false;
    }
    times[i] = milliseconds() - begin;
    if (i == 0) {
      first = memory_now();
    }
  }
  struct memory all = memory_now();
  decide(instances, count, requests);
  struct memory decided = memory_now();
  printf("{\"milliseconds\":[");
  for (int i = 0; i < count; i++) {
    printf("%s%.4f", i == 0 ? "" : ",", times[i]);
  }
  printf("]");
  print_memory("before", &before);
  print_memory("first", &first);
  print_memory("all", &all);
  print_memory("decided", &decided);
  printf("}\n");
  for (int i = 0; i < count; i++) {
    plugin_delete_instance(&instances[i]);
  }
  plugin_unload(&plugin);
  free(instances);
  free(times);
  return true;
}
