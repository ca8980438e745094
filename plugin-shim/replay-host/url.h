/* SPDX-License-Identifier: Apache-2.0
 *
 * URLs, parsed as in Traffic Server (proxy/hdrs/URL.cc).
 */
#ifndef REPLAY_HOST_URL_H
#define REPLAY_HOST_URL_H

#include <stdbool.h>
#include <stddef.h>

/** Borrowed bytes. `start` is NULL if the part is absent. */
struct span {
  const char *start;
  size_t length;
};

struct url {
  struct span scheme; /**< "http" or "https" in lower case */
  struct span user;
  struct span password;
  struct span host; /**< as sent; an IPv6 address keeps its brackets */
  struct span port_text;
  int port;             /**< 0: the URL has none */
  bool has_slash;       /**< false if only a query or a fragment follows the authority */
  struct span path;     /**< without any leading slashes */
  struct span params;   /**< after the first ';' that follows the authority; none in version 10 */
  struct span query;    /**< after the first '?' */
  struct span fragment; /**< after the first '#' */
};

/** Parses `text`. The parts point into it. Returns NULL, or a message about the URL. */
const char *url_parse(struct url *url, const char *text, size_t length);

/** The length of url_print()'s text without the final NUL. */
size_t url_printed_length(const struct url *url);

/** Writes the URL and a NUL to `buffer`, which holds url_printed_length() + 1 bytes. */
void url_print(const struct url *url, char *buffer);

#endif
