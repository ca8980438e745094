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
#include "denial_page.h"
#include "traffic_server.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { seconds_per_day = 24 * 60 * 60, stale_after_days = 45 };

/** What one `@plugin=maxmind_acl.so` of a remap line holds. */
typedef struct instance {
  maxmind_acl_policy *policy;
  denial_page *page;         /* NULL: Traffic Server's own */
  const char *bypass_header; /* NULL: no bypass; belongs to the policy */
  int bypass_header_length;
  bool names_client;          /* client_is_named of the policy */
  uint64_t internal_requests; /* let through without a client address; atomic */
} instance;

/* Loading: logs and watched files. */

/** What a load has had to say so far. */
typedef struct load_log {
  unsigned errors;
  unsigned warnings;
} load_log;

/* A file of a thousand mistakes must not fill the log: so many of each severity are told. */
enum { logged_errors = 50, logged_warnings = 50 };

static void log_rest(const load_log *log, const char *path) {
  unsigned errors = log->errors > logged_errors ? log->errors - logged_errors : 0;
  unsigned warnings = log->warnings > logged_warnings ? log->warnings - logged_warnings : 0;
  if (errors + warnings > 0) {
    TSWarning("[%s] %s: %u more errors and %u more warnings: maxmind-acl check shows them",
              PLUGIN_NAME, path, errors, warnings);
  }
}

/* Logs a text of several lines as several messages, so that each carries the plugin's name and
 * time, and a caret stays below what it points at: the prefixes are of one length. */
static void log_diagnostic(void *context, int severity, const char *text) {
  load_log *log = (load_log *)context;
  bool is_shown = severity == MAXMIND_ACL_ERROR ? ++log->errors <= logged_errors
                                                : ++log->warnings <= logged_warnings;
  for (const char *line = text; line != NULL && is_shown;) {
    const char *newline = strchr(line, '\n');
    size_t length = newline != NULL ? (size_t)(newline - line) : strlen(line);
    int shown = length > INT_MAX ? INT_MAX : (int)length;
    if (severity == MAXMIND_ACL_ERROR) {
      TSError("[%s] %.*s", PLUGIN_NAME, shown, line);
    } else {
      TSWarning("[%s] %.*s", PLUGIN_NAME, shown, line);
    }
    line = newline != NULL ? newline + 1 : NULL;
  }
}

/* Has Traffic Server reload its remap configuration when the file is newer at a `config reload`:
 * the file becomes a child of the remap file that a record names. */
static void watch_file(void *context, const char *path) {
  static const char *const records[] = {REMAP_FILE_RECORDS};
  (void)context;
  for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); ++i) {
    TSMgmtString remap_file = NULL;
    if (TSMgmtStringGet(records[i], &remap_file) != TS_SUCCESS || remap_file == NULL) {
      continue;
    }
    TSReturnCode added = TSMgmtConfigFileAdd(remap_file, path);
    TSfree(remap_file);
    if (added == TS_SUCCESS) {
      return;
    }
  }
  TSWarning("[%s] %s: not watched for changes: no remap file to watch it with", PLUGIN_NAME, path);
}

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

static void log_summary(const maxmind_acl_policy *policy) {
  char summary[1024];
  maxmind_acl_summary(policy, summary, sizeof(summary));
  TSNote("[%s] %s", PLUGIN_NAME, summary);
}

static void warn_if_stale(const maxmind_acl_policy *policy, const char *path) {
  time_t built = (time_t)maxmind_acl_build_epoch(policy);
  time_t now = time(NULL);
  if (built == 0 || now <= built || (now - built) / seconds_per_day <= stale_after_days) {
    return;
  }
  struct tm date;
  char text[sizeof("YYYYYYYYYYYY-MM-DD")] = "?";
  if (gmtime_r(&built, &date) != NULL) {
    strftime(text, sizeof(text), "%Y-%m-%d", &date);
  }
  TSWarning("[%s] %s: the oldest database was built on %s, %" PRId64 " days ago", PLUGIN_NAME, path,
            text, (int64_t)(now - built) / seconds_per_day);
}

static instance *instance_create(maxmind_acl_policy *policy) {
  instance *self = (instance *)TSmalloc(sizeof(*self));
  memset(self, 0, sizeof(*self));
  self->policy = policy;
  size_t length = 0;
  const char *header = maxmind_acl_bypass_header(policy, &length);
  if (header != NULL && length <= INT_MAX) {
    self->bypass_header = header;
    self->bypass_header_length = (int)length;
  }
  self->names_client = client_is_named(policy);
  const char *body = maxmind_acl_denial_body(policy, &length);
  if (body != NULL && length > 0) {
    self->page = denial_page_create(body, length);
  }
  return self;
}

/* Deciding: what a policy may ask of a transaction. */

/** A transaction's URL before remapping, from the first use until url_release. */
typedef struct pristine_url {
  TSHttpTxn transaction;
  TSMBuffer buffer;
  TSMLoc location;
  bool held;
} pristine_url;

static bool url_fetch(void *context, maxmind_acl_url *url) {
  pristine_url *self = (pristine_url *)context;
  if (TSHttpTxnPristineUrlGet(self->transaction, &self->buffer, &self->location) != TS_SUCCESS) {
    return false;
  }
  self->held = true;
  int length = 0;
  url->host = TSUrlHostGet(self->buffer, self->location, &length);
  url->host_length = url->host != NULL && length > 0 ? (size_t)length : 0;
  length = 0;
  url->path = TSUrlPathGet(self->buffer, self->location, &length);
  url->path_length = url->path != NULL && length > 0 ? (size_t)length : 0;
#if TS_VERSION_MAJOR < 10 /* later ones leave the parameters in the path */
  length = 0;
  url->params = TSUrlHttpParamsGet(self->buffer, self->location, &length);
  url->params_length = url->params != NULL && length > 0 ? (size_t)length : 0;
#endif
  return true;
}

static void url_release(const pristine_url *self) {
  if (self->held) {
    TSHandleMLocRelease(self->buffer, TS_NULL_MLOC, self->location);
  }
}

/* For a person who reads along: client, URL, decision. Apart, so that its buffers are not on the
 * stack of every request. */
__attribute__((noinline, cold)) static void
log_decision(const maxmind_acl_policy *policy, const maxmind_acl_request *request,
             pristine_url *url, const maxmind_acl_decision *decision, bool is_enforced) {
  char client[256];
  client_describe(policy, request->client, request->client_source, request->peer, client,
                  sizeof(client));
  char text[512];
  maxmind_acl_describe(policy, decision, text, sizeof(text));
  maxmind_acl_url parts;
  memset(&parts, 0, sizeof(parts));
  if (!url->held) {
    url_fetch(url, &parts);
  }
  int length = 0;
  char *whole = url->held ? TSUrlStringGet(url->buffer, url->location, &length) : NULL;
  DEBUG_PRINT("%s %.*s %s%s", client, whole != NULL ? length : 1, whole != NULL ? whole : "-",
              is_enforced ? "" : "would ", text);
  TSfree(whole);
}

/* Decides with the value of the first bypass header, as it is on its line. What is denied and not
 * enforced is allowed. */
static int decide(const instance *self, TSHttpTxn transaction, const struct sockaddr *peer,
                  const TSRemapRequestInfo *info) {
  pristine_url url;
  memset(&url, 0, sizeof(url));
  url.transaction = transaction;
  maxmind_acl_request request;
  memset(&request, 0, sizeof(request));
  request.client = peer;
  request.fetch_url = url_fetch;
  request.context = &url;
  maxmind_acl_client client;
  if (self->names_client) {
    client_find(self->policy, transaction, info, peer, &client);
    request.client = client.client;
    request.client_source = client.source;
    request.peer = peer;
  }

  TSMLoc field = TS_NULL_MLOC;
  if (self->bypass_header != NULL) {
    field = TSMimeHdrFieldFind(info->requestBufp, info->requestHdrp, self->bypass_header,
                               self->bypass_header_length);
  }
  if (field != TS_NULL_MLOC) {
    int length = 0;
    const char *value =
        TSMimeHdrFieldValueStringGet(info->requestBufp, info->requestHdrp, field, -1, &length);
    request.bypass_value = value != NULL ? value : "";
    request.bypass_length = value != NULL && length > 0 ? (size_t)length : 0;
  }

  maxmind_acl_decision decision;
  int verdict = maxmind_acl_decide(self->policy, &request, &decision);
  bool is_enforced =
      verdict == MAXMIND_ACL_ALLOW ||
      maxmind_acl_is_enforced(self->policy, &decision, request.client, (int64_t)time(NULL));
  if (DEBUG_IS_ON()) {
    log_decision(self->policy, &request, &url, &decision, is_enforced);
  }
  url_release(&url);
  if (field != TS_NULL_MLOC) {
    TSHandleMLocRelease(info->requestBufp, info->requestHdrp, field);
  }
  return is_enforced ? verdict : MAXMIND_ACL_ALLOW;
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
  const char *path = argv[2];
  const char *directory = TSConfigDirGet();
  maxmind_acl_observer observer;
  observer.will_read = watch_file;
  observer.diagnostic = log_diagnostic;
  load_log log = {0, 0};
  observer.context = &log;
  observer.lacks_verified_addresses = !HAS_VERIFIED_ADDRESSES;
  char host[256];
  observer.map_host = copy_host(argv[0], host, sizeof(host)) ? host : NULL;
  maxmind_acl_policy *policy = maxmind_acl_open(path, strlen(path), directory, strlen(directory),
                                                &observer, errbuf, errbuf_room);
  log_rest(&log, path);
  if (policy == NULL) {
    return TS_ERROR;
  }
  log_summary(policy);
  warn_if_stale(policy, path);
  *handle = instance_create(policy);
  return TS_SUCCESS;
}

PLUGIN_ENTRY void TSRemapDeleteInstance(void *handle) {
  instance *self = (instance *)handle;
  if (self != NULL) {
    denial_page_release(self->page);
    maxmind_acl_close(self->policy);
    TSfree(self);
  }
}

PLUGIN_ENTRY TSRemapStatus TSRemapDoRemap(void *handle, TSHttpTxn transaction,
                                          TSRemapRequestInfo *info) {
  instance *self = (instance *)handle;
  const struct sockaddr *peer = TSHttpTxnClientAddrGet(transaction);
  if (!is_ip_address(peer) && TSHttpTxnIsInternal(transaction)) {
    uint64_t count = __atomic_add_fetch(&self->internal_requests, 1, __ATOMIC_RELAXED);
    DEBUG_PRINT("allow: internal request without a client address, number %" PRIu64, count);
    return TSREMAP_NO_REMAP;
  }
  if (decide(self, transaction, peer, info) == MAXMIND_ACL_ALLOW) {
    return TSREMAP_NO_REMAP;
  }
  denial_page_answer(self->page, transaction, info);
  return TSREMAP_NO_REMAP_STOP;
}
