/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions that only one major version of Traffic Server has. No debug tag is set.
 */
#include <ts/ts.h>

#if TS_VERSION_MAJOR >= 10

std::atomic<int> DbgCtl::_config_mode{0};

const DbgCtl::_TagData *DbgCtl::_new_reference(const char *) {
  return &_No_tag_dummy();
}

bool DbgCtl::_override_global_on() {
  return false;
}

void DbgCtl::print(const char *, const char *, const char *, int, const char *, ...) {}

void TSHttpTxnStatusSet(TSHttpTxn transaction, TSHttpStatus status, std::string_view) {
  TSHttpTxnStatusSet(transaction, status);
}

// No plugin of a replay verifies addresses.
TSReturnCode TSHttpTxnVerifiedAddrGet(TSHttpTxn, const struct sockaddr **) {
  return TS_ERROR;
}

#else

int TSIsDebugTagSet(const char *tag) {
  (void)tag;
  return 0;
}

void TSDebug(const char *tag, const char *format, ...) {
  (void)tag;
  (void)format;
}

#endif
