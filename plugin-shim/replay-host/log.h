/* SPDX-License-Identifier: Apache-2.0
 *
 * What a plugin logs.
 */
#ifndef REPLAY_HOST_LOG_H
#define REPLAY_HOST_LOG_H

#include <stdbool.h>

/** Turns a debug tag on; false if there are too many. The text must outlive the replay. */
bool debug_tag_add(const char *tag);

/** Where TSTextLogObjectCreate makes its files; without it their lines go to standard error. */
void log_directory_set(const char *directory);

#endif
