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
 *
 * Structures can grow: set `size` and zero all `reserved` members of those that you fill in.
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

/** A policy that follows its files. All remap lines that name the same file share one. */
typedef struct maxmind_acl_live maxmind_acl_live;

/** The verdict of a decision. */
typedef enum maxmind_acl_verdict {
  MAXMIND_ACL_DENY = 0,
  MAXMIND_ACL_ALLOW = 1,
} maxmind_acl_verdict;

/** Why: maxmind_acl_decision.reason. For an anonymity flag, `rule` is its number. */
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
  MAXMIND_ACL_REASON_LIMIT = 16, /**< not a reason: each number is below it */
} maxmind_acl_reason;

/** Where the address of a client comes from, or why there is none. */
typedef enum maxmind_acl_client_source {
  MAXMIND_ACL_CLIENT_CONNECTION = 0, /**< the connection: nothing says otherwise */
  MAXMIND_ACL_CLIENT_HEADER = 1,     /**< the header field of a trusted proxy */
  MAXMIND_ACL_CLIENT_VERIFIED = 2,   /**< another plugin of the proxy, which has verified it */
  MAXMIND_ACL_CLIENT_HIDDEN = 3,     /**< none: the trusted proxy hides its client's address */
  MAXMIND_ACL_CLIENT_UNREADABLE = 4, /**< none: the trusted proxy sends no readable address */
} maxmind_acl_client_source;

/** The severity of a report. */
typedef enum maxmind_acl_severity {
  MAXMIND_ACL_NOTE = 0,
  MAXMIND_ACL_WARNING = 1,
  MAXMIND_ACL_ERROR = 2,
} maxmind_acl_severity;

/** The proxy: its name in messages, what a configuration may ask of it, and what it wants to know.
 *  Zero it first. Any pointer may be NULL. */
typedef struct maxmind_acl_proxy {
  size_t size;                    /**< sizeof(maxmind_acl_proxy) */
  const char *name;               /**< NULL: "the proxy" */
  const char *reserved_prefix;    /**< of the names of header fields that it keeps to itself */
  const char *const *logs;        /**< the names of its own logs; NULL ends them */
  bool has_verified_addresses;    /**< whether MAXMIND_ACL_CLIENT_VERIFIED can occur */
  const char *verifying_versions; /**< if not: which versions can; ends a message */
  void *context;                  /**< for the functions */
  /** Called before a file is read (YAML, lists, pages, database), whether or not it exists or the
   *  load succeeds: the place to register a file for watching. Not called by maxmind_acl_live_load.
   *  `path` is absolute if the directory given to the load is; it is NUL-terminated and valid
   * during the call. */
  void (*will_read)(void *context, const char *path);
  /** Called for each diagnostic, in the order of the file, and for a live policy also with notes on
   *  what was loaded or has expired. `text` is for a log ("file:line:column: error: …", then the
   *  source line and a caret), without a final newline; it is NUL-terminated and valid during the
   *  call. */
  void (*report)(void *context, maxmind_acl_severity severity, const char *text);
  /** Called with each policy of a live policy before others have it: the place for
   *  maxmind_acl_attach. */
  void (*will_serve)(void *context, maxmind_acl_live *live, maxmind_acl_policy *policy);
  /** Called after each load of changed files. False: the load has failed, or a file was refused. */
  void (*did_reload)(void *context, maxmind_acl_live *live, bool has_succeeded);
} maxmind_acl_proxy;

/** A text. `bytes` is NULL if there is none. A NUL follows the texts of the library. */
typedef struct maxmind_acl_text {
  const char *bytes;
  size_t length;
} maxmind_acl_text;

/** Which requests carry their decision in a header field, for logs and other plugins. */
typedef enum maxmind_acl_decision_header {
  MAXMIND_ACL_HEADER_OFF = 0,
  MAXMIND_ACL_HEADER_DENIALS = 1, /**< denied ones, whether or not the denial is enforced */
  MAXMIND_ACL_HEADER_ON = 2,
} maxmind_acl_decision_header;

/** What a policy asks of its proxy. Immutable; it lives as long as the policy. */
typedef struct maxmind_acl_settings {
  maxmind_acl_policy *policy;     /**< NULL: there was no memory; decisions are errors */
  void *attached;                 /**< what maxmind_acl_attach has set; else NULL */
  maxmind_acl_text bypass_header; /**< the field whose value decides on bypass */
  maxmind_acl_text client_header; /**< the field in which trusted proxies name their client */
  bool reads_verified_address;    /**< whether a verified address comes before all others */
  bool enforces_all;              /**< whether maxmind_acl_is_enforced is always true */
  maxmind_acl_decision_header decision_header; /**< `decision_header` */
  size_t annotation_count;        /**< how many header fields the origin gets, from `annotate` */
  const maxmind_acl_text *annotations; /**< their names */
  maxmind_acl_text name;     /**< `name`: letters, digits, '_' and '-', at most 64 of them */
  maxmind_acl_text log_file; /**< the log of denials */
  maxmind_acl_text summary;  /**< one line: the rules by kind, the database with its build date */
  uint64_t rule_count;
  uint64_t build_epoch; /**< of the oldest database, in seconds since 1970; 0: it does not say */
} maxmind_acl_settings;

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
  /** The value of the first header field named by the setting bypass_header; NULL when the
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
  void *reserved[2];
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
  uint8_t reserved[32];
} maxmind_acl_client;

/** A decision. Plain data: copy it, keep it, nothing is owned. */
typedef struct maxmind_acl_decision {
  uint8_t verdict; /**< MAXMIND_ACL_DENY or MAXMIND_ACL_ALLOW */
  uint8_t reason;  /**< MAXMIND_ACL_REASON_… */
  uint8_t detail;  /**< which failure or anonymity flag; else 0 */
  char country[9]; /**< the country code that was looked up, NUL-terminated; "" if none; "~" and a
                      number where it is no short code: the functions that write decisions have its
                      text */
  uint32_t rule;   /**< number of the rule that decided, from 0; UINT32_MAX if none */
  uint32_t line;   /**< line of that rule in its file (the YAML, or a list), from 1; 0 if none */
  uint8_t reserved[12];
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
  void *reserved[2];
} maxmind_acl_denied_url;

/** Loads a configuration: reads it, its lists, its pages and its databases, and compiles them.
 * Entries of lists that have expired are left out.
 *
 * `path`: the YAML file. `directory`: what relative names (`path` itself, and those in the file)
 * are relative to; NULL with length 0: the current directory for `path`, and the directory of the
 * YAML file for the names in it. `proxy` may be NULL.
 *
 * Returns a policy that the caller frees with maxmind_acl_close, or NULL if there is any error:
 * then `errbuf` holds the first error on one line ("file:line:column: error: … [id]"). `errbuf` may
 * be NULL with size 0. All errors and warnings go to proxy->report. On success, errbuf is "".
 *
 * Threads: any; databases are shared between policies of the process behind a lock of the load.
 * Allocates. Cost: the reading and compiling of all files, up to a second for a large database. */
maxmind_acl_policy *maxmind_acl_open(const char *path, size_t path_length, const char *directory,
                                     size_t directory_length, const maxmind_acl_proxy *proxy,
                                     char *errbuf, size_t errbuf_size);

/** Drops one owner of a policy; the last one frees it, and then no thread may be deciding with it.
 *  NULL: nothing happens. Threads: any. */
void maxmind_acl_close(maxmind_acl_policy *policy);

/** Adds an owner, who calls maxmind_acl_close one day: for what outlives the decision, such as a
 *  page that is still being sent. Returns the policy. Threads: any. Does not allocate.
 *  NULL: NULL. */
maxmind_acl_policy *maxmind_acl_retain(const maxmind_acl_policy *policy);

/** The settings of a policy. Threads: any. Does not allocate. NULL policy: NULL. */
const maxmind_acl_settings *maxmind_acl_settings_of(const maxmind_acl_policy *policy);

/** Sets `attached` of the settings of a policy. `release` gets it when the last owner has dropped
 *  the policy; it may be NULL. Once for a policy, before other threads have it. */
void maxmind_acl_attach(maxmind_acl_policy *policy, void *data, void (*release)(void *data));

/* Live policies. The caller has one thread that calls maxmind_acl_live_tick in a loop; others open,
 * enter, leave and close. */

/** The time at one moment. */
typedef struct maxmind_acl_clock {
  int64_t uptime; /**< milliseconds of a clock that is never set */
  int64_t now;    /**< seconds since 1970, of the system's clock */
} maxmind_acl_clock;

/** Opens the live policy of a file, for one more remap line. It is loaded, unless other lines have
 *  it open and its files have not changed. If they have changed, the other lines get the new policy
 *  too; with `reload: off` they keep theirs.
 *
 * `path`, `directory`, `errbuf`: as for maxmind_acl_open. `map_url`: the URL of the remap line,
 * NUL-terminated, for warnings of patterns that cannot match on its host; NULL: not known. `proxy`
 * stays as long as the process; the one that was given when the file was opened first counts.
 *
 * Returns NULL if it cannot be loaded. Close it with maxmind_acl_live_close. A tick may be due
 * afterwards. Threads: any. Allocates. Cost: that of maxmind_acl_open. */
maxmind_acl_live *maxmind_acl_live_open(const char *path, size_t path_length, const char *directory,
                                        size_t directory_length, const char *map_url,
                                        const maxmind_acl_proxy *proxy, maxmind_acl_clock clock,
                                        char *errbuf, size_t errbuf_size);

/** Closes it for one remap line, which no request uses any more. Never waits for a load. A tick is
 *  due afterwards. NULL: nothing happens. Threads: any. */
void maxmind_acl_live_close(maxmind_acl_live *live);

/** What the thread that keeps policies current has to do. */
typedef enum maxmind_acl_step {
  MAXMIND_ACL_SLEEP = 0, /**< nothing before `until` */
  MAXMIND_ACL_LOAD = 1,  /**< call maxmind_acl_live_load, on any thread */
  MAXMIND_ACL_ENDED = 2, /**< `live` is closed, and valid until the next tick only */
} maxmind_acl_step;

typedef struct maxmind_acl_tick {
  maxmind_acl_step step;
  bool is_large;          /**< the load takes tenths of a second: it should give way to requests */
  maxmind_acl_live *live; /**< NULL for MAXMIND_ACL_SLEEP */
  int64_t until;          /**< an uptime; INT64_MAX: never */
} maxmind_acl_tick;

/** Expires entries of lists, looks at the files of live policies for which it is time, and returns
 *  what has to be done next. One thread. Allocates. Cost: a system call a file; the compiling of
 * the rules where entries have expired. */
maxmind_acl_tick maxmind_acl_live_tick(maxmind_acl_clock clock);

/** Loads what a tick has asked for. If that fails, the policy of before stays. A tick is due
 *  afterwards. Threads: any. Allocates. Cost: that of maxmind_acl_open. */
void maxmind_acl_live_load(maxmind_acl_live *live, maxmind_acl_clock clock);

/** A thread that uses policies. */
typedef struct maxmind_acl_reader {
  unsigned number; /**< from 0; unique among the threads that live */
} maxmind_acl_reader;

/** A thread's use of the policy of the moment. */
typedef struct maxmind_acl_reading {
  const maxmind_acl_settings *settings; /**< NULL only for a NULL live policy */
  const maxmind_acl_reader *reader; /**< NULL: there was no memory, and settings->policy is NULL */
} maxmind_acl_reading;

/** Begins to use the policy of the moment, which stays until maxmind_acl_live_leave. Not for long:
 *  a reload waits. To keep the policy, use maxmind_acl_retain. Threads: any. Takes no lock.
 *  Allocates in a thread's first call. */
maxmind_acl_reading maxmind_acl_live_enter(const maxmind_acl_live *live);

/** Ends what maxmind_acl_live_enter began on this thread. */
void maxmind_acl_live_leave(maxmind_acl_reading reading);

/** Finds out who the client is, where a policy has a client_header.
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

/** Decides. Returns MAXMIND_ACL_ALLOW or MAXMIND_ACL_DENY and fills `decision`, which may be NULL.
 *  Never fails: what can't be decided is denied (reason ERROR) unless the configuration says
 *  `on_error: allow`. A NULL policy or request is denied with reason ERROR.
 *  Threads: any number at once on one policy. Takes no lock. Allocates a thread's scratch on the
 *  thread's first decisions, and more of it once for a URL that is longer than any before and for
 *  a pattern that needs a deeper stack. */
maxmind_acl_verdict maxmind_acl_decide(const maxmind_acl_policy *policy,
                                       const maxmind_acl_request *request,
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

/** Whether an origin may take a field of this name for one of `annotations`: the names are equal
 * but for case, or become the same variable of CGI, WSGI and the like (X_Client_Country). Remove
 * the client's fields of these names. Threads: any. Neither allocates nor locks. NULL policy:
 * false.
 */
bool maxmind_acl_is_annotation(const maxmind_acl_policy *policy, const char *name, size_t length);

/** Removes these names from the value of a request's `Connection`, in place, and returns the length
 *  of the rest: proxies do not send on the fields that it names. Threads: any. Neither allocates
 *  nor locks. NULL policy or list: nothing is removed. */
size_t maxmind_acl_remove_annotations(const maxmind_acl_policy *policy, char *list, size_t length);

/** Writes the value of one of `annotations` and returns its length; 0 where the field is not to be
 * sent: a part of it is not known, or `size` bytes do not hold it with its NUL. `decision` may be
 * NULL, and `client` too. Threads: any. Neither allocates nor locks. NULL policy: 0. */
size_t maxmind_acl_write_annotation(const maxmind_acl_policy *policy, size_t index,
                                    const maxmind_acl_decision *decision,
                                    const struct sockaddr *client, char *buffer, size_t size);

/** The word of a reason for metrics, beside the verdict: "ip" for DENY_IP and ALLOW_IP; NULL: no
 *  decision has that reason. NUL-terminated; lives as long as the process. Threads: any. Does not
 *  allocate. */
const char *maxmind_acl_reason_name(uint8_t reason);

/** Writes a line on a request for a log: `address` ("-": none), such as the client's or that of the
 *  connection, the words of maxmind_acl_write_decision, the method and the URL. In the URL, all
 * that could end a word is percent-encoded, and "..." is in the place of what follows the first
 * 2,048 bytes. `method` and `url` may be NULL: "-". Returns the length of the whole text. Threads:
 * any. Neither allocates nor locks. NULL policy, decision or request: an empty text. */
size_t maxmind_acl_write_log_line(const maxmind_acl_policy *policy,
                                  const maxmind_acl_decision *decision,
                                  const maxmind_acl_request *request, bool is_enforced,
                                  const struct sockaddr *address, maxmind_acl_text method,
                                  maxmind_acl_text url, char *buffer, size_t size);


/** Whether a denial gets a line in the log of denials, by the sample and the rate of `log`. Ask
 * once for a denial. `uptime`: nanoseconds of a clock that is never set. Threads: any. Neither
 * allocates nor locks. NULL policy, or one without `log`: false. */
bool maxmind_acl_admits_log_line(const maxmind_acl_policy *policy, int64_t uptime);

/** Writes a line for a log of denials: how many lines of one `name` the rate has suppressed since
 *  the last one. Sets `log_file` to the name of that log, which lives as long as the process.
 *  Returns the length of the whole text, 0: there is no such line. Call it until then. Threads:
 * any. Allocates. Takes a lock. */
size_t maxmind_acl_take_suppressed(const char **log_file, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* MAXMIND_ACL_H */
