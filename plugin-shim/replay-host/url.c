/* SPDX-License-Identifier: Apache-2.0 */
#include "url.h"

#include <string.h>
#include <strings.h>
#include <ts/apidefs.h>

// Traffic Server 10 leaves ";params" in the path.
static const char *const path_ends = TS_VERSION_MAJOR >= 10 ? "?#" : ";?#";

static struct span span(const char *start, const char *end) {
  return (struct span){start, (size_t)(end - start)};
}

static const char *parse_port(struct url *url, const char *start, const char *end) {
  if (start == end) {
    return "no port after ':'";
  }
  int port = 0;
  for (const char *digit = start; digit < end; digit++) {
    if (*digit < '0' || *digit > '9') {
      return "port is not a number";
    }
    port = port * 10 + (*digit - '0');
    if (port > 65535) {
      return "port is above 65535";
    }
  }
  url->port_text = span(start, end);
  url->port = port;
  return NULL;
}

static const char *parse_authority(struct url *url, const char *start, const char *end) {
  const char *at = (const char *)memchr(start, '@', (size_t)(end - start));
  if (at != NULL) {
    const char *colon = (const char *)memchr(start, ':', (size_t)(at - start));
    url->user = span(start, colon != NULL ? colon : at);
    if (colon != NULL) {
      url->password = span(colon + 1, at);
    }
    start = at + 1;
  }
  const char *host_end = end;
  const char *colon = NULL;
  if (start < end && *start == '[') {
    const char *bracket = (const char *)memchr(start, ']', (size_t)(end - start));
    if (bracket == NULL) {
      return "no ']' after '['";
    }
    host_end = bracket + 1;
    if (host_end < end) {
      if (*host_end != ':') {
        return "unexpected character after ']'";
      }
      colon = host_end;
    }
  } else {
    colon = (const char *)memchr(start, ':', (size_t)(end - start));
    if (colon != NULL) {
      host_end = colon;
    }
  }
  if (host_end == start) {
    return "no host";
  }
  url->host = span(start, host_end);
  return colon != NULL ? parse_port(url, colon + 1, end) : NULL;
}

static const char *first_of(const char *start, const char *end, const char *characters) {
  while (start < end && strchr(characters, *start) == NULL) {
    start++;
  }
  return start;
}

// A ';' after '?' belongs to the query. A '?' or ';' after '#' belongs to the fragment.
static void parse_rest(struct url *url, const char *start, const char *end) {
  const char *path_end = first_of(start, end, path_ends);
  // A URL that ends after its authority has an implied slash.
  url->has_slash = start == end || *start == '/';
  if (start < end && *start == '/') {
    while (start < path_end && *start == '/') {
      start++;
    }
    url->path = span(start, path_end);
  }
  const char *at = path_end;
  if (at < end && *at == ';') {
    const char *stop = first_of(at, end, "?#");
    url->params = span(at + 1, stop);
    at = stop;
  }
  if (at < end && *at == '?') {
    const char *stop = first_of(at, end, "#");
    url->query = span(at + 1, stop);
    at = stop;
  }
  if (at < end && *at == '#') {
    url->fragment = span(at + 1, end);
  }
}

const char *url_parse(struct url *url, const char *text, size_t length) {
  const char *end = text + length;
  *url = (struct url){0};
  // With the default of proxy.config.http.strict_uri_parsing (2), such a request gets a 400 before
  // remap.
  for (const char *c = text; c < end; c++) {
    if (*c <= ' ' || *c > '~') {
      return "white space or a non-printable character in the URL";
    }
  }
  if (length > 7 && strncasecmp(text, "http://", 7) == 0) {
    url->scheme = (struct span){"http", 4};
    text += 7;
  } else if (length > 8 && strncasecmp(text, "https://", 8) == 0) {
    url->scheme = (struct span){"https", 5};
    text += 8;
  } else {
    return "not an absolute http or https URL";
  }
  const char *authority_end = first_of(text, end, "/?#");
  const char *problem = parse_authority(url, text, authority_end);
  if (problem == NULL) {
    parse_rest(url, authority_end, end);
  }
  return problem;
}

// Traffic Server omits empty params, query and fragment, with their separators.
static size_t printed(struct span part, size_t separator) {
  return part.length > 0 ? part.length + separator : 0;
}

size_t url_printed_length(const struct url *url) {
  size_t length = url->scheme.length + 3 + url->host.length + url->path.length;
  length += url->user.start != NULL ? url->user.length + 1 : 0;
  length += url->password.start != NULL ? url->password.length + 1 : 0;
  length += printed(url->port_text, 1);
  length += url->has_slash ? 1 : 0;
  length += printed(url->params, 1) + printed(url->query, 1) + printed(url->fragment, 1);
  return length;
}

static char *append(char *out, const char *before, struct span part) {
  for (; *before != '\0'; before++) {
    *out++ = *before;
  }
  if (part.length > 0) {
    memcpy(out, part.start, part.length);
  }
  return out + part.length;
}

void url_print(const struct url *url, char *out) {
  out = append(out, "", url->scheme);
  out = append(out, "://", (struct span){0});
  if (url->user.start != NULL) {
    out = append(out, "", url->user);
    if (url->password.start != NULL) {
      out = append(out, ":", url->password);
    }
    *out++ = '@';
  }
  out = append(out, "", url->host);
  if (url->port_text.length > 0) {
    out = append(out, ":", url->port_text);
  }
  out = append(out, url->has_slash ? "/" : "", url->path);
  if (url->params.length > 0) {
    out = append(out, ";", url->params);
  }
  if (url->query.length > 0) {
    out = append(out, "?", url->query);
  }
  if (url->fragment.length > 0) {
    out = append(out, "#", url->fragment);
  }
  *out = '\0';
}
