/* SPDX-License-Identifier: Apache-2.0 */
#include "decision_header.h"

#include <string.h>
#include <strings.h>

/* The transaction argument that is set if this plugin wrote the field. Copies of the plugin in one
 * process share it. -1: there is none, and no field counts as ours. */
static int written_index = -1;

void decision_header_init(void) {
  static const char name[] = "maxmind_acl.decision_header";
  const char *description = NULL;
  if (written_index < 0 &&
      TSUserArgIndexNameLookup(TS_USER_ARGS_TXN, name, &written_index, &description) !=
          TS_SUCCESS &&
      TSUserArgIndexReserve(TS_USER_ARGS_TXN, name, "whether " DECISION_HEADER " is ours",
                            &written_index) != TS_SUCCESS) {
    written_index = -1;
    TSError("[%s] Traffic Server has no free transaction argument: of two instances on one line, "
            "the last one removes the " DECISION_HEADER " of the first",
            PLUGIN_NAME);
  }
}

void decision_header_remove_found(TSHttpTxn transaction, const TSRemapRequestInfo *info,
                                  TSMLoc field) {
  if (written_index >= 0 && TSUserArgGet(transaction, written_index) != NULL) {
    TSHandleMLocRelease(info->requestBufp, info->requestHdrp, field);
  } else {
    header_field_remove(info->requestBufp, info->requestHdrp, field);
  }
}

/* Removes our names from a field `Connection`: Traffic Server drops the fields that it names. */
static void free_from_connection(const maxmind_acl_settings *settings,
                                 const TSRemapRequestInfo *info, TSMLoc field) {
  size_t length = 0;
  const char *value = header_field_value(info->requestBufp, info->requestHdrp, field, &length);
  char room[128];
  char *list = length <= sizeof(room) ? room : (char *)TSmalloc(length);
  memcpy(list, value, length);
  size_t left = maxmind_acl_remove_annotations(settings->policy, list, length);
  if (left < length) {
    TSMimeHdrFieldValueStringSet(info->requestBufp, info->requestHdrp, field, -1, list, (int)left);
  }
  if (list != room) {
    TSfree(list);
  }
}

/* Removes the client's fields that an origin may take for ours, and our names in `Connection`. */
static void remove_annotations(const maxmind_acl_settings *settings,
                               const TSRemapRequestInfo *info) {
  TSMLoc field = TSMimeHdrFieldGet(info->requestBufp, info->requestHdrp, 0);
  while (field != TS_NULL_MLOC) {
    TSMLoc next = TSMimeHdrFieldNext(info->requestBufp, info->requestHdrp, field);
    int length = 0;
    const char *name = TSMimeHdrFieldNameGet(info->requestBufp, info->requestHdrp, field, &length);
    if (maxmind_acl_is_annotation(settings->policy, name, length > 0 ? (size_t)length : 0)) {
      TSMimeHdrFieldRemove(info->requestBufp, info->requestHdrp, field);
    } else if (length == TS_MIME_LEN_CONNECTION &&
               strncasecmp(name, TS_MIME_FIELD_CONNECTION, (size_t)length) == 0) {
      free_from_connection(settings, info, field);
    }
    TSHandleMLocRelease(info->requestBufp, info->requestHdrp, field);
    field = next;
  }
}

static void set(const TSRemapRequestInfo *info, const char *name, size_t name_length,
                const char *value, size_t value_length) {
  header_field_set(info->requestBufp, info->requestHdrp, name, name_length, value, value_length);
}

void decision_header_annotate(const maxmind_acl_settings *settings,
                              const maxmind_acl_decision *decision, const struct sockaddr *client,
                              const TSRemapRequestInfo *info) {
  remove_annotations(settings, info);
  char value[1024];
  for (size_t i = 0; i < settings->annotation_count; ++i) {
    const maxmind_acl_text *name = &settings->annotations[i];
    size_t value_length =
        maxmind_acl_write_annotation(settings->policy, i, decision, client, value, sizeof(value));
    if (value_length > 0) {
      set(info, name->bytes, name->length, value, value_length);
    }
  }
}

void decision_header_write(const maxmind_acl_settings *settings,
                           const maxmind_acl_decision *decision, const maxmind_acl_request *request,
                           bool is_enforced, TSHttpTxn transaction,
                           const TSRemapRequestInfo *info) {
  char value[512];
  size_t length = maxmind_acl_write_decision(settings->policy, decision, request, is_enforced,
                                             value, sizeof(value));
  set(info, DECISION_HEADER, sizeof(DECISION_HEADER) - 1, value,
      length < sizeof(value) ? length : 0);
  if (written_index >= 0) {
    TSUserArgSet(transaction, written_index, &written_index);
  }
}

void decision_header_clear(const maxmind_acl_settings *settings, TSHttpTxn transaction,
                           const TSRemapRequestInfo *info) {
  decision_header_remove(transaction, info);
  if (settings->annotation_count > 0) {
    remove_annotations(settings, info);
  }
}
