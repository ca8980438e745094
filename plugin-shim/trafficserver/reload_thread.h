/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread that keeps live policies current. It is not one of Traffic Server's: in 9.2 the timers
 * of those stand still when the system's clock is set back.
 */
#ifndef MAXMIND_ACL_RELOAD_THREAD_H
#define MAXMIND_ACL_RELOAD_THREAD_H

#include "maxmind_acl.h"

/** The time, for the functions of live policies. */
maxmind_acl_clock reload_thread_clock(void);

/** Has the thread look at once whether anything is due; starts it if there is none. To be called
 *  after each open and close. Threads: any. */
void reload_thread_wake(void);

#endif /* MAXMIND_ACL_RELOAD_THREAD_H */
