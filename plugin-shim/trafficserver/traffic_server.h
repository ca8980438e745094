/* SPDX-License-Identifier: Apache-2.0
 *
 * Traffic Server's plugin API, and the few places where its major versions differ. 9 is a C API
 * that C++ may include; from 10 on it is C++ only, and only the TSRemap* entry points are extern
 * "C".
 */
#ifndef MAXMIND_ACL_TRAFFIC_SERVER_H
#define MAXMIND_ACL_TRAFFIC_SERVER_H

#include <ts/ts.h>

#include <ts/remap.h> /* needs ts.h before it */

/** The name of the plugin in logs, and its debug tag. */
#define PLUGIN_NAME "maxmind_acl"

/** Marks what the plugin exports; all else is hidden. */
#define PLUGIN_ENTRY __attribute__((visibility("default")))

/* The records that hold the name of the remap file, best first. */
#if TS_VERSION_MAJOR >= 10
#define REMAP_FILE_RECORDS "proxy.config.url_remap_yaml.filename", "proxy.config.url_remap.filename"
#else
#define REMAP_FILE_RECORDS "proxy.config.url_remap.filename"
#endif

/* Whether a plugin can have verified who the client is (TSHttpTxnVerifiedAddrSet). */
#define HAS_VERIFIED_ADDRESSES (TS_VERSION_NUMBER >= 10002000)

/* The debug tag. DEBUG_IS_ON is cheap enough to ask for each request. */
#if TS_VERSION_MAJOR >= 10
static DbgCtl debug_control{PLUGIN_NAME};
#define DEBUG_IS_ON()    (debug_control.on())
#define DEBUG_PRINT(...) Dbg(debug_control, __VA_ARGS__)
#else
#define DEBUG_IS_ON()    (TSIsDebugTagSet(PLUGIN_NAME) != 0)
#define DEBUG_PRINT(...) TSDebug(PLUGIN_NAME, __VA_ARGS__)
#endif

#endif /* MAXMIND_ACL_TRAFFIC_SERVER_H */
