/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of the C interface (maxmind_acl.h), written in C.
 *
 *   c-interface-tests DATABASES [--quick]
 */
#include "check.h"
#include "fixture.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  if (argc < 2 || argv[1][0] != '/') {
    fprintf(stderr, "usage: %s DATABASES [--quick]\nDATABASES: an absolute name\n", argv[0]);
    return 64;
  }
  databases = argv[1];
  quick = argc > 2 && strcmp(argv[2], "--quick") == 0;
  make_directory();
  run_tests(open_tests, open_test_count);
  run_tests(live_tests, live_test_count);
  run_tests(text_tests, text_test_count);
  run_tests(response_tests, response_test_count);
  run_tests(decide_tests, decide_test_count);
  run_tests(rule_tests, rule_test_count);
  run_tests(report_tests, report_test_count);
  run_tests(client_tests, client_test_count);
  run_tests(thread_tests, thread_test_count);
  run_tests(memory_tests, memory_test_count);
  run_tests(allocation_tests, allocation_test_count);
  remove_directory();
  return finish_tests();
}
