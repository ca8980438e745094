/* SPDX-License-Identifier: Apache-2.0
 *
 * What a plugin may ask of Traffic Server's own configuration.
 */
#ifndef REPLAY_HOST_RECORDS_H
#define REPLAY_HOST_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

/** Sets a record from "NAME=VALUE"; false if there is no '='. The text must outlive the replay. */
bool record_set(const char *assignment);

/** The longest body that Traffic Server delivers for TSHttpTxnErrorBodySet. */
int64_t error_body_limit(void);

/** Sets what TSConfigDirGet returns; the text must outlive the replay. */
void config_directory_set(const char *directory);

/** Prints the files that the plugin has asked to be watched (TSMgmtConfigFileAdd). */
void watched_files_print(void);
void watched_files_free(void);

#endif
