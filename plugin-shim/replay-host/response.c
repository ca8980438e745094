/* SPDX-License-Identifier: Apache-2.0 */
#include "intercept.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_named(const char *line, size_t name_length, const char *name) {
  return name_length == strlen(name) && strncasecmp(line, name, name_length) == 0;
}

static void parse_field(struct response *response, const char *line, const char *end) {
  const char *colon = memchr(line, ':', (size_t)(end - line));
  if (colon == NULL) {
    return;
  }
  size_t name_length = (size_t)(colon - line);
  const char *value = colon + 1;
  while (value < end && (*value == ' ' || *value == '\t')) {
    value++;
  }
  if (is_named(line, name_length, "Content-Type")) {
    response->content_type = (struct span){value, (size_t)(end - value)};
  } else if (is_named(line, name_length, "Content-Length")) {
    response->content_length = 0;
    for (; value < end && *value >= '0' && *value <= '9'; value++) {
      response->content_length = response->content_length * 10 + (*value - '0');
    }
  }
}

struct response response_parse(const char *bytes, size_t length) {
  struct response response = {.content_length = -1};
  const char *head_end = length > 0 ? memmem(bytes, length, "\r\n\r\n", 4) : NULL;
  if (head_end == NULL || length < 12 || strncmp(bytes, "HTTP/1.", 7) != 0 || bytes[8] != ' ') {
    return response;
  }
  for (int i = 9; i < 12; i++) {
    if (bytes[i] < '0' || bytes[i] > '9') {
      return (struct response){.content_length = -1};
    }
    response.status = response.status * 10 + (bytes[i] - '0');
  }
  const char *line = memmem(bytes, length, "\r\n", 2);
  while (line < head_end) {
    line += 2;
    const char *end = memmem(line, (size_t)(head_end + 2 - line), "\r\n", 2);
    parse_field(&response, line, end);
    line = end;
  }
  const char *body = head_end + 4;
  response.body = (struct span){body, (size_t)(bytes + length - body)};
  response.is_complete = response.content_length >= 0 &&
                         response.body.length >= (unsigned long long)response.content_length;
  return response;
}
