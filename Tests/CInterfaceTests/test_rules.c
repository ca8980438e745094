/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules for fields of several databases, and named rules: reasons, circumstances, answers, fields
 * for the origin.
 */
#include "check.h"
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define DATABASES                                                                                  \
  "maxmind:\n  database: [loopback-city.mmdb, no-country.mmdb, loopback-country-anonymous.mmdb]\n"

/** A URL and circumstances as the context of one request. */
typedef struct parts {
  url_source url; /* first, so that `fetch` takes the same context */
  maxmind_acl_circumstances circumstances;
  bool was_cleared;
  unsigned calls;
} parts;

static void fetch_circumstances(void *context, maxmind_acl_circumstances *circumstances) {
  parts *parts = context;
  const maxmind_acl_circumstances zero = {0};
  parts->was_cleared = memcmp(circumstances, &zero, sizeof zero) == 0;
  parts->calls++;
  *circumstances = parts->circumstances;
}

static parts parts_of(const char *url, const char *method, int64_t now) {
  return (parts){.url = url_of(url),
                 .circumstances = {.method = {method, method ? strlen(method) : 0}, .now = now}};
}

static maxmind_acl_decision decide_on(const maxmind_acl_policy *policy, const char *address,
                                      parts *parts) {
  client room;
  maxmind_acl_request request = {.client = client_of(address, &room),
                                 .fetch_url = fetch,
                                 .fetch_circumstances = fetch_circumstances,
                                 .context = parts};
  maxmind_acl_decision decision;
  memset(&decision, 0xFF, sizeof decision);
  int verdict = maxmind_acl_decide(policy, &request, &decision);
  CHECK_NUMBER(decision.verdict, verdict);
  CHECK(parts->calls == 0 || parts->was_cleared);
  return decision;
}

static void each_kind_of_field_has_its_reason(void) {
  static const struct {
    const char *rules, *word;
    uint8_t reason;
  } cases[] = {
      {"deny: {asn: [64500]}", "deny.asn", MAXMIND_ACL_REASON_DENY_ASN},
      {"deny: {subdivision: [US-CA]}", "deny.subdivision", MAXMIND_ACL_REASON_DENY_SUBDIVISION},
      {"deny: {continent: [NA]}", "deny.continent", MAXMIND_ACL_REASON_DENY_CONTINENT},
      {"deny: {rules: [{name: x, country: [US]}]}", "deny.rules", MAXMIND_ACL_REASON_DENY_RULES},
      {"allow: {asn: [64500]}", "allow.asn", MAXMIND_ACL_REASON_ALLOW_ASN},
      {"allow: {subdivision: [US-CA]}", "allow.subdivision", MAXMIND_ACL_REASON_ALLOW_SUBDIVISION},
      {"allow: {continent: [NA]}", "allow.continent", MAXMIND_ACL_REASON_ALLOW_CONTINENT},
      {"allow: {rules: [{name: x, country: [US]}]}", "allow.rules", MAXMIND_ACL_REASON_ALLOW_RULES},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].rules);
    char yaml[512], text[512], wanted[128];
    snprintf(yaml, sizeof yaml, DATABASES "  %s\n", cases[index].rules);
    maxmind_acl_policy *policy = open_text(yaml);
    parts parts = parts_of("a/", "GET", 0);
    maxmind_acl_decision decision = decide_on(policy, "127.1.64.1", &parts);
    CHECK_NUMBER(decision.reason, cases[index].reason);
    CHECK(decision.reason < MAXMIND_ACL_REASON_LIMIT);
    CHECK_NUMBER(decision.line, 3);
    CHECK_TEXT(decision.country, "US");
    CHECK_NUMBER(parts.calls + parts.url.calls, 0);
    bool denies = decision.verdict == MAXMIND_ACL_DENY;
    snprintf(wanted, sizeof wanted, "%s %s US acl.yaml:3 db=2026-09-01", denies ? "deny" : "allow",
             cases[index].word);
    maxmind_acl_write_decision(policy, &decision, NULL, true, text, sizeof text);
    CHECK_TEXT(text, wanted);
    CHECK_TEXT(maxmind_acl_reason_name(decision.reason), strchr(cases[index].word, '.') + 1);
    maxmind_acl_close(policy);
  }
  checking(NULL);
}

static void circumstances_are_fetched_only_for_a_rule_that_reads_them(void) {
  maxmind_acl_policy *policy = open_text(
      DATABASES "  deny:\n"
                "    rules:\n"
                "      - {name: uploads, country: [US], method: [PUT]}\n"
                "      - {name: night, country: [DE], time: {daily: '22:00-06:00'}}\n"
                "      - {name: both, country: [GB], method: [PUT], time: {weekdays: [thu]}}\n");
  static const struct {
    const char *client, *method;
    int64_t now;
    uint8_t reason;
    uint32_t line;
    unsigned calls;
  } cases[] = {
      {"127.1.0.1", "PUT", 0, MAXMIND_ACL_REASON_DENY_RULES, 5, 1},
      {"127.1.0.1", "GET", 0, MAXMIND_ACL_REASON_DEFAULT, 0, 1},
      {"127.1.0.1", "put", 0, MAXMIND_ACL_REASON_DEFAULT, 0, 1},
      {"127.1.0.1", "", 0, MAXMIND_ACL_REASON_ERROR, 0, 1},
      {"127.1.0.1", NULL, 0, MAXMIND_ACL_REASON_ERROR, 0, 1},
      {"127.1.0.1", "A-METHOD-OF-MORE-THAN-24-BYTES", 0, MAXMIND_ACL_REASON_DEFAULT, 0, 1},
      {"127.2.0.1", "GET", 22 * 3600 - 1, MAXMIND_ACL_REASON_DEFAULT, 0, 1},
      {"127.2.0.1", "GET", 22 * 3600, MAXMIND_ACL_REASON_DENY_RULES, 6, 1},
      {"127.2.0.1", NULL, 0, MAXMIND_ACL_REASON_DENY_RULES, 6, 1},
      {"127.3.0.1", "PUT", 0, MAXMIND_ACL_REASON_DENY_RULES, 7, 1},
      {"127.3.0.1", "PUT", 86400, MAXMIND_ACL_REASON_DEFAULT, 0, 1},
      {"127.4.0.1", "PUT", 0, MAXMIND_ACL_REASON_DEFAULT, 0, 0},
      {"2001:db8:1::1", "PUT", 0, MAXMIND_ACL_REASON_DENY_RULES, 5, 1},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    parts parts = parts_of("a/", cases[index].method, cases[index].now);
    char name[64];
    snprintf(name, sizeof name, "%s %s", cases[index].client,
             cases[index].method ? cases[index].method : "(none)");
    checking(name);
    maxmind_acl_decision decision = decide_on(policy, cases[index].client, &parts);
    CHECK_NUMBER(decision.reason, cases[index].reason);
    CHECK_NUMBER(decision.line, cases[index].line);
    CHECK_NUMBER(parts.calls, cases[index].calls);
    CHECK_NUMBER(parts.url.calls, 0);
  }
  checking(NULL);
  maxmind_acl_close(policy);
}

static void without_a_function_the_method_is_unknown(void) {
  maxmind_acl_policy *policy = open_text(
      "maxmind: {deny: {rules: [{name: put, method: [PUT]}, {name: night, host: [a], time: "
      "{daily: '00:00-00:01'}}]}}\n");
  url_source source = url_of("a/");
  CHECK_NUMBER(decide(policy, "192.0.2.1", &source).reason, MAXMIND_ACL_REASON_DENY_RULES);
  source = url_of("b/");
  char text[512];
  maxmind_acl_decision decision = decide(policy, "192.0.2.1", &source);
  CHECK_NUMBER(decision.reason, MAXMIND_ACL_REASON_ERROR);
  maxmind_acl_write_decision(policy, &decision, NULL, true, text, sizeof text);
  CHECK_CONTAINS(text, " error=no-method");
  maxmind_acl_close(policy);
}

static void a_named_rule_has_its_own_response(void) {
  maxmind_acl_policy *policy = open_text(
      DATABASES "  deny:\n"
                "    asn: [64501]\n"
                "    rules:\n"
                "      - {name: own, host: [own], response: {status: 451, headers: {X-A: b}}}\n"
                "      - {name: closed, host: [closed], response: {close: true}}\n"
                "      - {name: away, host: [away], response: {redirect: "
                "'https://b.example/{country}/{reason}'}}\n"
                "      - {name: plain, host: [plain]}\n"
                "  response: {status: 410, asn: {status: 403}, rules: {status: 404}}\n");
  static const struct {
    const char *host, *client;
    int status;
  } cases[] = {
      {"own/", "127.1.0.1", 451},
      {"away/", "127.1.0.1", 302},
      {"plain/", "127.1.0.1", 404},
      {"other/", "127.2.0.1", 403},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].host);
    parts parts = parts_of(cases[index].host, "GET", 0);
    maxmind_acl_decision decision = decide_on(policy, cases[index].client, &parts);
    const maxmind_acl_response *response = maxmind_acl_response_for(policy, &decision);
    if (CHECK(response != NULL)) {
      CHECK_NUMBER(response->status, cases[index].status);
      CHECK_NUMBER(response->field_count, index == 0);
      CHECK_NUMBER(response->redirects, index == 1);
    }
  }
  checking(NULL);
  parts parts = parts_of("closed/", "GET", 0);
  maxmind_acl_decision decision = decide_on(policy, "127.1.0.1", &parts);
  CHECK(maxmind_acl_response_for(policy, &decision)->closes);
  parts = parts_of("away/", "GET", 0);
  decision = decide_on(policy, "127.1.0.1", &parts);
  maxmind_acl_denied_url url = {.parts = parts.url.url};
  client room;
  char location[128];
  maxmind_acl_location(policy, &decision, client_of("127.1.0.1", &room), &url, location,
                       sizeof location);
  CHECK_TEXT(location, "https://b.example/US/deny.rules");
  maxmind_acl_close(policy);
}

static void fields_of_the_record_are_written_for_the_origin(void) {
  maxmind_acl_policy *policy =
      open_text(DATABASES "  deny: {country: [DE]}\n"
                          "  annotate:\n"
                          "    X-Network: 'AS{asn} {organisation}'\n"
                          "    X-Place: '{continent} {country} {subdivision}'\n"
                          "    X-Registered: '{registered_country}'\n");
  static const char *const cases[][4] = {
      {"127.1.64.1", "AS64500 Example Transit", "NA US US-CA", "US"},
      {"127.5.0.1", "AS64504 Example Cable", "NA CA CA-ON", "US"},
      {"2001:db8:1::1", "AS64500 Example Transit", "NA US US-NY", "US"},
      {"127.7.0.1", "", "", ""},
      {"127.99.0.1", "", "", ""},
      {NULL, "", "", ""},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index][0] ? cases[index][0] : "(none)");
    parts parts = parts_of("a/", "GET", 0);
    maxmind_acl_decision decision = decide_on(policy, cases[index][0], &parts);
    client room;
    const struct sockaddr *client = client_of(cases[index][0], &room);
    for (size_t field = 0; field < 3; field++) {
      char text[512] = "";
      size_t length =
          maxmind_acl_write_annotation(policy, field, &decision, client, text, sizeof text);
      CHECK_NUMBER(length, strlen(cases[index][1 + field]));
      CHECK_TEXT(length > 0 ? text : "", cases[index][1 + field]);
    }
  }
  checking(NULL);
  maxmind_acl_close(policy);
}

static void no_database_is_needed_for_addresses_and_urls(void) {
  maxmind_acl_policy *policy = open_text("maxmind: {deny: {ip: [192.0.2.1]}}\n");
  const maxmind_acl_settings *settings = maxmind_acl_settings_of(policy);
  CHECK_NUMBER(settings->build_epoch, 0);
  CHECK_CONTAINS(settings->summary.bytes, "; no database");
  CHECK_NUMBER(decide(policy, "192.0.2.1", NULL).reason, MAXMIND_ACL_REASON_DENY_IP);
  maxmind_acl_decision decision = decide(policy, "192.0.2.2", NULL);
  CHECK_NUMBER(decision.reason, MAXMIND_ACL_REASON_DEFAULT);
  char text[512];
  maxmind_acl_write_decision(policy, &decision, NULL, true, text, sizeof text);
  CHECK_TEXT(text, "allow default - acl.yaml db=-");
  maxmind_acl_close(policy);
}

const test rule_tests[] = {
    {"each kind of field has its reason", each_kind_of_field_has_its_reason},
    {"circumstances are fetched only for a rule that reads them",
     circumstances_are_fetched_only_for_a_rule_that_reads_them},
    {"without a function the method is unknown", without_a_function_the_method_is_unknown},
    {"a named rule has its own response", a_named_rule_has_its_own_response},
    {"fields of the record are written for the origin",
     fields_of_the_record_are_written_for_the_origin},
    {"no database is needed for addresses and URLs", no_database_is_needed_for_addresses_and_urls},
};
const size_t rule_test_count = sizeof rule_tests / sizeof *rule_tests;
