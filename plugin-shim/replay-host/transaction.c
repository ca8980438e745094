/* SPDX-License-Identifier: Apache-2.0 */
#include "transaction.h"

#include "intercept.h"
#include "message.h"
#include "records.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HOOK_SECONDS_MAX = 600 };

uint64_t digest(const char *bytes, size_t length) {
  uint64_t value = 14695981039346656037u;
  for (size_t i = 0; i < length; i++) {
    value = (value ^ (unsigned char)bytes[i]) * 1099511628211u;
  }
  return value;
}

void answer_set_content_type(struct answer *answer, struct span type) {
  size_t room = sizeof answer->content_type - 1;
  size_t length = type.length < room ? type.length : room;
  if (length > 0) {
    memcpy(answer->content_type, type.start, length);
  }
  answer->content_type[length] = '\0';
}

void transaction_init(struct tsapi_httptxn *transaction) {
  memset(transaction, 0, sizeof *transaction);
  pthread_mutex_init(&transaction->lock, NULL);
  pthread_cond_init(&transaction->reenabled, NULL);
}

void transaction_destroy(struct tsapi_httptxn *transaction) {
  pthread_mutex_destroy(&transaction->lock);
  pthread_cond_destroy(&transaction->reenabled);
}

void transaction_take_fields(struct tsapi_httptxn *transaction) {
  if (transaction->field_count < 0) {
    const struct request *request = transaction->request;
    transaction->field_count = request->field_count;
    memcpy(transaction->fields, request->fields,
           (size_t)request->field_count * sizeof *request->fields);
  }
}

int transaction_client_descriptor(struct tsapi_httptxn *transaction) {
  int ends[2];
  if (transaction->client_descriptor < 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0) {
    transaction->client_descriptor = ends[0];
    transaction->client_end = ends[1];
  }
  return transaction->client_descriptor;
}

static bool is_connection_closed(const struct tsapi_httptxn *transaction) {
  char byte;
  return transaction->client_descriptor >= 0 &&
         recv(transaction->client_end, &byte, 1, MSG_DONTWAIT) == 0;
}

static void begin(struct tsapi_httptxn *transaction, const struct request *request) {
  transaction->request = request;
  transaction->id++;
  transaction->status = TS_HTTP_STATUS_NONE;
  transaction->intercept = NULL;
  transaction->hook_count = 0;
  transaction->setting_count = 0;
  transaction->field_count = -1;
  transaction->answer_field_count = 0;
  transaction->room_used = 0;
  transaction->client_descriptor = -1;
}

static void end(struct tsapi_httptxn *transaction) {
  if (transaction->body != NULL || transaction->body_type != NULL) {
    TSfree(transaction->body);
    TSfree(transaction->body_type);
    transaction->body = NULL;
    transaction->body_type = NULL;
  }
  if (transaction->client_descriptor >= 0) {
    close(transaction->client_descriptor);
    close(transaction->client_end);
  }
  while (transaction->strings != NULL) {
    struct owned_string *next = transaction->strings->next;
    free(transaction->strings);
    transaction->strings = next;
  }
  if (transaction->user_args_used) {
    memset(transaction->user_args, 0, sizeof transaction->user_args);
    transaction->user_args_used = false;
  }
}

static void wait_for_reenable(struct tsapi_httptxn *transaction) {
  struct timespec limit;
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += HOOK_SECONDS_MAX;
  int result = 0;
  pthread_mutex_lock(&transaction->lock);
  while (!transaction->is_reenabled && result == 0) {
    result = pthread_cond_timedwait(&transaction->reenabled, &transaction->lock, &limit);
  }
  if (!transaction->is_reenabled) {
    plugin_fault("line %zu: a hook was not re-enabled within %d seconds",
                 transaction->request->line, (int)HOOK_SECONDS_MAX);
  }
  pthread_mutex_unlock(&transaction->lock);
}

static void run_hooks(struct tsapi_httptxn *transaction, TSHttpHookID id, TSEvent event) {
  for (int i = 0; i < transaction->hook_count; i++) {
    if (transaction->hooks[i].id == id) {
      transaction->is_reenabled = false;
      continuation_call(transaction->hooks[i].continuation, event, transaction);
      wait_for_reenable(transaction);
    }
  }
}

// Traffic Server's answer for a status that a plugin has set: the plugin's body, nothing at all if
// that is too long, or a page of its own.
static void answer_with_status(struct tsapi_httptxn *transaction, bool with_digest,
                               struct answer *answer) {
  answer->status = (int)transaction->status;
  if (transaction->body == NULL || transaction->body_length == 0) {
    return;
  }
  if ((int64_t)transaction->body_length > error_body_limit()) {
    message("line %zu: a body of %zu bytes is above the limit of %" PRId64
            ": Traffic Server would close the connection without an answer",
            transaction->request->line, transaction->body_length, error_body_limit());
    return;
  }
  // A body of no bytes is what a HEAD request gets.
  bool is_head = strcmp(transaction->request->method, TS_HTTP_METHOD_HEAD) == 0;
  answer->body_length = is_head ? 0 : (int64_t)transaction->body_length;
  if (with_digest) {
    answer->body_digest = digest(transaction->body, (size_t)answer->body_length);
  }
  const char *type = transaction->body_type != NULL ? transaction->body_type : "text/html";
  answer_set_content_type(answer, (struct span){type, strlen(type)});
}

static void take_location(const struct tsapi_httptxn *transaction, struct answer *answer) {
  for (int i = 0; i < transaction->answer_field_count; i++) {
    const struct field *field = &transaction->answer_fields[i];
    if (field->attached && field->name.length == strlen("Location") &&
        strncasecmp(field->name.start, "Location", field->name.length) == 0) {
      snprintf(answer->location, sizeof answer->location, "%.*s", (int)field->value.length,
               field->value.start);
    }
  }
}

static void take_request_fields(const struct tsapi_httptxn *transaction, struct answer *answer) {
  FILE *lines = fmemopen(answer->request_fields, sizeof answer->request_fields, "w");
  for (int i = 0; lines != NULL && i < transaction->field_count; i++) {
    const struct field *field = &transaction->fields[i];
    if (field->attached) {
      fprintf(lines, "%.*s: %.*s\n", (int)field->name.length, field->name.start,
              (int)field->value.length, field->value.start);
    }
  }
  if (lines != NULL) {
    fclose(lines);
  }
}

void transaction_run(struct tsapi_httptxn *transaction, const struct plugin *plugin,
                     const struct remap_rule *rule, const struct request *request, bool with_digest,
                     struct answer *answer) {
  begin(transaction, request);
  TSRemapRequestInfo information = {
      .mapFromUrl = (TSMLoc)&rule->from,
      .mapToUrl = (TSMLoc)&rule->to,
      .requestUrl = (TSMLoc)&request->remapped,
      .requestBufp = (TSMBuffer)transaction,
      .requestHdrp = transaction_header(transaction),
  };
  answer->remap = plugin->do_remap(plugin->instance, transaction, &information);
  answer->status = 0;
  answer->body_length = -1;
  answer->body_digest = 0;
  answer->content_type[0] = '\0';
  answer->location[0] = '\0';
  answer->request_fields[0] = '\0';
  if (with_digest && transaction->field_count > 0) {
    take_request_fields(transaction, answer);
  }
  bool did_remap = answer->remap == TSREMAP_DID_REMAP || answer->remap == TSREMAP_DID_REMAP_STOP;
  if (did_remap && information.redirect) {
    answer->status = transaction->status != TS_HTTP_STATUS_NONE ? (int)transaction->status
                                                                : TS_HTTP_STATUS_MOVED_TEMPORARILY;
  } else if (transaction->intercept != NULL) {
    // An intercept answers even where a status is set.
    run_hooks(transaction, TS_HTTP_POST_REMAP_HOOK, TS_EVENT_HTTP_POST_REMAP);
    intercept_run(transaction, with_digest, answer);
  } else if (transaction->status != TS_HTTP_STATUS_NONE) {
    answer_with_status(transaction, with_digest, answer);
  } else if (transaction->hook_count > 0) {
    run_hooks(transaction, TS_HTTP_POST_REMAP_HOOK, TS_EVENT_HTTP_POST_REMAP);
    // The hook may have denied.
    if (transaction->status != TS_HTTP_STATUS_NONE) {
      answer_with_status(transaction, with_digest, answer);
    }
  }
  if (transaction->hook_count > 0) {
    if (answer->status != 0) {
      run_hooks(transaction, TS_HTTP_SEND_RESPONSE_HDR_HOOK, TS_EVENT_HTTP_SEND_RESPONSE_HDR);
      take_location(transaction, answer);
    }
    run_hooks(transaction, TS_HTTP_TXN_CLOSE_HOOK, TS_EVENT_HTTP_TXN_CLOSE);
  }
  if (is_connection_closed(transaction)) {
    answer->status = ANSWER_CLOSED;
    answer->body_length = -1;
    answer->content_type[0] = '\0';
  }
  end(transaction);
}
