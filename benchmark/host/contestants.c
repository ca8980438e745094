/* SPDX-License-Identifier: Apache-2.0 */
#include "contestants.h"

#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS_MAX = 8 };

static TSRemapStatus leave_alone(void *instance, TSHttpTxn transaction,
                                 TSRemapRequestInfo *information) {
  (void)instance;
  (void)transaction;
  (void)information;
  return TSREMAP_NO_REMAP;
}

static bool load(struct contestant *contestant, char *line) {
  char *parameters[PARAMETERS_MAX];
  int count = 0;
  contestant->name = strdup(strsep(&line, "\t"));
  char *path = strsep(&line, "\t");
  if (path == NULL) {
    contestant->plugin = (struct plugin){.do_remap = leave_alone};
    return true;
  }
  while (line != NULL) {
    if (count == PARAMETERS_MAX) {
      message("%s: too many parameters", contestant->name);
      return false;
    }
    parameters[count++] = strsep(&line, "\t");
  }
  return plugin_load(&contestant->plugin, path) && plugin_init(&contestant->plugin) &&
         plugin_new_instance(&contestant->plugin, parameters, count);
}

bool contestants_load(struct contestants *contestants) {
  char *line = NULL;
  size_t size = 0;
  bool loaded = true;
  for (ssize_t length; loaded && (length = getline(&line, &size, stdin)) > 0;) {
    line[strcspn(line, "\n")] = '\0';
    if (contestants->count == CONTESTANTS_MAX) {
      message("more than %d plugins", (int)CONTESTANTS_MAX);
      loaded = false;
      break;
    }
    loaded = load(&contestants->items[contestants->count++], line);
  }
  free(line);
  if (loaded && contestants->count == 0) {
    message("no plugins on standard input");
    loaded = false;
  }
  return loaded;
}

void contestants_unload(struct contestants *contestants) {
  for (size_t i = 0; i < contestants->count; i++) {
    struct contestant *contestant = &contestants->items[i];
    if (contestant->plugin.library != NULL) {
      plugin_delete_instance(&contestant->plugin);
      plugin_unload(&contestant->plugin);
    }
    free(contestant->name);
  }
}
