/* SPDX-License-Identifier: Apache-2.0
 *
 * The host's messages on standard error, and allocation.
 */
#ifndef REPLAY_HOST_MESSAGE_H
#define REPLAY_HOST_MESSAGE_H

#include <stdarg.h>

/** Prints "replay-host: …" and a newline. The lines of threads do not mix. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** As message(), with `kind` (and `detail` in parentheses, unless NULL) before the text. */
void message_of_kind(const char *kind, const char *detail, const char *format, va_list arguments);

/** Reports a call that would crash Traffic Server, and aborts. */
void plugin_fault(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/** As malloc, calloc and realloc, but end the host if there is no memory. */
void *allocate(unsigned long size);
void *allocate_zeroed(unsigned long count, unsigned long size);
void *reallocate(void *memory, unsigned long size);

#endif
