/* SPDX-License-Identifier: Apache-2.0
 *
 * A remap plugin: a shared object with the TSRemap* entry points, and one instance of it.
 */
#ifndef REPLAY_HOST_PLUGIN_H
#define REPLAY_HOST_PLUGIN_H

#include <stdbool.h>

#include <ts/ts.h>

#include <ts/remap.h>

struct plugin {
  void *library;
  TSReturnCode (*init)(TSRemapInterface *, char *, int);
  TSReturnCode (*new_instance)(int, char *[], void **, char *, int);
  TSRemapStatus (*do_remap)(void *, TSHttpTxn, TSRemapRequestInfo *);
  void (*delete_instance)(void *);
  void (*done)(void);
  void (*post_config_reload)(TSRemapReloadStatus);
  void *instance;
};

/** Loads the plugin at `path`. False: reports the missing file or function. */
bool plugin_load(struct plugin *plugin, const char *path);

/** Calls TSRemapInit. False: reports the plugin's refusal. */
bool plugin_init(const struct plugin *plugin);

/** Calls TSRemapNewInstance with these plugin parameters. False: reports the plugin's refusal. */
bool plugin_new_instance(struct plugin *plugin, char *const *parameters, int count);

void plugin_delete_instance(struct plugin *plugin);

/** Calls TSRemapDone and unloads the plugin. */
void plugin_unload(struct plugin *plugin);

#endif
