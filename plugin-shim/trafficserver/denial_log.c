/* SPDX-License-Identifier: Apache-2.0 */
#include "denial_log.h"

#include "maxmind_acl.h"
#include "traffic_server.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/** Created once for each file: at a second time Traffic Server creates another file, NAME_1. */
struct denial_log {
  denial_log *next;
  char *name;
  TSTextLogObject log;
};

/** The logs of all copies of this plugin: after a change of the .so, Traffic Server runs the new
 *  copy and the old one. INVARIANT: `log_files_name` changes with this structure. */
typedef struct log_files {
  pthread_mutex_t lock;
  denial_log *first; /* only ever grows */
} log_files;

static const char log_files_name[] = "maxmind_acl.log_files.1";
static log_files *files; /* belongs to the first copy */

static void find_files(void) {
  static log_files own = {PTHREAD_MUTEX_INITIALIZER, NULL};
  const char *description = NULL;
  int index = 0;
  files = &own;
  if (TSUserArgIndexNameLookup(TS_USER_ARGS_GLB, log_files_name, &index, &description) ==
      TS_SUCCESS) {
    log_files *first = (log_files *)TSUserArgGet(NULL, index);
    files = first != NULL ? first : &own;
  } else if (TSUserArgIndexReserve(TS_USER_ARGS_GLB, log_files_name, "logs of denials", &index) ==
             TS_SUCCESS) {
    TSUserArgSet(NULL, index, &own);
  }
}

/* Needs the lock. NULL: Traffic Server cannot create the file. Its own time stamp would have no
 * zone. */
static denial_log *add_file(const char *name) {
  TSTextLogObject log = NULL;
  if (TSTextLogObjectCreate(name, 0, &log) != TS_SUCCESS) {
    return NULL;
  }
  denial_log *self = (denial_log *)TSmalloc(sizeof(*self));
  self->name = TSstrdup(name);
  self->log = log;
  self->next = files->first;
  files->first = self;
  return self;
}

const denial_log *denial_log_of(const char *file) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, find_files);
  char name[256]; /* names in a configuration are shorter; Traffic Server adds ".log" likewise */
  snprintf(name, sizeof(name), "%s%s", file, strchr(file, '.') == NULL ? ".log" : "");
  pthread_mutex_lock(&files->lock);
  denial_log *self = files->first;
  while (self != NULL && strcmp(self->name, name) != 0) {
    self = self->next;
  }
  if (self == NULL) {
    self = add_file(name);
  }
  pthread_mutex_unlock(&files->lock);
  if (self == NULL) {
    TSError("[%s] %s: Traffic Server cannot create this log; denials are not logged", PLUGIN_NAME,
            file);
  }
  return self;
}

void denial_log_write(const denial_log *self, const char *line) {
  char now[32];
  maxmind_acl_write_time((int64_t)time(NULL), now, sizeof(now));
  TSTextLogObjectWrite(self->log, "%s %s", now, line);
}

void denial_log_tell_suppressed(void) {
  char line[256];
  const char *file = NULL;
  size_t place = 0;
  while (maxmind_acl_take_suppressed(&place, &file, line, sizeof(line)) > 0) {
    const denial_log *self = denial_log_of(file);
    if (self != NULL) {
      denial_log_write(self, line);
    }
  }
}
