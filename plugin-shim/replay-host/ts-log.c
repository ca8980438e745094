/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages and log files of a plugin go to standard error.
 */
#include "message.h"

#include <stdlib.h>
#include <ts/ts.h>

struct tsapi_textlogobject {
  char *name;
};

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

DEFINE_MESSAGE(TSNote, "note")
DEFINE_MESSAGE(TSWarning, "warning")
DEFINE_MESSAGE(TSError, "error")

TSReturnCode TSTextLogObjectCreate(const char *name, int mode, TSTextLogObject *log) {
  (void)mode;
  *log = (TSTextLogObject)allocate(sizeof **log);
  (*log)->name = TSstrdup(name);
  return TS_SUCCESS;
}

TSReturnCode TSTextLogObjectWrite(TSTextLogObject log, const char *format, ...) {
  FORWARD("log", log->name, format);
  return TS_SUCCESS;
}
