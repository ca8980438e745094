/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy.h"
#include "metrics.h"
#include "traffic_server.h"

#include <limits.h>
#include <string.h>

/* Logs each line as a message of its own. All prefixes have the same length, so a caret stays
 * below its column. */
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

/* Makes the file a child of the remap file: after a change, `config reload` loads both again. */
static void watch_file(void *context, const char *path) {
  (void)context;
  TSMgmtString remap_file = NULL;
  if (TSMgmtStringGet("proxy.config.url_remap.filename", &remap_file) != TS_SUCCESS ||
      remap_file == NULL || TSMgmtConfigFileAdd(remap_file, path) != TS_SUCCESS) {
    TSWarning("[%s] %s: `traffic_ctl config reload` does not watch this file", PLUGIN_NAME, path);
  }
  TSfree(remap_file);
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

/* Traffic Server writes these files itself, with any configuration. */
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
