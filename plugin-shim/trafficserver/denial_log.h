/* SPDX-License-Identifier: Apache-2.0
 *
 * The log of denials: a text log of Traffic Server.
 */
#ifndef MAXMIND_ACL_DENIAL_LOG_H
#define MAXMIND_ACL_DENIAL_LOG_H

typedef struct denial_log denial_log;

/** The log of a file, made at its first use. It lives as long as the process. NULL if Traffic
 * Server does not make the file; this is logged. Takes a lock. */
const denial_log *denial_log_of(const char *file);

/** Writes a line. Threads: any. */
void denial_log_write(const denial_log *self, const char *line);

/** Writes into each log how many lines the rate has suppressed since the last call. */
void denial_log_tell_suppressed(void);

#endif /* MAXMIND_ACL_DENIAL_LOG_H */
