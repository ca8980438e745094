/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"
#include "header_field.h"

#include <string.h>

/** An iterator over the request's fields of one name. */
typedef struct field_lines {
  const TSRemapRequestInfo *info;
  const char *name;
  int name_length;
  TSMLoc field; /**< the last field returned */
  bool started;
} field_lines;

static bool fetch_line(void *context, const char **line, size_t *length) {
  field_lines *self = (field_lines *)context;
  TSMBuffer buffer = self->info->requestBufp;
  TSMLoc header = self->info->requestHdrp;
  TSMLoc before = self->field;
  if (!self->started) {
    self->started = true;
    self->field = TSMimeHdrFieldFind(buffer, header, self->name, self->name_length);
  } else if (before != TS_NULL_MLOC) {
    self->field = TSMimeHdrFieldNextDup(buffer, header, before);
    TSHandleMLocRelease(buffer, header, before);
  }
  if (self->field == TS_NULL_MLOC) {
    return false;
  }
  *line = header_field_value(buffer, header, self->field, length);
  return true;
}

void client_find(const maxmind_acl_settings *settings, TSHttpTxn transaction,
                 const TSRemapRequestInfo *info, const struct sockaddr *peer,
                 maxmind_acl_client *client) {
#if HAS_VERIFIED_ADDRESSES
  const struct sockaddr *verified = NULL;
  if (settings->reads_verified_address &&
      TSHttpTxnVerifiedAddrGet(transaction, &verified) == TS_SUCCESS && is_ip_address(verified)) {
    memset(client, 0, sizeof(*client));
    client->client = verified;
    client->source = MAXMIND_ACL_CLIENT_VERIFIED;
    return;
  }
#else
  (void)transaction;
#endif
  const maxmind_acl_text *name = &settings->client_header;
  field_lines lines = {info, name->bytes, (int)name->length, TS_NULL_MLOC, false};
  maxmind_acl_resolve_client(settings->policy, peer, fetch_line, &lines, client);
}

/* The URL. */

static bool hold(request_url *self) {
  self->held = self->held || TSHttpTxnPristineUrlGet(self->transaction, &self->buffer,
                                                     &self->location) == TS_SUCCESS;
  return self->held;
}

typedef const char *get_part(TSMBuffer buffer, TSMLoc location, int *length);

static const char *part(const request_url *self, get_part *get, size_t *size) {
  int length = 0;
  const char *text = get(self->buffer, self->location, &length);
  *size = text != NULL && length > 0 ? (size_t)length : 0;
  return text;
}

bool request_url_fetch(request_url *self, maxmind_acl_url *url) {
  if (!hold(self)) {
    return false;
  }
  url->host = part(self, TSUrlHostGet, &url->host_length);
  url->path = part(self, TSUrlPathGet, &url->path_length);
#if SPLITS_PARAMETERS
  url->params = part(self, TSUrlHttpParamsGet, &url->params_length);
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
  url->scheme = part(self, TSUrlSchemeGet, &url->scheme_length);
  url->port = TSUrlRawPortGet(self->buffer, self->location);
  url->query = part(self, TSUrlHttpQueryGet, &url->query_length);
  return true;
}
