/* SPDX-License-Identifier: Apache-2.0 */
#include "request_end.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { in_header = 0, in_body, in_chunk_size, in_chunk, in_trailer, at_end };

/* The value of a field if the line is of that name, else NULL. */
static const char *field_value(const char *line, const char *name) {
  size_t length = strlen(name);
  return strncasecmp(line, name, length) == 0 && line[length] == ':' ? line + length + 1 : NULL;
}

/* Is the word in the text, in any case? */
static bool holds_word(const char *text, const char *word) {
  for (; *text != '\0'; ++text) {
    if (strncasecmp(text, word, strlen(word)) == 0) {
      return true;
    }
  }
  return false;
}

static void take_header_line(request_end *self) {
  const char *value = NULL;
  if (self->line_length == 0) {
    if (self->waits_for_continue || (!self->chunked && self->left == 0)) {
      self->place = at_end;
    } else {
      self->place = self->chunked ? in_chunk_size : in_body;
    }
  } else if ((value = field_value(self->line, "content-length")) != NULL) {
    self->left = strtoull(value, NULL, 10);
  } else if ((value = field_value(self->line, "transfer-encoding")) != NULL) {
    self->chunked = self->chunked || holds_word(value, "chunked");
  } else if ((value = field_value(self->line, "expect")) != NULL) {
    self->waits_for_continue = holds_word(value, "100-continue");
  }
}

static void take_chunk_size(request_end *self) {
  char *end = self->line;
  uint64_t size = strtoull(self->line, &end, 16);
  if (end == self->line || size > INT64_MAX) {
    self->place = at_end;
  } else if (size == 0) {
    self->place = in_trailer;
  } else {
    self->left = size + 2;
    self->place = in_chunk;
  }
}

static void take_line(request_end *self) {
  if (self->line_length > 0 && self->line[self->line_length - 1] == '\r') {
    --self->line_length;
  }
  self->line[self->line_length] = '\0';
  switch (self->place) {
  case in_header:
    take_header_line(self);
    break;
  case in_chunk_size:
    take_chunk_size(self);
    break;
  default:
    self->place = self->line_length == 0 ? at_end : in_trailer;
    break;
  }
  self->line_length = 0;
}

bool request_end_reached(request_end *self, const char *bytes, size_t length) {
  while (length > 0 && self->place != at_end) {
    if (self->place == in_body || self->place == in_chunk) {
      size_t size = self->left < length ? (size_t)self->left : length;
      bytes += size;
      length -= size;
      self->left -= size;
      if (self->left == 0) {
        self->place = self->place == in_body ? at_end : in_chunk_size;
      }
      continue;
    }
    if (*bytes == '\n') {
      take_line(self);
    } else if (self->line_length < sizeof(self->line) - 1) {
      self->line[self->line_length++] = *bytes;
    }
    ++bytes;
    --length;
  }
  return self->place == at_end;
}
