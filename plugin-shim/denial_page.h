/* SPDX-License-Identifier: Apache-2.0
 *
 * The page that a denied client gets, and how it gets there whole.
 */
#ifndef MAXMIND_ACL_DENIAL_PAGE_H
#define MAXMIND_ACL_DENIAL_PAGE_H

#include "traffic_server.h"

#include <stddef.h>

/** A page: immutable bytes, owned by an instance of the plugin and by the answers that are still
 *  being written when that instance goes. */
typedef struct denial_page denial_page;

/** Copies `body`. The caller gives the page back with denial_page_release. */
denial_page *denial_page_create(const char *body, size_t length);

/** Drops one owner; the last one frees. NULL: nothing happens. Threads: any. */
void denial_page_release(denial_page *page);

/** Answers a transaction with 403 and the page; NULL: with Traffic Server's own page. To be called
 * in the remap phase, which then must not go on to another plugin. Threads: any at once. */
void denial_page_answer(denial_page *page, TSHttpTxn transaction,
                        const TSRemapRequestInfo *request);

#endif /* MAXMIND_ACL_DENIAL_PAGE_H */
