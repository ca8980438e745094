/* SPDX-License-Identifier: Apache-2.0
 *
 * maxmind_acl.so: Traffic Server's remap hook in front of maxmind_acl.h. What to decide is all
 * behind that header; here is only what Traffic Server knows and wants: addresses, headers, URLs,
 * logs.
 *
 * C11 that is C++17 too, since Traffic Server 10's ts.h is C++ only.
 */
#include "maxmind_acl.h"
#include "denial.h"
#include "request_url.h"
#include "traffic_server.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { seconds_per_day = 24 * 60 * 60, stale_after_days = 45 };

/** What one `@plugin=maxmind_acl.so` of a remap line holds. */
typedef struct instance {
  maxmind_acl_policy *policy;
  const char *bypass_header; /* NULL: no bypass; belongs to the policy */
  int bypass_header_length;
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
  return self;
}

/* Deciding: what a policy may ask of a transaction. */

static bool fetch_url(void *context, maxmind_acl_url *url) {
  return request_url_fetch((request_url *)context, url);
}

static bool is_ip_address(const struct sockaddr *address) {
  return address != NULL && (address->sa_family == AF_INET || address->sa_family == AF_INET6);
}

/* For a person who reads along: client, URL, decision. Apart, so that its buffers are not on the
 * stack of every request. */
__attribute__((noinline, cold)) static void log_decision(const instance *self,
                                                         const struct sockaddr *client,
                                                         request_url *url,
                                                         const maxmind_acl_decision *decision) {
  char address[INET6_ADDRSTRLEN] = "-";
  if (is_ip_address(client)) {
    const void *bytes = client->sa_family == AF_INET
                            ? (const void *)&((const struct sockaddr_in *)client)->sin_addr
                            : (const void *)&((const struct sockaddr_in6 *)client)->sin6_addr;
    inet_ntop(client->sa_family, bytes, address, sizeof(address));
  }
  char text[512];
  maxmind_acl_describe(self->policy, decision, text, sizeof(text));
  maxmind_acl_url parts;
  request_url_fetch(url, &parts);
  int length = 0;
  char *whole = url->held ? TSUrlStringGet(url->buffer, url->location, &length) : NULL;
  DEBUG_PRINT("%s %.*s %s", address, whole != NULL ? length : 1, whole != NULL ? whole : "-", text);
  TSfree(whole);
}

/* Decides with the value of the first bypass header, as it is on its line. */
static int decide(const instance *self, TSHttpTxn transaction, const struct sockaddr *client,
                  const TSRemapRequestInfo *info, maxmind_acl_decision *decision) {
  request_url url;
  request_url_begin(&url, transaction);
  maxmind_acl_request request;
  memset(&request, 0, sizeof(request));
  request.client = client;
  request.fetch_url = fetch_url;
  request.context = &url;

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

  int verdict = maxmind_acl_decide(self->policy, &request, decision);
  if (DEBUG_IS_ON()) {
    log_decision(self, client, &url, decision);
  }
  request_url_end(&url);
  if (field != TS_NULL_MLOC) {
    TSHandleMLocRelease(info->requestBufp, info->requestHdrp, field);
  }
  return verdict;
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
    maxmind_acl_close(self->policy);
    TSfree(self);
  }
}

PLUGIN_ENTRY TSRemapStatus TSRemapDoRemap(void *handle, TSHttpTxn transaction,
                                          TSRemapRequestInfo *info) {
  instance *self = (instance *)handle;
  const struct sockaddr *client = TSHttpTxnClientAddrGet(transaction);
  if (!is_ip_address(client) && TSHttpTxnIsInternal(transaction)) {
    uint64_t count = __atomic_add_fetch(&self->internal_requests, 1, __ATOMIC_RELAXED);
    DEBUG_PRINT("allow: internal request without a client address, number %" PRIu64, count);
    return TSREMAP_NO_REMAP;
  }
  maxmind_acl_decision decision;
  if (decide(self, transaction, client, info, &decision) == MAXMIND_ACL_ALLOW) {
    return TSREMAP_NO_REMAP;
  }
  denial_answer(self->policy, &decision, client, transaction, info);
  return TSREMAP_NO_REMAP_STOP;
}
