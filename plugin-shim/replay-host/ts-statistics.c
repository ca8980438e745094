/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics.h"

#include "message.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <ts/ts.h>

// Traffic Server's default for all plugins together, without --maxRecords.
enum { STATISTICS_MAX = 512 };

static struct {
  char *name;
  int64_t value;
} statistics[STATISTICS_MAX];
static int statistic_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int64_t *value_of(int statistic) {
  if (statistic < 0 || statistic >= __atomic_load_n(&statistic_count, __ATOMIC_ACQUIRE)) {
    plugin_fault("there is no statistic %d", statistic);
  }
  return &statistics[statistic].value;
}

int TSStatCreate(const char *name, TSRecordDataType type, TSStatPersistence persistence,
                 TSStatSync sync) {
  (void)type;
  (void)persistence;
  (void)sync;
  pthread_mutex_lock(&lock);
  int statistic = statistic_count;
  if (statistic < STATISTICS_MAX) {
    statistics[statistic].name = TSstrdup(name);
    __atomic_store_n(&statistic_count, statistic + 1, __ATOMIC_RELEASE);
  } else {
    statistic = TS_ERROR;
  }
  pthread_mutex_unlock(&lock);
  return statistic;
}

TSReturnCode TSStatFindName(const char *name, int *statistic) {
  int count = __atomic_load_n(&statistic_count, __ATOMIC_ACQUIRE);
  for (int i = 0; i < count; i++) {
    if (strcmp(statistics[i].name, name) == 0) {
      *statistic = i;
      return TS_SUCCESS;
    }
  }
  return TS_ERROR;
}

void TSStatIntIncrement(int statistic, TSMgmtInt amount) {
  __atomic_fetch_add(value_of(statistic), amount, __ATOMIC_RELAXED);
}

void TSStatIntSet(int statistic, TSMgmtInt value) {
  __atomic_store_n(value_of(statistic), value, __ATOMIC_RELAXED);
}

void statistics_print(void) {
  for (int i = 0; i < statistic_count; i++) {
    message("statistic %s: %" PRId64, statistics[i].name,
            __atomic_load_n(value_of(i), __ATOMIC_RELAXED));
  }
}

void statistics_free(void) {
  for (int i = 0; i < statistic_count; i++) {
    free(statistics[i].name);
  }
}
