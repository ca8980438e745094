/* SPDX-License-Identifier: Apache-2.0
 *
 * What the host says on standard error.
 */
#ifndef REPLAY_HOST_MESSAGE_H
#define REPLAY_HOST_MESSAGE_H

#include <stdarg.h>

/** Prints "replay-host: …" and a newline in one piece, so that threads do not mix their lines. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** As message(), with `kind` (and `detail` in parentheses, unless NULL) before the text. */
void message_of_kind(const char *kind, const char *detail, const char *format, va_list arguments);

/** Says what the plugin did that Traffic Server would not survive, and aborts as it would. */
_Noreturn void plugin_fault(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** malloc, calloc and realloc that end the host when there is no memory. */
void *allocate(unsigned long size);
void *allocate_zeroed(unsigned long count, unsigned long size);
void *reallocate(void *memory, unsigned long size);

#endif
