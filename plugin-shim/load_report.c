/* SPDX-License-Identifier: Apache-2.0 */
#include "load_report.h"
#include "traffic_server.h"

#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { seconds_per_day = 24 * 60 * 60, stale_after_days = 45 };

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

/** The database whose age was last told of a configuration. */
typedef struct told_database {
  struct told_database *next;
  char *path;
  uint64_t build_epoch;
} told_database;

/* Kept for as long as the process lives, as are the metrics of a configuration: it may be loaded
 * again after it was out of use. */
static told_database *told_databases;
static pthread_mutex_t telling = PTHREAD_MUTEX_INITIALIZER;

/* Whether a build is another one than that which was last told of a configuration; from then on, it
 * is the one. */
static bool is_untold(const char *path, uint64_t build_epoch) {
  pthread_mutex_lock(&telling);
  told_database *told = told_databases;
  while (told != NULL && strcmp(told->path, path) != 0) {
    told = told->next;
  }
  if (told == NULL) {
    told = (told_database *)TSmalloc(sizeof(*told));
    told->path = TSstrdup(path);
    told->build_epoch = 0;
    told->next = told_databases;
    told_databases = told;
  }
  bool is_untold = told->build_epoch != build_epoch;
  told->build_epoch = build_epoch;
  pthread_mutex_unlock(&telling);
  return is_untold;
}

/* Once for each build, however often the configuration is loaded with it. */
static void warn_of_age(const maxmind_acl_policy *policy, const char *path) {
  uint64_t built = maxmind_acl_build_epoch(policy);
  uint64_t now = (uint64_t)time(NULL);
  bool is_stale = built < now && (now - built) / seconds_per_day > stale_after_days;
  if (built == 0 || (built <= now && !is_stale) || !is_untold(path, built)) {
    return;
  }
  time_t day = (time_t)built;
  struct tm date;
  char text[sizeof("YYYYYYYYYYYY-MM-DD")] = "?";
  if (day > 0 && gmtime_r(&day, &date) != NULL) {
    strftime(text, sizeof(text), "%Y-%m-%d", &date);
  }
  if (is_stale) {
    TSWarning("[%s] %s: the oldest database was built on %s, %" PRIu64 " days ago", PLUGIN_NAME,
              path, text, (now - built) / seconds_per_day);
  } else {
    TSWarning("[%s] %s: the oldest database was built on %s, which is in the future", PLUGIN_NAME,
              path, text);
  }
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

void load_report_end(const char *path, const maxmind_acl_policy *policy) {
  if (policy != NULL) {
    log_summary(policy);
    warn_of_age(policy, path);
  }
}
