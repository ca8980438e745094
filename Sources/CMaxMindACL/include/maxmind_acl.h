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

#include <netinet/in.h>
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

/* Why: maxmind_acl_decision.reason. For an anonymity flag, `rule` tells which one. Each number is
 * below the limit. */
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
#define MAXMIND_ACL_REASON_LIMIT         16

/* Where the address of a client comes from, or why there is none. */
#define MAXMIND_ACL_CLIENT_CONNECTION 0 /* the connection: nothing says otherwise */
#define MAXMIND_ACL_CLIENT_HEADER     1 /* the header field of a trusted proxy */
#define MAXMIND_ACL_CLIENT_VERIFIED   2 /* another plugin of the proxy, which has verified it */
#define MAXMIND_ACL_CLIENT_HIDDEN     3 /* none: the trusted proxy does not say who its client is */
#define MAXMIND_ACL_CLIENT_UNREADABLE 4 /* none: what the trusted proxy says is no address */

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
  /** Whether the caller has no verified addresses (MAXMIND_ACL_CLIENT_VERIFIED) to give: then a
   *  configuration that asks for them is an error. */
  bool lacks_verified_addresses;
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
  /** MAXMIND_ACL_CLIENT_…: where `client` comes from or, where it is NULL, why. */
  uint8_t client_source;
  /** The address that the connection comes from, for the bypass header of a trusted proxy; NULL:
   *  that is `client`. */
  const struct sockaddr *peer;
} maxmind_acl_request;

/** Who the client of a request is. */
typedef struct maxmind_acl_client {
  /** The client, for maxmind_acl_request.client: the peer that was given, or what `address` holds;
   *  NULL where it can't be told. */
  const struct sockaddr *client;
  uint8_t source; /**< MAXMIND_ACL_CLIENT_…, for maxmind_acl_request.client_source */
  union {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
  } address; /**< what was read from the header; else all zero */
} maxmind_acl_client;

/** A decision. Plain data: copy it, keep it, nothing is owned. */
typedef struct maxmind_acl_decision {
  uint8_t verdict; /**< MAXMIND_ACL_DENY or MAXMIND_ACL_ALLOW */
  uint8_t reason;  /**< MAXMIND_ACL_REASON_… */
  uint8_t detail;  /**< which failure or anonymity flag, for maxmind_acl_describe; else 0 */
  char country[9]; /**< the country code that was looked up, NUL-terminated; "" if none; "~" and a
                      number where it is no short code: maxmind_acl_describe and the functions that
                      write decisions have its text */
  uint32_t rule;   /**< number of the rule that decided, from 0; UINT32_MAX if none */
  uint32_t line;   /**< line of that rule in its file (the YAML, or a list), from 1; 0 if none */
} maxmind_acl_decision;

/** A header field of an answer. A NUL follows each text. */
typedef struct maxmind_acl_field {
  const char *name;
  size_t name_length;
  const char *value;
  size_t value_length;
} maxmind_acl_field;

/** What a denied client is answered, from `html` and `response`. Immutable; a NUL follows each
 * text. It lives as long as its policy. */
typedef struct maxmind_acl_response {
  int status;         /**< 300 to 599; what to send where maxmind_acl_location gives a URL */
  const char *phrase; /**< the reason phrase of that status */
  bool closes;        /**< the connection is to be closed without an answer: nothing else counts */
  bool redirects;     /**< there is a `redirect`: ask maxmind_acl_location */
  bool body_has_nul;
  const char *body; /**< NULL: none, the proxy's own page */
  size_t body_length;
  const char *content_type; /**< that of the body */
  size_t content_type_length;
  /** The fields that the configuration adds. Without a Cache-Control among them, an answer is to
   * have `Cache-Control: no-store`. None says how the body is framed, and none is Location or
   *  Content-Type. */
  const maxmind_acl_field *fields;
  size_t field_count;
} maxmind_acl_response;

/** A denied URL, whole, before remapping. Nothing is decoded. */
typedef struct maxmind_acl_denied_url {
  const char *scheme; /**< NULL: http */
  size_t scheme_length;
  int port;              /**< 0: the URL names none */
  maxmind_acl_url parts; /**< an IPv6 host with or without its brackets */
  const char *query;     /**< NULL: the URL has none */
  size_t query_length;
} maxmind_acl_denied_url;

/** Loads a configuration: reads it, its lists, its pages and its databases, and compiles them.
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

/** Drops one owner of a policy; the last one frees it, and then no thread may be deciding with it.
 *  NULL: nothing happens. Threads: any. */
void maxmind_acl_close(maxmind_acl_policy *policy);

/** Adds an owner, who calls maxmind_acl_close one day: for what outlives the decision, such as a
 *  page that is still being sent. Returns the policy. Threads: any. Does not allocate.
 *  NULL: NULL. */
maxmind_acl_policy *maxmind_acl_retain(const maxmind_acl_policy *policy);

/** The files of a configuration, and in which state they were loaded. By one thread at a time. */
typedef struct maxmind_acl_watch maxmind_acl_watch;

/* What a look at the files finds. */
#define MAXMIND_ACL_UNCHANGED 0 /* as when the last load began */
#define MAXMIND_ACL_UNSETTLED 1 /* changed since the last look: maybe in the middle of a change */
#define MAXMIND_ACL_CHANGED   2 /* changed, but not since the last look */

/** Follows a configuration that is not loaded yet. `path` and `directory`: as for
 *  maxmind_acl_open. The caller frees it with maxmind_acl_watch_close. Allocates; reads nothing. */
maxmind_acl_watch *maxmind_acl_watch_open(const char *path, size_t path_length,
                                          const char *directory, size_t directory_length);

/** Frees a watch; policies that it loaded live on. NULL: nothing happens. */
void maxmind_acl_watch_close(maxmind_acl_watch *watch);

/** Loads the configuration as it is now: maxmind_acl_open for a watch. `running` is the policy
 * whose place it is to take, NULL if none: what it has of a file that is refused is kept, see
 * maxmind_acl_refuses_file, and all else is loaded. The observer gets the warning of an old
 * database once for each build of it. Whether or not it succeeds, later looks compare with the
 * files as they were when it began. */
maxmind_acl_policy *maxmind_acl_watch_load(maxmind_acl_watch *watch,
                                           const maxmind_acl_policy *running,
                                           const maxmind_acl_observer *observer, char *errbuf,
                                           size_t errbuf_size);

/** Looks at the files of the last load. Returns MAXMIND_ACL_UNCHANGED, …_UNSETTLED or …_CHANGED.
 *  Allocates. Cost: a system call a file. */
int maxmind_acl_watch_look(maxmind_acl_watch *watch);

/** Whether the last load could not read a file that is there, for want of memory, descriptors or
 *  permission: that may be possible although no file changes. NULL: false. */
bool maxmind_acl_watch_may_recover(const maxmind_acl_watch *watch);

/** How many entries of lists a policy has fewer or more than the one before. */
typedef struct maxmind_acl_expiry {
  uint64_t ended;    /**< have expired */
  uint64_t returned; /**< had expired and count again: the clock was set back */
} maxmind_acl_expiry;

/** The policy that is to take the place of `running` because entries of its list files have
 * expired, or count again as the clock was set back; NULL: none is, or not yet, or memory is short.
 * `now` is the system's clock in seconds since 1970, `uptime` one that is never set, in
 * milliseconds. To be called each second; at most one call in five seconds makes a policy, which
 * takes in all that has expired. No file is looked at. `counts` may be NULL. The caller frees the
 * policy with maxmind_acl_close; nothing is attached to it. Allocates only where it makes one. NULL
 * watch or policy: NULL. */
maxmind_acl_policy *maxmind_acl_watch_expire(maxmind_acl_watch *watch,
                                             const maxmind_acl_policy *running, int64_t now,
                                             int64_t uptime, maxmind_acl_expiry *counts);

/** How many bytes the files have that had changed at the last look: what a load of them takes grows
 *  with that. NULL: 0. */
int64_t maxmind_acl_watch_changed_size(const maxmind_acl_watch *watch);

/** For another user of `running`, the policy of the watch's last load: where the files are still
 *  those of that load and it succeeded, tells the observer the files, and of the warnings those
 * that are about its map_host, and returns true; else false. */
bool maxmind_acl_watch_share(maxmind_acl_watch *watch, const maxmind_acl_policy *running,
                             const maxmind_acl_observer *observer);

/** The milliseconds between two looks at the files of a policy that is in use, from `reload`; 0:
 * its files are not to be looked at. Threads: any. NULL: 0. */
int64_t maxmind_acl_reload_interval(const maxmind_acl_policy *policy);

/** The most milliseconds by which a look is put off at random, from `jitter`. Threads: any.
 *  NULL: 0. */
int64_t maxmind_acl_reload_jitter(const maxmind_acl_policy *policy);

/** The name of the header field whose value decides on bypass, or NULL if there is no `bypass`.
 *  A NUL follows the text. `length` may be NULL. Threads: any. Does not allocate. NULL policy:
 * NULL. */
const char *maxmind_acl_bypass_header(const maxmind_acl_policy *policy, size_t *length);

/** The name of the header field in which trusted proxies say who their client is, from `client`, or
 *  NULL if none is read: then the client is the peer. A NUL follows the text. `length` may be NULL.
 *  Threads: any. Does not allocate. NULL policy: NULL. */
const char *maxmind_acl_client_header(const maxmind_acl_policy *policy, size_t *length);

/** Whether an address that another plugin of the proxy has verified is the client's, and comes
 *  before all others. Threads: any. Does not allocate. NULL policy: false. */
bool maxmind_acl_reads_verified_address(const maxmind_acl_policy *policy);

/** Finds out who the client is, where maxmind_acl_client_header is not NULL.
 *
 *  `peer`: the address that the connection comes from; not copied. `fetch_line` is called, on the
 *  calling thread, until it returns false, and only if the peer is trusted: each call gives the
 *  value of the next field of that name, in the order of the request. The value is borrowed until
 *  the next call. Fills `client`, which must not be moved while its `client` member is in use.
 *
 *  Threads: any number at once. Takes no lock and does not allocate. Cost: grows with the length of
 *  the lines at most. A NULL policy, or one that reads no header: the peer. NULL `client`: nothing
 *  happens. NULL `fetch_line`: there are no lines. */
void maxmind_acl_resolve_client(const maxmind_acl_policy *policy, const struct sockaddr *peer,
                                bool (*fetch_line)(void *context, const char **line,
                                                   size_t *length),
                                void *context, maxmind_acl_client *client);

/** Whether a denial is to be carried out, by `mode`, `enforce_percent`, `enforce_from` and
 *  `enforce_until`; false: the request goes through, although it is denied. For denials only: what
 *  is allowed goes through anyway, and for that it returns true.
 *
 *  `client`: the client that was decided on; NULL: none. `now`: seconds since 1970. Threads: any
 *  number at once. Takes no lock and does not allocate. NULL policy or decision: true. */
bool maxmind_acl_is_enforced(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                             const struct sockaddr *client, int64_t now);

/** Whether all denials are carried out at any time: then maxmind_acl_is_enforced is true for each,
 *  and need not be asked. Threads: any. Does not allocate. NULL policy: true. */
bool maxmind_acl_enforces_all(const maxmind_acl_policy *policy);

/** Decides. Returns MAXMIND_ACL_ALLOW or MAXMIND_ACL_DENY and fills `decision`, which may be NULL.
 *  Never fails: what can't be decided is denied (reason ERROR) unless the configuration says
 *  `on_error: allow`. A NULL policy or request is denied with reason ERROR.
 *  Threads: any number at once on one policy. Takes no lock. Allocates a thread's scratch on the
 *  thread's first decisions, and more of it once for a URL that is longer than any before and for
 *  a pattern that needs a deeper stack. */
int maxmind_acl_decide(const maxmind_acl_policy *policy, const maxmind_acl_request *request,
                       maxmind_acl_decision *decision);

/** What to answer a denied client; NULL where the decision is not to deny. It lives as long as the
 *  policy: who needs it for longer keeps the policy by maxmind_acl_retain. Threads: any. Takes no
 * lock. Does not allocate. NULL policy or decision: NULL. */
const maxmind_acl_response *maxmind_acl_response_for(const maxmind_acl_policy *policy,
                                                     const maxmind_acl_decision *decision);

/** Writes where a denied client is sent: the value of Location, an absolute URL or a path, in which
 * all that came from the client is percent-encoded as its place needs. Returns the length of the
 * whole text, as snprintf does; 0 where it is not to be redirected, since the response has no
 * redirect, or it leads to the URL that was denied or is too long: the answer is a 403 then.
 * `client` may be NULL. Threads: any. Allocates. NULL policy, decision or URL: an empty text. */
size_t maxmind_acl_location(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                            const struct sockaddr *client, const maxmind_acl_denied_url *url,
                            char *buffer, size_t size);

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

/** Whether the policy has kept the content of a file from the policy before, because the file is
 *  refused: a database that is older or has lost a country that rules name, or a list that has
 *  errors or has lost all its entries. Threads: any. Does not allocate. NULL policy: false. */
bool maxmind_acl_refuses_file(const maxmind_acl_policy *policy);

/** Whether entries of its list files expire, or have expired and would count again if the clock
 * were set back: then maxmind_acl_watch_expire is to be called each second. Threads: any. Does not
 *  allocate. NULL policy: false. */
bool maxmind_acl_has_expiring_entries(const maxmind_acl_policy *policy);

/** The name under which the policy's decisions are counted: `name`, or the base name of the YAML
 *  file, of letters, digits, '_' and '-', at most 64 of them. A NUL follows the text. `length` may
 *  be NULL. Threads: any. Does not allocate. NULL policy: NULL. */
const char *maxmind_acl_name(const maxmind_acl_policy *policy, size_t *length);

/** The number of rules of the policy. Threads: any. Does not allocate. NULL policy: 0. */
uint64_t maxmind_acl_rule_count(const maxmind_acl_policy *policy);

/** Whether each request is to carry its decision in a header field, from `decision_header`.
 *  Threads: any. Does not allocate. NULL policy: true. */
bool maxmind_acl_has_decision_header(const maxmind_acl_policy *policy);

/** Writes a decision as words of visible ASCII: verdict, reason, country ("-": none), place of the
 *  rule, day of the database: "deny deny.country DE maxmind.yaml:12 db=2026-09-01"; after an error
 *  also which one ("error=hidden-client"), for a client that is not the one of the connection who
 *  that is and where it is said ("client=192.0.2.1 from=X-Forwarded-For"), and after a denial that
 *  is not carried out "not-enforced". At most 400 bytes. `request`: what was decided on; NULL:
 *  nothing is said of the client. Returns the length of the whole text, as snprintf does. Threads:
 *  any. Neither allocates nor locks. NULL policy or decision: an empty text. */
size_t maxmind_acl_write_decision(const maxmind_acl_policy *policy,
                                  const maxmind_acl_decision *decision,
                                  const maxmind_acl_request *request, bool is_enforced,
                                  char *buffer, size_t size);

/** How many header fields the origin gets, from `annotate`. Threads: any. Does not allocate.
 *  NULL policy: 0. */
size_t maxmind_acl_annotation_count(const maxmind_acl_policy *policy);

/** The name of such a field, by its number from 0; NULL where there are not so many. A NUL follows
 *  the text. `length` may be NULL. Threads: any. Does not allocate. */
const char *maxmind_acl_annotation_name(const maxmind_acl_policy *policy, size_t index,
                                        size_t *length);

/** Whether an origin may take a field of this name for such a field: the names are equal but for
 *  case, or become the same variable of CGI, WSGI and the like (X_Client_Country). Remove the
 *  client's fields of these names. Threads: any. Neither allocates nor locks. NULL policy: false.
 */
bool maxmind_acl_is_annotation(const maxmind_acl_policy *policy, const char *name, size_t length);

/** Removes these names from the value of a request's `Connection`, in place, and returns the length
 *  of the rest: proxies do not send on the fields that it names. Threads: any. Neither allocates
 *  nor locks. NULL policy or list: nothing is removed. */
size_t maxmind_acl_remove_annotations(const maxmind_acl_policy *policy, char *list, size_t length);

/** Writes the value of such a field and returns its length; 0 where the field is not to be sent: a
 *  part of it is not known, or `size` bytes do not hold it with its NUL. `decision` may be NULL,
 *  and `client` too. Threads: any. Neither allocates nor locks. NULL policy: 0. */
size_t maxmind_acl_write_annotation(const maxmind_acl_policy *policy, size_t index,
                                    const maxmind_acl_decision *decision,
                                    const struct sockaddr *client, char *buffer, size_t size);

/** The word of a reason for metrics, beside the verdict: "ip" for DENY_IP and ALLOW_IP; NULL: no
 *  decision has that reason. NUL-terminated; lives as long as the process. Threads: any. Does not
 *  allocate. */
const char *maxmind_acl_reason_name(uint8_t reason);

/** The log of denials that `log` asks for. */
typedef struct maxmind_acl_denial_log {
  const char *file;          /**< its name, NUL-terminated; belongs to the policy */
  uint32_t sample;           /**< how much of the denials is logged, in hundredths of a percent */
  uint32_t lines_per_second; /**< the most lines in a second */
} maxmind_acl_denial_log;

/** Tells of the log of denials; false where there is to be none. Threads: any. Does not allocate.
 *  NULL: false. */
bool maxmind_acl_denial_log_settings(const maxmind_acl_policy *policy,
                                     maxmind_acl_denial_log *settings);

/** Has a policy keep something of its caller: `data`, which `release` gets when the last owner has
 *  dropped the policy. `release` may be NULL. Once for a policy, before other threads have it. */
void maxmind_acl_attach(maxmind_acl_policy *policy, void *data, void (*release)(void *data));

/** What maxmind_acl_attach gave; NULL: nothing. Threads: any. Does not allocate. NULL policy: NULL.
 */
void *maxmind_acl_attached(const maxmind_acl_policy *policy);

#ifdef __cplusplus
}
#endif

#endif /* MAXMIND_ACL_H */
