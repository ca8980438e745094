/* SPDX-License-Identifier: Apache-2.0
 *
 * The answers, one line a request.
 */
#ifndef REPLAY_HOST_OUTPUT_H
#define REPLAY_HOST_OUTPUT_H

#include "transaction.h"

#include <stdio.h>

/** Client, URL, verdict, status, TSRemapStatus, body length and content type, with tabs between. */
void print_tab_separated(FILE *out, const struct request *request, const struct answer *answer);

/** The same as a JSON object. */
void print_json(FILE *out, const struct request *request, const struct answer *answer);

#endif
