/* SPDX-License-Identifier: Apache-2.0
 *
 * maxmind_acl_decide: every reason, both families, and the calls of fetch_url.
 */
#include "check.h"
#include "fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALLOW   MAXMIND_ACL_ALLOW
#define DENY    MAXMIND_ACL_DENY
#define NO_RULE UINT32_MAX

/* The manual's example and further rules. Comments give the numbers of the rules. */
static const char geography[] = "maxmind:\n"
                                "  database: loopback-country.mmdb\n"
                                "  bypass: {header: X-Pass, value: sesame}\n" /* rule 0 */
                                "  allow:\n"
                                "    country:\n"
                                "      - US\n" /* rule 8 */
                                "    ip:\n"
                                "      - 127.0.0.1\n"        /* rule 5 */
                                "      - 192.168.10.0/20\n"  /* rule 6 */
                                "      - 2001:db8:99::/48\n" /* rule 7 */
                                "    regex:\n"
                                "      - [NO, \"/fjord/\"]\n" /* rule 9 */
                                "  deny:\n"
                                "    country:\n"
                                "      - DE\n" /* rule 3 */
                                "    ip:\n"
                                "      - 127.0.0.1\n"       /* rule 1 */
                                "      - 2001:db8:1:1::1\n" /* rule 2 */
                                "    regex:\n"
                                "      - [US, \".*\\\\.txt\"]\n"; /* rule 4 */

typedef struct decide_case {
  const char *client, *url, *bypass;
  uint8_t verdict, reason;
  const char *country;
  uint32_t line;
  unsigned fetches;
} decide_case;

static void check_cases(const char *yaml, const decide_case *cases, size_t count) {
  maxmind_acl_policy *policy = open_text(yaml);
  for (size_t index = 0; index < count; index++) {
    const decide_case *row = &cases[index];
    char name[256];
    snprintf(name, sizeof name, "%s %s", row->client ? row->client : "(none)", row->url);
    checking(name);
    url_source source = url_of(row->url);
    client room;
    maxmind_acl_request request = {.client = client_of(row->client, &room),
                                   .bypass_value = row->bypass,
                                   .bypass_length = row->bypass ? strlen(row->bypass) : 0,
                                   .fetch_url = fetch,
                                   .context = &source};
    maxmind_acl_decision decision;
    memset(&decision, 0xFF, sizeof decision);
    CHECK_NUMBER(maxmind_acl_decide(policy, &request, &decision), row->verdict);
    CHECK_NUMBER(decision.verdict, row->verdict);
    CHECK_NUMBER(decision.reason, row->reason);
    CHECK_TEXT(decision.country, row->country);
    CHECK_NUMBER(decision.line, row->line);
    CHECK((decision.rule == NO_RULE) == (row->line == 0));
    CHECK((decision.detail != 0) ==
          (row->reason == MAXMIND_ACL_REASON_ERROR || row->reason == MAXMIND_ACL_REASON_ANONYMOUS));
    CHECK_NUMBER(source.calls, row->fetches);
    CHECK(source.calls == 0 || source.was_cleared);
    // The verdict is the same without a place for the decision.
    CHECK_NUMBER(maxmind_acl_decide(policy, &request, NULL), row->verdict);
  }
  maxmind_acl_close(policy);
}

#define CHECK_CASES(yaml, cases) check_cases((yaml), (cases), sizeof(cases) / sizeof *(cases))

static void every_reason_of_a_geography(void) {
  static const decide_case cases[] = {
      // fetch_url is called only if a URL rule of the country applies.
      {"127.0.0.1", "a/", NULL, DENY, MAXMIND_ACL_REASON_DENY_IP, "", 17, 0},
      {"::ffff:127.0.0.1", "a/", NULL, DENY, MAXMIND_ACL_REASON_DENY_IP, "", 17, 0},
      {"2001:db8:1:1::1", "a/", NULL, DENY, MAXMIND_ACL_REASON_DENY_IP, "US", 18, 0},
      {"127.2.0.1", "a/", NULL, DENY, MAXMIND_ACL_REASON_DENY_COUNTRY, "DE", 15, 0},
      {"2001:db8:2::1", "a/", NULL, DENY, MAXMIND_ACL_REASON_DENY_COUNTRY, "DE", 15, 0},
      {"127.1.0.1", "a/x.txt", NULL, DENY, MAXMIND_ACL_REASON_DENY_REGEX, "US", 20, 1},
      {"127.1.0.1", "a/b;c/x.txt", NULL, DENY, MAXMIND_ACL_REASON_DENY_REGEX, "US", 20, 1},
      {"127.1.0.1", "a/x%2Etxt", NULL, DENY, MAXMIND_ACL_REASON_DENY_REGEX, "US", 20, 1},
      {"2001:db8:1::1", "a/x.txt", NULL, DENY, MAXMIND_ACL_REASON_DENY_REGEX, "US", 20, 1},
      {"192.168.1.1", "a/x.txt", NULL, ALLOW, MAXMIND_ACL_REASON_ALLOW_IP, "", 9, 0},
      {"2001:db8:99::1", "a/", NULL, ALLOW, MAXMIND_ACL_REASON_ALLOW_IP, "", 10, 0},
      {"127.1.0.1", "a/x.html", NULL, ALLOW, MAXMIND_ACL_REASON_ALLOW_COUNTRY, "US", 6, 1},
      {"::ffff:127.1.0.1", "a/", NULL, ALLOW, MAXMIND_ACL_REASON_ALLOW_COUNTRY, "US", 6, 1},
      {"127.4.0.1", "a/fjord/1", NULL, ALLOW, MAXMIND_ACL_REASON_ALLOW_REGEX, "NO", 12, 1},
      {"127.4.0.1", "a/", NULL, DENY, MAXMIND_ACL_REASON_DEFAULT, "NO", 0, 1},
      {"127.3.0.1", "a/fjord/1", NULL, DENY, MAXMIND_ACL_REASON_DEFAULT, "GB", 0, 0},
      {"127.99.0.1", "a/", NULL, DENY, MAXMIND_ACL_REASON_DEFAULT, "", 0, 0},
      {"127.0.0.1", "a/", "sesame", ALLOW, MAXMIND_ACL_REASON_BYPASS, "", 3, 0},
      {NULL, "a/", "sesame", ALLOW, MAXMIND_ACL_REASON_BYPASS, "", 3, 0},
      {"127.2.0.1", "a/", "Sesame", DENY, MAXMIND_ACL_REASON_DENY_COUNTRY, "DE", 15, 0},
      {"127.2.0.1", "a/", "sesame ", DENY, MAXMIND_ACL_REASON_DENY_COUNTRY, "DE", 15, 0},
      {"127.2.0.1", "a/", "", DENY, MAXMIND_ACL_REASON_DENY_COUNTRY, "DE", 15, 0},
      {NULL, "a/", NULL, DENY, MAXMIND_ACL_REASON_ERROR, "", 0, 0},
      {"unix", "a/", NULL, DENY, MAXMIND_ACL_REASON_ERROR, "", 0, 0},
  };
  CHECK_CASES(geography, cases);
}

static void every_reason_of_an_anonymity(void) {
  static const decide_case cases[] = {
      {"127.11.0.1", "a/", NULL, DENY, MAXMIND_ACL_REASON_ANONYMOUS, "", 3, 0},
      {"127.14.0.1", "a/", NULL, DENY, MAXMIND_ACL_REASON_ANONYMOUS, "", 3, 0},
      {"127.12.0.1", "a/", NULL, ALLOW, MAXMIND_ACL_REASON_DEFAULT, "", 0, 0},
      {"2001:db8:11::1", "a/", NULL, DENY, MAXMIND_ACL_REASON_ANONYMOUS, "", 3, 0},
      {"127.99.0.1", "a/", NULL, ALLOW, MAXMIND_ACL_REASON_DEFAULT, "", 0, 0},
  };
  CHECK_CASES("maxmind:\n  database: loopback-anonymous.mmdb\n"
              "  anonymous: {vpn: true, hosting: false, tor: true}\n",
              cases);
}

static void unknown_decides_for_who_has_no_country(void) {
  static const decide_case cases[] = {
      {"127.99.0.1", "a/", NULL, ALLOW, MAXMIND_ACL_REASON_UNKNOWN, "", 0, 0},
      {"2001:db8:99::1", "a/", NULL, ALLOW, MAXMIND_ACL_REASON_UNKNOWN, "", 0, 0},
      {"127.7.0.1", "a/", NULL, ALLOW, MAXMIND_ACL_REASON_UNKNOWN, "", 0, 0},
      {"127.2.0.1", "a/", NULL, DENY, MAXMIND_ACL_REASON_DEFAULT, "DE", 0, 0},
  };
  CHECK_CASES("maxmind: {database: loopback-country.mmdb, unknown: allow, allow: {country: [US]}}",
              cases);
}

static void on_error_decides_where_nothing_can_be(void) {
  static const decide_case cases[] = {
      {NULL, "a/", NULL, ALLOW, MAXMIND_ACL_REASON_ERROR, "", 0, 0},
      {"unix", "a/", NULL, ALLOW, MAXMIND_ACL_REASON_ERROR, "", 0, 0},
      {"127.2.0.1", "a/", NULL, ALLOW, MAXMIND_ACL_REASON_ERROR, "", 0, 0},
      {"127.3.0.1", "a/", NULL, DENY, MAXMIND_ACL_REASON_DENY_COUNTRY, "GB", 1, 0},
  };
  CHECK_CASES("maxmind: {database: mistyped-records.mmdb, on_error: allow, deny: {country: [GB]}}",
              cases);
}

static void rules_for_anyone_are_in_play_for_everyone(void) {
  static const decide_case cases[] = {
      {"127.1.0.1", "a/secret", NULL, DENY, MAXMIND_ACL_REASON_DENY_REGEX, "US", 5, 1},
      {"127.99.0.1", "a/secret", NULL, DENY, MAXMIND_ACL_REASON_DENY_REGEX, "", 5, 1},
      {"127.99.0.1", "a/", NULL, ALLOW, MAXMIND_ACL_REASON_DEFAULT, "", 0, 1},
      // A definite match takes precedence over an error.
      {NULL, "a/secret", NULL, DENY, MAXMIND_ACL_REASON_DENY_REGEX, "", 5, 1},
      {NULL, "a/", NULL, DENY, MAXMIND_ACL_REASON_ERROR, "", 0, 1},
      {"127.0.0.1", "a/secret", NULL, DENY, MAXMIND_ACL_REASON_DENY_IP, "", 4, 0},
  };
  CHECK_CASES("maxmind:\n  database: loopback-country.mmdb\n  deny:\n    ip: [127.0.0.1]\n"
              "    regex: [['*', secret]]\n",
              cases);
}

static void a_deny_and_an_allow_rule_share_one_fetch(void) {
  static const decide_case cases[] = {
      {"127.4.0.1", "a/fjord", NULL, ALLOW, MAXMIND_ACL_REASON_ALLOW_REGEX, "NO", 1, 1},
      {"127.4.0.1", "a/", NULL, DENY, MAXMIND_ACL_REASON_DEFAULT, "NO", 0, 1},
  };
  CHECK_CASES("maxmind: {database: loopback-country.mmdb, allow: {regex: [[NO, fjord]]}, "
              "deny: {regex: [[NO, troll]]}}",
              cases);
}

static void a_url_that_cannot_be_had_is_an_error_where_it_may_hide_a_denial(void) {
  static const struct {
    const char *row, *yaml;
    int verdict, reason;
  } cases[] = {
      {"deny regex", "maxmind: {database: loopback-country.mmdb, deny: {regex: [[US, x]]}}", DENY,
       MAXMIND_ACL_REASON_ERROR},
      {"deny regex, on_error allow",
       "maxmind: {database: loopback-country.mmdb, on_error: allow, deny: {regex: [[US, x]]}}",
       ALLOW, MAXMIND_ACL_REASON_ERROR},
      {"allow regex", "maxmind: {database: loopback-country.mmdb, allow: {regex: [[US, a]]}}", DENY,
       MAXMIND_ACL_REASON_DEFAULT},
      {"no regex of this country",
       "maxmind: {database: loopback-country.mmdb, deny: {regex: [[DE, x]]}}", ALLOW,
       MAXMIND_ACL_REASON_DEFAULT},
  };
  static char long_path[(1 << 20) + 8];
  memset(long_path, 'a', sizeof long_path);
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].row);
    maxmind_acl_policy *policy = open_text(cases[index].yaml);
    url_source fails = url_of("a/a"), empty = {0}, overlong = url_of("a/");
    fails.fails = true;
    overlong.url.path = long_path;
    overlong.url.path_length = sizeof long_path;
    // No fetch_url, one that fails, and a URL above the limit.
    maxmind_acl_decision decisions[] = {decide(policy, "127.1.0.1", NULL),
                                        decide(policy, "127.1.0.1", &fails),
                                        decide(policy, "127.1.0.1", &overlong)};
    for (size_t way = 0; way < 3; way++) {
      CHECK_NUMBER(decisions[way].verdict, cases[index].verdict);
      CHECK_NUMBER(decisions[way].reason, cases[index].reason);
    }
    CHECK(fails.calls <= 1);
    CHECK(overlong.calls <= 1);
    // An empty URL is no error.
    CHECK(decide(policy, "127.1.0.1", &empty).reason != MAXMIND_ACL_REASON_ERROR);
    if (cases[index].reason == MAXMIND_ACL_REASON_ERROR) {
      char text[128];
      maxmind_acl_write_decision(policy, &decisions[1], NULL, true, text, sizeof text);
      CHECK_CONTAINS(text, "error US acl.yaml db=2026-09-01 error=no-url");
    }
    maxmind_acl_close(policy);
  }
}

static void nothing_is_denied_with_an_error(void) {
  maxmind_acl_policy *policy =
      open_text("maxmind: {database: loopback-country.mmdb, on_error: allow}");
  maxmind_acl_request request = {0};
  maxmind_acl_decision decision;
  const struct {
    const maxmind_acl_policy *policy;
    const maxmind_acl_request *request;
  } cases[] = {{NULL, NULL}, {NULL, &request}, {policy, NULL}};
  for (size_t index = 0; index < 3; index++) {
    memset(&decision, 0xFF, sizeof decision);
    CHECK_NUMBER(maxmind_acl_decide(cases[index].policy, cases[index].request, &decision), DENY);
    CHECK_NUMBER(decision.verdict, DENY);
    CHECK_NUMBER(decision.reason, MAXMIND_ACL_REASON_ERROR);
    CHECK(decision.detail != 0);
    CHECK_TEXT(decision.country, "");
    CHECK_NUMBER(decision.rule, NO_RULE);
    CHECK_NUMBER(decision.line, 0);
    CHECK_NUMBER(maxmind_acl_decide(cases[index].policy, cases[index].request, NULL), DENY);
  }
  // An empty request has no client.
  CHECK_NUMBER(maxmind_acl_decide(policy, &request, NULL), ALLOW);
  maxmind_acl_close(policy);
}

static void every_other_address_family_is_an_error(void) {
  maxmind_acl_policy *policy = open_text("maxmind: {database: loopback-country.mmdb}");
  for (int family = 0; family < 64; family++) {
    client room = {0};
    room.any.sa_family = (sa_family_t)family;
    maxmind_acl_request request = {.client = &room.any};
    maxmind_acl_decision decision;
    int verdict = maxmind_acl_decide(policy, &request, &decision);
    bool known = family == AF_INET || family == AF_INET6;
    CHECK_NUMBER(verdict, known ? ALLOW : DENY);
    CHECK_NUMBER(decision.reason, known ? MAXMIND_ACL_REASON_DEFAULT : MAXMIND_ACL_REASON_ERROR);
  }
  maxmind_acl_close(policy);
}

static void clients_need_not_be_aligned_nor_longer_than_their_family(void) {
  maxmind_acl_policy *policy =
      open_text("maxmind: {database: loopback-country.mmdb, deny: {country: [DE]}}");
  for (size_t offset = 0; offset < 8; offset++) {
    client room;
    client_of("127.2.0.1", &room);
    // At the end of a block: valgrind and sanitizers report a read beyond it.
    char *block = malloc(offset + sizeof room.ipv4);
    memcpy(block + offset, &room, sizeof room.ipv4);
    maxmind_acl_request request = {.client =
                                       (const struct sockaddr *)(const void *)(block + offset)};
    CHECK_NUMBER(maxmind_acl_decide(policy, &request, NULL), DENY);
    free(block);
  }
  maxmind_acl_close(policy);
}

typedef struct nested {
  const maxmind_acl_policy *policy;
  pthread_t thread;
  unsigned depth;
} nested;

/** Decides on another URL during the fetch of its own. */
static bool fetch_nested(void *context, maxmind_acl_url *url) {
  nested *nested = context;
  CHECK(pthread_equal(nested->thread, pthread_self()));
  url_source other = url_of("a/harmless");
  CHECK_NUMBER(decide(nested->policy, "127.1.0.1", &other).reason, MAXMIND_ACL_REASON_DEFAULT);
  *url = url_of("a/secret").url;
  return true;
}

static void fetch_url_runs_on_the_deciding_thread_and_may_decide_itself(void) {
  maxmind_acl_policy *policy =
      open_text("maxmind: {database: loopback-country.mmdb, deny: {regex: [['*', secret]]}}");
  nested nested = {.policy = policy, .thread = pthread_self()};
  client room;
  maxmind_acl_request request = {
      .client = client_of("127.1.0.1", &room), .fetch_url = fetch_nested, .context = &nested};
  CHECK_NUMBER(maxmind_acl_decide(policy, &request, NULL), DENY);
  maxmind_acl_close(policy);
}

static void urls_may_hold_any_byte(void) {
  maxmind_acl_policy *policy = open_text(
      "maxmind: {database: loopback-country.mmdb, deny: {regex: [['*', \"\\\\x00\\\\xFFend$\"]]}}");
  static const char path[] = "x\0\xFF"
                             "end";
  url_source source = {.url = {.host = "a", .host_length = 1, .path = path, .path_length = 6}};
  CHECK_NUMBER(decide(policy, "127.1.0.1", &source).reason, MAXMIND_ACL_REASON_DENY_REGEX);
  source.url.path_length = 5;
  CHECK_NUMBER(decide(policy, "127.1.0.1", &source).reason, MAXMIND_ACL_REASON_DEFAULT);
  maxmind_acl_close(policy);
}

static void the_bypass_value_is_bytes(void) {
  maxmind_acl_policy *policy =
      open_text("maxmind: {database: loopback-country.mmdb, deny: {ip: [0.0.0.0/0]}, "
                "bypass: {header: X, value: \"a\\0b\xC3\xA4\"}}");
  static const struct {
    const char *value;
    size_t length;
    int verdict;
  } cases[] = {{"a\0b\xC3\xA4", 5, ALLOW},
               {"a\0b\xC3\xA4", 4, DENY},
               {"a", 1, DENY},
               {"", 0, DENY},
               {NULL, 0, DENY},
               {"a\0b\xC3\xA4x", 6, DENY}};
  client room;
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    maxmind_acl_request request = {.client = client_of("127.1.0.1", &room),
                                   .bypass_value = cases[index].value,
                                   .bypass_length = cases[index].length};
    CHECK_NUMBER(maxmind_acl_decide(policy, &request, NULL), cases[index].verdict);
  }
  maxmind_acl_close(policy);
}

static void decisions_are_plain_data(void) {
  maxmind_acl_policy *policy = open_text(geography);
  maxmind_acl_decision kept = decide(policy, "127.2.0.1", NULL);
  maxmind_acl_close(policy);
  CHECK_TEXT(kept.country, "DE");
  CHECK_NUMBER(kept.line, 15);
  policy = open_text(geography);
  char text[128];
  maxmind_acl_write_decision(policy, &kept, NULL, true, text, sizeof text);
  CHECK_TEXT(text, "deny deny.country DE acl.yaml:15 db=2026-09-01");
  maxmind_acl_close(policy);
}

const test decide_tests[] = {
    {"every reason of a geography", every_reason_of_a_geography},
    {"every reason of an anonymity", every_reason_of_an_anonymity},
    {"unknown decides for clients without a country", unknown_decides_for_who_has_no_country},
    {"on_error decides after an error", on_error_decides_where_nothing_can_be},
    {"rules for any country apply to all clients", rules_for_anyone_are_in_play_for_everyone},
    {"a deny and an allow rule share one fetch", a_deny_and_an_allow_rule_share_one_fetch},
    {"a missing URL is an error if it may hide a denial",
     a_url_that_cannot_be_had_is_an_error_where_it_may_hide_a_denial},
    {"a NULL policy or request is denied with an error", nothing_is_denied_with_an_error},
    {"every other address family is an error", every_other_address_family_is_an_error},
    {"a client's address may be unaligned and as short as its family allows",
     clients_need_not_be_aligned_nor_longer_than_their_family},
    {"fetch_url runs on the deciding thread and may decide",
     fetch_url_runs_on_the_deciding_thread_and_may_decide_itself},
    {"URLs may hold any byte", urls_may_hold_any_byte},
    {"the bypass value is bytes", the_bypass_value_is_bytes},
    {"decisions are plain data", decisions_are_plain_data},
};
const size_t decide_test_count = sizeof decide_tests / sizeof *decide_tests;
