/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include "message.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ts/ts.h>

enum { DEBUG_TAGS_MAX = 8 };

static const char *debug_tags[DEBUG_TAGS_MAX];
static int debug_tag_count;
static const char *log_directory;

struct tsapi_textlogobject {
  char *name;
  FILE *file; /**< NULL: standard error */
};

bool debug_tag_add(const char *tag) {
  if (debug_tag_count == DEBUG_TAGS_MAX) {
    return false;
  }
  debug_tags[debug_tag_count++] = tag;
  return true;
}

void log_directory_set(const char *directory) {
  log_directory = directory;
}

#define FORWARD(kind, detail, format)                                                              \
  do {                                                                                             \
    va_list arguments;                                                                             \
    va_start(arguments, format);                                                                   \
    message_of_kind(kind, detail, format, arguments);                                              \
    va_end(arguments);                                                                             \
  } while (0)

#define DEFINE_MESSAGE(function, kind)                                                             \
  void function(const char *format, ...) {                                                         \
    FORWARD(kind, NULL, format);                                                                   \
  }

// Those that end Traffic Server end the host too.
#define DEFINE_FATAL_MESSAGE(function, kind)                                                       \
  void function(const char *format, ...) {                                                         \
    FORWARD(kind, NULL, format);                                                                   \
    abort();                                                                                       \
  }

DEFINE_MESSAGE(TSStatus, "status")
DEFINE_MESSAGE(TSNote, "note")
DEFINE_MESSAGE(TSWarning, "warning")
DEFINE_MESSAGE(TSError, "error")
DEFINE_FATAL_MESSAGE(TSFatal, "fatal")
DEFINE_FATAL_MESSAGE(TSAlert, "alert")
DEFINE_FATAL_MESSAGE(TSEmergency, "emergency")

int TSIsDebugTagSet(const char *tag) {
  for (int i = 0; i < debug_tag_count; i++) {
    if (strcmp(debug_tags[i], tag) == 0) {
      return 1;
    }
  }
  return 0;
}

void TSDebug(const char *tag, const char *format, ...) {
  if (TSIsDebugTagSet(tag)) {
    FORWARD("debug", tag, format);
  }
}

void TSDebugSpecific(int always, const char *tag, const char *format, ...) {
  if (always || TSIsDebugTagSet(tag)) {
    FORWARD("debug", tag, format);
  }
}

void _TSReleaseAssert(const char *text, const char *file, int line) {
  plugin_fault("%s:%d: failed assertion: %s", file, line, text);
}

int _TSAssert(const char *text, const char *file, int line) {
  _TSReleaseAssert(text, file, line);
  return 0;
}

TSReturnCode TSTextLogObjectCreate(const char *name, int mode, TSTextLogObject *log) {
  (void)mode;
  FILE *file = NULL;
  if (log_directory != NULL) {
    char path[PATH_MAX];
    const char *suffix = strchr(name, '.') == NULL ? ".log" : "";
    snprintf(path, sizeof path, "%s/%s%s", log_directory, name, suffix);
    file = fopen(path, "ae");
    if (file == NULL) {
      return TS_ERROR;
    }
    setvbuf(file, NULL, _IOLBF, 0);
  }
  *log = allocate(sizeof **log);
  (*log)->name = TSstrdup(name);
  (*log)->file = file;
  return TS_SUCCESS;
}

TSReturnCode TSTextLogObjectWrite(TSTextLogObject log, const char *format, ...) {
  if (log->file == NULL) {
    FORWARD("log", log->name, format);
    return TS_SUCCESS;
  }
  va_list arguments;
  va_start(arguments, format);
  flockfile(log->file);
  vfprintf(log->file, format, arguments);
  fputc('\n', log->file);
  funlockfile(log->file);
  va_end(arguments);
  return TS_SUCCESS;
}

void TSTextLogObjectFlush(TSTextLogObject log) {
  if (log->file != NULL) {
    fflush(log->file);
  }
}

TSReturnCode TSTextLogObjectDestroy(TSTextLogObject log) {
  if (log->file != NULL) {
    fclose(log->file);
  }
  free(log->name);
  free(log);
  return TS_SUCCESS;
}

void TSTextLogObjectHeaderSet(TSTextLogObject log, const char *header) {
  if (log->file != NULL && ftell(log->file) == 0) {
    fprintf(log->file, "%s\n", header);
  }
}

// Logs of a replay are never rolled.
TSReturnCode TSTextLogObjectRollingEnabledSet(TSTextLogObject log, int enabled) {
  (void)log;
  (void)enabled;
  return TS_SUCCESS;
}

void TSTextLogObjectRollingIntervalSecSet(TSTextLogObject log, int seconds) {
  (void)log;
  (void)seconds;
}

void TSTextLogObjectRollingOffsetHrSet(TSTextLogObject log, int hour) {
  (void)log;
  (void)hour;
}

void TSTextLogObjectRollingSizeMbSet(TSTextLogObject log, int megabytes) {
  (void)log;
  (void)megabytes;
}
