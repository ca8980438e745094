/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads, failed loads and decisions leak no memory and no descriptors.
 */
#include "check.h"
#include "fixture.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

/** Opens and closes a file many times. Memory and the number of descriptors have to stay the same.
 */
static void open_again_and_again(const char *name, bool sound, unsigned rounds) {
  checking(name);
  size_t before = 0, descriptors = open_descriptors();
  for (unsigned round = 0; round < rounds; round++) {
    char error[256];
    maxmind_acl_policy *policy = maxmind_acl_open(name, strlen(name), directory, strlen(directory),
                                                  NULL, error, sizeof error);
    if (!CHECK((policy != NULL) == sound)) {
      break;
    }
    if (sound) {
      url_source source = url_of("a/x.txt");
      maxmind_acl_decision decision = decide(policy, "127.1.0.1", &source);
      const maxmind_acl_denied_url url = {.parts = source.url};
      char text[64];
      maxmind_acl_location(policy, &decision, NULL, &url, text, sizeof text);
      maxmind_acl_write_decision(policy, &decision, NULL, true, text, sizeof text);
    }
    maxmind_acl_close(policy);
    if (round == rounds / 10) {
      malloc_trim(0);
      before = resident_bytes();
    }
  }
  malloc_trim(0);
  if (!quick) {
    // Finds a leak of 2 kB a round.
    CHECK(resident_bytes() < before + (1 << 20));
  }
  CHECK_NUMBER(open_descriptors(), descriptors);
}

static void configurations_leave_nothing_behind(void) {
  static const struct {
    const char *name, *yaml;
    bool sound;
    unsigned rounds;
  } cases[] = {
      {"sound.yaml",
       "maxmind:\n  database: loopback-country.mmdb\n  html: page.html\n"
       "  bypass: {header: X, value: y}\n"
       "  allow:\n    country: [US, DE]\n    ip: [10.0.0.0/8, 2001:db8::/32]\n"
       "  deny:\n    country: [FR]\n    regex: [[US, '.*\\.txt'], ['*', 'a(b|c)+d']]\n"
       "  response:\n    status: 451\n    headers: {A: b, C: d}\n"
       "    regex: {html: page.html, redirect: '/x?{url}', headers: {E: f}}\n",
       true, 4000},
      {"warned.yaml", "maxmind:\n  database: loopback-country.mmdb\n  allow: {country: [us, UK]}\n",
       true, 1000},
      {"broken.yaml",
       "maxmind:\n  database: loopback-country.mmdb\n  html: page.html\n"
       "  allow:\n    country: [USA1]\n    ip: [10.0.0.0/88]\n"
       "  deny:\n    regex: [[US, '[a-'], ['*', 'fine']]\n  denny: {}\n",
       false, 3000},
      {"syntax.yaml", "maxmind: {database: [&a x, *a, *b\n", false, 3000},
      {"cycle.yaml", "maxmind: &x [*x]\n", false, 3000},
      {"no-database.yaml", "maxmind: {database: none.mmdb}\n", false, 3000},
      {"bad-database.yaml", "maxmind: {database: page.html}\n", false, 3000},
      {"wrong-kind.yaml", "maxmind: {database: no-country.mmdb, deny: {country: [US]}}\n", false,
       1000},
      {"missing.yaml", NULL, false, 3000},
  };
  static char page[100000];
  memset(page, 'p', sizeof page);
  write_file("page.html", page, sizeof page);
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    if (cases[index].yaml != NULL) {
      write_text(cases[index].name, cases[index].yaml);
    }
    open_again_and_again(cases[index].name, cases[index].sound, quick ? 20 : cases[index].rounds);
  }
}

static void deciding_leaves_nothing_behind(void) {
  maxmind_acl_policy *policy =
      open_text("maxmind:\n  database: loopback-country.mmdb\n  allow: {country: [US]}\n"
                "  deny:\n    regex: [['*', '.*\\.txt'], [US, '(a|b)*c']]\n");
  static const char *const urls[] = {"a/", "a/x.txt", "a/abababc", "a/%2e%2e/x", "a/q;r.txt"};
  struct mallinfo2 before = {0};
  for (unsigned round = 0; round < (quick ? 1000 : 200000); round++) {
    if (round == 100) {
      before = mallinfo2();
    }
    url_source source = url_of(urls[round % 5]);
    decide(policy, round % 2 ? "127.1.0.1" : "127.7.0.1", &source);
  }
  struct mallinfo2 after = mallinfo2();
  if (!quick) {
    CHECK_NUMBER(after.uordblks, before.uordblks);
    CHECK_NUMBER(after.hblks, before.hblks);
  }
  maxmind_acl_close(policy);
}

const test memory_tests[] = {
    {"configurations do not leak", configurations_leave_nothing_behind},
    {"decisions do not leak", deciding_leaves_nothing_behind},
};
const size_t memory_test_count = sizeof memory_tests / sizeof *memory_tests;
