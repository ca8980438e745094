/* SPDX-License-Identifier: Apache-2.0
 *
 * Who the client is, and whether its denial is enforced.
 */
#include "check.h"
#include "fixture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char behind_proxy[] =
    "maxmind:\n"
    "  database: loopback-country.mmdb\n"
    "  client: {trusted: [10.0.0.0/8, '2001:db8:f::/48'], header: X-Forwarded-For}\n"
    "  allow: {country: [US]}\n";

/** Lines for fetch_line, with a count of the calls. */
typedef struct line_source {
  const char *lines[4];
  unsigned calls;
} line_source;

static bool fetch_line(void *context, const char **line, size_t *length) {
  line_source *source = context;
  *line = source->lines[source->calls++];
  *length = *line != NULL ? strlen(*line) : 0;
  return *line != NULL;
}

/* The address of a client as text, "" for none. */
static const char *text_of(const struct sockaddr *client, char text[INET6_ADDRSTRLEN]) {
  text[0] = '\0';
  if (client != NULL && client->sa_family == AF_INET) {
    inet_ntop(AF_INET, &((const struct sockaddr_in *)client)->sin_addr, text, INET6_ADDRSTRLEN);
  } else if (client != NULL && client->sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)client)->sin6_addr, text, INET6_ADDRSTRLEN);
  }
  return text;
}

static void the_client_is_the_one_that_a_trusted_proxy_names(void) {
  static const struct {
    const char *peer, *lines[4], *client;
    uint8_t source;
    unsigned calls;
  } cases[] = {
      {"10.0.0.1", {"192.0.2.1"}, "192.0.2.1", MAXMIND_ACL_CLIENT_HEADER, 2},
      {"10.0.0.1", {"192.0.2.1", "2001:db8::1, 10.0.0.2"}, "2001:db8::1", 1, 3},
      {"10.0.0.1", {"[::ffff:192.0.2.1]:80"}, "192.0.2.1", MAXMIND_ACL_CLIENT_HEADER, 2},
      {"2001:db8:f::1", {"192.0.2.1"}, "192.0.2.1", MAXMIND_ACL_CLIENT_HEADER, 2},
      {"10.0.0.1", {NULL}, "10.0.0.1", MAXMIND_ACL_CLIENT_CONNECTION, 1},
      {"10.0.0.1", {"", " ,"}, "10.0.0.1", MAXMIND_ACL_CLIENT_CONNECTION, 3},
      {"10.0.0.1", {"unknown"}, "", MAXMIND_ACL_CLIENT_HIDDEN, 2},
      {"10.0.0.1", {"x"}, "", MAXMIND_ACL_CLIENT_UNREADABLE, 2},
      {"192.0.2.7", {"192.0.2.1"}, "192.0.2.7", MAXMIND_ACL_CLIENT_CONNECTION, 0},
      {NULL, {"192.0.2.1"}, "", MAXMIND_ACL_CLIENT_CONNECTION, 0},
      {"unix", {"192.0.2.1"}, "", MAXMIND_ACL_CLIENT_CONNECTION, 0},
  };
  maxmind_acl_policy *policy = open_text(behind_proxy);
  CHECK_TEXT(maxmind_acl_settings_of(policy)->client_header.bytes, "X-Forwarded-For");
  CHECK_NUMBER(maxmind_acl_settings_of(policy)->client_header.length, 15);
  CHECK(!maxmind_acl_settings_of(policy)->reads_verified_address);
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].lines[0] ? cases[index].lines[0] : "(none)");
    client room;
    char text[INET6_ADDRSTRLEN];
    line_source source = {0};
    memcpy(source.lines, cases[index].lines, sizeof source.lines);
    const struct sockaddr *peer = client_of(cases[index].peer, &room);
    maxmind_acl_client found;
    memset(&found, 0xFF, sizeof found);
    maxmind_acl_resolve_client(policy, peer, fetch_line, &source, &found);
    CHECK_TEXT(text_of(found.client, text), cases[index].client);
    CHECK_NUMBER(found.source, cases[index].source);
    CHECK_NUMBER(source.calls, cases[index].calls);
    CHECK(found.source == MAXMIND_ACL_CLIENT_CONNECTION ? found.client == peer
                                                        : found.client != peer);
  }
  maxmind_acl_close(policy);
}

static void without_a_policy_or_lines_the_client_is_the_peer(void) {
  maxmind_acl_policy *policy = open_text(behind_proxy);
  maxmind_acl_policy *plain = open_text("maxmind: {database: loopback-country.mmdb}");
  client room;
  const struct sockaddr *peer = client_of("10.0.0.1", &room);
  line_source source = {.lines = {"192.0.2.1"}};
  maxmind_acl_client found;
  maxmind_acl_resolve_client(NULL, peer, fetch_line, &source, &found);
  CHECK(found.client == peer && found.source == MAXMIND_ACL_CLIENT_CONNECTION);
  maxmind_acl_resolve_client(plain, peer, fetch_line, &source, &found);
  CHECK(found.client == peer && found.source == MAXMIND_ACL_CLIENT_CONNECTION);
  CHECK_NUMBER(source.calls, 0);
  maxmind_acl_resolve_client(policy, peer, NULL, NULL, &found);
  CHECK(found.client == peer && found.source == MAXMIND_ACL_CLIENT_CONNECTION);
  maxmind_acl_resolve_client(policy, peer, fetch_line, &source, NULL);
  CHECK_NUMBER(source.calls, 0);
  CHECK(maxmind_acl_settings_of(plain)->client_header.bytes == NULL);
  CHECK_NUMBER(maxmind_acl_settings_of(plain)->client_header.length, 0);
  maxmind_acl_close(plain);
  maxmind_acl_close(policy);
}

static void an_error_says_why_there_is_no_client(void) {
  static const struct {
    uint8_t source;
    const char *text;
  } cases[] = {
      {MAXMIND_ACL_CLIENT_CONNECTION, "deny error - acl.yaml db=2026-09-01 error=no-address"},
      {MAXMIND_ACL_CLIENT_HIDDEN, "deny error - acl.yaml db=2026-09-01 error=hidden-client"},
      {MAXMIND_ACL_CLIENT_UNREADABLE,
       "deny error - acl.yaml db=2026-09-01 error=unreadable-client"},
      {200, "deny error - acl.yaml db=2026-09-01 error=no-address"},
  };
  maxmind_acl_policy *policy = open_text(behind_proxy);
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    maxmind_acl_request request = {.client_source = cases[index].source};
    maxmind_acl_decision decision;
    char text[128];
    CHECK_NUMBER(maxmind_acl_decide(policy, &request, &decision), MAXMIND_ACL_DENY);
    maxmind_acl_write_decision(policy, &decision, NULL, true, text, sizeof text);
    CHECK_TEXT(text, cases[index].text);
  }
  maxmind_acl_close(policy);
}

static void a_bypass_header_of_a_trusted_proxy_counts(void) {
  maxmind_acl_policy *policy =
      open_text("maxmind:\n  database: loopback-country.mmdb\n  deny: {ip: [0.0.0.0/0]}\n"
                "  bypass: {header: X-Pass, value: open, ip: [192.0.2.5]}\n"
                "  client: {trusted: [10.0.0.0/8], header: X-Forwarded-For}\n");
  static const struct {
    const char *client, *peer;
    int verdict;
  } cases[] = {
      {"192.0.2.1", "10.0.0.1", MAXMIND_ACL_ALLOW}, {"192.0.2.1", NULL, MAXMIND_ACL_DENY},
      {"10.0.0.1", NULL, MAXMIND_ACL_ALLOW},        {"192.0.2.5", "10.0.0.1", MAXMIND_ACL_ALLOW},
      {"192.0.2.5", NULL, MAXMIND_ACL_ALLOW},       {"192.0.2.1", "192.0.2.5", MAXMIND_ACL_ALLOW},
      {"192.0.2.1", "unix", MAXMIND_ACL_DENY},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    client client, peer;
    maxmind_acl_request request = {.client = client_of(cases[index].client, &client),
                                   .peer = client_of(cases[index].peer, &peer),
                                   .bypass_value = "open",
                                   .bypass_length = 4};
    CHECK_NUMBER(maxmind_acl_decide(policy, &request, NULL), cases[index].verdict);
  }
  maxmind_acl_close(policy);
}

static void addresses_that_may_bypass_do(void) {
  maxmind_acl_policy *policy =
      open_text("maxmind:\n  database: loopback-country.mmdb\n  deny: {ip: [0.0.0.0/0, '::/0']}\n"
                "  bypass: {ip: [192.0.2.0/24, '2001:db8::/32']}\n");
  CHECK(maxmind_acl_settings_of(policy)->bypass_header.bytes == NULL);
  CHECK_NUMBER(decide(policy, "192.0.2.1", NULL).reason, MAXMIND_ACL_REASON_BYPASS);
  CHECK_NUMBER(decide(policy, "2001:db8::1", NULL).reason, MAXMIND_ACL_REASON_BYPASS);
  CHECK_NUMBER(decide(policy, "192.0.3.1", NULL).reason, MAXMIND_ACL_REASON_DENY_IP);
  CHECK_NUMBER(decide(policy, NULL, NULL).reason, MAXMIND_ACL_REASON_ERROR);
  maxmind_acl_close(policy);
}

static void a_denial_is_enforced_as_the_configuration_says(void) {
  static const struct {
    const char *keys, *client;
    int64_t now;
    bool enforced;
  } cases[] = {
      {"", "192.0.2.1", 0, true},
      {"mode: monitor", "192.0.2.1", 0, false},
      {"mode: monitor", NULL, 0, false},
      {"enforce_percent: 76.17", "192.0.2.1", 0, false}, /* its network's number is 7617 */
      {"enforce_percent: 76.18", "192.0.2.1", 0, true},
      {"enforce_percent: 99.99", NULL, 0, false},
      {"enforce_percent: 100", NULL, 0, true},
      {"enforce_from: 1970-01-01T00:00:10Z", "192.0.2.1", 9, false},
      {"enforce_from: 1970-01-01T00:00:10Z", "192.0.2.1", 10, true},
      {"enforce_until: 1970-01-01T00:00:10Z", "192.0.2.1", 9, true},
      {"enforce_until: 1970-01-01T00:00:10Z", "192.0.2.1", 10, false},
      {"enforce_until: 1970-01-01T00:00:10Z", "192.0.2.1", INT64_MAX, false},
      {"enforce_from: 1970-01-01T00:00:10Z", "192.0.2.1", INT64_MIN, false},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].keys);
    char yaml[256];
    snprintf(yaml, sizeof yaml,
             "maxmind:\n  database: loopback-country.mmdb\n  deny: {ip: [0.0.0.0/0]}\n  %s\n",
             cases[index].keys);
    maxmind_acl_policy *policy = open_text(yaml);
    client room;
    maxmind_acl_decision decision = decide(policy, cases[index].client, NULL);
    const struct sockaddr *address = client_of(cases[index].client, &room);
    decision.verdict = MAXMIND_ACL_DENY;
    bool has_no_limit =
        *cases[index].keys == '\0' || strcmp(cases[index].keys, "enforce_percent: 100") == 0;
    CHECK_NUMBER(maxmind_acl_settings_of(policy)->enforces_all, has_no_limit);
    CHECK_NUMBER(maxmind_acl_is_enforced(policy, &decision, address, cases[index].now),
                 cases[index].enforced);
    decision.verdict = MAXMIND_ACL_ALLOW;
    CHECK(maxmind_acl_is_enforced(policy, &decision, address, cases[index].now));
    CHECK(maxmind_acl_is_enforced(policy, NULL, address, cases[index].now));
    CHECK(maxmind_acl_is_enforced(NULL, &decision, address, cases[index].now));
    maxmind_acl_close(policy);
  }
}

static void verified_addresses_are_an_error_where_there_are_none(void) {
  write_text("acl.yaml", "maxmind: {database: loopback-country.mmdb, client: {verified: true}}");
  const maxmind_acl_proxy proxy = {.size = sizeof proxy,
                                   .name = "Traffic Server",
                                   .verifying_versions = "versions 10.2 and later have them"};
  char error[512];
  CHECK(maxmind_acl_open("acl.yaml", 8, directory, strlen(directory), &proxy, error,
                         sizeof error) == NULL);
  CHECK_CONTAINS(
      error,
      "verified: this Traffic Server has no verified addresses; versions 10.2 and later have them");
  CHECK_CONTAINS(error, "[verified-unavailable]");
  maxmind_acl_policy *policy = open_file("acl.yaml");
  CHECK(maxmind_acl_settings_of(policy)->reads_verified_address);
  CHECK(maxmind_acl_settings_of(policy)->client_header.bytes == NULL);
  maxmind_acl_close(policy);
}

const test client_tests[] = {
    {"the client is the one that a trusted proxy names",
     the_client_is_the_one_that_a_trusted_proxy_names},
    {"without a policy or lines the client is the peer",
     without_a_policy_or_lines_the_client_is_the_peer},
    {"an error says why there is no client", an_error_says_why_there_is_no_client},
    {"a bypass header of a trusted proxy counts", a_bypass_header_of_a_trusted_proxy_counts},
    {"addresses that may bypass do", addresses_that_may_bypass_do},
    {"a denial is enforced as the configuration says",
     a_denial_is_enforced_as_the_configuration_says},
    {"verified addresses are an error where there are none",
     verified_addresses_are_an_error_where_there_are_none},
};
const size_t client_test_count = sizeof client_tests / sizeof *client_tests;
