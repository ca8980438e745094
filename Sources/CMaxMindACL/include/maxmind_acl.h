/* SPDX-License-Identifier: Apache-2.0
 *
 * maxmind_acl: decide by country, network and URL who gets through. The C interface.
 *
 * Strings are (pointer, length) pairs of bytes. What the caller passes is borrowed for the call;
 * nothing of it is kept. What a function returns belongs to the policy and lives until
 * maxmind_acl_close, unless its comment says otherwise. A NULL pointer with length 0 is an empty
 * string. There is no hidden "last error": each function says what went wrong where it says how.
 *
 * A text buffer (`errbuf`, `buffer`) is always NUL-terminated when its size is above 0, and is cut
 * at the boundary of a UTF-8 sequence when the text is longer.
 */
#ifndef MAXMIND_ACL_H
#define MAXMIND_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A configuration compiled against its databases: immutable, safe to share between threads. */
typedef struct maxmind_acl_policy maxmind_acl_policy;

/* The verdict of a decision: what maxmind_acl_decide returns. */
#define MAXMIND_ACL_DENY  0
#define MAXMIND_ACL_ALLOW 1

/* Why: maxmind_acl_decision.reason. For an anonymity flag, `rule` tells which one. */
#define MAXMIND_ACL_REASON_BYPASS        1
#define MAXMIND_ACL_REASON_DENY_IP       2
#define MAXMIND_ACL_REASON_DENY_COUNTRY  3
#define MAXMIND_ACL_REASON_DENY_REGEX    4
#define MAXMIND_ACL_REASON_ALLOW_IP      5
#define MAXMIND_ACL_REASON_ANONYMOUS     6
#define MAXMIND_ACL_REASON_ALLOW_COUNTRY 7
#define MAXMIND_ACL_REASON_ALLOW_REGEX   8
#define MAXMIND_ACL_REASON_DEFAULT       9
#define MAXMIND_ACL_REASON_UNKNOWN       10
#define MAXMIND_ACL_REASON_ERROR         11

/* Severities of a diagnostic. */
#define MAXMIND_ACL_WARNING 1
#define MAXMIND_ACL_ERROR   2

/** What a caller knows and may want to know while a configuration is loaded. Any member may be
 * NULL. */
typedef struct maxmind_acl_observer {
  /** Called before each file is looked at (YAML, lists, page, databases), whether or not it exists
   * or the load succeeds: the place to register a file for watching. `path` is absolute if the
   *  directory given to maxmind_acl_open is; it is NUL-terminated and valid during the call. */
  void (*will_read)(void *context, const char *path);
  /** Called for each diagnostic, in the order of the file. `text` is the rendered diagnostic
   *  ("file:line:column: error: …", then the source line and a caret), without a final newline;
   *  it is NUL-terminated and valid during the call. */
  void (*diagnostic)(void *context, int severity, const char *text);
  void *context;
  /** The host of the remap line that the configuration is for, NUL-terminated; NULL: not known.
   *  With it, patterns that cannot match on this host are warned of. */
  const char *map_host;
} maxmind_acl_observer;

/** The parts of a request's URL, before remapping. Nothing is decoded. */
typedef struct maxmind_acl_url {
  const char *host;
  size_t host_length;
  const char *path; /**< without the leading slash */
  size_t path_length;
  const char *params; /**< what follows the first ';' of the path, where the proxy splits it off */
  size_t params_length;
} maxmind_acl_url;

/** What a rule may look at. All of it is borrowed for the call. */
typedef struct maxmind_acl_request {
  /** The client's address (AF_INET or AF_INET6); NULL or another family: a decision error. */
  const struct sockaddr *client;
  /** The value of the first header field named as maxmind_acl_bypass_header says; NULL when the
   *  request has no such field. */
  const char *bypass_value;
  size_t bypass_length;
  /** Called at most once, only if a URL rule is in play, on the deciding thread. Fills `url`
   *  (zeroed before) with memory that lives until maxmind_acl_decide returns, and returns true;
   *  false where the URL can't be had, which is a decision error. NULL: always false. */
  bool (*fetch_url)(void *context, maxmind_acl_url *url);
  void *context;
} maxmind_acl_request;

/** A decision. Plain data: copy it, keep it, nothing is owned. */
typedef struct maxmind_acl_decision {
  uint8_t verdict; /**< MAXMIND_ACL_DENY or MAXMIND_ACL_ALLOW */
  uint8_t reason;  /**< MAXMIND_ACL_REASON_… */
  uint8_t detail;  /**< which failure or anonymity flag, for maxmind_acl_describe; else 0 */
  char country[9]; /**< the country code that was looked up, NUL-terminated; "" if none */
  uint32_t rule;   /**< number of the rule that decided, from 0; UINT32_MAX if none */
  uint32_t line;   /**< line of that rule in its file (the YAML, or a list), from 1; 0 if none */
} maxmind_acl_decision;

/** Loads a configuration: reads it, its lists, its page and its databases, and compiles them.
 * Entries of lists that have expired are left out.
 *
 * `path`: the YAML file. `directory`: what relative names (`path` itself, and those in the file)
 * are relative to; NULL with length 0: the current directory for `path`, and the directory of the
 * YAML file for the names in it. `observer` may be NULL.
 *
 * Returns a policy that the caller frees with maxmind_acl_close, or NULL if there is any error:
 * then `errbuf` holds the first error on one line ("file:line:column: error: … [id]"). `errbuf` may
 * be NULL with size 0. All errors and warnings go to observer->diagnostic. On success, errbuf is
 * "".
 *
 * Threads: any; databases are shared between policies of the process behind a lock of the load.
 * Allocates. Cost: the reading and compiling of all files, up to a second for a large database. */
maxmind_acl_policy *maxmind_acl_open(const char *path, size_t path_length, const char *directory,
                                     size_t directory_length, const maxmind_acl_observer *observer,
                                     char *errbuf, size_t errbuf_size);

/** Frees a policy. No thread may be deciding with it. NULL: nothing happens. */
void maxmind_acl_close(maxmind_acl_policy *policy);

/** The name of the header field whose value decides on bypass, or NULL if there is no `bypass`.
 *  A NUL follows the text. `length` may be NULL. Threads: any. Does not allocate. NULL policy:
 * NULL. */
const char *maxmind_acl_bypass_header(const maxmind_acl_policy *policy, size_t *length);

/** The body for a denied client, from `html`; NULL if there is none (the proxy's own page then).
 *  A NUL follows the body, which may hold others. `length` may be NULL. Threads: any. Does not
 *  allocate. NULL policy: NULL. */
const char *maxmind_acl_denial_body(const maxmind_acl_policy *policy, size_t *length);

/** Decides. Returns MAXMIND_ACL_ALLOW or MAXMIND_ACL_DENY and fills `decision`, which may be NULL.
 *  Never fails: what can't be decided is denied (reason ERROR) unless the configuration says
 *  `on_error: allow`. A NULL policy or request is denied with reason ERROR.
 *  Threads: any number at once on one policy. Takes no lock. Allocates a thread's scratch on the
 *  thread's first decisions, and more of it once for a URL that is longer than any before and for
 *  a pattern that needs a deeper stack. */
int maxmind_acl_decide(const maxmind_acl_policy *policy, const maxmind_acl_request *request,
                       maxmind_acl_decision *decision);

/** Writes one line that says why, for a log: "deny deny.country DE maxmind.yaml:12 country=DE".
 *  Returns the length of the whole text, as snprintf does. Threads: any. Allocates.
 *  NULL policy or decision: an empty text. */
size_t maxmind_acl_describe(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                            char *buffer, size_t size);

/** Writes one line that says what was loaded: the rules by kind, the databases with type and build
 *  date. Returns the length of the whole text. Threads: any. Allocates. NULL policy: an empty text.
 */
size_t maxmind_acl_summary(const maxmind_acl_policy *policy, char *buffer, size_t size);

/** When the oldest database of the policy was built, in seconds since 1970; 0 if there is none or
 * it does not say. Threads: any. Does not allocate. NULL policy: 0. */
uint64_t maxmind_acl_build_epoch(const maxmind_acl_policy *policy);

/** When the next entry of a list file expires, in seconds since 1970; 0 if none does. Until then
 * the policy is what loading it again would give; from then on it is to be loaded again. Threads:
 * any. Does not allocate. NULL policy: 0. */
int64_t maxmind_acl_next_expiry(const maxmind_acl_policy *policy);

#ifdef __cplusplus
}
#endif

#endif /* MAXMIND_ACL_H */
