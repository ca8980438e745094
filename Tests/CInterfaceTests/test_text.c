/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that goes out: errbuf, describe, summary, the bypass header, the denial body.
 */
#include "check.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILLER 0x5A

/** How many bytes of a text fit into `room` without cutting a UTF-8 sequence. */
static size_t fitting(const char *text, size_t room) {
  size_t length = strlen(text), end = 0;
  if (length <= room) {
    return length;
  }
  for (size_t index = 0; index <= room; index++) {
    if (((unsigned char)text[index] & 0xC0) != 0x80) {
      end = index;
    }
  }
  return end;
}

/** Checks a buffer of `size` within a larger one that was full of FILLER. */
static void check_cut(const char *buffer, size_t size, size_t whole_size, const char *whole) {
  char row[64];
  snprintf(row, sizeof row, "size %zu", size);
  checking(row);
  for (size_t index = size; index < whole_size; index++) {
    if (!CHECK((unsigned char)buffer[index] == FILLER)) {
      return;
    }
  }
  if (size == 0) {
    return;
  }
  const char *end = memchr(buffer, 0, size);
  if (!CHECK(end != NULL)) {
    return;
  }
  CHECK_NUMBER(end - buffer, fitting(whole, size - 1));
  CHECK(memcmp(buffer, whole, (size_t)(end - buffer)) == 0);
}

static void errbuf_of_every_size_ends_at_a_character(void) {
  // Sequences of two, three and four bytes, so that every size cuts somewhere else.
  static const char name[] = "L\xC3\xA4nder-\xE2\x82\xAC-\xF0\x9F\x98\x80-\xF0\x9F\x98\x80"
                             "\xE2\x82\xAC\xC3\xA4\xC3\xA4\xE2\x82\xAC\xE2\x82\xAC\xF0\x9F\x98\x80"
                             "\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xC3\xA4\xE2\x82\xAC\xC3\xA4.yaml";
  char whole[1024];
  CHECK(maxmind_acl_open(name, strlen(name), directory, strlen(directory), NULL, whole,
                         sizeof whole) == NULL);
  CHECK(strncmp(whole, name, strlen(name)) == 0);
  CHECK(strlen(whole) > strlen(name) + 20);
  for (size_t size = 0; size <= 200; size++) {
    char buffer[256];
    memset(buffer, FILLER, sizeof buffer);
    CHECK(maxmind_acl_open(name, strlen(name), directory, strlen(directory), NULL, buffer, size) ==
          NULL);
    check_cut(buffer, size, sizeof buffer, whole);
  }
}

static void names_that_are_not_utf8_give_an_error_that_is(void) {
  static const char name[] = "\xFF\xC3(\xE2\x82.yaml";
  char error[256];
  CHECK(maxmind_acl_open(name, strlen(name), directory, strlen(directory), NULL, error,
                         sizeof error) == NULL);
  CHECK_CONTAINS(error, "\xEF\xBF\xBD");
  CHECK(strchr(error, '\xFF') == NULL);
}

static void control_characters_do_not_reach_a_log(void) {
  static const char name[] = "a\nforged: line\x1B[31m\0.yaml";
  char error[256];
  CHECK(maxmind_acl_open(name, sizeof name - 1, directory, strlen(directory), NULL, error,
                         sizeof error) == NULL);
  CHECK(strlen(error) > 20);
  for (const char *byte = error; *byte; byte++) {
    CHECK((unsigned char)*byte >= 0x20);
  }
}

static void describe_says_why(void) {
  maxmind_acl_policy *policy = open_text("maxmind:\n"
                                         "  database: loopback-country-anonymous.mmdb\n"
                                         "  allow:\n"
                                         "    country: [US]\n"
                                         "    ip: [127.0.0.2]\n"
                                         "    regex:\n"
                                         "      - [DE, \"/free/\"]\n"
                                         "  deny:\n"
                                         "    country: [NO]\n"
                                         "    ip: [127.0.0.0/31]\n"
                                         "    regex:\n"
                                         "      - [US, '.*\\.txt']\n"
                                         "  anonymous: {vpn: true, tor: true}\n"
                                         "  bypass: {header: X-Pass, value: '1'}\n");
  static const struct {
    const char *client, *url, *text;
  } cases[] = {
      {"127.0.0.1", "a/", "deny deny.ip 127.0.0.0/31 acl.yaml:10"},
      {"127.1.0.1", "a/x.txt", "deny deny.regex .*\\.txt acl.yaml:12 country=US"},
      {"127.0.0.2", "a/", "allow allow.ip 127.0.0.2 acl.yaml:5"},
      {"127.1.200.1", "a/", "deny anonymous.vpn vpn acl.yaml:13 country=US"},
      {"127.2.200.1", "a/", "deny anonymous.tor tor acl.yaml:13 country=DE"},
      {"127.1.0.1", "a/", "allow allow.country US acl.yaml:4 country=US"},
      {"127.2.0.1", "a/free/x", "allow allow.regex /free/ acl.yaml:7 country=DE"},
      {"127.2.0.1", "a/", "deny default acl.yaml country=DE"},
      {"127.0.0.9", "a/", "deny default acl.yaml"},
      {NULL, "a/", "deny error (the request has no IPv4 or IPv6 client address) acl.yaml"},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].text);
    url_source source = url_of(cases[index].url);
    maxmind_acl_decision decision = decide(policy, cases[index].client, &source);
    char text[256];
    size_t length = maxmind_acl_describe(policy, &decision, text, sizeof text);
    CHECK_TEXT(text, cases[index].text);
    CHECK_NUMBER(length, strlen(cases[index].text));
  }
  maxmind_acl_request request = {.bypass_value = "1", .bypass_length = 1};
  maxmind_acl_decision decision;
  maxmind_acl_decide(policy, &request, &decision);
  char text[256];
  maxmind_acl_describe(policy, &decision, text, sizeof text);
  CHECK_TEXT(text, "allow bypass X-Pass acl.yaml:14");
  maxmind_acl_close(policy);
}

static void describe_takes_any_decision(void) {
  maxmind_acl_policy *policy =
      open_text("maxmind:\n  database: loopback-country.mmdb\n  deny:\n    country: [DE]\n");
  // Decisions of another policy, or of none: nonsense is described, not trusted.
  unsigned seed = 1;
  for (int round = 0; round < 20000; round++) {
    maxmind_acl_decision decision;
    unsigned char *bytes = (unsigned char *)&decision;
    for (size_t index = 0; index < sizeof decision; index++) {
      seed = seed * 1103515245 + 12345;
      bytes[index] = (unsigned char)(seed >> 16);
    }
    if (round % 2) {
      decision.reason %= 12;
      decision.rule %= 4;
    }
    char text[128];
    size_t length = maxmind_acl_describe(policy, &decision, text, sizeof text);
    CHECK(memchr(text, 0, sizeof text) != NULL);
    CHECK(length >= strlen(text) && length > 0);
    CHECK(strchr(text, '\n') == NULL);
  }
  maxmind_acl_close(policy);
}

static void describe_and_summary_return_the_whole_length(void) {
  write_text(
      "l\xC3\xA4nder-\xE2\x82\xAC\xF0\x9F\x98\x80.yaml",
      "maxmind:\n  database: loopback-country.mmdb\n  deny:\n"
      "    regex: [[\"*\", \"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\xE2\x82\xAC\xC3\xA4x*\"]]\n");
  maxmind_acl_policy *policy = open_file("l\xC3\xA4nder-\xE2\x82\xAC\xF0\x9F\x98\x80.yaml");
  url_source source = url_of("a/\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\xE2\x82\xAC\xC3\xA4x");
  maxmind_acl_decision decision = decide(policy, "127.1.0.1", &source);
  CHECK_NUMBER(decision.reason, MAXMIND_ACL_REASON_DENY_REGEX);
  char described[256], summed[1024];
  size_t described_length = maxmind_acl_describe(policy, &decision, described, sizeof described);
  size_t summed_length = maxmind_acl_summary(policy, summed, sizeof summed);
  CHECK_NUMBER(described_length, strlen(described));
  CHECK_NUMBER(summed_length, strlen(summed));
  for (size_t size = 0; size <= 200; size++) {
    char buffer[256];
    memset(buffer, FILLER, sizeof buffer);
    CHECK_NUMBER(maxmind_acl_describe(policy, &decision, buffer, size), described_length);
    check_cut(buffer, size, sizeof buffer, described);
    memset(buffer, FILLER, sizeof buffer);
    CHECK_NUMBER(maxmind_acl_summary(policy, buffer, size), summed_length);
    check_cut(buffer, size, sizeof buffer, summed);
  }
  checking(NULL);
  CHECK_NUMBER(maxmind_acl_describe(policy, &decision, NULL, 0), described_length);
  CHECK_NUMBER(maxmind_acl_summary(policy, NULL, 0), summed_length);
  maxmind_acl_close(policy);
}

static void without_a_policy_the_text_is_empty(void) {
  maxmind_acl_policy *policy = open_text("maxmind: {database: loopback-country.mmdb}\n");
  maxmind_acl_decision decision = decide(policy, "127.1.0.1", NULL);
  char text[8];
  strcpy(text, "xxxx");
  CHECK_NUMBER(maxmind_acl_describe(NULL, &decision, text, sizeof text), 0);
  CHECK_TEXT(text, "");
  strcpy(text, "xxxx");
  CHECK_NUMBER(maxmind_acl_describe(policy, NULL, text, sizeof text), 0);
  CHECK_TEXT(text, "");
  strcpy(text, "xxxx");
  CHECK_NUMBER(maxmind_acl_summary(NULL, text, sizeof text), 0);
  CHECK_TEXT(text, "");
  strcpy(text, "xxxx");
  CHECK_NUMBER(maxmind_acl_summary(NULL, text, 0), 0);
  CHECK_TEXT(text, "xxxx");
  CHECK_NUMBER(maxmind_acl_describe(NULL, NULL, NULL, 0), 0);
  CHECK_NUMBER(maxmind_acl_summary(NULL, NULL, 0), 0);
  maxmind_acl_close(policy);
}

static void the_summary_names_rules_and_databases(void) {
  maxmind_acl_policy *policy = open_text("maxmind:\n"
                                         "  database: loopback-country.mmdb\n"
                                         "  allow:\n    country: [US, DE]\n"
                                         "  deny:\n    ip: [127.0.0.1]\n"
                                         "    regex: [[US, a], [DE, b], [FR, c]]\n");
  char text[512], expected[512];
  snprintf(expected, sizeof expected,
           "acl.yaml: 1 deny.ip, 3 deny.regex, 2 allow.country; default deny; "
           "database %s/loopback-country.mmdb (GeoLite2-Country, built 2026-09-01)",
           directory);
  CHECK_NUMBER(maxmind_acl_summary(policy, text, sizeof text), strlen(expected));
  CHECK_TEXT(text, expected);
  maxmind_acl_close(policy);
}

static maxmind_acl_watch *watch_list(const char *list) {
  write_text("list.conf", list);
  write_text("acl.yaml", "maxmind:\n  database: loopback-country.mmdb\n  deny:\n"
                         "    ip_file: [list.conf]\n");
  return maxmind_acl_watch_open("acl.yaml", 8, directory, strlen(directory));
}

static void a_policy_says_whether_its_entries_expire(void) {
  const struct {
    const char *list;
    bool expires;
  } cases[] = {
      {"127.1.0.9 expires=2099-01-01T00:00:00Z\n127.2.0.9\n", true},
      {"127.2.0.9\n127.3.0.9 expires=2020-01-01T00:00:00Z\n", true},
      {"127.2.0.9\n", false},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    maxmind_acl_watch *watch = watch_list(cases[index].list);
    maxmind_acl_policy *policy = maxmind_acl_watch_load(watch, NULL, NULL, NULL, 0);
    CHECK(maxmind_acl_has_expiring_entries(policy) == cases[index].expires);
    maxmind_acl_decision decision = decide(policy, "127.2.0.9", NULL);
    char text[128];
    maxmind_acl_describe(policy, &decision, text, sizeof text);
    CHECK(strncmp(text, "deny deny.ip 127.2.0.9 list.conf:", 33) == 0);
    CHECK_NUMBER(decide(policy, "127.3.0.9", NULL).verdict, MAXMIND_ACL_ALLOW);
    maxmind_acl_close(policy);
    maxmind_acl_watch_close(watch);
  }
  CHECK(!maxmind_acl_has_expiring_entries(NULL));
}

static void entries_expire_without_the_files_and_come_back(void) {
  maxmind_acl_watch *watch = watch_list("127.1.0.9 expires=2099-01-01T00:00:00Z\n127.2.0.9\n");
  maxmind_acl_policy *policy = maxmind_acl_watch_load(watch, NULL, NULL, NULL, 0);
  delete_file("list.conf");
  write_text("acl.yaml", "maxmind: broken\n");
  maxmind_acl_expiry counts = {7, 7};
  CHECK(maxmind_acl_watch_expire(watch, policy, 4070908799, 1000, &counts) == NULL);
  CHECK_NUMBER(counts.ended + counts.returned, 0);
  maxmind_acl_policy *later = maxmind_acl_watch_expire(watch, policy, 4070908800, 2000, &counts);
  CHECK_NUMBER(counts.ended, 1);
  CHECK_NUMBER(counts.returned, 0);
  CHECK_NUMBER(decide(policy, "127.1.0.9", NULL).verdict, MAXMIND_ACL_DENY);
  maxmind_acl_close(policy);
  CHECK_NUMBER(decide(later, "127.1.0.9", NULL).verdict, MAXMIND_ACL_ALLOW);
  CHECK_NUMBER(decide(later, "127.2.0.9", NULL).verdict, MAXMIND_ACL_DENY);
  CHECK(maxmind_acl_watch_expire(watch, later, 4070908799, 6999, NULL) == NULL);
  maxmind_acl_policy *back = maxmind_acl_watch_expire(watch, later, 4070908799, 7000, &counts);
  CHECK_NUMBER(counts.ended, 0);
  CHECK_NUMBER(counts.returned, 1);
  CHECK_NUMBER(decide(back, "127.1.0.9", NULL).verdict, MAXMIND_ACL_DENY);
  CHECK(maxmind_acl_watch_expire(watch, NULL, INT64_MAX, 0, NULL) == NULL);
  CHECK(maxmind_acl_watch_expire(NULL, back, INT64_MAX, 0, &counts) == NULL);
  CHECK_NUMBER(counts.returned, 0);
  maxmind_acl_close(later);
  maxmind_acl_close(back);
  maxmind_acl_watch_close(watch);
}

/* Whatever a database has as a country, a header field gets visible ASCII, and of that little. */
static void countries_that_are_no_codes_are_written_as_words(void) {
  maxmind_acl_policy *policy =
      open_text("maxmind:\n  database: country-texts.mmdb\n  deny: {country: [CLOUDFLARE]}\n"
                "  annotate: {X-Client-Country: \"{country}\"}\n");
  char long_text[65];
  memset(long_text, 'L', sizeof long_text - 1);
  long_text[sizeof long_text - 1] = '\0';
  const struct {
    const char *client;
    const char *country;
    const char *written;
  } cases[] = {
      {"127.1.0.1", "~0", "CLOUDFLARE"},
      {"127.2.0.1", "~1", "Tor_\"exit\"__X-Evil:_<b>,___"},
      {"127.3.0.1", "~2", long_text},
      {"127.8.0.1", "DE", "DE"},
      {"127.12.0.1", "Europe", "Europe"},
      {"127.13.0.1", "~0", "CLOUDFLARE"},
      {"127.4.0.1", "", "-"},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    maxmind_acl_decision decision = decide(policy, cases[index].client, NULL);
    CHECK_TEXT(decision.country, cases[index].country);
    char text[256], expected[256];
    maxmind_acl_write_decision(policy, &decision, NULL, true, text, sizeof text);
    snprintf(expected, sizeof expected, " %s acl.yaml", cases[index].written);
    CHECK(strstr(text, expected) != NULL);
    maxmind_acl_write_annotation(policy, 0, &decision, NULL, text, sizeof text);
    CHECK_TEXT(text, cases[index].country[0] == '\0' ? "" : cases[index].written);
  }
  maxmind_acl_decision decision = decide(policy, "127.1.0.1", NULL);
  for (const char *number = "9~a"; *number != '\0'; number++) {
    char text[128];
    memset(decision.country + 1, *number, 7);
    CHECK(maxmind_acl_write_decision(policy, &decision, NULL, true, text, sizeof text) > 0);
    CHECK(maxmind_acl_describe(policy, &decision, text, sizeof text) > 0);
  }
  maxmind_acl_close(policy);
}

static void the_build_epoch_is_that_of_the_database(void) {
  static const struct {
    const char *database;
    uint64_t epoch;
  } cases[] = {
      {"loopback-country.mmdb", 1788220800},
      {"loopback-country-swapped.mmdb", 1788220800 + 7 * 86400},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].database);
    char yaml[128];
    snprintf(yaml, sizeof yaml, "maxmind: {database: %s}\n", cases[index].database);
    maxmind_acl_policy *policy = open_text(yaml);
    CHECK_NUMBER(maxmind_acl_build_epoch(policy), cases[index].epoch);
    maxmind_acl_close(policy);
  }
  CHECK_NUMBER(maxmind_acl_build_epoch(NULL), 0);
}

static void the_bypass_header_is_named(void) {
  maxmind_acl_policy *policy = open_text("maxmind:\n  database: loopback-country.mmdb\n"
                                         "  bypass: {header: X-Let-Me, value: 'in'}\n");
  size_t length = 99;
  const char *name = maxmind_acl_bypass_header(policy, &length);
  CHECK_TEXT(name, "X-Let-Me");
  CHECK_NUMBER(length, 8);
  CHECK(maxmind_acl_bypass_header(policy, NULL) == name);
  maxmind_acl_close(policy);

  policy = open_text("maxmind: {database: loopback-country.mmdb}\n");
  length = 99;
  CHECK(maxmind_acl_bypass_header(policy, &length) == NULL);
  CHECK_NUMBER(length, 0);
  CHECK(maxmind_acl_bypass_header(policy, NULL) == NULL);
  maxmind_acl_close(policy);
  length = 99;
  CHECK(maxmind_acl_bypass_header(NULL, &length) == NULL);
  CHECK_NUMBER(length, 0);
  CHECK(maxmind_acl_bypass_header(NULL, NULL) == NULL);
}

static void each_reason_has_a_word(void) {
  CHECK_TEXT(maxmind_acl_reason_name(MAXMIND_ACL_REASON_BYPASS), "bypass");
  CHECK_TEXT(maxmind_acl_reason_name(MAXMIND_ACL_REASON_DENY_IP), "ip");
  CHECK_TEXT(maxmind_acl_reason_name(MAXMIND_ACL_REASON_ALLOW_COUNTRY), "country");
  CHECK_TEXT(maxmind_acl_reason_name(MAXMIND_ACL_REASON_DEFAULT), "default");
  for (int reason = MAXMIND_ACL_REASON_BYPASS; reason <= MAXMIND_ACL_REASON_ERROR; reason++) {
    CHECK(maxmind_acl_reason_name((uint8_t)reason) != NULL);
  }
  CHECK(maxmind_acl_reason_name(0) == NULL);
  CHECK(maxmind_acl_reason_name(MAXMIND_ACL_REASON_LIMIT) == NULL);
  CHECK(maxmind_acl_reason_name(UINT8_MAX) == NULL);
}

const test text_tests[] = {
    {"each reason has a word", each_reason_has_a_word},
    {"errbuf of every size ends at a character", errbuf_of_every_size_ends_at_a_character},
    {"names that are not UTF-8 give an error that is",
     names_that_are_not_utf8_give_an_error_that_is},
    {"control characters do not reach a log", control_characters_do_not_reach_a_log},
    {"describe says why", describe_says_why},
    {"describe takes any decision", describe_takes_any_decision},
    {"describe and summary return the whole length", describe_and_summary_return_the_whole_length},
    {"without a policy the text is empty", without_a_policy_the_text_is_empty},
    {"the summary names rules and databases", the_summary_names_rules_and_databases},
    {"a policy says whether its entries expire", a_policy_says_whether_its_entries_expire},
    {"countries that are no codes are written as words",
     countries_that_are_no_codes_are_written_as_words},
    {"entries expire without the files, and come back",
     entries_expire_without_the_files_and_come_back},
    {"the build epoch is that of the database", the_build_epoch_is_that_of_the_database},
    {"the bypass header is named", the_bypass_header_is_named},
};
const size_t text_test_count = sizeof text_tests / sizeof *text_tests;
