/* SPDX-License-Identifier: Apache-2.0 */
#include "decision_header.h"

/* A field of this value, or none where it is empty. */
static void set(const TSRemapRequestInfo *info, const char *name, size_t name_length,
                const char *value, size_t value_length) {
  if (value_length > 0) {
    header_field_set(info->requestBufp, info->requestHdrp, name, name_length, value, value_length);
  } else {
    header_field_remove(info->requestBufp, info->requestHdrp,
                        header_field_find(info->requestBufp, info->requestHdrp, name, name_length));
  }
}

/* The fields of `annotate`; without a decision they are cleared. Apart, so that its buffer is not
 * on the stack of every request. */
__attribute__((noinline)) static void annotate(const served_policy *served,
                                               const maxmind_acl_decision *decision,
                                               const struct sockaddr *client,
                                               const TSRemapRequestInfo *info) {
  char value[1024];
  for (size_t i = 0; i < served->annotation_count; ++i) {
    size_t length = 0;
    const char *name = maxmind_acl_annotation_name(served->policy, i, &length);
    if (name != NULL) {
      size_t value_length = decision != NULL
                                ? maxmind_acl_write_annotation(served->policy, i, decision, client,
                                                               value, sizeof(value))
                                : 0;
      set(info, name, length, value, value_length);
    }
  }
}

void decision_header_write(const served_policy *served, const maxmind_acl_decision *decision,
                           bool is_enforced, const struct sockaddr *client,
                           const TSRemapRequestInfo *info) {
  if (served->has_decision_header) {
    char value[256];
    size_t length =
        maxmind_acl_write_decision(served->policy, decision, is_enforced, value, sizeof(value));
    set(info, DECISION_HEADER, sizeof(DECISION_HEADER) - 1, value,
        length < sizeof(value) ? length : 0);
  }
  if (served->annotation_count > 0) {
    annotate(served, decision, client, info);
  }
}

void decision_header_clear(const served_policy *served, const TSRemapRequestInfo *info) {
  decision_header_remove(info);
  annotate(served, NULL, NULL, info);
}
