/* SPDX-License-Identifier: Apache-2.0 */
#include "served_policy.h"
#include "metrics.h"

#include <limits.h>
#include <string.h>

static bool names_client(const maxmind_acl_policy *policy) {
#if HAS_VERIFIED_ADDRESSES
  if (maxmind_acl_reads_verified_address(policy)) {
    return true;
  }
#endif
  return maxmind_acl_client_header(policy, NULL) != NULL;
}

static void release(void *data) {
  TSfree(data);
}

const served_policy *served_policy_make(maxmind_acl_policy *policy) {
  served_policy *self = (served_policy *)TSmalloc(sizeof(*self));
  memset(self, 0, sizeof(*self));
  self->policy = policy;
  size_t length = 0;
  const char *bypass_header = maxmind_acl_bypass_header(policy, &length);
  if (length <= INT_MAX) {
    self->bypass_header = bypass_header;
    self->bypass_header_length = (int)length;
  }
  self->names_client = names_client(policy);
  self->enforces_all = maxmind_acl_enforces_all(policy);
  self->has_decision_header = maxmind_acl_has_decision_header(policy);
  self->annotation_count = maxmind_acl_annotation_count(policy);
  const char *name = maxmind_acl_name(policy, NULL);
  self->counters = metrics_counters(metrics_of(name));
  if (maxmind_acl_denial_log_settings(policy, &self->log_settings)) {
    self->log = denial_log_of(name, self->log_settings.file);
  }
  maxmind_acl_attach(policy, self, release);
  return self;
}

const served_policy served_policy_none = {
    NULL, NULL, 0, false, true, false, 0, NULL, NULL, {NULL, 0, 0},
};
