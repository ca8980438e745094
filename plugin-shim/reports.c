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

void report_begin(report *self, const maxmind_acl_policy *policy) {
  const reports *to = (const reports *)maxmind_acl_attached(policy);
  self->policy = policy;
  self->to = to;
  self->counted = metrics_decision_begins(to != NULL ? to->counters : NULL);
}

__attribute__((noinline, cold)) static void
log_denial(const report *self, const maxmind_acl_decision *decision, bool is_enforced,
           const struct sockaddr *client, TSHttpTxn transaction, const TSRemapRequestInfo *info) {
  bool is_logged = denial_log_admits(self->to->log, &self->to->settings);
  metrics_count_logged(self->counted, is_logged);
  if (is_logged) {
    denial_log_write(self->to->log, self->policy, decision, is_enforced, client, transaction, info);
  }
}

void report_outcome(const report *self, const maxmind_acl_decision *decision, bool is_enforced,
                    const struct sockaddr *client, TSHttpTxn transaction,
                    const TSRemapRequestInfo *info) {
  metrics_count_outcome(self->counted, decision, is_enforced);
  decision_header_set(self->policy, decision, is_enforced, client, info);
  if (decision->verdict != MAXMIND_ACL_ALLOW && self->to != NULL && self->to->log != NULL) {
    log_denial(self, decision, is_enforced, client, transaction, info);
  }
}

void report_internal(const maxmind_acl_policy *policy, const TSRemapRequestInfo *info) {
  const reports *self = (const reports *)maxmind_acl_attached(policy);
  metrics_count_internal(self != NULL ? self->counters : NULL);
  decision_header_clear(policy, info);
}
