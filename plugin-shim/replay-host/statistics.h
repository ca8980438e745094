/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin's counters.
 */
#ifndef REPLAY_HOST_STATISTICS_H
#define REPLAY_HOST_STATISTICS_H

/** Prints each counter of the plugin with its value. */
void statistics_print(void);
void statistics_free(void);

#endif
