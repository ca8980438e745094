/* SPDX-License-Identifier: Apache-2.0
 *
 * Measures a look-up with libmaxminddb alone: MMDB_lookup_sockaddr and, with the parameter
 * "country", MMDB_aget_value. Parameters: the database, and "country" or nothing. Denies addresses
 * without a record, or without a country.
 */
#include <maxminddb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/ts.h>

#include <ts/remap.h>

struct instance {
  MMDB_s database;
  bool reads_country;
};

TSReturnCode TSRemapInit(TSRemapInterface *interface, char *errbuf, int errbuf_size) {
  (void)interface;
  (void)errbuf;
  (void)errbuf_size;
  return TS_SUCCESS;
}

TSReturnCode TSRemapNewInstance(int argc, char *argv[], void **handle, char *errbuf,
                                int errbuf_size) {
  struct instance *instance = calloc(1, sizeof *instance);
  if (instance == NULL || argc < 3 ||
      MMDB_open(argv[2], MMDB_MODE_MMAP, &instance->database) != MMDB_SUCCESS) {
    snprintf(errbuf, (size_t)errbuf_size, "needs a database");
    free(instance);
    return TS_ERROR;
  }
  instance->reads_country = argc > 3 && strcmp(argv[3], "country") == 0;
  *handle = instance;
  return TS_SUCCESS;
}

void TSRemapDeleteInstance(void *handle) {
  struct instance *instance = handle;
  MMDB_close(&instance->database);
  free(instance);
}

static bool has_country(MMDB_lookup_result_s *result) {
  static const char *const path[] = {"country", "iso_code", NULL};
  MMDB_entry_data_s data;
  return MMDB_aget_value(&result->entry, &data, path) == MMDB_SUCCESS && data.has_data;
}

TSRemapStatus TSRemapDoRemap(void *handle, TSHttpTxn transaction, TSRemapRequestInfo *information) {
  (void)information;
  struct instance *instance = handle;
  int error = MMDB_SUCCESS;
  MMDB_lookup_result_s result =
      MMDB_lookup_sockaddr(&instance->database, TSHttpTxnClientAddrGet(transaction), &error);
  bool found = error == MMDB_SUCCESS && result.found_entry;
  if (found && instance->reads_country) {
    found = has_country(&result);
  }
  if (!found) {
    TSHttpTxnStatusSet(transaction, TS_HTTP_STATUS_FORBIDDEN);
  }
  return TSREMAP_NO_REMAP;
}
