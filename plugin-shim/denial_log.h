/* SPDX-License-Identifier: Apache-2.0
 *
 * The log of denials: a text log of Traffic Server, with a line for some of the denials.
 */
#ifndef MAXMIND_ACL_DENIAL_LOG_H
#define MAXMIND_ACL_DENIAL_LOG_H

#include "maxmind_acl.h"
#include "traffic_server.h"

#include <stdbool.h>

typedef struct denial_log denial_log;

/** The log of a name and a file, made at its first use; it lives as long as the process, and others
 *  of the same file share the file. NULL where Traffic Server does not make the file, which is
 *  logged. Takes a lock. */
denial_log *denial_log_of(const char *name, const char *file);

/** Whether a denial is to have a line, by the sample and the rate of `settings`. Takes no lock.
 *  Threads: any. */
bool denial_log_admits(denial_log *self, const maxmind_acl_denial_log *settings);

/** Writes the line of a denial: client, decision, method, URL. Threads: any. */
void denial_log_write(denial_log *self, const maxmind_acl_policy *policy,
                      const maxmind_acl_decision *decision, const maxmind_acl_request *request,
                      bool is_enforced, TSHttpTxn transaction, const TSRemapRequestInfo *info);

/** Writes into each log how many lines the rate has cost since the last time. */
void denial_log_tell_suppressed(void);

#endif /* MAXMIND_ACL_DENIAL_LOG_H */
