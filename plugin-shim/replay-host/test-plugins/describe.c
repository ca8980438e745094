/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers each request with a page that says what the plugin saw of it, and checks on the way what
 * can be written to.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <ts/ts.h>

#include <ts/experimental.h>
#include <ts/remap.h>

static int statistic;
static int user_arg;

static void print_url(FILE *out, const char *name, TSMBuffer buffer, TSMLoc url) {
  struct {
    const char *name;
    const char *(*get)(TSMBuffer, TSMLoc, int *);
  } parts[] = {{"scheme", TSUrlSchemeGet},     {"user", TSUrlUserGet},
               {"password", TSUrlPasswordGet}, {"host", TSUrlHostGet},
               {"path", TSUrlPathGet},         {"params", TSUrlHttpParamsGet},
               {"query", TSUrlHttpQueryGet},   {"fragment", TSUrlHttpFragmentGet}};
  fprintf(out, "%s:", name);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    int length;
    const char *part = parts[i].get(buffer, url, &length);
    if (part != NULL) {
      fprintf(out, " %s=%.*s", parts[i].name, length, part);
    }
  }
  int length;
  char *text = TSUrlStringGet(buffer, url, &length);
  fprintf(out, " port=%d/%d text=%.*s\n", TSUrlPortGet(buffer, url), TSUrlRawPortGet(buffer, url),
          length, text);
  TSfree(text);
}

static void print_fields(FILE *out, TSMBuffer buffer, TSMLoc header) {
  int count = TSMimeHdrFieldsCount(buffer, header);
  for (int i = 0; i < count; i++) {
    TSMLoc field = TSMimeHdrFieldGet(buffer, header, i);
    int name_length;
    const char *name = TSMimeHdrFieldNameGet(buffer, header, field, &name_length);
    fprintf(out, "%.*s:", name_length, name);
    int values = TSMimeHdrFieldValuesCount(buffer, header, field);
    for (int j = 0; j < values; j++) {
      int length;
      const char *value = TSMimeHdrFieldValueStringGet(buffer, header, field, j, &length);
      fprintf(out, " [%.*s]", length, value);
    }
    fputc('\n', out);
    TSHandleMLocRelease(buffer, header, field);
  }
}

// Replaces all "@Verdict" fields by one.
static void change_header(TSMBuffer buffer, TSMLoc header) {
  TSMLoc field = TSMimeHdrFieldFind(buffer, header, "@verdict", -1);
  while (field != TS_NULL_MLOC) {
    TSMLoc next = TSMimeHdrFieldNextDup(buffer, header, field);
    TSMimeHdrFieldDestroy(buffer, header, field);
    field = next;
  }
  TSMimeHdrFieldCreateNamed(buffer, header, "@Verdict", 8, &field);
  TSMimeHdrFieldValueStringSet(buffer, header, field, -1, "deny, surely", 12);
  TSMimeHdrFieldAppend(buffer, header, field);
}

static int post_remap(TSCont continuation, TSEvent event, void *data) {
  TSHttpTxn transaction = data;
  if (event == TS_EVENT_HTTP_POST_REMAP && TSUserArgGet(transaction, user_arg) == &user_arg) {
    TSContDataSet(continuation, transaction);
    TSContScheduleOnPool(continuation, 1, TS_THREAD_POOL_TASK);
  } else if (event == TS_EVENT_TIMEOUT) {
    transaction = TSContDataGet(continuation);
    TSHttpTxnStatusSet(transaction, TS_HTTP_STATUS_UNAVAILABLE_FOR_LEGAL_REASONS);
    TSContDestroy(continuation);
    TSHttpTxnReenable(transaction, TS_EVENT_HTTP_CONTINUE);
  }
  return 0;
}

TSReturnCode TSRemapInit(TSRemapInterface *interface, char *errbuf, int errbuf_size) {
  (void)interface;
  (void)errbuf;
  (void)errbuf_size;
  statistic = TSStatCreate("plugin.describe.requests", TS_RECORDDATATYPE_INT,
                           TS_STAT_NON_PERSISTENT, TS_STAT_SYNC_COUNT);
  TSMgmtConfigFileAdd("remap.config", "describe.yaml");
  return TSUserArgIndexReserve(TS_USER_ARGS_TXN, "describe", "a test", &user_arg);
}

TSReturnCode TSRemapNewInstance(int argc, char *argv[], void **instance, char *errbuf,
                                int errbuf_size) {
  (void)errbuf;
  (void)errbuf_size;
  *instance = argc > 2 && strcmp(argv[2], "later") == 0 ? &user_arg : NULL;
  return TS_SUCCESS;
}

TSRemapStatus TSRemapDoRemap(void *instance, TSHttpTxn transaction,
                             TSRemapRequestInfo *information) {
  TSStatIntIncrement(statistic, 1);
  if (instance != NULL) {
    TSUserArgSet(transaction, user_arg, &user_arg);
    TSHttpTxnHookAdd(transaction, TS_HTTP_POST_REMAP_HOOK,
                     TSContCreate(post_remap, TSMutexCreate()));
    return TSREMAP_NO_REMAP;
  }
  char *page;
  size_t length;
  FILE *out = open_memstream(&page, &length);
  char address[INET6_ADDRSTRLEN] = "none";
  const struct sockaddr *client = TSHttpTxnClientAddrGet(transaction);
  if (client != NULL && client->sa_family == AF_INET) {
    inet_ntop(AF_INET, &((const struct sockaddr_in *)client)->sin_addr, address, sizeof address);
  } else if (client != NULL) {
    inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)client)->sin6_addr, address, sizeof address);
  }
  fprintf(out, "client: %s internal=%d\n", address, TSHttpTxnIsInternal(transaction));
  TSMBuffer buffer;
  TSMLoc location;
  TSHttpTxnPristineUrlGet(transaction, &buffer, &location);
  print_url(out, "pristine", buffer, location);
  print_url(out, "request", information->requestBufp, information->requestUrl);
  TSHttpTxnClientReqGet(transaction, &buffer, &location);
  change_header(buffer, location);
  print_fields(out, buffer, location);
  fclose(out);
  fputs(page, stderr);
  TSHttpTxnStatusSet(transaction, TS_HTTP_STATUS_FORBIDDEN);
  TSHttpTxnErrorBodySet(transaction, page, length, TSstrdup("text/plain"));
  return TSREMAP_NO_REMAP_STOP;
}
