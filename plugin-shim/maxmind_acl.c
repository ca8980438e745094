/* SPDX-License-Identifier: Apache-2.0
 *
 * maxmind_acl.so: Traffic Server's remap hook in front of maxmind_acl.h. What to decide is all
 * behind that header; here is only what Traffic Server knows and wants: addresses, headers, URLs,
 * logs.
 *
 * C11 that is C++17 too, since Traffic Server 10's ts.h is C++ only.
 */
#include "maxmind_acl.h"
#include "client.h"
#include "decision_header.h"
#include "denial.h"
#include "live_policy.h"
#include "metrics.h"
#include "request_url.h"
#include "traffic_server.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/** What one `@plugin=maxmind_acl.so` of a remap line holds. */
typedef struct instance {
  live_policy *live;
} instance;

/* The host of a remap line's URL, for warnings; false where it is not one host, as in regex_map. */
static bool copy_host(const char *url, char *host, size_t size) {
  static const char host_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789.-";
  const char *authority = strstr(url, "://");
  if (authority == NULL) {
    return false;
  }
  authority += strlen("://");
  size_t length = strspn(authority, host_characters);
  if (length == 0 || length >= size || strchr(":/", authority[length]) == NULL) {
    return false;
  }
  memcpy(host, authority, length);
  host[length] = '\0';
  return true;
}

/* Deciding: what a policy may ask of a transaction. */

static bool fetch_url(void *context, maxmind_acl_url *url) {
  return request_url_fetch((request_url *)context, url);
}

/* For a person who reads along: client, URL, decision. Apart, so that its buffers are not on the
 * stack of every request. */
__attribute__((noinline, cold)) static void
log_decision(const maxmind_acl_policy *policy, const maxmind_acl_request *request, request_url *url,
             const maxmind_acl_decision *decision, bool is_enforced) {
  char client[256];
  client_describe(policy, request->client, request->client_source, request->peer, client,
                  sizeof(client));
  char text[512];
  maxmind_acl_describe(policy, decision, text, sizeof(text));
  maxmind_acl_url parts;
  request_url_fetch(url, &parts);
  int length = 0;
  char *whole = url->held ? TSUrlStringGet(url->buffer, url->location, &length) : NULL;
  DEBUG_PRINT("%s %.*s %s%s", client, whole != NULL ? length : 1, whole != NULL ? whole : "-",
              is_enforced ? "" : "would ", text);
  TSfree(whole);
}

/** A decision on a transaction, and on whom. */
typedef struct outcome {
  maxmind_acl_decision decision;
  maxmind_acl_client found;      /* `client` may point into it */
  const struct sockaddr *client; /* NULL: not known */
  bool is_enforced;              /* false: a denial that is not carried out */
} outcome;

/* The value of the first bypass header, as it is on its line. Returns the field, to be released. */
static TSMLoc find_bypass(const served_policy *served, const TSRemapRequestInfo *info,
                          maxmind_acl_request *request) {
  TSMLoc field = TSMimeHdrFieldFind(info->requestBufp, info->requestHdrp, served->bypass_header,
                                    served->bypass_header_length);
  if (field != TS_NULL_MLOC) {
    int length = 0;
    const char *value =
        TSMimeHdrFieldValueStringGet(info->requestBufp, info->requestHdrp, field, -1, &length);
    request->bypass_value = value != NULL ? value : "";
    request->bypass_length = value != NULL && length > 0 ? (size_t)length : 0;
  }
  return field;
}

__attribute__((noinline, cold)) static void log_denial(const served_policy *served,
                                                       counted_decision counted,
                                                       const maxmind_acl_request *request,
                                                       const outcome *found, TSHttpTxn transaction,
                                                       const TSRemapRequestInfo *info) {
  bool is_logged = denial_log_admits(served->log, &served->log_settings);
  count_logged(counted, is_logged);
  if (is_logged) {
    denial_log_write(served->log, served->policy, &found->decision, request, found->is_enforced,
                     transaction, info);
  }
}

/* Decides, and tells the metrics, the header fields of the request and the log of denials. */
static void decide(const served_policy *served, const rcu_thread *thread, TSHttpTxn transaction,
                   const struct sockaddr *peer, const TSRemapRequestInfo *info, outcome *self) {
  const maxmind_acl_policy *policy = served->policy;
  request_url url;
  request_url_begin(&url, transaction);
  maxmind_acl_request request;
  memset(&request, 0, sizeof(request));
  request.client = peer;
  request.fetch_url = fetch_url;
  request.context = &url;
  if (served->names_client) {
    client_find(policy, transaction, info, peer, &self->found);
    request.client = self->found.client;
    request.client_source = self->found.source;
    request.peer = peer;
  }
  self->client = request.client;
  TSMLoc field = served->bypass_header != NULL ? find_bypass(served, info, &request) : TS_NULL_MLOC;

  counted_decision counted = counted_decision_begins(served->counters, thread);
  int verdict = maxmind_acl_decide(policy, &request, &self->decision);
  counted_decision_ends(counted);
  /* Nothing branches on the verdict before it has to: the processor cannot foresee it. */
  self->is_enforced =
      served->enforces_all || verdict == MAXMIND_ACL_ALLOW ||
      maxmind_acl_is_enforced(policy, &self->decision, self->client, (int64_t)time(NULL));
  if (DEBUG_IS_ON()) {
    log_decision(policy, &request, &url, &self->decision, self->is_enforced);
  }
  request_url_end(&url);
  if (field != TS_NULL_MLOC) {
    TSHandleMLocRelease(info->requestBufp, info->requestHdrp, field);
  }
  count_outcome(counted, &self->decision, self->is_enforced);
  decision_header_set(served, &self->decision, &request, self->is_enforced, info);
  if (served->log != NULL && verdict != MAXMIND_ACL_ALLOW) {
    log_denial(served, counted, &request, self, transaction, info);
  }
}

/* The entry points. */

/* Whether the processor has what the library was compiled for (swift-flags.mk). */
static bool processor_is_supported(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("popcnt") != 0;
#else
  return true;
#endif
}

PLUGIN_ENTRY TSReturnCode TSRemapInit(TSRemapInterface *api, char *errbuf, int errbuf_size) {
  if (!processor_is_supported()) {
    snprintf(errbuf, (size_t)errbuf_size, "[%s] needs a processor with POPCNT (x86-64-v2, 2008)",
             PLUGIN_NAME);
    return TS_ERROR;
  }
  if (api == NULL || api->size < sizeof(TSRemapInterface) ||
      api->tsremap_version < TSREMAP_VERSION) {
    snprintf(errbuf, (size_t)errbuf_size, "[%s] this Traffic Server's remap API is too old",
             PLUGIN_NAME);
    return TS_ERROR;
  }
  return TS_SUCCESS;
}

PLUGIN_ENTRY TSReturnCode TSRemapNewInstance(int argc, char *argv[], void **handle, char *errbuf,
                                             int errbuf_size) {
  size_t errbuf_room = errbuf != NULL && errbuf_size > 0 ? (size_t)errbuf_size : 0;
  *handle = NULL;
  if (argc != 3) { /* the first two are the URLs of the remap line */
    snprintf(errbuf, errbuf_room, "needs one @pparam, the name of its YAML file; the line has %d",
             argc < 2 ? 0 : argc - 2);
    TSError("[%s] %s", PLUGIN_NAME, errbuf_room > 0 ? errbuf : "needs one @pparam");
    return TS_ERROR;
  }
  char host[256];
  live_policy *live =
      live_policy_open(argv[2], TSConfigDirGet(),
                       copy_host(argv[0], host, sizeof(host)) ? host : NULL, errbuf, errbuf_room);
  if (live == NULL) {
    return TS_ERROR;
  }
  instance *self = (instance *)TSmalloc(sizeof(*self));
  memset(self, 0, sizeof(*self));
  self->live = live;
  *handle = self;
  return TS_SUCCESS;
}

PLUGIN_ENTRY void TSRemapDeleteInstance(void *handle) {
  instance *self = (instance *)handle;
  if (self != NULL) {
    live_policy_close(self->live);
    metrics_flush();
    TSfree(self);
  }
}

PLUGIN_ENTRY TSRemapStatus TSRemapDoRemap(void *handle, TSHttpTxn transaction,
                                          TSRemapRequestInfo *info) {
  instance *self = (instance *)handle;
  const struct sockaddr *peer = TSHttpTxnClientAddrGet(transaction);
  rcu_thread *thread = NULL;
  const served_policy *served = live_policy_enter(self->live, &thread);
  bool is_denied = false;
  if (!is_ip_address(peer) && TSHttpTxnIsInternal(transaction)) {
    count_internal(served->counters, thread);
    decision_header_clear(served, info);
    DEBUG_PRINT("allow: internal request without a client address");
  } else {
    outcome found;
    decide(served, thread, transaction, peer, info, &found);
    /* What is denied and not enforced goes through. */
    is_denied = found.decision.verdict == MAXMIND_ACL_DENY && found.is_enforced;
    if (is_denied) {
      denial_answer(served->policy, &found.decision, found.client, transaction, info);
    }
  }
  live_policy_leave(thread);
  return is_denied ? TSREMAP_NO_REMAP_STOP : TSREMAP_NO_REMAP;
}
