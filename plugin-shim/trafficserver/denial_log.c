/* SPDX-License-Identifier: Apache-2.0 */
#include "denial_log.h"

#include "maxmind_acl.h"
#include "traffic_server.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/** A file that Traffic Server makes once: asked for it again, it would make another, NAME_1. */
struct denial_log {
  denial_log *next;
  char *name;
  TSTextLogObject log;
};

/** The files of all copies of this plugin: after its own file has changed, Traffic Server runs a
 * new copy beside the old one. INVARIANT: `log_files_name` is another one where this is. */
typedef struct log_files {
  pthread_mutex_t lock;
  denial_log *first; /* only ever grows */
} log_files;

static const char log_files_name[] = "maxmind_acl.log_files.1";

static log_files *files; /* those of the first copy */

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

/* Adds a file; NULL if Traffic Server does not make it. Called by who holds the lock. */
static denial_log *add_file(const char *name) {
  TSTextLogObject log = NULL;
  if (TSTextLogObjectCreate(name, TS_LOG_MODE_ADD_TIMESTAMP, &log) != TS_SUCCESS) {
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
  char name[256]; /* the names in a configuration are shorter */
  snprintf(name, sizeof(name), "%s%s", file,
           strchr(file, '.') == NULL ? ".log" : ""); /* as Traffic Server does */
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
    TSError("[%s] %s: Traffic Server does not make this log; denials are not logged", PLUGIN_NAME,
            file);
  }
  return self;
}

void denial_log_write(const denial_log *self, const char *line) {
  TSTextLogObjectWrite(self->log, "%s", line);
}

void denial_log_tell_suppressed(void) {
  char line[256];
  const char *file = NULL;
  while (maxmind_acl_take_suppressed(&file, line, sizeof(line)) > 0) {
    const denial_log *self = denial_log_of(file);
    if (self != NULL) {
      denial_log_write(self, line);
    }
  }
}
