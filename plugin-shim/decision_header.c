/* SPDX-License-Identifier: Apache-2.0 */
#include "decision_header.h"
#include "header_field.h"

static void clear(const TSRemapRequestInfo *info, const char *name, size_t length) {
  header_field_remove(info->requestBufp, info->requestHdrp, name, length);
}

static void add(const TSRemapRequestInfo *info, const char *name, size_t length, const char *value,
                size_t value_length) {
  header_field_add(info->requestBufp, info->requestHdrp, name, length, value, value_length);
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
    if (name == NULL) {
      continue;
    }
    clear(info, name, length);
    size_t value_length = decision != NULL
                              ? maxmind_acl_write_annotation(served->policy, i, decision, client,
                                                             value, sizeof(value))
                              : 0;
    if (value_length > 0) {
      add(info, name, length, value, value_length);
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
    if (length > 0 && length < sizeof(value)) {
      add(info, DECISION_HEADER, sizeof(DECISION_HEADER) - 1, value, length);
    }
  }
  if (served->annotation_count > 0) {
    annotate(served, decision, client, info);
  }
}

void decision_header_clear(const served_policy *served, const TSRemapRequestInfo *info) {
  clear(info, DECISION_HEADER, sizeof(DECISION_HEADER) - 1);
  annotate(served, NULL, NULL, info);
}
