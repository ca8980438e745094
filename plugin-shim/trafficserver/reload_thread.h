/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread that keeps live policies current. Traffic Server's own threads do not serve: in 9.2
 * their timers stop when the system's clock is set back.
 */
#ifndef MAXMIND_ACL_RELOAD_THREAD_H
#define MAXMIND_ACL_RELOAD_THREAD_H

#include "maxmind_acl.h"

/** The time, for the functions of live policies. */
maxmind_acl_clock reload_thread_clock(void);

/** Wakes the thread, or starts it. Call it after each open and close. Threads: any. */
void reload_thread_wake(void);

#endif /* MAXMIND_ACL_RELOAD_THREAD_H */
