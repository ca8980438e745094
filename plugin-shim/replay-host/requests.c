/* SPDX-License-Identifier: Apache-2.0 */
#include "requests.h"

#include "message.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

// Any port: no rule uses it.
enum { CLIENT_PORT = 40000 };

static const char *parse_client(struct request *request) {
  if (strcmp(request->client, "-") == 0) {
    return NULL;
  }
  if (strcmp(request->client, "internal") == 0) {
    request->internal = true;
    return NULL;
  }
  static const char internal_with_address[] = "internal=";
  const char *text = request->client;
  if (strncmp(text, internal_with_address, strlen(internal_with_address)) == 0) {
    request->internal = true;
    text += strlen(internal_with_address);
  }
  struct sockaddr_in *v4 = (struct sockaddr_in *)&request->address;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&request->address;
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(CLIENT_PORT);
  } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(CLIENT_PORT);
  } else {
    return "the client is not an address, '-' or 'internal'";
  }
  request->has_address = true;
  return NULL;
}

static struct span trimmed(const char *start, const char *end) {
  while (start < end && (*start == ' ' || *start == '\t')) {
    start++;
  }
  while (start < end && (end[-1] == ' ' || end[-1] == '\t')) {
    end--;
  }
  return (struct span){start, (size_t)(end - start)};
}

static bool parse_field(struct field *field, const char *text, const char *end) {
  const char *colon = (const char *)memchr(text, ':', (size_t)(end - text));
  if (colon == NULL) {
    return false;
  }
  *field = (struct field){{text, (size_t)(colon - text)}, trimmed(colon + 1, end), true};
  return field->name.length > 0 && memchr(text, ' ', field->name.length) == NULL;
}

static const char *parse_fields(struct request *request, char *text) {
  struct field fields[REQUEST_FIELDS_MAX];
  int count = 0;
  // The Host field has the authority of the URL.
  struct url *url = &request->url;
  const char *authority_end = url->host.start + url->host.length;
  if (url->port_text.start != NULL) {
    authority_end = url->port_text.start + url->port_text.length;
  }
  fields[count++] = (struct field){
      {"Host", 4}, {url->host.start, (size_t)(authority_end - url->host.start)}, true};
  for (char *start = text; start != NULL;) {
    if (count == REQUEST_FIELDS_MAX) {
      return "too many header fields";
    }
    char *tab = strchr(start, '\t');
    const char *end = tab != NULL ? tab : start + strlen(start);
    if (!parse_field(&fields[count++], start, end)) {
      return "a header field is not 'Name: value'";
    }
    start = tab != NULL ? tab + 1 : NULL;
  }
  request->fields = (struct field *)allocate((size_t)count * sizeof *fields);
  memcpy(request->fields, fields, (size_t)count * sizeof *fields);
  request->field_count = count;
  request->field_lengths = 0;
  for (int i = 0; i < count; i++) {
    request->field_lengths |= UINT64_C(1) << fields[i].name.length % 64;
  }
  return NULL;
}

// Cuts the line (owned by the request) into client, URL and tab-separated header fields.
static const char *parse_line(struct request *request) {
  char *client = request->text + strspn(request->text, " \t");
  char *client_end = client + strcspn(client, " \t");
  char *url = client_end + strspn(client_end, " \t");
  char *url_end = url + strcspn(url, " \t");
  if (*url == '\0') {
    return "no URL after the client";
  }
  char *fields = NULL;
  if (*url_end == '\t') {
    fields = url_end + 1;
  } else if (url_end[strspn(url_end, " ")] != '\0') {
    return "text after the URL (header fields follow a tab)";
  }
  *client_end = '\0';
  *url_end = '\0';
  request->client = client;
  request->written_url = url;
  const char *problem = parse_client(request);
  problem = problem != NULL ? problem : url_parse(&request->url, url, strlen(url));
  return problem != NULL ? problem : parse_fields(request, fields);
}

static void request_free(struct request *request) {
  free(request->text);
  free(request->fields);
}

struct requests requests_read(FILE *file) {
  struct requests requests = {0};
  size_t capacity = 0;
  char *buffer = NULL;
  size_t buffer_size = 0;
  ssize_t length;
  for (size_t line = 1; (length = getline(&buffer, &buffer_size, file)) >= 0; line++) {
    while (length > 0 && (buffer[length - 1] == '\n' || buffer[length - 1] == '\r')) {
      buffer[--length] = '\0';
    }
    const char *start = buffer + strspn(buffer, " \t");
    if (length > 0 && strlen(buffer) == (size_t)length && (*start == '\0' || *start == '#')) {
      continue;
    }
    if (length == 0) {
      continue;
    }
    struct request request = {.line = line, .text = (char *)allocate((size_t)length + 1)};
    memcpy(request.text, buffer, (size_t)length + 1);
    const char *problem =
        strlen(buffer) != (size_t)length ? "a NUL byte in the line" : parse_line(&request);
    if (problem != NULL) {
      message("line %zu: %s", line, problem);
      request_free(&request);
      requests.malformed++;
      continue;
    }
    if (requests.count == capacity) {
      capacity = capacity == 0 ? 1024 : capacity * 2;
      requests.items =
          (struct request *)reallocate(requests.items, capacity * sizeof *requests.items);
    }
    requests.items[requests.count++] = request;
  }
  free(buffer);
  return requests;
}

void requests_free(struct requests *requests) {
  for (size_t i = 0; i < requests->count; i++) {
    request_free(&requests->items[i]);
  }
  free(requests->items);
}
