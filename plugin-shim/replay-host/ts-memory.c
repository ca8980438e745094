/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ts/ts.h>

#include <ts/experimental.h>

void *_TSmalloc(size_t size, const char *path) {
  (void)path;
  return allocate(size);
}

void *_TSrealloc(void *memory, size_t size, const char *path) {
  (void)path;
  return reallocate(memory, size);
}

char *_TSstrdup(const char *text, int64_t length, const char *path) {
  (void)path;
  if (text == NULL) {
    return NULL;
  }
  size_t size = length < 0 ? strlen(text) : (size_t)length;
  char *copy = allocate(size + 1);
  memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

void _TSfree(void *memory) {
  free(memory);
}

size_t _TSstrlcpy(char *to, const char *from, size_t size) {
  size_t length = strlen(from);
  if (size > 0) {
    size_t copied = length < size ? length : size - 1;
    memcpy(to, from, copied);
    to[copied] = '\0';
  }
  return length;
}

size_t _TSstrlcat(char *to, const char *from, size_t size) {
  size_t used = strnlen(to, size);
  return used + (used < size ? _TSstrlcpy(to + used, from, size - used) : strlen(from));
}

TSHRTime TShrtime(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (TSHRTime)time.tv_sec * 1000000000 + time.tv_nsec;
}
