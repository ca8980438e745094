/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool quick;

static atomic_uint failures;
static const char *current_row;
static unsigned passed, failed;

void checking(const char *row) {
  current_row = row;
}

static void report(const char *file, int line, const char *source) {
  atomic_fetch_add(&failures, 1);
  fprintf(stderr, "%s:%d: failed: %s", file, line, source);
  if (current_row != NULL) {
    fprintf(stderr, " (%s)", current_row);
  }
  fputc('\n', stderr);
}

bool check_that(bool condition, const char *source, const char *file, int line) {
  if (!condition) {
    report(file, line, source);
  }
  return condition;
}

bool check_number(long long actual, long long expected, const char *source, const char *file,
                  int line) {
  if (actual != expected) {
    report(file, line, source);
    fprintf(stderr, "  is %lld, expected %lld\n", actual, expected);
  }
  return actual == expected;
}

bool check_text(const char *actual, const char *expected, const char *source, const char *file,
                int line) {
  bool equal = actual == expected || (actual && expected && strcmp(actual, expected) == 0);
  if (!equal) {
    report(file, line, source);
    fprintf(stderr, "  is       '%s'\n  expected '%s'\n", actual ? actual : "(null)",
            expected ? expected : "(null)");
  }
  return equal;
}

bool check_contains(const char *text, const char *part, const char *source, const char *file,
                    int line) {
  bool found = text && strstr(text, part) != NULL;
  if (!found) {
    report(file, line, source);
    fprintf(stderr, "  is           '%s'\n  lacks        '%s'\n", text ? text : "(null)", part);
  }
  return found;
}

void run_tests(const test *tests, size_t count) {
  for (size_t index = 0; index < count; index++) {
    unsigned before = atomic_load(&failures);
    checking(NULL);
    tests[index].run();
    checking(NULL);
    if (atomic_load(&failures) == before) {
      passed++;
    } else {
      failed++;
      fprintf(stderr, "FAILED: %s\n", tests[index].name);
    }
  }
}

int finish_tests(void) {
  fflush(stderr);
  printf("%u passed, %u failed\n", passed, failed);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
