/* SPDX-License-Identifier: Apache-2.0
 *
 * Measures the least cost of reading a whole database: visits the search tree with MMDB_read_node
 * and prints JSON. "once" visits each node one time and does not follow the aliases of the IPv4
 * part; "all" follows every path, aliases too. "touched" reads the file's pages before the time
 * begins.
 */
#include <inttypes.h>
#include <maxminddb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { EXIT_WALKED = 0, EXIT_NOT_WALKED = 2, IPV4_DEPTH = 96 };

struct walk {
  MMDB_s database;
  uint32_t ipv4_root;
  bool follows_aliases;
  uint64_t nodes;
  uint64_t records;
};

// As the benchmark's host counts the time of a load.
static double milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static uint32_t find_ipv4_root(const MMDB_s *database) {
  uint32_t node = 0;
  for (int depth = 0; depth < IPV4_DEPTH && node < database->metadata.node_count; depth++) {
    MMDB_search_node_s read;
    if (MMDB_read_node(database, node, &read) != MMDB_SUCCESS) {
      break;
    }
    node = (uint32_t)read.left_record;
  }
  return node;
}

static void visit(struct walk *walk, uint32_t number, int depth, bool only_zeros) {
  MMDB_search_node_s node;
  if (depth >= 128 || MMDB_read_node(&walk->database, number, &node) != MMDB_SUCCESS) {
    return;
  }
  walk->nodes++;
  for (int bit = 0; bit < 2; bit++) {
    uint64_t record = bit == 0 ? node.left_record : node.right_record;
    if (record > walk->database.metadata.node_count) {
      walk->records++;
    }
    if (record >= walk->database.metadata.node_count) {
      continue;
    }
    bool zeros = only_zeros && bit == 0;
    if (record == walk->ipv4_root && !walk->follows_aliases &&
        !(zeros && depth + 1 == IPV4_DEPTH)) {
      continue;
    }
    visit(walk, (uint32_t)record, depth + 1, zeros);
  }
}

// The sum keeps the reads.
static unsigned touch(const MMDB_s *database) {
  unsigned sum = 0;
  for (ssize_t i = 0; i < database->file_size; i += 4096) {
    sum += ((const volatile uint8_t *)database->file_content)[i];
  }
  return sum;
}

int main(int argc, char *argv[]) {
  if (argc < 3 || (strcmp(argv[2], "once") != 0 && strcmp(argv[2], "all") != 0)) {
    fputs("usage: walk-tree DATABASE once|all [touched]\n", stderr);
    return EXIT_NOT_WALKED;
  }
  struct walk walk = {.follows_aliases = strcmp(argv[2], "all") == 0};
  bool touched = argc > 3 && strcmp(argv[3], "touched") == 0;
  double begin = milliseconds();
  int error = MMDB_open(argv[1], MMDB_MODE_MMAP, &walk.database);
  if (error != MMDB_SUCCESS) {
    fprintf(stderr, "%s: %s\n", argv[1], MMDB_strerror(error));
    return EXIT_NOT_WALKED;
  }
  if (touched) {
    touch(&walk.database);
    begin = milliseconds();
  }
  // An IPv4 tree has no aliases.
  walk.ipv4_root = walk.database.metadata.ip_version == 6 ? find_ipv4_root(&walk.database)
                                                          : walk.database.metadata.node_count;
  visit(&walk, 0, 0, true);
  printf("{\"milliseconds\":%.3f,\"nodes\":%" PRIu64 ",\"records\":%" PRIu64 "}\n",
         milliseconds() - begin, walk.nodes, walk.records);
  MMDB_close(&walk.database);
  return EXIT_WALKED;
}
