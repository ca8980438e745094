/* SPDX-License-Identifier: Apache-2.0 */
#include "reports.h"
#include "decision_header.h"
#include "denial_log.h"

/** What a policy keeps for its reports. */
typedef struct reports {
  metrics *counters; /* NULL: memory was short */
  denial_log *log;   /* NULL: denials are not logged */
  maxmind_acl_denial_log settings;
} reports;

static void release(void *data) {
  TSfree(data);
}

void reports_attach(maxmind_acl_policy *policy) {
  reports *self = (reports *)TSmalloc(sizeof(*self));
  const char *name = maxmind_acl_name(policy, NULL);
  self->counters = metrics_of(name);
  self->log = maxmind_acl_denial_log_settings(policy, &self->settings)
                  ? denial_log_of(name, self->settings.file)
                  : NULL;
  maxmind_acl_attach(policy, self, release);
}

static const reports *reports_of(const maxmind_acl_policy *policy) {
  return (const reports *)maxmind_acl_attached(policy);
}

metrics *reports_metrics(const maxmind_acl_policy *policy) {
  const reports *self = reports_of(policy);
  return self != NULL ? self->counters : NULL;
}

__attribute__((noinline, cold)) static void
log_denial(const reports *self, const maxmind_acl_policy *policy,
           const maxmind_acl_decision *decision, bool is_enforced, const struct sockaddr *client,
           TSHttpTxn transaction, const TSRemapRequestInfo *info) {
  bool is_logged = denial_log_admits(self->log, &self->settings);
  metrics_count_logged(self->counters, is_logged);
  if (is_logged) {
    denial_log_write(self->log, policy, decision, is_enforced, client, transaction, info);
  }
}

void reports_decision(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                      bool is_enforced, const struct sockaddr *client, TSHttpTxn transaction,
                      const TSRemapRequestInfo *info) {
  const reports *self = reports_of(policy);
  if (self == NULL) {
    decision_header_clear(policy, info);
    return;
  }
  metrics_count_decision(self->counters, decision, is_enforced);
  decision_header_set(policy, decision, is_enforced, client, info);
  if (decision->verdict != MAXMIND_ACL_ALLOW && self->log != NULL) {
    log_denial(self, policy, decision, is_enforced, client, transaction, info);
  }
}

void reports_internal(const maxmind_acl_policy *policy, const TSRemapRequestInfo *info) {
  metrics_count_internal(reports_metrics(policy));
  decision_header_clear(policy, info);
}
