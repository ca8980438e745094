/* SPDX-License-Identifier: Apache-2.0
 *
 * The TSUrl* functions that read. The TSMLoc of a URL is a struct url. The TSMBuffer is unused.
 */
#include "message.h"
#include "url.h"

#include <ts/ts.h>

static const struct url *url_at(TSMLoc location) {
  if (location == TS_NULL_MLOC) {
    plugin_fault("TS_NULL_MLOC where a URL is expected");
  }
  return (const struct url *)location;
}

#define DEFINE_PART(function, part)                                                                \
  const char *function(TSMBuffer buffer, TSMLoc location, int *length) {                           \
    (void)buffer;                                                                                  \
    const struct url *url = url_at(location);                                                      \
    *length = (int)url->part.length;                                                               \
    return url->part.start;                                                                        \
  }

DEFINE_PART(TSUrlSchemeGet, scheme)
DEFINE_PART(TSUrlHostGet, host)
DEFINE_PART(TSUrlPathGet, path)
DEFINE_PART(TSUrlHttpParamsGet, params)
DEFINE_PART(TSUrlHttpQueryGet, query)

int TSUrlRawPortGet(TSMBuffer buffer, TSMLoc location) {
  (void)buffer;
  return url_at(location)->port;
}

char *TSUrlStringGet(TSMBuffer buffer, TSMLoc location, int *length) {
  (void)buffer;
  const struct url *url = url_at(location);
  size_t size = url_printed_length(url);
  char *text = (char *)TSmalloc(size + 1);
  url_print(url, text);
  if (length != NULL) {
    *length = (int)size;
  }
  return text;
}
