/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <string.h>

/** The fields of one name in a request's header, from the first on. */
typedef struct field_lines {
  const TSRemapRequestInfo *info;
  const char *name;
  int name_length;
  TSMLoc field; /**< the last one that was given */
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
  int value_length = 0;
  const char *value = TSMimeHdrFieldValueStringGet(buffer, header, self->field, -1, &value_length);
  *line = value != NULL ? value : "";
  *length = value != NULL && value_length > 0 ? (size_t)value_length : 0;
  return true;
}

#if HAS_VERIFIED_ADDRESSES
static bool find_verified(const maxmind_acl_settings *settings, TSHttpTxn transaction,
                          maxmind_acl_client *client) {
  const struct sockaddr *verified = NULL;
  if (!settings->reads_verified_address ||
      TSHttpTxnVerifiedAddrGet(transaction, &verified) != TS_SUCCESS || !is_ip_address(verified)) {
    return false;
  }
  memset(client, 0, sizeof(*client));
  client->client = verified;
  client->source = MAXMIND_ACL_CLIENT_VERIFIED;
  return true;
}
#endif

void client_find(const maxmind_acl_settings *settings, TSHttpTxn transaction,
                 const TSRemapRequestInfo *info, const struct sockaddr *peer,
                 maxmind_acl_client *client) {
#if HAS_VERIFIED_ADDRESSES
  if (find_verified(settings, transaction, client)) {
    return;
  }
#else
  (void)transaction;
#endif
  field_lines lines;
  memset(&lines, 0, sizeof(lines));
  lines.info = info;
  lines.field = TS_NULL_MLOC;
  lines.name = settings->client_header.bytes;
  lines.name_length = (int)settings->client_header.length;
  maxmind_acl_resolve_client(settings->policy, peer, fetch_line, &lines, client);
}

/* The URL. */

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
