/* SPDX-License-Identifier: Apache-2.0
 *
 * The answers to denied clients.
 */
#include "check.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DENYING                                                                                    \
  "maxmind:\n"                                                                                     \
  "  database: loopback-country-anonymous.mmdb\n"                                                  \
  "  deny: {country: [DE], ip: [127.1.66.0/24], regex: [['*', /secret]]}\n"                        \
  "  allow: {country: [FR], ip: [127.1.9.9]}\n"                                                    \
  "  anonymous: {vpn: true}\n"                                                                     \
  "  unknown: deny\n"

static const struct {
  const char *client, *url, *kind;
} denials[] = {
    {"127.1.66.1", "a/", "ip"},
    {"127.2.0.1", "a/", "country"},
    {"127.1.0.1", "a/secret", "regex"},
    {"127.1.200.1", "a/", "anonymous"},
    {"127.1.0.1", "a/", "default"},
    {"198.18.0.1", "a/", "unknown"},
    {NULL, "a/", "error"},
};
enum { denial_count = sizeof denials / sizeof *denials };

static const maxmind_acl_response *response_to(const maxmind_acl_policy *policy, size_t index) {
  url_source source = url_of(denials[index].url);
  maxmind_acl_decision decision = decide(policy, denials[index].client, &source);
  return maxmind_acl_response_for(policy, &decision);
}

static void each_kind_of_denial_has_its_response(void) {
  for (size_t own = 0; own < denial_count; own++) {
    char yaml[1024];
    snprintf(yaml, sizeof yaml, DENYING "  response: {status: 410, %s: {close: true}}\n",
             denials[own].kind);
    maxmind_acl_policy *policy = open_text(yaml);
    for (size_t index = 0; index < denial_count; index++) {
      checking(denials[index].kind);
      const maxmind_acl_response *response = response_to(policy, index);
      if (CHECK(response != NULL)) {
        CHECK_NUMBER(response->closes, index == own);
        CHECK_NUMBER(response->status, index == own ? 403 : 410);
      }
      CHECK(response == response_to(policy, index)); // the address is stable
    }
    maxmind_acl_close(policy);
  }
}

static void a_response_is_told_whole(void) {
  write_file("page.html", "a\0b", 3);
  maxmind_acl_policy *policy = open_text(
      DENYING "  response:\n"
              "    status: 451\n    html: page.html\n    content_type: text/plain; charset=utf-8\n"
              "    headers: {Retry-After: 60, X-Why: lists}\n"
              "    ip: {redirect: 'https://b.example/'}\n    country: {status: 418}\n");
  const maxmind_acl_response *plain = response_to(policy, 2);
  CHECK_NUMBER(plain->status, 451);
  CHECK_TEXT(plain->phrase, "Unavailable For Legal Reasons");
  CHECK(!plain->closes && !plain->redirects && plain->body_has_nul);
  CHECK_NUMBER(plain->body_length, 3);
  CHECK(memcmp(plain->body, "a\0b", 4) == 0);
  CHECK_TEXT(plain->content_type, "text/plain; charset=utf-8");
  CHECK_NUMBER(plain->content_type_length, strlen(plain->content_type));
  CHECK_NUMBER(plain->field_count, 2);
  CHECK_TEXT(plain->fields[0].name, "Retry-After");
  CHECK_NUMBER(plain->fields[0].name_length, strlen("Retry-After"));
  CHECK_TEXT(plain->fields[0].value, "60");
  CHECK_TEXT(plain->fields[1].name, "X-Why");
  CHECK_TEXT(plain->fields[1].value, "lists");
  CHECK_NUMBER(plain->fields[1].value_length, 5);

  const maxmind_acl_response *redirect = response_to(policy, 0);
  CHECK_NUMBER(redirect->status, 302);
  CHECK_TEXT(redirect->phrase, "Found");
  CHECK(redirect->redirects && redirect->body == NULL && !redirect->body_has_nul);
  CHECK_NUMBER(redirect->body_length, 0);
  CHECK_NUMBER(redirect->field_count, 0);
  const maxmind_acl_response *unnamed = response_to(policy, 1);
  CHECK_NUMBER(unnamed->status, 418);
  CHECK_TEXT(unnamed->phrase, "Denied");
  CHECK_TEXT(unnamed->content_type, "text/html");
  maxmind_acl_close(policy);
}

static void a_page_is_told_byte_for_byte(void) {
  static const struct {
    const char *row;
    size_t length;
  } cases[] = {
      {"one byte", 1}, {"just above 8 kB", 8193}, {"1 MB", 1 << 20}, {"the limit", 4u << 20}};
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].row);
    size_t length = cases[index].length;
    char *page = malloc(length);
    for (size_t byte = 0; byte < length; byte++) {
      page[byte] = (char)(byte * 7 % 256); // every byte, NUL first
    }
    write_file("page.html", page, length);
    maxmind_acl_policy *policy = open_text(DENYING "  html: page.html\n"
                                                   "  response: {country: {html: page.html}}\n");
    const maxmind_acl_response *plain = response_to(policy, 0);
    CHECK_NUMBER(plain->body_length, length);
    CHECK(memcmp(plain->body, page, length) == 0);
    CHECK(response_to(policy, 1)->body == plain->body); // shared
    maxmind_acl_close(policy);
    free(page);
  }
}

static void without_a_page_there_is_no_body(void) {
  write_text("page.html", "");
  static const char *const cases[] = {DENYING, DENYING "  html: page.html\n" /* empty */};
  for (size_t index = 0; index < 2; index++) {
    checking(cases[index]);
    maxmind_acl_policy *policy = open_text(cases[index]);
    const maxmind_acl_response *response = response_to(policy, 0);
    CHECK(response->body == NULL);
    CHECK_NUMBER(response->body_length, 0);
    CHECK_NUMBER(response->status, 403);
    CHECK_TEXT(response->phrase, "Forbidden");
    maxmind_acl_close(policy);
  }
}

static void what_is_not_denied_has_no_response(void) {
  maxmind_acl_policy *policy = open_text(DENYING);
  url_source source = url_of("a/");
  maxmind_acl_decision decision = decide(policy, "127.1.9.9", &source);
  CHECK_NUMBER(decision.verdict, MAXMIND_ACL_ALLOW);
  CHECK(maxmind_acl_response_for(policy, &decision) == NULL);
  CHECK(maxmind_acl_response_for(policy, NULL) == NULL);
  decision.verdict = MAXMIND_ACL_DENY;
  CHECK(maxmind_acl_response_for(NULL, &decision) == NULL);
  for (int reason = 0; reason < 256; reason++) { // a caller may pass any
    decision.reason = (uint8_t)reason;
    const maxmind_acl_response *response = maxmind_acl_response_for(policy, &decision);
    CHECK(response != NULL && response->status == 403);
  }
  maxmind_acl_close(policy);
}

static void a_location_is_where_the_client_is_sent(void) {
  static const struct {
    const char *template, *location;
  } cases[] = {
      {"https://b.example/{country}/{reason}", "https://b.example/DE/deny.country"},
      {"https://b.example/{path}?{query}", "https://b.example/p%20q;r?x=1&y"},
      {"https://b.example/?u={url}",
       "https://b.example/?u=https%3A%2F%2Fa.example%3A8443%2Fp%2520q%3Br%3Fx%3D1%26y"},
      {"{scheme}://{host}/x?c={client}", "https://a.example/x?c=127.2.0.9"},
      {"/p%20q;r", ""}, // the denied URL itself
  };
  client room;
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].template);
    char yaml[1024];
    snprintf(yaml, sizeof yaml, DENYING "  response: {redirect: '%s'}\n", cases[index].template);
    maxmind_acl_policy *policy = open_text(yaml);
    url_source source = url_of("a.example/p%20q;r");
    maxmind_acl_decision decision = decide(policy, "127.2.0.9", &source);
    const maxmind_acl_denied_url url = {.scheme = "HTTPS",
                                        .scheme_length = 5,
                                        .port = 8443,
                                        .parts = source.url,
                                        .query = "x=1&y",
                                        .query_length = 5};
    const struct sockaddr *address = client_of("127.2.0.9", &room);
    char whole[256];
    size_t length = maxmind_acl_location(policy, &decision, address, &url, whole, sizeof whole);
    CHECK_TEXT(whole, cases[index].location);
    CHECK_NUMBER(length, strlen(cases[index].location));
    for (size_t size = 0; size <= length + 1; size++) { // every size of the buffer
      char part[256];
      memset(part, 'x', sizeof part);
      CHECK_NUMBER(maxmind_acl_location(policy, &decision, address, &url, part, size), length);
      CHECK(size == 0 || strncmp(part, whole, size - 1) == 0);
      CHECK(size == 0 || part[size - 1] == '\0');
      CHECK(part[size] == 'x');
    }
    maxmind_acl_close(policy);
  }
}

static void without_a_redirect_there_is_no_location(void) {
  maxmind_acl_policy *policy = open_text(
      DENYING "  response: {status: 404, ip: {redirect: 'https://b.example/{client}'}}\n");
  url_source source = url_of("a.example/");
  const maxmind_acl_denied_url url = {.parts = source.url};
  const maxmind_acl_denied_url nothing = {0};
  char text[64] = "before";
  maxmind_acl_decision by_country = decide(policy, "127.2.0.1", &source);
  CHECK_NUMBER(maxmind_acl_location(policy, &by_country, NULL, &url, text, sizeof text), 0);
  CHECK_TEXT(text, "");
  maxmind_acl_decision by_ip = decide(policy, "127.1.66.1", &source);
  maxmind_acl_location(policy, &by_ip, NULL, &nothing, text, sizeof text);
  CHECK_TEXT(text, "https://b.example/-");
  CHECK_NUMBER(maxmind_acl_location(policy, &by_ip, NULL, NULL, text, sizeof text), 0);
  CHECK_TEXT(text, "");
  CHECK_NUMBER(maxmind_acl_location(policy, NULL, NULL, &url, text, sizeof text), 0);
  CHECK_NUMBER(maxmind_acl_location(NULL, &by_ip, NULL, &url, text, sizeof text), 0);
  CHECK_NUMBER(maxmind_acl_location(policy, &by_ip, NULL, &url, NULL, 0),
               strlen("https://b.example/-"));
  maxmind_acl_close(policy);
}

const test response_tests[] = {
    {"each kind of denial has its response", each_kind_of_denial_has_its_response},
    {"a response has all settings", a_response_is_told_whole},
    {"a page has all its bytes", a_page_is_told_byte_for_byte},
    {"without a page there is no body", without_a_page_there_is_no_body},
    {"an allowed request has no response", what_is_not_denied_has_no_response},
    {"a location is the target of the redirect", a_location_is_where_the_client_is_sent},
    {"without a redirect there is no location", without_a_redirect_there_is_no_location},
};
const size_t response_test_count = sizeof response_tests / sizeof *response_tests;
