/* SPDX-License-Identifier: Apache-2.0 */
#include "load_report.h"
#include "traffic_server.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Logs a text of several lines as several messages, so that each carries the plugin's name and
 * time, and a caret stays below what it points at: the prefixes are of one length. */
static void log_diagnostic(void *context, int severity, const char *text) {
  (void)context;
  for (const char *line = text; line != NULL;) {
    const char *newline = strchr(line, '\n');
    size_t length = newline != NULL ? (size_t)(newline - line) : strlen(line);
    int shown = length > INT_MAX ? INT_MAX : (int)length;
    if (severity == MAXMIND_ACL_ERROR) {
      TSError("[%s] %.*s", PLUGIN_NAME, shown, line);
    } else {
      TSWarning("[%s] %.*s", PLUGIN_NAME, shown, line);
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

static void log_summary(const maxmind_acl_policy *policy) {
  char summary[1024];
  maxmind_acl_summary(policy, summary, sizeof(summary));
  TSNote("[%s] %s", PLUGIN_NAME, summary);
}

maxmind_acl_observer load_report_observer(bool watches_files, const char *map_host) {
  maxmind_acl_observer observer;
  observer.will_read = watches_files ? watch_file : NULL;
  observer.diagnostic = log_diagnostic;
  observer.context = NULL;
  observer.map_host = map_host;
  observer.lacks_verified_addresses = !HAS_VERIFIED_ADDRESSES;
  return observer;
}

void load_report_end(const maxmind_acl_policy *policy) {
  if (policy != NULL) {
    log_summary(policy);
  }
}
