/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <stdlib.h>
#include <string.h>

#include <ts/ts.h>

void *_TSmalloc(size_t size, const char *path) {
  (void)path;
  return allocate(size);
}

char *_TSstrdup(const char *text, int64_t length, const char *path) {
  (void)path;
  if (text == NULL) {
    return NULL;
  }
  size_t size = length < 0 ? strlen(text) : (size_t)length;
  char *copy = (char *)allocate(size + 1);
  memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

// A macro for _TSfree in version 9, a function in 10.
void TSfree(void *memory) {
  free(memory);
}
