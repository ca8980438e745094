/* SPDX-License-Identifier: Apache-2.0
 *
 * A transaction: one request on its way through the plugin, and the answer that came of it. Each
 * thread has one, used again for each request, so that the common path allocates nothing.
 */
#ifndef REPLAY_HOST_TRANSACTION_H
#define REPLAY_HOST_TRANSACTION_H

#include "plugin.h"
#include "requests.h"

#include <pthread.h>
#include <stdint.h>

enum {
  TRANSACTION_FIELDS_MAX = 2 * REQUEST_FIELDS_MAX,
  TRANSACTION_HOOKS_MAX = 16,
  TRANSACTION_SETTINGS_MAX = 16,
  TRANSACTION_USER_ARGS_MAX = 16,
};

/** A string that a plugin put into a header and that found no room in the transaction; freed with
 *  the transaction's end. */
struct owned_string {
  struct owned_string *next;
  char text[];
};

/** What ts.h calls TSHttpTxn; its TSMBuffer and the TSMLoc of its request header are the same. */
struct tsapi_httptxn {
  // What each request sets anew comes first, so that it shares a cache line.
  const struct request *request;
  uint64_t id;
  TSHttpStatus status;
  int field_count; /**< -1: see transaction_take_fields */
  int hook_count;
  int setting_count;
  int answer_field_count;
  int client_descriptor; /**< -1: see transaction_client_descriptor */
  TSCont intercept;
  struct owned_string *strings;
  char *body;      /**< from TSHttpTxnErrorBodySet, owned */
  char *body_type; /**< owned */
  size_t room_used;
  bool user_args_used;

  size_t body_length;
  struct {
    TSHttpHookID id;
    TSCont continuation;
  } hooks[TRANSACTION_HOOKS_MAX];
  struct {
    TSOverridableConfigKey key;
    TSMgmtInt value;
  } settings[TRANSACTION_SETTINGS_MAX];
  void *user_args[TRANSACTION_USER_ARGS_MAX];
  struct field fields[TRANSACTION_FIELDS_MAX];
  struct field answer_fields[TRANSACTION_FIELDS_MAX];
  int client_end; /**< the other end of client_descriptor */
  /** For strings in headers: as Traffic Server's header heap, there from the start. */
  char room[4096];

  // A hook may be re-enabled from another thread.
  pthread_mutex_t lock;
  pthread_cond_t reenabled;
  bool is_reenabled;
};

/** What the client would get. */
struct answer {
  TSRemapStatus remap;
  /** 0: left to the origin and the cache; ANSWER_CLOSED: the plugin closed the connection. */
  int status;
  int64_t body_length;   /**< -1: none, or Traffic Server's own page */
  uint64_t body_digest;  /**< of the body's bytes; 0 where not asked for */
  char content_type[64]; /**< "" if none */
  char location[1024];   /**< "" if none; cut to what fits */
  /** The request's header fields as the plugin leaves them, a line each; "" if it looked at none.
   * Only with a digest; cut to what fits. */
  char request_fields[256];
};

/** As nginx logs it. */
enum { ANSWER_CLOSED = 444 };

/** The transaction's request header as a plugin sees it. */
static inline TSMLoc transaction_header(struct tsapi_httptxn *transaction) {
  return (TSMLoc)transaction;
}

/** The buffer of the answer's header, whose location is that of the request's. */
static inline TSMBuffer transaction_answer_buffer(struct tsapi_httptxn *transaction) {
  return (TSMBuffer)&transaction->answer_field_count;
}

/** A socket in the place of the client's connection, made when it is asked for. */
int transaction_client_descriptor(struct tsapi_httptxn *transaction);

/** Copies the request's header fields into the transaction, where a plugin may change them. Called
 *  by what looks at fields, since most plugins never do. */
void transaction_take_fields(struct tsapi_httptxn *transaction);

void transaction_init(struct tsapi_httptxn *transaction);
void transaction_destroy(struct tsapi_httptxn *transaction);

/** Runs one request through the plugin and describes the answer. */
void transaction_run(struct tsapi_httptxn *transaction, const struct plugin *plugin,
                     const struct remap_rule *rule, const struct request *request, bool with_digest,
                     struct answer *answer);

/** Copies `type`, cut to what fits. */
void answer_set_content_type(struct answer *answer, struct span type);

/** A digest of bytes (FNV-1a). */
uint64_t digest(const char *bytes, size_t length);

#endif
