/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports of a decision: its words, the fields for the origin, names, the log of denials.
 */
#include "check.h"
#include "fixture.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char rules[] = "maxmind:\n"
                            "  database: loopback-country-anonymous.mmdb\n"
                            "  bypass: {header: X-Pass, value: sesame}\n"
                            "  anonymous: {vpn: true}\n"
                            "  allow:\n"
                            "    country: [US]\n"
                            "  deny:\n"
                            "    ip: [127.0.0.1]\n"
                            "    country: [DE]\n";

static const char *words(const maxmind_acl_policy *policy, const maxmind_acl_decision *decision,
                         bool is_enforced) {
  static char text[512];
  size_t length =
      maxmind_acl_write_decision(policy, decision, NULL, is_enforced, text, sizeof text);
  CHECK_NUMBER(length, strlen(text));
  return text;
}

static void a_decision_is_words_of_a_header(void) {
  static const struct {
    const char *client, *bypass, *text;
  } cases[] = {
      {"127.0.0.1", NULL, "deny deny.ip - acl.yaml:8 db=2026-09-01"},
      {"127.2.0.1", NULL, "deny deny.country DE acl.yaml:9 db=2026-09-01"},
      {"127.1.0.1", NULL, "allow allow.country US acl.yaml:6 db=2026-09-01"},
      {"127.1.200.1", NULL, "deny anonymous.vpn US acl.yaml:4 db=2026-09-01"},
      {"127.99.0.1", NULL, "deny default - acl.yaml db=2026-09-01"},
      {"127.2.0.1", "sesame", "allow bypass - acl.yaml:3 db=2026-09-01"},
      {NULL, NULL, "deny error - acl.yaml db=2026-09-01 error=no-address"},
  };
  maxmind_acl_policy *policy = open_text(rules);
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].client ? cases[index].client : "(none)");
    client room;
    maxmind_acl_request request = {.client = client_of(cases[index].client, &room),
                                   .bypass_value = cases[index].bypass,
                                   .bypass_length =
                                       cases[index].bypass ? strlen(cases[index].bypass) : 0};
    maxmind_acl_decision decision;
    maxmind_acl_decide(policy, &request, &decision);
    CHECK_TEXT(words(policy, &decision, true), cases[index].text);
    char let_through[256];
    snprintf(let_through, sizeof let_through, "%s%s", cases[index].text,
             decision.verdict == MAXMIND_ACL_DENY ? " not-enforced" : "");
    CHECK_TEXT(words(policy, &decision, false), let_through);
  }
  checking(NULL);
  maxmind_acl_close(policy);
}

static void a_rule_of_a_list_stands_in_the_list(void) {
  write_text("first.conf", "# nothing\n127.2.0.1\n");
  write_text("second.conf", "127.3.0.1\n127.4.0.1\n");
  maxmind_acl_policy *policy =
      open_text("maxmind:\n  database: loopback-country.mmdb\n"
                "  deny: {ip: [127.1.0.1], ip_file: [first.conf, second.conf]}\n");
  static const char *const cases[][2] = {
      {"127.1.0.1", "deny deny.ip US acl.yaml:3 db=2026-09-01"},
      {"127.2.0.1", "deny deny.ip DE first.conf:2 db=2026-09-01"},
      {"127.4.0.1", "deny deny.ip NO second.conf:2 db=2026-09-01"},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    maxmind_acl_decision decision = decide(policy, cases[index][0], NULL);
    CHECK_TEXT(words(policy, &decision, true), cases[index][1]);
  }
  maxmind_acl_close(policy);
}

static void another_client_than_the_connection_is_named_with_its_source(void) {
  static const struct {
    const char *client, *text;
    uint8_t source;
  } cases[] = {
      {"127.2.0.1", "", MAXMIND_ACL_CLIENT_CONNECTION},
      {"127.2.0.1", " client=127.2.0.1 from=X-Client", MAXMIND_ACL_CLIENT_HEADER},
      {"::ffff:127.2.0.1", " client=127.2.0.1 from=X-Client", MAXMIND_ACL_CLIENT_HEADER},
      {"2001:db8::1", " client=2001:db8::1 from=X-Client", MAXMIND_ACL_CLIENT_HEADER},
      {"127.2.0.1", " client=127.2.0.1 from=verified", MAXMIND_ACL_CLIENT_VERIFIED},
      {NULL, " error=hidden-client client=- from=X-Client", MAXMIND_ACL_CLIENT_HIDDEN},
      {NULL, " error=unreadable-client client=- from=X-Client", MAXMIND_ACL_CLIENT_UNREADABLE},
  };
  maxmind_acl_policy *policy =
      open_text("maxmind:\n  database: loopback-country.mmdb\n"
                "  client: {trusted: [10.0.0.0/8], header: X-Client}\n  allow: {country: [US]}\n");
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    client room;
    maxmind_acl_request request = {.client = client_of(cases[index].client, &room),
                                   .client_source = cases[index].source};
    maxmind_acl_decision decision;
    maxmind_acl_decide(policy, &request, &decision);
    char text[512];
    maxmind_acl_write_decision(policy, &decision, &request, false, text, sizeof text);
    const char *end = strstr(text, " db=2026-09-01");
    char wanted[128];
    snprintf(wanted, sizeof wanted, " db=2026-09-01%s not-enforced", cases[index].text);
    CHECK_TEXT(end != NULL ? end : text, wanted);
  }
  maxmind_acl_close(policy);
}

static void a_decision_fits_into_every_buffer(void) {
  maxmind_acl_policy *policy = open_text(rules);
  maxmind_acl_decision decision = decide(policy, "127.2.0.1", NULL);
  const char *whole = "deny deny.country DE acl.yaml:9 db=2026-09-01";
  for (size_t size = 0; size <= strlen(whole) + 2; size++) {
    char buffer[64];
    memset(buffer, 'Z', sizeof buffer);
    CHECK_NUMBER(maxmind_acl_write_decision(policy, &decision, NULL, true, buffer, size),
                 strlen(whole));
    size_t kept = size == 0 ? 0 : size - 1 < strlen(whole) ? size - 1 : strlen(whole);
    CHECK(memcmp(buffer, whole, kept) == 0);
    CHECK(size == 0 || buffer[kept] == '\0');
    CHECK(buffer[size] == 'Z');
  }
  CHECK_NUMBER(maxmind_acl_write_decision(policy, &decision, NULL, true, NULL, 0), strlen(whole));
  maxmind_acl_close(policy);
}

static void any_bytes_make_a_decision_of_visible_words(void) {
  maxmind_acl_policy *policy = open_text(rules);
  maxmind_acl_decision decision;
  for (int byte = 0; byte < 256; byte++) {
    memset(&decision, byte, sizeof decision);
    const char *text = words(policy, &decision, false);
    CHECK(strlen(text) < 200);
    for (const char *c = text; *c != '\0'; c++) {
      CHECK(*c >= ' ' && *c < 0x7f);
    }
  }
  memset(&decision, 0, sizeof decision);
  decision.line = UINT32_MAX;
  CHECK_CONTAINS(words(policy, &decision, true), "acl.yaml:4294967295 ");
  maxmind_acl_close(policy);
}

static void a_file_name_stays_one_word(void) {
  write_text("a b\xC3\xA4.yaml", rules);
  maxmind_acl_policy *policy = open_file("a b\xC3\xA4.yaml");
  maxmind_acl_decision decision = decide(policy, "127.99.0.1", NULL);
  CHECK_TEXT(words(policy, &decision, true), "deny default - a_b__.yaml db=2026-09-01");
  CHECK_TEXT(maxmind_acl_settings_of(policy)->name.bytes, "a_b__");
  maxmind_acl_close(policy);
}

static const char annotated[] = "  annotate:\n"
                                "    X-Country: 'c={country}'\n"
                                "    X-Why: '{verdict} {reason} {rule}'\n"
                                "    X-Client: '{client}'\n"
                                "    X-Data: '{name} {database}'\n"
                                "    X-Fixed: fixed\n";

static const char *annotation(const maxmind_acl_policy *policy, size_t index, const char *address) {
  static char text[256];
  client room;
  maxmind_acl_decision decision = decide(policy, address, NULL);
  size_t length = maxmind_acl_write_annotation(policy, index, &decision, client_of(address, &room),
                                               text, sizeof text);
  CHECK_NUMBER(length, strlen(text));
  return text;
}

static void annotations_say_what_is_known_and_nothing_else(void) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml, "%s%s", rules, annotated);
  maxmind_acl_policy *policy = open_text(yaml);
  static const char *const names[] = {"X-Country", "X-Why", "X-Client", "X-Data", "X-Fixed"};
  static const struct {
    const char *client, *values[5];
  } cases[] = {
      {"127.1.0.1",
       {"c=US", "allow allow.country acl.yaml:6", "127.1.0.1", "acl 2026-09-01", "fixed"}},
      {"::ffff:127.2.0.1",
       {"c=DE", "deny deny.country acl.yaml:9", "127.2.0.1", "acl 2026-09-01", "fixed"}},
      {"2001:db8:77::1", {"", "", "2001:db8:77::1", "acl 2026-09-01", "fixed"}},
      {"127.99.0.1", {"", "", "127.99.0.1", "acl 2026-09-01", "fixed"}},
      {NULL, {"", "", "", "acl 2026-09-01", "fixed"}},
      {"unix", {"", "", "", "acl 2026-09-01", "fixed"}},
  };
  const maxmind_acl_settings *settings = maxmind_acl_settings_of(policy);
  CHECK_NUMBER(settings->annotation_count, 5);
  for (size_t index = 0; index < 5; index++) {
    CHECK_TEXT(settings->annotations[index].bytes, names[index]);
    CHECK_NUMBER(settings->annotations[index].length, strlen(names[index]));
    for (size_t row = 0; row < sizeof cases / sizeof *cases; row++) {
      checking(cases[row].client ? cases[row].client : "(none)");
      CHECK_TEXT(annotation(policy, index, cases[row].client), cases[row].values[index]);
    }
  }
  checking(NULL);
  CHECK_TEXT(annotation(policy, 5, "127.1.0.1"), "");
  CHECK_TEXT(annotation(policy, SIZE_MAX, "127.1.0.1"), "");
  maxmind_acl_close(policy);
}

static void an_annotation_that_does_not_fit_is_none(void) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml, "%s%s", rules, annotated);
  maxmind_acl_policy *policy = open_text(yaml);
  char buffer[8];
  CHECK_NUMBER(maxmind_acl_write_annotation(policy, 4, NULL, NULL, buffer, 6), 5);
  CHECK_TEXT(buffer, "fixed");
  CHECK_NUMBER(maxmind_acl_write_annotation(policy, 4, NULL, NULL, buffer, 5), 0);
  CHECK_TEXT(buffer, "");
  CHECK_NUMBER(maxmind_acl_write_annotation(policy, 4, NULL, NULL, NULL, 0), 0);
  maxmind_acl_close(policy);
}

static void a_name_that_an_origin_takes_for_an_annotation_is_one(void) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml, "%s%s", rules, annotated);
  maxmind_acl_policy *policy = open_text(yaml);
  static const char *const own[] = {"X-Country", "x-why", "X_Client", "x.DATA", "X-Fixed"};
  static const char *const others[] = {"X-Countr", "X-Countrys", "X-Other", "Connection", ""};
  for (size_t index = 0; index < sizeof own / sizeof *own; index++) {
    checking(own[index]);
    CHECK(maxmind_acl_is_annotation(policy, own[index], strlen(own[index])));
    CHECK(!maxmind_acl_is_annotation(policy, own[index], strlen(own[index]) - 1));
    CHECK(!maxmind_acl_is_annotation(policy, others[index], strlen(others[index])));
  }
  checking(NULL);
  CHECK(!maxmind_acl_is_annotation(policy, NULL, 0));
  char list[] = "close, X_COUNTRY,x-other ,X-Fixed";
  size_t length = maxmind_acl_remove_annotations(policy, list, strlen(list));
  list[length] = '\0';
  CHECK_TEXT(list, "close,x-other ");
  CHECK_NUMBER(maxmind_acl_remove_annotations(policy, list, length), length);
  CHECK_TEXT(list, "close,x-other ");
  CHECK_NUMBER(maxmind_acl_remove_annotations(policy, NULL, 0), 0);
  maxmind_acl_close(policy);
  policy = open_text(rules);
  CHECK(!maxmind_acl_is_annotation(policy, "X-Country", 9));
  CHECK_NUMBER(maxmind_acl_remove_annotations(policy, list, length), length);
  maxmind_acl_close(policy);
}

static void a_bypassing_client_has_its_country_in_annotations(void) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml, "%s%s", rules, annotated);
  maxmind_acl_policy *policy = open_text(yaml);
  client room;
  maxmind_acl_request request = {
      .client = client_of("127.2.0.1", &room), .bypass_value = "sesame", .bypass_length = 6};
  maxmind_acl_decision decision;
  maxmind_acl_decide(policy, &request, &decision);
  CHECK_TEXT(decision.country, "");
  char text[16];
  maxmind_acl_write_annotation(policy, 0, &decision, request.client, text, sizeof text);
  CHECK_TEXT(text, "c=DE");
  maxmind_acl_close(policy);
}

static void settings_are_those_of_the_file(void) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml, "%s%s", rules,
           "  name: shop\n  decision_header: off\n"
           "  log: {file: a.log, sample: 2.5%, rate: 7/s}\n");
  maxmind_acl_policy *policy = open_text(yaml);
  const maxmind_acl_settings *settings = maxmind_acl_settings_of(policy);
  CHECK(settings->policy == policy && settings->attached == NULL);
  CHECK_TEXT(settings->name.bytes, "shop");
  CHECK_NUMBER(settings->name.length, 4);
  CHECK_NUMBER(settings->rule_count, 5);
  CHECK_NUMBER(settings->build_epoch, 1788220800);
  CHECK_TEXT(settings->bypass_header.bytes, "X-Pass");
  CHECK_NUMBER(settings->bypass_header.length, 6);
  CHECK_NUMBER(settings->decision_header, MAXMIND_ACL_HEADER_OFF);
  CHECK_TEXT(settings->log_file.bytes, "a.log");
  char summary[512];
  snprintf(summary, sizeof summary,
           "acl.yaml: 1 bypass, 1 deny.ip, 1 deny.country, 1 anonymous, 1 allow.country; default "
           "deny; database %s/loopback-country-anonymous.mmdb (",
           directory);
  CHECK(strncmp(settings->summary.bytes, summary, strlen(summary)) == 0);
  CHECK_NUMBER(settings->summary.length, strlen(settings->summary.bytes));
  maxmind_acl_close(policy);
  policy = open_text("maxmind: {database: loopback-country-swapped.mmdb}\n");
  settings = maxmind_acl_settings_of(policy);
  CHECK_TEXT(settings->name.bytes, "acl");
  CHECK_NUMBER(settings->build_epoch, 1788220800 + 7 * 86400);
  CHECK_NUMBER(settings->decision_header, MAXMIND_ACL_HEADER_DENIALS);
  CHECK(settings->bypass_header.bytes == NULL && settings->bypass_header.length == 0);
  CHECK(settings->log_file.bytes == NULL);
  CHECK_NUMBER(settings->annotation_count, 0);
  maxmind_acl_close(policy);
}

static const char *log_line(const maxmind_acl_policy *policy, const char *address,
                            const char *method, const char *url, size_t url_length) {
  static char text[4096];
  client room;
  maxmind_acl_request request = {.client = client_of(address, &room)};
  maxmind_acl_decision decision;
  maxmind_acl_decide(policy, &request, &decision);
  maxmind_acl_text method_text = {method, method != NULL ? strlen(method) : 0};
  maxmind_acl_text url_text = {url, url_length};
  size_t length = maxmind_acl_write_log_line(policy, &decision, &request, true, request.client,
                                             method_text, url_text, text, sizeof text);
  CHECK_NUMBER(length, strlen(text));
  return text;
}

static void a_line_of_a_log_is_words(void) {
  maxmind_acl_policy *policy = open_text(rules);
  CHECK_TEXT(log_line(policy, "127.2.0.1", "GET", "http://a/x?y", 12),
             "127.2.0.1 deny deny.country DE acl.yaml:9 db=2026-09-01 GET http://a/x?y");
  CHECK_TEXT(log_line(policy, "::ffff:127.2.0.1", NULL, NULL, 0),
             "127.2.0.1 deny deny.country DE acl.yaml:9 db=2026-09-01 - -");
  CHECK_TEXT(log_line(policy, NULL, "A B", "\0 \"\\\xC3%", 6),
             "- deny error - acl.yaml db=2026-09-01 error=no-address A%20B %00%20%22%5C%C3%");
  char url[3000], expected[3000];
  memset(url, 'u', sizeof url);
  snprintf(expected, sizeof expected, "GET %.2046s...", url);
  CHECK_CONTAINS(log_line(policy, "127.2.0.1", "GET", url, sizeof url), expected);
  maxmind_acl_close(policy);
}

static void denials_are_logged_by_the_sample_and_the_rate(void) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml, "%s  name: rated\n  log: {file: b.log, sample: 50%%, rate: 7/s}\n",
           rules);
  maxmind_acl_policy *policy = open_text(yaml);
  unsigned admitted = 0;
  for (int number = 0; number < 100; number++) {
    admitted += maxmind_acl_admits_log_line(policy, 5000000000);
  }
  CHECK_NUMBER(admitted, 7);
  const char *file = NULL;
  size_t place = 0;
  char text[128];
  const char *expected = "# rated: 43 denials more than the rate allows";
  CHECK_NUMBER(maxmind_acl_take_suppressed(&place, &file, text, sizeof text), strlen(expected));
  CHECK_TEXT(text, expected);
  CHECK_TEXT(file, "b.log");
  /* A pass visits each log once, also if denials go on. */
  for (int number = 0; number < 100; number++) {
    maxmind_acl_admits_log_line(policy, 5000000000);
  }
  CHECK_NUMBER(maxmind_acl_take_suppressed(&place, &file, text, sizeof text), 0);
  CHECK_TEXT(text, "");
  place = 0;
  CHECK(maxmind_acl_take_suppressed(&place, &file, text, sizeof text) > 0);
  maxmind_acl_close(policy);
  policy = open_text(rules);
  CHECK(!maxmind_acl_admits_log_line(policy, 0));
  maxmind_acl_close(policy);
}

static void a_time_has_a_zone(void) {
  const struct {
    int64_t now;
    const char *text;
  } times[] = {
      {0, "1970-01-01T00:00:00Z"},         {951782399, "2000-02-28T23:59:59Z"},
      {951782400, "2000-02-29T00:00:00Z"}, {1795275909, "2026-11-21T15:45:09Z"},
      {-1, "1970-01-01T00:00:00Z"},        {INT64_MAX, "9999-12-31T23:59:59Z"},
  };
  char text[32];
  for (size_t index = 0; index < sizeof times / sizeof *times; index++) {
    CHECK_NUMBER(maxmind_acl_write_time(times[index].now, text, sizeof text), 20);
    CHECK_TEXT(text, times[index].text);
  }
  CHECK_NUMBER(maxmind_acl_write_time(0, text, 5), 20);
  CHECK_TEXT(text, "1970");
  CHECK_NUMBER(maxmind_acl_write_time(0, NULL, 0), 20);
}

static int released;

static void release(void *data) {
  released += *(int *)data;
}

static void what_is_attached_is_released_with_the_last_owner(void) {
  static int seven = 7;
  maxmind_acl_policy *policy = open_text(rules);
  CHECK(maxmind_acl_settings_of(policy)->attached == NULL);
  maxmind_acl_attach(policy, &seven, release);
  CHECK(maxmind_acl_settings_of(policy)->attached == &seven);
  maxmind_acl_policy *other = maxmind_acl_retain(policy);
  maxmind_acl_close(policy);
  CHECK_NUMBER(released, 0);
  CHECK(maxmind_acl_settings_of(other)->attached == &seven);
  maxmind_acl_close(other);
  CHECK_NUMBER(released, 7);
}

static void no_policy_reports_nothing(void) {
  char text[8] = "full";
  maxmind_acl_decision decision;
  memset(&decision, 0, sizeof decision);
  maxmind_acl_text nothing = {NULL, 0};
  maxmind_acl_request request = {0};
  CHECK(maxmind_acl_settings_of(NULL) == NULL);
  CHECK_NUMBER(maxmind_acl_write_decision(NULL, &decision, NULL, true, text, sizeof text), 0);
  CHECK_TEXT(text, "");
  CHECK_NUMBER(maxmind_acl_write_annotation(NULL, 0, &decision, NULL, text, sizeof text), 0);
  CHECK(!maxmind_acl_is_annotation(NULL, "X", 1));
  CHECK_NUMBER(maxmind_acl_remove_annotations(NULL, text, 1), 1);
  CHECK(!maxmind_acl_admits_log_line(NULL, 0));
  CHECK_NUMBER(maxmind_acl_take_suppressed(NULL, NULL, text, sizeof text), 0);
  CHECK_NUMBER(maxmind_acl_write_log_line(NULL, &decision, &request, true, NULL, nothing, nothing,
                                          text, sizeof text),
               0);
  maxmind_acl_attach(NULL, text, NULL);
  maxmind_acl_policy *policy = open_text(rules);
  CHECK_NUMBER(maxmind_acl_write_decision(policy, NULL, NULL, true, text, sizeof text), 0);
  CHECK_NUMBER(maxmind_acl_write_log_line(policy, &decision, NULL, true, NULL, nothing, nothing,
                                          text, sizeof text),
               0);
  maxmind_acl_close(policy);
}

const test report_tests[] = {
    {"a decision is written as words", a_decision_is_words_of_a_header},
    {"the place of a list's rule is in the list", a_rule_of_a_list_stands_in_the_list},
    {"a client that is not the connection's is written with its source",
     another_client_than_the_connection_is_named_with_its_source},
    {"a decision fits into every buffer", a_decision_fits_into_every_buffer},
    {"any bytes make a decision of visible words", any_bytes_make_a_decision_of_visible_words},
    {"a file name stays one word", a_file_name_stays_one_word},
    {"annotations have known values only", annotations_say_what_is_known_and_nothing_else},
    {"an annotation that does not fit is not written", an_annotation_that_does_not_fit_is_none},
    {"a name counts as an annotation if an origin may take it for one",
     a_name_that_an_origin_takes_for_an_annotation_is_one},
    {"a bypassing client has its country in annotations",
     a_bypassing_client_has_its_country_in_annotations},
    {"settings come from the file", settings_are_those_of_the_file},
    {"a log line is written as words", a_line_of_a_log_is_words},
    {"a time of a log has its zone", a_time_has_a_zone},
    {"the sample and the rate decide which denials are logged",
     denials_are_logged_by_the_sample_and_the_rate},
    {"the last close releases the attached data", what_is_attached_is_released_with_the_last_owner},
    {"a NULL policy reports nothing", no_policy_reports_nothing},
};
const size_t report_test_count = sizeof report_tests / sizeof *report_tests;
