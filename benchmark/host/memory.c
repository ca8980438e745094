/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <string.h>

struct line {
  const char *name;
  long *value;
};

// Reads "Name: NUMBER kB" lines.
static void read_lines(const char *path, const struct line *lines, size_t count) {
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    return;
  }
  char text[256];
  while (fgets(text, sizeof text, file) != NULL) {
    for (size_t i = 0; i < count; i++) {
      size_t length = strlen(lines[i].name);
      if (strncmp(text, lines[i].name, length) == 0 && text[length] == ':') {
        sscanf(text + length + 1, "%ld", lines[i].value);
      }
    }
  }
  fclose(file);
}

struct memory memory_now(void) {
  struct memory memory = {0};
  // The counters in /proc/self/status miss the latest few pages of each core; these do not.
  read_lines("/proc/self/smaps_rollup",
             (const struct line[]){{"Rss", &memory.resident},
                                   {"Anonymous", &memory.anonymous},
                                   {"Pss_Shmem", &memory.shared},
                                   {"Pss", &memory.share}},
             4);
  read_lines("/proc/self/status", (const struct line[]){{"VmHWM", &memory.peak}}, 1);
  return memory;
}

void memory_print(FILE *out, const struct memory *memory) {
  fprintf(out, "{\"resident\":%ld,\"anonymous\":%ld,\"shared\":%ld,\"peak\":%ld,\"share\":%ld}",
          memory->resident, memory->anonymous, memory->shared, memory->peak, memory->share);
}
