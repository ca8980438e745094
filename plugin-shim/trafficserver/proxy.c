/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy.h"
#include "metrics.h"
#include "traffic_server.h"

#include <limits.h>
#include <string.h>

/* Logs each line of a text as a message, so that each has the plugin's name and the time. A caret
 * stays below its column: the prefixes are of one length. */
static void report(void *context, maxmind_acl_severity severity, const char *text) {
  (void)context;
  for (const char *line = text; line != NULL;) {
    const char *newline = strchr(line, '\n');
    size_t length = newline != NULL ? (size_t)(newline - line) : strlen(line);
    int shown = length > INT_MAX ? INT_MAX : (int)length;
    if (severity == MAXMIND_ACL_ERROR) {
      TSError("[%s] %.*s", PLUGIN_NAME, shown, line);
    } else if (severity == MAXMIND_ACL_WARNING) {
      TSWarning("[%s] %.*s", PLUGIN_NAME, shown, line);
    } else {
      TSNote("[%s] %.*s", PLUGIN_NAME, shown, line);
    }
    line = newline != NULL ? newline + 1 : NULL;
  }
}

/* Has Traffic Server reload its remap configuration when the file is newer at a `config reload`:
 * the file becomes a child of the remap file that a record names. */
static void watch_file(void *context, const char *path) {
  static const char *const records[] = {REMAP_FILE_RECORDS};
  (void)context;
  for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); ++i) {
    TSMgmtString remap_file = NULL;
    if (TSMgmtStringGet(records[i], &remap_file) != TS_SUCCESS || remap_file == NULL) {
      continue;
    }
    TSReturnCode added = TSMgmtConfigFileAdd(remap_file, path);
    TSfree(remap_file);
    if (added == TS_SUCCESS) {
      return;
    }
  }
  TSWarning("[%s] %s: not watched for changes: no remap file to watch it with", PLUGIN_NAME, path);
}

static void release(void *data) {
  TSfree(data);
}

static void will_serve(void *context, maxmind_acl_live *live, maxmind_acl_policy *policy) {
  (void)context;
  const maxmind_acl_settings *settings = maxmind_acl_settings_of(policy);
  served_policy *self = (served_policy *)TSmalloc(sizeof(*self));
  self->counters = metrics_serve(live, settings);
  self->log = settings->log_file.bytes != NULL ? denial_log_of(settings->log_file.bytes) : NULL;
  maxmind_acl_attach(policy, self, release);
}

static void did_reload(void *context, maxmind_acl_live *live, bool has_succeeded) {
  (void)context;
  metrics_reloaded(live, has_succeeded);
}

/* Traffic Server writes these where it logs, whatever its configuration. */
static const char *const logs[] = {"diags.log",   "error.log",          "manager.log", "crash.log",
                                   "traffic.out", "traffic_server.out", NULL};

const maxmind_acl_proxy traffic_server = {
    sizeof(maxmind_acl_proxy),
    "Traffic Server",
    "@",
    logs,
    HAS_VERIFIED_ADDRESSES,
    "versions 10.2 and later have them",
    NULL,
    watch_file,
    report,
    will_serve,
    did_reload,
};
