/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
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
static bool find_verified(const maxmind_acl_policy *policy, TSHttpTxn transaction,
                          maxmind_acl_client *client) {
  const struct sockaddr *verified = NULL;
  if (!maxmind_acl_reads_verified_address(policy) ||
      TSHttpTxnVerifiedAddrGet(transaction, &verified) != TS_SUCCESS || !is_ip_address(verified)) {
    return false;
  }
  memset(client, 0, sizeof(*client));
  client->client = verified;
  client->source = MAXMIND_ACL_CLIENT_VERIFIED;
  return true;
}
#endif

void client_find(const maxmind_acl_policy *policy, TSHttpTxn transaction,
                 const TSRemapRequestInfo *info, const struct sockaddr *peer,
                 maxmind_acl_client *client) {
#if HAS_VERIFIED_ADDRESSES
  if (find_verified(policy, transaction, client)) {
    return;
  }
#else
  (void)transaction;
#endif
  size_t length = 0;
  field_lines lines;
  memset(&lines, 0, sizeof(lines));
  lines.info = info;
  lines.field = TS_NULL_MLOC;
  lines.name = maxmind_acl_client_header(policy, &length);
  lines.name_length = length <= INT_MAX ? (int)length : 0;
  maxmind_acl_resolve_client(policy, peer, fetch_line, &lines, client);
}

void client_write_address(const struct sockaddr *address, char *text, size_t size) {
  const void *bytes = NULL;
  int family = AF_UNSPEC;
  if (address != NULL && address->sa_family == AF_INET) {
    family = AF_INET;
    bytes = &((const struct sockaddr_in *)address)->sin_addr;
  } else if (address != NULL && address->sa_family == AF_INET6) {
    const struct in6_addr *ipv6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
    bool is_mapped = IN6_IS_ADDR_V4MAPPED(ipv6);
    family = is_mapped ? AF_INET : AF_INET6;
    bytes = ipv6->s6_addr + (is_mapped ? 12 : 0);
  }
  if (bytes == NULL || inet_ntop(family, bytes, text, (socklen_t)size) == NULL) {
    snprintf(text, size, "-");
  }
}

void client_describe(const maxmind_acl_policy *policy, const struct sockaddr *client,
                     uint8_t source, const struct sockaddr *peer, char *text, size_t size) {
  char of_client[INET6_ADDRSTRLEN], of_peer[INET6_ADDRSTRLEN];
  client_write_address(client, of_client, sizeof(of_client));
  client_write_address(peer, of_peer, sizeof(of_peer));
  const char *header = maxmind_acl_client_header(policy, NULL);
  if (source == MAXMIND_ACL_CLIENT_CONNECTION) {
    snprintf(text, size, "%s", of_client);
  } else if (source == MAXMIND_ACL_CLIENT_VERIFIED) {
    snprintf(text, size, "%s (verified, from %s)", of_client, of_peer);
  } else {
    snprintf(text, size, "%s (%s from %s)", of_client, header != NULL ? header : "?", of_peer);
  }
}
