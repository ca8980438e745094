/* SPDX-License-Identifier: Apache-2.0
 *
 * User arguments of the whole process, and one of a transaction.
 */
#include "message.h"
#include "transaction.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <ts/ts.h>

enum { GLOBAL_ARGS_MAX = 4 };

static char *names[GLOBAL_ARGS_MAX];
static void *values[GLOBAL_ARGS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((destructor)) static void free_names(void) {
  for (int i = 0; i < GLOBAL_ARGS_MAX; i++) {
    free(names[i]);
  }
}

TSReturnCode TSUserArgIndexReserve(TSUserArgType type, const char *name, const char *description,
                                   int *index) {
  (void)description;
  if (type == TS_USER_ARGS_TXN) {
    *index = 0;
    return TS_SUCCESS;
  }
  TSReturnCode result = TS_ERROR;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < GLOBAL_ARGS_MAX && result == TS_ERROR; i++) {
    if (names[i] == NULL) {
      names[i] = TSstrdup(name);
    }
    if (strcmp(names[i], name) == 0) {
      *index = i;
      result = TS_SUCCESS;
    }
  }
  pthread_mutex_unlock(&lock);
  return result;
}

TSReturnCode TSUserArgIndexNameLookup(TSUserArgType type, const char *name, int *index,
                                      const char **description) {
  if (type != TS_USER_ARGS_GLB) {
    return TS_ERROR;
  }
  for (int i = 0; i < GLOBAL_ARGS_MAX && names[i] != NULL; i++) {
    if (strcmp(names[i], name) == 0) {
      *index = i;
      *description = "";
      return TS_SUCCESS;
    }
  }
  return TS_ERROR;
}

static void **value_at(int index) {
  if (index < 0 || index >= GLOBAL_ARGS_MAX) {
    plugin_fault("there is no user argument %d", index);
  }
  return &values[index];
}

void TSUserArgSet(void *data, int index, void *value) {
  if (data != NULL) {
    ((TSHttpTxn)data)->user_arg = value;
  } else {
    *value_at(index) = value;
  }
}

void *TSUserArgGet(void *data, int index) {
  return data != NULL ? ((TSHttpTxn)data)->user_arg : *value_at(index);
}
