/* SPDX-License-Identifier: Apache-2.0
 *
 * maxmind_acl: access control by country, network and URL. The C interface.
 *
 * Strings are (pointer, length) pairs of bytes. A NULL pointer with length 0 is an empty string.
 * Functions borrow their arguments for the call and keep nothing of them. Results belong to the
 * policy and live until maxmind_acl_close, unless a comment says otherwise. There is no "last
 * error": a function reports errors as its comment says.
 *
 * A text buffer (`errbuf`, `buffer`) is always NUL-terminated if its size is above 0. A longer text
 * is cut at the boundary of a UTF-8 sequence.
 *
 * Structures can grow: if you fill one in, set `size` and zero all `reserved` members.
 */
#ifndef MAXMIND_ACL_H
#define MAXMIND_ACL_H

#include "rcu.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A configuration compiled against its databases. Immutable, safe to share between threads. */
typedef struct maxmind_acl_policy maxmind_acl_policy;

/** A policy that follows its files. All remap lines with the same file share one. */
typedef struct maxmind_acl_live maxmind_acl_live;

/** The verdict of a decision. */
typedef enum maxmind_acl_verdict {
  MAXMIND_ACL_DENY = 0,
  MAXMIND_ACL_ALLOW = 1,
} maxmind_acl_verdict;

/** The reason of a decision. For an anonymity flag, `detail` is its number. */
typedef enum maxmind_acl_reason {
  MAXMIND_ACL_REASON_BYPASS = 1,
  MAXMIND_ACL_REASON_DENY_IP = 2,
  MAXMIND_ACL_REASON_DENY_COUNTRY = 3,
  MAXMIND_ACL_REASON_DENY_REGEX = 4,
  MAXMIND_ACL_REASON_ALLOW_IP = 5,
  MAXMIND_ACL_REASON_ANONYMOUS = 6,
  MAXMIND_ACL_REASON_ALLOW_COUNTRY = 7,
  MAXMIND_ACL_REASON_ALLOW_REGEX = 8,
  MAXMIND_ACL_REASON_DEFAULT = 9,
  MAXMIND_ACL_REASON_UNKNOWN = 10,
  MAXMIND_ACL_REASON_ERROR = 11,
  MAXMIND_ACL_REASON_DENY_ASN = 12,
  MAXMIND_ACL_REASON_DENY_SUBDIVISION = 13,
  MAXMIND_ACL_REASON_DENY_CONTINENT = 14,
  MAXMIND_ACL_REASON_DENY_RULES = 15,
  MAXMIND_ACL_REASON_ALLOW_ASN = 16,
  MAXMIND_ACL_REASON_ALLOW_SUBDIVISION = 17,
  MAXMIND_ACL_REASON_ALLOW_CONTINENT = 18,
  MAXMIND_ACL_REASON_ALLOW_RULES = 19,
  MAXMIND_ACL_REASON_LIMIT = 20, /**< not a reason: one more than the last */
} maxmind_acl_reason;

/** The source of a client's address, or the reason why there is none. */
typedef enum maxmind_acl_client_source {
  MAXMIND_ACL_CLIENT_CONNECTION = 0, /**< the connection */
  MAXMIND_ACL_CLIENT_HEADER = 1,     /**< the header field of a trusted proxy */
  MAXMIND_ACL_CLIENT_VERIFIED = 2,   /**< another plugin of the proxy, which has verified it */
  MAXMIND_ACL_CLIENT_HIDDEN = 3,     /**< none: the trusted proxy hides its client */
  MAXMIND_ACL_CLIENT_UNREADABLE = 4, /**< none: the trusted proxy's field is not an address */
} maxmind_acl_client_source;

/** The severity of a report. */
typedef enum maxmind_acl_severity {
  MAXMIND_ACL_NOTE = 0,
  MAXMIND_ACL_WARNING = 1,
  MAXMIND_ACL_ERROR = 2,
} maxmind_acl_severity;

/** The proxy: its name in messages, its abilities and its callbacks. Zero it first. Any pointer may
 *  be NULL. */
typedef struct maxmind_acl_proxy {
  size_t size;                    /**< sizeof(maxmind_acl_proxy) */
  const char *name;               /**< NULL: "the proxy" */
  const char *reserved_prefix;    /**< the prefix of header fields that stay in the proxy */
  const char *const *logs;        /**< the names of its own logs, with NULL at the end */
  bool has_verified_addresses;    /**< whether MAXMIND_ACL_CLIENT_VERIFIED can occur */
  const char *verifying_versions; /**< if not: the versions that can; ends a message */
  void *context;                  /**< for the functions */
  /** Called before each file is read (YAML, lists, pages, database), even if it does not exist or
   *  the load fails. Register the file for watching here. Not called by maxmind_acl_live_load.
   *  `path` is absolute if the load's directory is, NUL-terminated, and valid during the call. */
  void (*will_read)(void *context, const char *path);
  /** Called for each diagnostic, in the order of the file. A live policy also reports notes on
   *  loaded files and expired entries. `text` is for a log ("file:line:column: error: …", then the
   *  source line and a caret). It has no final newline, is NUL-terminated, and is valid during the
   *  call. */
  void (*report)(void *context, maxmind_acl_severity severity, const char *text);
  /** Called with each policy of a live policy before other threads have it. Call maxmind_acl_attach
   *  here. */
  void (*will_serve)(void *context, maxmind_acl_live *live, maxmind_acl_policy *policy);
  /** Called after each load of changed files. False: the load failed, or a file was refused. */
  void (*did_reload)(void *context, maxmind_acl_live *live, bool has_succeeded);
} maxmind_acl_proxy;

/** A text. `bytes` is NULL if there is none. The library's texts are NUL-terminated. */
typedef struct maxmind_acl_text {
  const char *bytes;
  size_t length;
} maxmind_acl_text;

/** The requests that carry their decision in a header field, for logs and other plugins. */
typedef enum maxmind_acl_decision_header {
  MAXMIND_ACL_HEADER_OFF = 0,
  MAXMIND_ACL_HEADER_DENIALS = 1, /**< denied ones, with the denial enforced or not */
  MAXMIND_ACL_HEADER_ON = 2,
} maxmind_acl_decision_header;

/** A policy's settings for its proxy. Immutable; they live as long as the policy. */
typedef struct maxmind_acl_settings {
  maxmind_acl_policy *policy;     /**< NULL: no memory; all decisions are errors */
  void *attached;                 /**< set by maxmind_acl_attach; else NULL */
  maxmind_acl_text bypass_header; /**< the field whose value decides on bypass */
  maxmind_acl_text client_header; /**< the field in which trusted proxies name their client */
  bool reads_verified_address;    /**< whether a verified address precedes all others */
  bool enforces_all;              /**< whether maxmind_acl_is_enforced is always true */
  maxmind_acl_decision_header decision_header; /**< `decision_header` */
  size_t annotation_count;                     /**< the number of header fields from `annotate` */
  const maxmind_acl_text *annotations;         /**< their names */
  maxmind_acl_text name;     /**< `name`: letters, digits, '_' and '-', at most 64 */
  maxmind_acl_text log_file; /**< the log of denials */
  maxmind_acl_text summary;  /**< one line: the rules by kind, the database with its build date */
  uint64_t rule_count;
  uint64_t build_epoch; /**< of the oldest database, in seconds since 1970; 0: unknown */
} maxmind_acl_settings;

/** The parts of a request's URL, before remapping. Nothing is decoded. */
typedef struct maxmind_acl_url {
  const char *host;
  size_t host_length;
  const char *path; /**< without the leading slash */
  size_t path_length;
  const char *params; /**< the part after the first ';' of the path, if the proxy splits it off */
  size_t params_length;
} maxmind_acl_url;

/** What named rules read besides the client, the URL and the header fields. */
typedef struct maxmind_acl_circumstances {
  maxmind_acl_text method; /**< NULL: unknown */
  int64_t now;             /**< seconds since 1970 */
} maxmind_acl_circumstances;

/** The input of a decision. All of it is borrowed for the call. */
typedef struct maxmind_acl_request {
  /** The client's address (AF_INET or AF_INET6). NULL or another family: a decision error. */
  const struct sockaddr *client;
  /** The value of the first header field with the name bypass_header. NULL: there is no such
   *  field. */
  const char *bypass_value;
  size_t bypass_length;
  /** Called at most once, only if a URL rule applies, on the deciding thread. Fills the zeroed
   *  `url` with memory that lives until maxmind_acl_decide returns. False: there is no URL, which
   *  is a decision error. NULL: always false. */
  bool (*fetch_url)(void *context, maxmind_acl_url *url);
  void *context;
  /** MAXMIND_ACL_CLIENT_…: the source of `client`, or why it is NULL. */
  uint8_t client_source;
  /** The address of the connection, for the bypass header of a trusted proxy. NULL: `client`. */
  const struct sockaddr *peer;
  /** Called at most twice, only if a named rule has a method or a time, on the deciding thread.
   *  Fills the zeroed `circumstances` with memory that lives until maxmind_acl_decide returns.
   * NULL: the method is unknown, and the time is 0. */
  void (*fetch_circumstances)(void *context, maxmind_acl_circumstances *circumstances);
  void *reserved[1];
} maxmind_acl_request;

/** The client of a request. */
typedef struct maxmind_acl_client {
  /** The client, for maxmind_acl_request.client: the peer, or a pointer to `address`. NULL:
   *  unknown. */
  const struct sockaddr *client;
  uint8_t source; /**< MAXMIND_ACL_CLIENT_…, for maxmind_acl_request.client_source */
  union {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
  } address; /**< the address from the header; else all zero */
  uint8_t reserved[32];
} maxmind_acl_client;

/** A decision. Plain data: copy it and keep it. It owns nothing. */
typedef struct maxmind_acl_decision {
  uint8_t verdict; /**< MAXMIND_ACL_DENY or MAXMIND_ACL_ALLOW */
  uint8_t reason;  /**< MAXMIND_ACL_REASON_… */
  uint8_t detail;  /**< the number of a failure or anonymity flag; else 0 */
  char country[9]; /**< the country code, NUL-terminated; "" if none; "~" and a number for a long
                      one: the functions that write decisions know its text */
  uint32_t rule;   /**< number of the deciding rule, from 0; UINT32_MAX if none */
  uint32_t line;   /**< line of that rule in its file (the YAML, or a list), from 1; 0 if none */
  uint8_t reserved[12];
} maxmind_acl_decision;

/** A header field of an answer. The texts are NUL-terminated. */
typedef struct maxmind_acl_field {
  const char *name;
  size_t name_length;
  const char *value;
  size_t value_length;
} maxmind_acl_field;

/** The answer to a denied client, from `html` and `response`. Immutable; lives as long as its
 *  policy. The texts are NUL-terminated. */
typedef struct maxmind_acl_response {
  int status;         /**< 300 to 599; with `redirects`, send it with the URL */
  const char *phrase; /**< the reason phrase of the status */
  bool closes;        /**< close the connection without an answer; ignore the other members */
  bool redirects;     /**< there is a `redirect`: call maxmind_acl_location */
  bool body_has_nul;
  const char *body; /**< NULL: send the proxy's own page */
  size_t body_length;
  const char *content_type; /**< of the body */
  size_t content_type_length;
  /** Further header fields from the configuration. If none of them is Cache-Control, send
   *  `Cache-Control: no-store`. None of them is Location, Content-Type, Content-Length or another
   *  field that frames the body. */
  const maxmind_acl_field *fields;
  size_t field_count;
} maxmind_acl_response;

/** All parts of a denied URL, before remapping. Nothing is decoded. */
typedef struct maxmind_acl_denied_url {
  const char *scheme; /**< NULL: http */
  size_t scheme_length;
  int port;              /**< 0: the URL has none */
  maxmind_acl_url parts; /**< an IPv6 host with or without its brackets */
  const char *query;     /**< NULL: the URL has none */
  size_t query_length;
  void *reserved[2];
} maxmind_acl_denied_url;

/** Loads a configuration: reads and compiles the YAML file, its lists, pages and databases. Skips
 * expired list entries.
 *
 * `path`: the YAML file. `directory`: the base of relative names, both `path` and the names in the
 * file. NULL with length 0: the base of `path` is the current directory, and the base of the names
 * in the file is the file's directory. `proxy` may be NULL.
 *
 * Returns a policy, which the caller frees with maxmind_acl_close. NULL: there is an error, and
 * `errbuf` holds the first one on one line ("file:line:column: error: … [id]"). On success, errbuf
 * is "". It may be NULL with size 0. All errors and warnings go to proxy->report.
 *
 * Threads: any. All policies of a process share their databases; a load takes a lock for that.
 * Allocates. Cost: reads and compiles all files, up to a second for a large database. */
maxmind_acl_policy *maxmind_acl_open(const char *path, size_t path_length, const char *directory,
                                     size_t directory_length, const maxmind_acl_proxy *proxy,
                                     char *errbuf, size_t errbuf_size);

/** Decrements the reference count of a policy and frees it at 0. No thread may be deciding with it
 *  then. NULL: does nothing. Threads: any. */
void maxmind_acl_close(maxmind_acl_policy *policy);

/** Increments the reference count, for users that outlive the decision, such as the transfer of a
 *  page. Call maxmind_acl_close for it. Returns the policy. Threads: any. Does not allocate. NULL:
 *  NULL. */
maxmind_acl_policy *maxmind_acl_retain(const maxmind_acl_policy *policy);

/** The settings of a policy. Threads: any. Does not allocate. NULL policy: NULL. */
const maxmind_acl_settings *maxmind_acl_settings_of(const maxmind_acl_policy *policy);

/** Sets `attached` in the settings of a policy. `release` is called with it when the policy is
 *  freed; it may be NULL. Call this once for a policy, before other threads have it. */
void maxmind_acl_attach(maxmind_acl_policy *policy, void *data, void (*release)(void *data));

/* Live policies. One thread of the caller runs maxmind_acl_live_tick in a loop. Other threads open,
 * enter, leave and close. */

/** The time at one moment. */
typedef struct maxmind_acl_clock {
  int64_t uptime; /**< milliseconds of a clock that is never set */
  int64_t now;    /**< seconds since 1970, of the system's clock */
} maxmind_acl_clock;

/** Opens the live policy of a file for one more remap line. Loads the file, unless another line has
 *  it open and no file has changed. If a file has changed, the other lines get the new policy too;
 *  with `reload: off` they keep theirs.
 *
 * `path`, `directory`, `errbuf`: as for maxmind_acl_open. `map_url`: the URL of the remap line,
 * NUL-terminated, for warnings about patterns that cannot match on its host; NULL: unknown. `proxy`
 * must live as long as the process. The `proxy` of the first open of a file stays in use.
 *
 * Returns NULL if the load fails. Close the result with maxmind_acl_live_close. A tick may be due
 * afterwards. Threads: any. Allocates. Cost: as maxmind_acl_open. */
maxmind_acl_live *maxmind_acl_live_open(const char *path, size_t path_length, const char *directory,
                                        size_t directory_length, const char *map_url,
                                        const maxmind_acl_proxy *proxy, maxmind_acl_clock clock,
                                        char *errbuf, size_t errbuf_size);

/** Closes a live policy for one remap line, after its last request. Never waits for a load. A tick
 *  is due afterwards. NULL: does nothing. Threads: any. */
void maxmind_acl_live_close(maxmind_acl_live *live);

/** The next step of the thread that keeps policies current. */
typedef enum maxmind_acl_step {
  MAXMIND_ACL_SLEEP = 0, /**< sleep until `until` */
  MAXMIND_ACL_LOAD = 1,  /**< call maxmind_acl_live_load, on any thread */
  MAXMIND_ACL_ENDED = 2, /**< `live` is closed, and becomes invalid at the next tick */
} maxmind_acl_step;

typedef struct maxmind_acl_tick {
  maxmind_acl_step step;
  bool is_large;          /**< the load takes tenths of a second: run it at a low priority */
  maxmind_acl_live *live; /**< NULL for MAXMIND_ACL_SLEEP */
  int64_t until;          /**< an uptime; INT64_MAX: never */
} maxmind_acl_tick;

/** Expires list entries, checks the files that are due, and returns the next step. One thread.
 *  Allocates. Cost: a system call a file; compiles the rules if entries have expired. */
maxmind_acl_tick maxmind_acl_live_tick(maxmind_acl_clock clock);

/** Loads a live policy after MAXMIND_ACL_LOAD. If the load fails, the old policy stays. A tick is
 *  due afterwards. Threads: any. Allocates. Cost: as maxmind_acl_open. */
void maxmind_acl_live_load(maxmind_acl_live *live, maxmind_acl_clock clock);

/** What readers see of a live policy. */
struct maxmind_acl_live {
  const void *settings;             /**< of the current policy; for rcu_load */
  const maxmind_acl_settings *none; /**< for a thread without memory; `policy` is NULL */
  void *owner;                      /**< the library's */
};

/** A thread's use of the current policy. */
typedef struct maxmind_acl_reading {
  const maxmind_acl_settings *settings;
  rcu_thread *thread; /**< the calling thread; NULL: no memory, and settings->policy is NULL */
} maxmind_acl_reading;

/** Begins an RCU section. The current policy stays valid until maxmind_acl_live_leave. Keep the
 *  section short: a reload waits for it. To keep the policy, call maxmind_acl_retain. Threads: any.
 *  Takes no lock. Allocates in a thread's first call. `live` is not NULL. */
static inline maxmind_acl_reading maxmind_acl_live_enter(const maxmind_acl_live *live) {
  maxmind_acl_reading reading;
  reading.thread = rcu_enter();
  if (__builtin_expect(reading.thread != NULL, 1)) {
    reading.settings = (const maxmind_acl_settings *)rcu_load(&live->settings);
  } else {
    reading.settings = live->none;
  }
  return reading;
}

/** Ends the section of maxmind_acl_live_enter, on the same thread. */
static inline void maxmind_acl_live_leave(maxmind_acl_reading reading) {
  if (__builtin_expect(reading.thread != NULL, 1)) {
    rcu_leave(reading.thread);
  }
}

/** Finds the client of a request, if the policy has a client_header.
 *
 *  `peer`: the address of the connection; not copied. `fetch_line` is called only if the peer is
 *  trusted, on the calling thread, until it returns false. Each call returns the value of the next
 *  field with that name, in the order of the request. The value is borrowed until the next call.
 *  Fills `client`. Do not move it while its `client` member is in use.
 *
 *  Threads: any number at once. Takes no lock and does not allocate. Cost: linear in the length of
 *  the lines. A NULL policy, or one without client_header: the peer. NULL `client`: does nothing.
 *  NULL `fetch_line`: there are no lines. */
void maxmind_acl_resolve_client(const maxmind_acl_policy *policy, const struct sockaddr *peer,
                                bool (*fetch_line)(void *context, const char **line,
                                                   size_t *length),
                                void *context, maxmind_acl_client *client);

/** Whether a denial is enforced, by `mode`, `enforce_percent`, `enforce_from` and `enforce_until`.
 *  False: let the request through although it is denied. For an allowed request: true.
 *
 *  `client`: the client of the decision; NULL: none. `now`: seconds since 1970. Threads: any number
 *  at once. Takes no lock and does not allocate. NULL policy or decision: true. */
bool maxmind_acl_is_enforced(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                             const struct sockaddr *client, int64_t now);

/** Decides. Returns MAXMIND_ACL_ALLOW or MAXMIND_ACL_DENY and fills `decision`, which may be NULL.
 *  Never fails: an error denies with reason ERROR, or allows with `on_error: allow`. A NULL policy
 *  or request denies with reason ERROR. Threads: any number at once on one policy. Takes no lock.
 *  Allocates a thread's scratch memory in its first decisions, and more for a longer URL or a
 *  pattern with a deeper stack than any before. */
maxmind_acl_verdict maxmind_acl_decide(const maxmind_acl_policy *policy,
                                       const maxmind_acl_request *request,
                                       maxmind_acl_decision *decision);

/** The answer to a denied client. NULL: the decision is no denial. Lives as long as the policy: to
 *  keep it, call maxmind_acl_retain. Threads: any. Takes no lock. Does not allocate. NULL policy or
 *  decision: NULL. */
const maxmind_acl_response *maxmind_acl_response_for(const maxmind_acl_policy *policy,
                                                     const maxmind_acl_decision *decision);

/** Writes the value of Location for a denied client: an absolute URL or a path. Percent-encodes all
 *  values from the client. Returns the length of the whole text, as snprintf does. 0: the response
 *  has no redirect, or its URL is the denied one or too long; answer with a 403. `client` may be
 *  NULL. Threads: any. Allocates. NULL policy, decision or URL: an empty text. */
size_t maxmind_acl_location(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                            const struct sockaddr *client, const maxmind_acl_denied_url *url,
                            char *buffer, size_t size);

/** Writes a decision as words of visible ASCII: verdict, reason, country ("-": none), place of the
 *  rule, day of the database: "deny deny.country DE maxmind.yaml:12 db=2026-09-01". An error adds
 *  its name ("error=hidden-client"). A client that is not the connection's adds its address and
 *  source ("client=192.0.2.1 from=X-Forwarded-For"). A denial that is not enforced adds
 *  "not-enforced". At most 400 bytes. `request`: the input of the decision; NULL: no words about
 *  the client. Returns the length of the whole text, as snprintf does. Threads: any. Neither
 *  allocates nor locks. NULL policy or decision: an empty text. */
size_t maxmind_acl_write_decision(const maxmind_acl_policy *policy,
                                  const maxmind_acl_decision *decision,
                                  const maxmind_acl_request *request, bool is_enforced,
                                  char *buffer, size_t size);

/** Whether an origin may take a field of this name for one of `annotations`: the names differ in
 *  case alone, or become the same CGI or WSGI variable (X_Client_Country). Remove the client's
 *  fields with these names. Threads: any. Neither allocates nor locks. NULL policy: false. */
bool maxmind_acl_is_annotation(const maxmind_acl_policy *policy, const char *name, size_t length);

/** Removes the names of annotations from the value of a request's `Connection`, in place. Returns
 *  the length of the rest. (Proxies drop the fields that `Connection` names.) Threads: any. Neither
 *  allocates nor locks. NULL policy or list: removes nothing. */
size_t maxmind_acl_remove_annotations(const maxmind_acl_policy *policy, char *list, size_t length);

/** Writes the value of one of `annotations` and returns its length. 0: do not send the field, since
 *  a part of it is unknown, or `size` bytes do not hold it with its NUL. `decision` and `client`
 *  may be NULL. Threads: any. Neither allocates nor locks. NULL policy: 0. */
size_t maxmind_acl_write_annotation(const maxmind_acl_policy *policy, size_t index,
                                    const maxmind_acl_decision *decision,
                                    const struct sockaddr *client, char *buffer, size_t size);

/** The name of a reason in metrics, without the verdict: "ip" for DENY_IP and ALLOW_IP. NULL: there
 *  is no such reason. NUL-terminated; lives as long as the process. Threads: any. Does not
 *  allocate. */
const char *maxmind_acl_reason_name(uint8_t reason);

/** Writes a log line about a request: `address` ("-": none), which is the client's or the
 *  connection's, the words of maxmind_acl_write_decision, the method and the URL. Percent-encodes
 *  bytes of the URL that could end a word. Replaces the rest after 2,048 bytes by "...". `method`
 *  and `url` may be NULL: "-". Returns the length of the whole text. Threads: any. Neither
 *  allocates nor locks. NULL policy, decision or request: an empty text. */
size_t maxmind_acl_write_log_line(const maxmind_acl_policy *policy,
                                  const maxmind_acl_decision *decision,
                                  const maxmind_acl_request *request, bool is_enforced,
                                  const struct sockaddr *address, maxmind_acl_text method,
                                  maxmind_acl_text url, char *buffer, size_t size);

/** Writes the time for the beginning of a line of a log: "2026-11-21T15:45:09Z". `now`: seconds
 * since 1970, up to the end of the year 9999. Returns the length of the whole text. Threads: any.
 * Neither allocates nor locks. */
size_t maxmind_acl_write_time(int64_t now, char *buffer, size_t size);

/** Whether a denial gets a line in the log of denials, by the sample and the rate of `log`. Call it
 *  once a denial. `uptime`: nanoseconds of a clock that is never set. Threads: any. Neither
 *  allocates nor locks. NULL policy, or one without `log`: false. */
bool maxmind_acl_admits_log_line(const maxmind_acl_policy *policy, int64_t uptime);

/** Writes a line for a log of denials: the number of lines of one `name` that the rate has
 *  suppressed since the last such line. Sets `log_file` to the name of the log, which lives as long
 *  as the process. Returns the length of the whole text. 0: there is no further line. Set `*place`
 * to 0, and call it until it returns 0. Threads: any. Allocates. Takes a lock. NULL place or
 * log_file: an empty text. */
size_t maxmind_acl_take_suppressed(size_t *place, const char **log_file, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* MAXMIND_ACL_H */
