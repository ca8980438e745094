/* SPDX-License-Identifier: Apache-2.0
 *
 * The log of denials, a text log of Traffic Server.
 */
#ifndef MAXMIND_ACL_DENIAL_LOG_H
#define MAXMIND_ACL_DENIAL_LOG_H

typedef struct denial_log denial_log;

/** The log of a file, created at its first use. Lives as long as the process. NULL: Traffic Server
 *  cannot create it, which is logged. Takes a lock. */
const denial_log *denial_log_of(const char *file);

/** Writes a line. Threads: any. */
void denial_log_write(const denial_log *self, const char *line);

/** Writes the number of suppressed lines since the last call into each log. */
void denial_log_tell_suppressed(void);

#endif /* MAXMIND_ACL_DENIAL_LOG_H */
