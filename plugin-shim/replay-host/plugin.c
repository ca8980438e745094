/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin.h"

#include "message.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_OF(value)       #value
#define TEXT_OF_VALUE(value) TEXT_OF(value)

// traffic_server links this library and its dependencies (PCRE, yaml-cpp, …). Plugins use their
// symbols without linking them.
#define SERVER_LIBRARY "libtscore.so." TEXT_OF_VALUE(TS_VERSION_MAJOR)

static bool preload_server_library(const char *plugin_path) {
  if (dlopen(TS_LIBRARY_DIRECTORY "/" SERVER_LIBRARY, RTLD_NOW | RTLD_GLOBAL) != NULL) {
    return true;
  }
  // The library's directory is the parent of the plugin directory.
  char path[PATH_MAX + sizeof "/../" SERVER_LIBRARY];
  strcpy(path, plugin_path);
  strcpy(strrchr(path, '/'), "/../" SERVER_LIBRARY);
  return dlopen(path, RTLD_NOW | RTLD_GLOBAL) != NULL;
}

static void *open_library(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library != NULL) {
    return library;
  }
  char problem[1024];
  strncpy(problem, dlerror(), sizeof problem - 1);
  problem[sizeof problem - 1] = '\0';
  if (strstr(problem, "undefined symbol") != NULL && preload_server_library(path)) {
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library != NULL) {
      return library;
    }
    strncpy(problem, dlerror(), sizeof problem - 1);
  }
  message("%s", problem);
  return NULL;
}

bool plugin_load(struct plugin *plugin, const char *path) {
  *plugin = (struct plugin){0};
  char real_path[PATH_MAX];
  if (realpath(path, real_path) == NULL) {
    message("%s: no such file", path);
    return false;
  }
  plugin->library = open_library(real_path);
  if (plugin->library == NULL) {
    return false;
  }
  // C has no conversion from void * to a function pointer, so this copies the bytes, as POSIX
  // allows.
#define FIND(member, name)                                                                         \
  do {                                                                                             \
    void *symbol = dlsym(plugin->library, name);                                                   \
    memcpy(&plugin->member, &symbol, sizeof symbol);                                               \
  } while (0)
  FIND(init, "TSRemapInit");
  FIND(new_instance, "TSRemapNewInstance");
  FIND(do_remap, "TSRemapDoRemap");
  FIND(delete_instance, "TSRemapDeleteInstance");
  FIND(done, "TSRemapDone");
  FIND(post_config_reload, "TSRemapPostConfigReload");
#undef FIND
  if (plugin->init == NULL || plugin->do_remap == NULL) {
    message("%s: not a remap plugin: it has no %s", path,
            plugin->init == NULL ? "TSRemapInit" : "TSRemapDoRemap");
    return false;
  }
  return true;
}

// Both URLs of the remap line. No plugin here uses them.
static const char map_url[] = "http://replay.invalid/";

// As in Traffic Server, which passes one byte less than the size.
enum { PROBLEM_SIZE = 2048 };

static bool accepted(TSReturnCode result, const char *function, const char *problem) {
  if (result != TS_SUCCESS) {
    message("%s failed: %s", function, problem[0] != '\0' ? problem : "(no message)");
  }
  return result == TS_SUCCESS;
}

bool plugin_init(const struct plugin *plugin) {
  char problem[PROBLEM_SIZE] = "";
  TSRemapInterface interface = {sizeof interface, TSREMAP_VERSION};
  return accepted(plugin->init(&interface, problem, sizeof problem - 1), "TSRemapInit", problem);
}

bool plugin_new_instance(struct plugin *plugin, char *const *parameters, int count) {
  char problem[PROBLEM_SIZE] = "";
  plugin->instance = NULL;
  if (plugin->new_instance == NULL) {
    return true;
  }
  int argc = count + 2;
  char **argv = (char **)allocate_zeroed((size_t)argc + 1, sizeof *argv);
  for (int i = 0; i < argc; i++) {
    argv[i] = strdup(i < 2 ? map_url : parameters[i - 2]);
  }
  TSReturnCode result =
      plugin->new_instance(argc, argv, &plugin->instance, problem, sizeof problem - 1);
  // As in Traffic Server, argv is invalid after the call.
  for (int i = 0; i < argc; i++) {
    free(argv[i]);
  }
  free(argv);
  if (!accepted(result, "TSRemapNewInstance", problem)) {
    return false;
  }
  if (plugin->post_config_reload != NULL) {
    plugin->post_config_reload(TSREMAP_CONFIG_RELOAD_SUCCESS_PLUGIN_USED);
  }
  return true;
}

void plugin_delete_instance(struct plugin *plugin) {
  if (plugin->instance != NULL && plugin->delete_instance != NULL) {
    plugin->delete_instance(plugin->instance);
  }
  plugin->instance = NULL;
}

void plugin_unload(struct plugin *plugin) {
  if (plugin->done != NULL) {
    plugin->done();
  }
  dlclose(plugin->library);
}
