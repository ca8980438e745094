/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts for C callers: errbuf, countries.
 */
#include "check.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILLER 0x5A

/** The number of bytes that fit into `room` without cutting a UTF-8 sequence. */
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

/** Checks a buffer of `size` inside a larger one, which is full of FILLER. */
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
  // Sequences of two, three and four bytes: each size cuts at another place.
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

/* A header field gets a few bytes of visible ASCII, with any country text in the database. */
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
  }
  maxmind_acl_close(policy);
}

static void each_reason_has_a_word(void) {
  CHECK_TEXT(maxmind_acl_reason_name(MAXMIND_ACL_REASON_BYPASS), "bypass");
  CHECK_TEXT(maxmind_acl_reason_name(MAXMIND_ACL_REASON_DENY_IP), "ip");
  CHECK_TEXT(maxmind_acl_reason_name(MAXMIND_ACL_REASON_ALLOW_COUNTRY), "country");
  CHECK_TEXT(maxmind_acl_reason_name(MAXMIND_ACL_REASON_DEFAULT), "default");
  for (int reason = MAXMIND_ACL_REASON_BYPASS; reason <= MAXMIND_ACL_REASON_ALLOW_RULES; reason++) {
    CHECK(maxmind_acl_reason_name((uint8_t)reason) != NULL);
  }
  CHECK(maxmind_acl_reason_name(0) == NULL);
  CHECK(maxmind_acl_reason_name(MAXMIND_ACL_REASON_ALLOW_RULES + 1) == NULL);
  CHECK(maxmind_acl_reason_name(MAXMIND_ACL_REASON_LIMIT) == NULL);
  CHECK(maxmind_acl_reason_name(UINT8_MAX) == NULL);
}

const test text_tests[] = {
    {"each reason has a word", each_reason_has_a_word},
    {"errbuf of every size ends at a character", errbuf_of_every_size_ends_at_a_character},
    {"names that are not UTF-8 give an error that is",
     names_that_are_not_utf8_give_an_error_that_is},
    {"control characters do not reach a log", control_characters_do_not_reach_a_log},
    {"country texts that are not codes are written as words",
     countries_that_are_no_codes_are_written_as_words},
};
const size_t text_test_count = sizeof text_tests / sizeof *text_tests;
