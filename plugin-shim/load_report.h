/* SPDX-License-Identifier: Apache-2.0
 *
 * What Traffic Server's logs get to hear of a load.
 */
#ifndef MAXMIND_ACL_LOAD_REPORT_H
#define MAXMIND_ACL_LOAD_REPORT_H

#include "maxmind_acl.h"

#include <stdbool.h>

/** An observer that logs each diagnostic. With `watches_files`, each file that is read becomes one
 * for which Traffic Server reloads its remap configuration. */
maxmind_acl_observer load_report_observer(bool watches_files, const char *map_host);

/** Logs a summary of a policy, which may be NULL. */
void load_report_end(const maxmind_acl_policy *policy);

#endif /* MAXMIND_ACL_LOAD_REPORT_H */
