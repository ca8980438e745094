/* SPDX-License-Identifier: Apache-2.0
 *
 * The threads of Traffic Server's task pool, which are not there yet while it starts.
 */
#ifndef MAXMIND_ACL_TASK_POOL_H
#define MAXMIND_ACL_TASK_POOL_H

#include "traffic_server.h"

/** Has a task called with TS_EVENT_IMMEDIATE by a thread of the task pool, as soon as there is one.
 *  Only from then on may the task schedule itself. Calls for one task come in their order. Threads:
 *  any. */
void task_pool_call(TSCont task);

#endif /* MAXMIND_ACL_TASK_POOL_H */
