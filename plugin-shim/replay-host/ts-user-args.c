/* SPDX-License-Identifier: Apache-2.0
 *
 * User arguments of transactions and of the whole process. A replay has no sessions.
 */
#include "message.h"
#include "transaction.h"

#include <stdlib.h>
#include <string.h>

// An index says to which type it belongs, as in Traffic Server.
enum { INDEX_STEP = 1000 };

static struct {
  char *name;
  char *description;
} reserved[TS_USER_ARGS_COUNT][TRANSACTION_USER_ARGS_MAX];
static void *global_args[TRANSACTION_USER_ARGS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((destructor)) static void free_names(void) {
  for (int type = 0; type < TS_USER_ARGS_COUNT; type++) {
    for (int i = 0; i < TRANSACTION_USER_ARGS_MAX; i++) {
      free(reserved[type][i].name);
      free(reserved[type][i].description);
    }
  }
}

TSReturnCode TSUserArgIndexReserve(TSUserArgType type, const char *name, const char *description,
                                   int *index) {
  if (type != TS_USER_ARGS_TXN && type != TS_USER_ARGS_GLB) {
    plugin_fault("TSUserArgIndexReserve: this host has arguments of transactions and global ones");
  }
  TSReturnCode result = TS_ERROR;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < TRANSACTION_USER_ARGS_MAX && result == TS_ERROR; i++) {
    if (reserved[type][i].name == NULL) {
      reserved[type][i].name = TSstrdup(name);
      reserved[type][i].description = TSstrdup(description != NULL ? description : "");
    }
    if (strcmp(reserved[type][i].name, name) == 0) {
      *index = (int)type * INDEX_STEP + i;
      result = TS_SUCCESS;
    }
  }
  pthread_mutex_unlock(&lock);
  return result;
}

TSReturnCode TSUserArgIndexNameLookup(TSUserArgType type, const char *name, int *index,
                                      const char **description) {
  for (int i = 0; i < TRANSACTION_USER_ARGS_MAX && reserved[type][i].name != NULL; i++) {
    if (strcmp(reserved[type][i].name, name) == 0) {
      *index = (int)type * INDEX_STEP + i;
      if (description != NULL) {
        *description = reserved[type][i].description;
      }
      return TS_SUCCESS;
    }
  }
  return TS_ERROR;
}

static void **slot(void *data, int index) {
  int type = index / INDEX_STEP;
  int i = index % INDEX_STEP;
  if (index < 0 || i >= TRANSACTION_USER_ARGS_MAX ||
      (type != TS_USER_ARGS_TXN && type != TS_USER_ARGS_GLB)) {
    plugin_fault("user argument %d was never reserved", index);
  }
  if (type == TS_USER_ARGS_GLB) {
    return &global_args[i];
  }
  TSHttpTxn transaction = data;
  return &transaction->user_args[i];
}

void TSUserArgSet(void *data, int index, void *value) {
  *slot(data, index) = value;
  if (index / INDEX_STEP == TS_USER_ARGS_TXN) {
    ((TSHttpTxn)data)->user_args_used = true;
  }
}

void *TSUserArgGet(void *data, int index) {
  return *slot(data, index);
}
