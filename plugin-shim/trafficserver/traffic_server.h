/* SPDX-License-Identifier: Apache-2.0
 *
 * Traffic Server's plugin API and the differences between its major versions. Version 9 has a C
 * API. From 10 on, ts.h is C++ only, and only the TSRemap* entry points are extern "C".
 */
#ifndef MAXMIND_ACL_TRAFFIC_SERVER_H
#define MAXMIND_ACL_TRAFFIC_SERVER_H

#include <ts/ts.h>

#include <ts/remap.h> /* needs ts.h before it */

/** The name of the plugin in logs, and its debug tag. */
#define PLUGIN_NAME "maxmind_acl"

/** Exports a function. All other symbols are hidden. */
#define PLUGIN_ENTRY __attribute__((visibility("default")))

/* Whether the task threads start before the first load of the remap configuration. */
#define HAS_EARLY_TASK_THREADS (TS_VERSION_MAJOR >= 10)

/* Whether a URL's path ends before its first `;`. */
#define SPLITS_PARAMETERS (TS_VERSION_MAJOR < 10)

/* Whether plugins can set a verified client address (TSHttpTxnVerifiedAddrSet). */
#define HAS_VERIFIED_ADDRESSES (TS_VERSION_NUMBER >= 10002000)

/* The last argument of functions that set a status: its setter, for the log field prscs. */
#if TS_VERSION_NUMBER >= 10002000
#define STATUS_SETTER , PLUGIN_NAME
#else
#define STATUS_SETTER
#endif

/* The debug tag. DEBUG_IS_ON is cheap enough for every request. */
#if TS_VERSION_MAJOR >= 10
static DbgCtl debug_control{PLUGIN_NAME};
#define DEBUG_IS_ON()    (debug_control.on())
#define DEBUG_PRINT(...) Dbg(debug_control, __VA_ARGS__)
#else
#define DEBUG_IS_ON()    (TSIsDebugTagSet(PLUGIN_NAME) != 0)
#define DEBUG_PRINT(...) TSDebug(PLUGIN_NAME, __VA_ARGS__)
#endif

#endif /* MAXMIND_ACL_TRAFFIC_SERVER_H */
