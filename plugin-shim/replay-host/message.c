/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <stdio.h>
#include <stdlib.h>

void message_of_kind(const char *kind, const char *detail, const char *format, va_list arguments) {
  flockfile(stderr);
  fputs("replay-host: ", stderr);
  if (kind != NULL) {
    fputs(kind, stderr);
    if (detail != NULL) {
      fprintf(stderr, " (%s)", detail);
    }
    fputs(": ", stderr);
  }
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  funlockfile(stderr);
}

void message(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  message_of_kind(NULL, NULL, format, arguments);
  va_end(arguments);
}

void plugin_fault(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  message_of_kind("plugin fault", NULL, format, arguments);
  va_end(arguments);
  abort();
}

static void *checked(void *memory) {
  if (memory == NULL) {
    message("out of memory");
    abort();
  }
  return memory;
}

// malloc(0) may return NULL without a lack of memory.
void *allocate(unsigned long size) {
  return checked(malloc(size == 0 ? 1 : size));
}

void *allocate_zeroed(unsigned long count, unsigned long size) {
  return checked(calloc(count == 0 ? 1 : count, size == 0 ? 1 : size));
}

void *reallocate(void *memory, unsigned long size) {
  return checked(realloc(memory, size == 0 ? 1 : size));
}
