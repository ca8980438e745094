/* SPDX-License-Identifier: Apache-2.0
 *
 * maxmind_acl.so: Traffic Server's remap hook. The library (maxmind_acl.h) decides. This shim reads
 * addresses, header fields and URLs from Traffic Server, and writes its logs and answers.
 *
 * The code is both C11 and C++17, since Traffic Server 10's ts.h is C++ only.
 */
#include "maxmind_acl.h"
#include "decision_header.h"
#include "denial.h"
#include "metrics.h"
#include "proxy.h"
#include "reload_thread.h"
#include "request.h"
#include "traffic_server.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool fetch_url(void *context, maxmind_acl_url *url) {
  return request_url_fetch((request_url *)context, url);
}

static void fetch_circumstances(void *context, maxmind_acl_circumstances *circumstances) {
  circumstances->method = request_method(((const request_url *)context)->info);
  circumstances->now = (int64_t)time(NULL);
}

/** A decision and its client. */
typedef struct outcome {
  maxmind_acl_decision decision;
  maxmind_acl_client found;      /* `client` may point into it */
  const struct sockaddr *client; /* NULL: unknown */
  bool is_enforced;              /* false: a denial without effect */
} outcome;

static void write_line(const maxmind_acl_policy *policy, const maxmind_acl_request *request,
                       const struct sockaddr *address, request_url *url, const outcome *found,
                       char *line, size_t size) {
  int length = 0;
  char *text = request_url_text(url, &length);
  maxmind_acl_text whole = {text, text != NULL ? (size_t)length : 0};
  maxmind_acl_write_log_line(policy, &found->decision, request, found->is_enforced, address,
                             request_method(url->info), whole, line, size);
  TSfree(text);
}

enum { longest_line = 4096 };

/* The line has the connection's address. This function and the next one are not inlined: their
 * buffers would be on the stack of every request. */
__attribute__((noinline, cold)) static void log_decision(const maxmind_acl_policy *policy,
                                                         const maxmind_acl_request *request,
                                                         request_url *url, const outcome *found) {
  char line[longest_line];
  write_line(policy, request, request->peer != NULL ? request->peer : request->client, url, found,
             line, sizeof(line));
  DEBUG_PRINT("%s", line);
}

__attribute__((noinline, cold)) static void
log_denial(const denial_log *log, const maxmind_acl_policy *policy, counted_decision counted,
           const maxmind_acl_request *request, request_url *url, const outcome *found) {
  bool is_logged = maxmind_acl_admits_log_line(policy, (int64_t)decision_counters_now());
  count_logged(counted, is_logged);
  if (is_logged) {
    char line[longest_line];
    write_line(policy, request, request->client, url, found, line, sizeof(line));
    denial_log_write(log, line);
  }
}

/* Reads the first bypass field, undecoded. Returns the field, which the caller releases. */
static TSMLoc find_bypass(const maxmind_acl_text *name, const TSRemapRequestInfo *info,
                          maxmind_acl_request *request) {
  TSMLoc field =
      TSMimeHdrFieldFind(info->requestBufp, info->requestHdrp, name->bytes, (int)name->length);
  if (field != TS_NULL_MLOC) {
    request->bypass_value =
        header_field_value(info->requestBufp, info->requestHdrp, field, &request->bypass_length);
  }
  return field;
}

/* Decides, and updates the metrics, the request's header fields and the log of denials. */
static void decide(maxmind_acl_reading reading, TSHttpTxn transaction, const struct sockaddr *peer,
                   const TSRemapRequestInfo *info, outcome *self) {
  const maxmind_acl_settings *settings = reading.settings;
  const served_policy *served = served_policy_of(settings);
  const maxmind_acl_policy *policy = settings->policy;
  request_url url = {transaction, info, false, NULL, TS_NULL_MLOC};
  maxmind_acl_request request;
  memset(&request, 0, sizeof(request));
  request.client = peer;
  request.fetch_url = fetch_url;
  request.fetch_circumstances = fetch_circumstances;
  request.context = &url;
  if (names_client(settings)) {
    client_find(settings, transaction, info, peer, &self->found);
    request.client = self->found.client;
    request.client_source = self->found.source;
    request.peer = peer;
  }
  self->client = request.client;
  TSMLoc field = settings->bypass_header.bytes != NULL
                     ? find_bypass(&settings->bypass_header, info, &request)
                     : TS_NULL_MLOC;

  counted_decision counted = counted_decision_begins(served->counters, reading.thread);
  int verdict = maxmind_acl_decide(policy, &request, &self->decision);
  counted_decision_ends(counted);
  /* Branches on the verdict come as late as possible: the processor cannot predict it. */
  self->is_enforced =
      settings->enforces_all || verdict == MAXMIND_ACL_ALLOW ||
      maxmind_acl_is_enforced(policy, &self->decision, self->client, (int64_t)time(NULL));
  if (DEBUG_IS_ON()) {
    log_decision(policy, &request, &url, self);
  }
  if (field != TS_NULL_MLOC) {
    TSHandleMLocRelease(info->requestBufp, info->requestHdrp, field);
  }
  count_outcome(counted, &self->decision, self->is_enforced);
  decision_header_set(settings, &self->decision, &request, self->is_enforced, transaction, info);
  if (served->log != NULL && verdict != MAXMIND_ACL_ALLOW) {
    log_denial(served->log, policy, counted, &request, &url, self);
  }
  request_url_end(&url);
}

/* The entry points. */

#define TEXT_OF(value)       #value
#define TEXT_OF_VALUE(value) TEXT_OF(value)

/* `make install` looks for this text. */
static const char other_version[] =
    "this plugin is built for Traffic Server " TEXT_OF_VALUE(TS_VERSION_MAJOR) ", not for this one";

PLUGIN_ENTRY TSReturnCode TSRemapInit(TSRemapInterface *api, char *errbuf, int errbuf_size) {
  const char *problem = NULL;
  if (TSTrafficServerVersionGetMajor() != TS_VERSION_MAJOR) {
    problem = other_version;
#if defined(__x86_64__) /* swift-flags.mk */
  } else if (!__builtin_cpu_supports("popcnt")) {
    problem = "needs a processor with POPCNT (x86-64-v2, 2008)";
#endif
  } else if (api == NULL || api->size < sizeof(TSRemapInterface) ||
             api->tsremap_version < TSREMAP_VERSION) {
    problem = "this Traffic Server's remap API is too old";
  }
  if (problem != NULL) {
    snprintf(errbuf, (size_t)errbuf_size, "[%s] %s", PLUGIN_NAME, problem);
    return TS_ERROR;
  }
  denial_init();
  decision_header_init();
  return TS_SUCCESS;
}

PLUGIN_ENTRY TSReturnCode TSRemapNewInstance(int argc, char *argv[], void **handle, char *errbuf,
                                             int errbuf_size) {
  size_t errbuf_room = errbuf != NULL && errbuf_size > 0 ? (size_t)errbuf_size : 0;
  *handle = NULL;
  if (argc != 3) { /* the first two arguments are the remap line's URLs */
    snprintf(errbuf, errbuf_room, "needs one @pparam, the name of its YAML file; the line has %d",
             argc < 2 ? 0 : argc - 2);
    TSError("[%s] %s", PLUGIN_NAME, errbuf_room > 0 ? errbuf : "needs one @pparam");
    return TS_ERROR;
  }
  const char *directory = TSConfigDirGet();
  *handle = maxmind_acl_live_open(argv[2], strlen(argv[2]), directory, strlen(directory), argv[0],
                                  &traffic_server, reload_thread_clock(), errbuf, errbuf_room);
  reload_thread_wake();
  return *handle != NULL ? TS_SUCCESS : TS_ERROR;
}

PLUGIN_ENTRY void TSRemapDeleteInstance(void *handle) {
  maxmind_acl_live_close((maxmind_acl_live *)handle);
  reload_thread_wake();
  metrics_flush();
}

PLUGIN_ENTRY TSRemapStatus TSRemapDoRemap(void *handle, TSHttpTxn transaction,
                                          TSRemapRequestInfo *info) {
  const struct sockaddr *peer = TSHttpTxnClientAddrGet(transaction);
  maxmind_acl_reading reading = maxmind_acl_live_enter((const maxmind_acl_live *)handle);
  bool is_denied = false;
  if (!is_ip_address(peer) && TSHttpTxnIsInternal(transaction)) {
    count_internal(served_policy_of(reading.settings)->counters, reading.thread);
    decision_header_clear(reading.settings, transaction, info);
    DEBUG_PRINT("allow: internal request without a client address");
  } else {
    outcome found;
    decide(reading, transaction, peer, info, &found);
    is_denied = found.decision.verdict == MAXMIND_ACL_DENY && found.is_enforced;
    if (is_denied) {
      denial_answer(reading.settings->policy, &found.decision, found.client, transaction, info);
    }
  }
  maxmind_acl_live_leave(reading);
  return is_denied ? TSREMAP_NO_REMAP_STOP : TSREMAP_NO_REMAP;
}
