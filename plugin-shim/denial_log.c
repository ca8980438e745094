/* SPDX-License-Identifier: Apache-2.0 */
#include "denial_log.h"
#include "client.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

/* So much of a URL is logged: a line of Traffic Server's has a bound. */
enum { longest_url = 2048, all = 10000, nanoseconds_per_second = 1000000000 };

struct denial_log {
  denial_log *next;
  char *name;
  char *file;
  TSTextLogObject log;
  uint64_t seen;       /* denials; atomic */
  int64_t earliest;    /* when the next line is due at an even pace; atomic */
  uint64_t suppressed; /* by the rate, not told yet; atomic */
};

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static denial_log *logs; /* only ever grows */

/** A file that Traffic Server makes once: asked for it again, it would make another, NAME_1. */
typedef struct log_file {
  struct log_file *next;
  char *name;
  TSTextLogObject log;
} log_file;

/** The files of all copies of this plugin: after its own file has changed, Traffic Server runs a
 * new copy beside the old one. INVARIANT: `log_files_name` is another one where this is. */
typedef struct log_files {
  pthread_mutex_t lock;
  log_file *first; /* only ever grows */
} log_files;

static const char log_files_name[] = "maxmind_acl.log_files.1";

/* Those of the first copy. Called by who holds `registry`. */
static log_files *find_files(void) {
  static log_files own = {PTHREAD_MUTEX_INITIALIZER, NULL};
  static log_files *found;
  const char *description = NULL;
  int index = 0;
  if (found != NULL) {
    return found;
  }
  found = &own;
  if (TSUserArgIndexNameLookup(TS_USER_ARGS_GLB, log_files_name, &index, &description) ==
      TS_SUCCESS) {
    log_files *first = (log_files *)TSUserArgGet(NULL, index);
    found = first != NULL ? first : &own;
  } else if (TSUserArgIndexReserve(TS_USER_ARGS_GLB, log_files_name, "logs of denials", &index) ==
             TS_SUCCESS) {
    TSUserArgSet(NULL, index, &own);
  }
  return found;
}

/* Adds a file, whose name is from TSmalloc; NULL where Traffic Server does not make it. */
static TSTextLogObject add_file(log_files *files, char *name) {
  TSTextLogObject log = NULL;
  if (TSTextLogObjectCreate(name, TS_LOG_MODE_ADD_TIMESTAMP, &log) != TS_SUCCESS) {
    TSfree(name);
    return NULL;
  }
  log_file *self = (log_file *)TSmalloc(sizeof(*self));
  self->name = name;
  self->log = log;
  self->next = files->first;
  files->first = self;
  return log;
}

/* Called by who holds `registry`. */
static TSTextLogObject open_file(const char *file) {
  log_files *files = find_files();
  char *name = (char *)TSmalloc(strlen(file) + sizeof(".log"));
  strcpy(name, file);
  if (strchr(file, '.') == NULL) {
    strcat(name, ".log"); /* as Traffic Server does */
  }
  TSTextLogObject log = NULL;
  pthread_mutex_lock(&files->lock);
  const log_file *each = files->first;
  while (each != NULL && strcmp(each->name, name) != 0) {
    each = each->next;
  }
  if (each != NULL) {
    log = each->log;
    TSfree(name);
  } else {
    log = add_file(files, name);
  }
  pthread_mutex_unlock(&files->lock);
  return log;
}

/* Called by who holds `registry`. */
static denial_log *create(const char *name, const char *file) {
  TSTextLogObject log = open_file(file);
  if (log == NULL) {
    TSError("[%s] %s: Traffic Server does not make this log; denials are not logged", PLUGIN_NAME,
            file);
    return NULL;
  }
  denial_log *self = (denial_log *)TSmalloc(sizeof(*self));
  memset(self, 0, sizeof(*self));
  self->name = TSstrdup(name);
  self->file = TSstrdup(file);
  self->log = log;
  self->next = logs;
  logs = self;
  return self;
}

denial_log *denial_log_of(const char *name, const char *file) {
  pthread_mutex_lock(&registry);
  denial_log *self = logs;
  while (self != NULL && (strcmp(self->name, name) != 0 || strcmp(self->file, file) != 0)) {
    self = self->next;
  }
  if (self == NULL) {
    self = create(name, file);
  }
  pthread_mutex_unlock(&registry);
  return self;
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * nanoseconds_per_second + time.tv_nsec;
}

/* Lines may come in a bunch, but no more of them than the rate has in a second. */
static bool is_within_rate(denial_log *self, uint32_t lines_per_second) {
  int64_t pace = nanoseconds_per_second / (lines_per_second > 0 ? lines_per_second : 1);
  int64_t ahead = nanoseconds_per_second - pace;
  int64_t time = now();
  int64_t earliest = __atomic_load_n(&self->earliest, __ATOMIC_RELAXED);
  int64_t next;
  do {
    int64_t start = earliest > time ? earliest : time;
    if (start - time > ahead) {
      return false;
    }
    next = start + pace;
  } while (!__atomic_compare_exchange_n(&self->earliest, &earliest, next, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED));
  return true;
}

bool denial_log_admits(denial_log *self, const maxmind_acl_denial_log *settings) {
  uint64_t number = __atomic_fetch_add(&self->seen, 1, __ATOMIC_RELAXED) % all;
  if (number * settings->sample % all >= settings->sample) {
    return false;
  }
  if (is_within_rate(self, settings->lines_per_second)) {
    return true;
  }
  __atomic_fetch_add(&self->suppressed, 1, __ATOMIC_RELAXED);
  return false;
}

/* A URL as one word: what would end it, or could be taken for something else, is encoded. */
static void write_url(const char *url, int length, char *text) {
  static const char digits[] = "0123456789ABCDEF";
  static const char ending[] = "...";
  size_t written = 0;
  for (int i = 0; i < length; ++i) {
    unsigned char byte = (unsigned char)url[i];
    if (written + 3 > longest_url) {
      memcpy(text + written, ending, sizeof(ending));
      return;
    }
    if (byte > ' ' && byte < 0x7f && byte != '"' && byte != '\\') {
      text[written++] = (char)byte;
    } else {
      text[written++] = '%';
      text[written++] = digits[byte >> 4];
      text[written++] = digits[byte & 15];
    }
  }
  text[written] = '\0';
}

static void write_pristine_url(TSHttpTxn transaction, char *text) {
  TSMBuffer buffer = NULL;
  TSMLoc location = TS_NULL_MLOC;
  int length = 0;
  strcpy(text, "-");
  if (TSHttpTxnPristineUrlGet(transaction, &buffer, &location) != TS_SUCCESS) {
    return;
  }
  char *url = TSUrlStringGet(buffer, location, &length);
  if (url != NULL && length > 0) {
    write_url(url, length, text);
  }
  TSfree(url);
  TSHandleMLocRelease(buffer, TS_NULL_MLOC, location);
}

void denial_log_write(denial_log *self, const maxmind_acl_policy *policy,
                      const maxmind_acl_decision *decision, const maxmind_acl_request *request,
                      bool is_enforced, TSHttpTxn transaction, const TSRemapRequestInfo *info) {
  char address[INET6_ADDRSTRLEN];
  client_write_address(request->client, address, sizeof(address));
  char text[512];
  maxmind_acl_write_decision(policy, decision, request, is_enforced, text, sizeof(text));
  char url[longest_url + sizeof("...")];
  write_pristine_url(transaction, url);
  int method_length = 0;
  const char *method = TSHttpHdrMethodGet(info->requestBufp, info->requestHdrp, &method_length);
  TSTextLogObjectWrite(self->log, "%s %s %.*s %s", address, text,
                       method != NULL ? (method_length < 32 ? method_length : 32) : 1,
                       method != NULL ? method : "-", url);
}

void denial_log_tell_suppressed(void) {
  pthread_mutex_lock(&registry);
  denial_log *first = logs;
  pthread_mutex_unlock(&registry);
  for (denial_log *each = first; each != NULL; each = each->next) {
    uint64_t count = __atomic_exchange_n(&each->suppressed, 0, __ATOMIC_RELAXED);
    if (count > 0) {
      TSTextLogObjectWrite(each->log, "# %s: %" PRIu64 " denials more than the rate allows",
                           each->name, count);
    }
  }
}
