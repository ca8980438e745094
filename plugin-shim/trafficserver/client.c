/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

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
