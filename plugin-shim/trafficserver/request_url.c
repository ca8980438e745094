/* SPDX-License-Identifier: Apache-2.0 */
#include "request_url.h"

#include <string.h>

static bool hold(request_url *self) {
  self->held = self->held || TSHttpTxnPristineUrlGet(self->transaction, &self->buffer,
                                                     &self->location) == TS_SUCCESS;
  return self->held;
}

static size_t length_of(const char *text, int length) {
  return text != NULL && length > 0 ? (size_t)length : 0;
}

bool request_url_fetch(request_url *self, maxmind_acl_url *url) {
  if (!hold(self)) {
    return false;
  }
  int length = 0;
  url->host = TSUrlHostGet(self->buffer, self->location, &length);
  url->host_length = length_of(url->host, length);
  length = 0;
  url->path = TSUrlPathGet(self->buffer, self->location, &length);
  url->path_length = length_of(url->path, length);
#if TS_VERSION_MAJOR < 10 /* later ones leave the parameters in the path */
  length = 0;
  url->params = TSUrlHttpParamsGet(self->buffer, self->location, &length);
  url->params_length = length_of(url->params, length);
#endif
  return true;
}

char *request_url_text(request_url *self, int *length) {
  return hold(self) ? TSUrlStringGet(self->buffer, self->location, length) : NULL;
}

bool request_url_fetch_whole(request_url *self, maxmind_acl_denied_url *url) {
  memset(url, 0, sizeof(*url));
  if (!request_url_fetch(self, &url->parts)) {
    return false;
  }
  int length = 0;
  url->scheme = TSUrlSchemeGet(self->buffer, self->location, &length);
  url->scheme_length = length_of(url->scheme, length);
  url->port = TSUrlRawPortGet(self->buffer, self->location);
  length = 0;
  url->query = TSUrlHttpQueryGet(self->buffer, self->location, &length);
  url->query_length = length_of(url->query, length);
  return true;
}
