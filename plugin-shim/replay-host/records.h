/* SPDX-License-Identifier: Apache-2.0
 *
 * Traffic Server's own configuration.
 */
#ifndef REPLAY_HOST_RECORDS_H
#define REPLAY_HOST_RECORDS_H

/** Sets the value that TSConfigDirGet returns; the text must outlive the replay. */
void config_directory_set(const char *directory);

#endif
