/* SPDX-License-Identifier: Apache-2.0 */
#include "records.h"

#include "message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/ts.h>

#include <ts/experimental.h>

enum { RECORDS_MAX = 64 };

struct record {
  const char *name;
  size_t name_length;
  const char *value;
};

#define RECORD(name, value)                                                                        \
  { name, sizeof(name) - 1, value }

static const char error_body_record[] = "proxy.config.body_factory.response_max_size";

// Traffic Server's defaults. A later entry wins.
static struct record records[RECORDS_MAX] = {
    RECORD("proxy.config.url_remap.filename", "remap.config"),
    RECORD("proxy.config.url_remap.remap_required", "1"),
    RECORD("proxy.config.body_factory.response_max_size", "8192"),
    RECORD("proxy.config.http.cache.http", "1"),
    RECORD("proxy.config.http.strict_uri_parsing", "2"),
    RECORD("proxy.config.reverse_proxy.enabled", "1"),
};
static int record_count = 6;
static const char *config_directory = ".";

static struct watched {
  struct watched *next;
  char *parent;
  char *path;
} * watched_files;

bool record_set(const char *assignment) {
  const char *equals = strchr(assignment, '=');
  if (equals == NULL || record_count == RECORDS_MAX) {
    return false;
  }
  records[record_count++] = (struct record){assignment, (size_t)(equals - assignment), equals + 1};
  return true;
}

static const char *find(const char *name) {
  size_t length = strlen(name);
  for (int i = record_count - 1; i >= 0; i--) {
    if (records[i].name_length == length && memcmp(records[i].name, name, length) == 0) {
      return records[i].value;
    }
  }
  return NULL;
}

int64_t error_body_limit(void) {
  TSMgmtInt limit = 0;
  TSMgmtIntGet(error_body_record, &limit);
  return limit;
}

TSReturnCode TSMgmtIntGet(const char *name, TSMgmtInt *result) {
  const char *value = find(name);
  char *end;
  if (value == NULL || *value == '\0') {
    return TS_ERROR;
  }
  int64_t number = strtoll(value, &end, 10);
  if (*end != '\0') {
    return TS_ERROR;
  }
  *result = number;
  return TS_SUCCESS;
}

TSReturnCode TSMgmtStringGet(const char *name, TSMgmtString *result) {
  const char *value = find(name);
  if (value == NULL) {
    return TS_ERROR;
  }
  *result = TSstrdup(value);
  return TS_SUCCESS;
}

TSReturnCode TSMgmtConfigFileAdd(const char *parent, const char *path) {
  struct watched *watched = allocate(sizeof *watched);
  watched->parent = TSstrdup(parent);
  watched->path = TSstrdup(path);
  watched->next = NULL;
  struct watched **place = &watched_files;
  while (*place != NULL) {
    place = &(*place)->next;
  }
  *place = watched;
  return TS_SUCCESS;
}

void watched_files_print(void) {
  for (struct watched *watched = watched_files; watched != NULL; watched = watched->next) {
    message("watched with %s: %s", watched->parent, watched->path);
  }
}

void watched_files_free(void) {
  while (watched_files != NULL) {
    struct watched *next = watched_files->next;
    free(watched_files->parent);
    free(watched_files->path);
    free(watched_files);
    watched_files = next;
  }
}

void config_directory_set(const char *directory) {
  config_directory = directory;
}

const char *TSConfigDirGet(void) {
  return config_directory;
}

const char *TSPluginDirGet(void) {
  return TS_LIBRARY_DIRECTORY "/modules";
}

const char *TSTrafficServerVersionGet(void) {
  return TS_VERSION_STRING;
}

int TSTrafficServerVersionGetMajor(void) {
  return TS_VERSION_MAJOR;
}

int TSTrafficServerVersionGetMinor(void) {
  return TS_VERSION_MINOR;
}

int TSTrafficServerVersionGetPatch(void) {
  return TS_VERSION_MICRO;
}

TSReturnCode TSPluginRegister(const TSPluginRegistrationInfo *information) {
  (void)information;
  return TS_SUCCESS;
}
