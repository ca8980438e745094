/* SPDX-License-Identifier: Apache-2.0
 *
 * What Traffic Server's logs get to hear of a load.
 */
#ifndef MAXMIND_ACL_LOAD_REPORT_H
#define MAXMIND_ACL_LOAD_REPORT_H

#include "maxmind_acl.h"

#include <stdbool.h>

/** What a load has had to say so far. Zeroed: nothing yet. */
typedef struct load_report {
  const char *path; /* the configuration, as the remap line names it */
  unsigned errors;
  unsigned warnings;
} load_report;

/** An observer that logs each diagnostic, up to a bound. With `watches_files`, each file that is
 * read becomes one for which Traffic Server reloads its remap configuration. It holds on to
 * `report`. */
maxmind_acl_observer load_report_observer(load_report *report, bool watches_files,
                                          const char *map_host);

/** Logs how many diagnostics were left out and, for a policy, a summary of it. `policy` may be
 * NULL. */
void load_report_end(const load_report *report, const maxmind_acl_policy *policy);

#endif /* MAXMIND_ACL_LOAD_REPORT_H */
