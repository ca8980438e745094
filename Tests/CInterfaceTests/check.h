/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks. A failed check prints file:line and fails its test, which continues.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One test: a name that reads as a sentence, and its function. */
typedef struct test {
  const char *name;
  void (*run)(void);
} test;

/** Whether loops are short and memory is not measured (under a sanitizer). */
extern bool quick;

/** Runs tests in order and counts them. */
void run_tests(const test *tests, size_t count);

/** Prints "N passed, N failed". Returns the exit status of the process. */
int finish_tests(void);

/** Sets the row of a table for the messages of later checks. NULL: none. For one thread. */
void checking(const char *row);

#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)
#define CHECK_NUMBER(actual, expected)                                                             \
  check_number((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_CONTAINS(text, part)   check_contains((text), (part), #text, __FILE__, __LINE__)

/* Each returns whether the check passed. Threads: any. */
bool check_that(bool condition, const char *source, const char *file, int line);
bool check_number(long long actual, long long expected, const char *source, const char *file,
                  int line);
bool check_text(const char *actual, const char *expected, const char *source, const char *file,
                int line);
bool check_contains(const char *text, const char *part, const char *source, const char *file,
                    int line);

/* The tests of each file. */
extern const test open_tests[], text_tests[], response_tests[], client_tests[], decide_tests[],
    memory_tests[], thread_tests[], report_tests[], allocation_tests[], live_tests[], rule_tests[];
extern const size_t open_test_count, text_test_count, response_test_count, client_test_count,
    decide_test_count, memory_test_count, report_test_count, allocation_test_count,
    thread_test_count, live_test_count, rule_test_count;

#endif /* CHECK_H */
