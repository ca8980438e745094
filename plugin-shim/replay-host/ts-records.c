/* SPDX-License-Identifier: Apache-2.0
 *
 * Traffic Server's version, and the defaults of its configuration that plugins read.
 */
#include "records.h"

#include <string.h>

#include <ts/ts.h>

static const char *config_directory = ".";

int TSTrafficServerVersionGetMajor(void) {
  return TS_VERSION_MAJOR;
}

TSReturnCode TSMgmtIntGet(const char *name, TSMgmtInt *result) {
  if (strcmp(name, "proxy.config.body_factory.response_max_size") != 0) {
    return TS_ERROR;
  }
  *result = 8192;
  return TS_SUCCESS;
}

TSReturnCode TSMgmtStringGet(const char *name, TSMgmtString *result) {
  if (strcmp(name, "proxy.config.url_remap.filename") != 0) {
    return TS_ERROR;
  }
  *result = TSstrdup("remap.config");
  return TS_SUCCESS;
}

// Watches nothing: a replay has no `traffic_ctl config reload`.
TSReturnCode TSMgmtConfigFileAdd(const char *parent, const char *path) {
  (void)parent;
  (void)path;
  return TS_SUCCESS;
}

void config_directory_set(const char *directory) {
  config_directory = directory;
}

const char *TSConfigDirGet(void) {
  return config_directory;
}
