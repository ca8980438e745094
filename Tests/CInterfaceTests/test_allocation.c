/* SPDX-License-Identifier: Apache-2.0
 *
 * A decision allocates nothing after a thread's first ones. This program replaces malloc and the
 * related functions. The replacements count the calls of each thread.
 */
#include "check.h"
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static _Thread_local unsigned long allocations;

#ifndef SANITIZED /* a sanitizer has its own malloc: nothing can be counted */

/* glibc's own functions, under their names for replacements of malloc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
  allocations++;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  allocations++;
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  allocations++;
  return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  allocations++;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  allocations++;
  *memory = __libc_memalign(alignment, size);
  return *memory != NULL ? 0 : 12 /* ENOMEM */;
}

#endif

enum { patterns = 50 };

/* All reasons except `unknown` and the error of a record, with fifty patterns for the US. */
static maxmind_acl_policy *open_everything(const char *last_line) {
  static char yaml[16 * 1024];
  size_t length =
      (size_t)snprintf(yaml, sizeof yaml,
                       "maxmind:\n"
                       "  database: loopback-country-anonymous.mmdb\n"
                       "  bypass: {header: X-Pass, value: sesame, regex: ['/exempt$']}\n"
                       "  anonymous: {vpn: true}\n"
                       "  allow:\n"
                       "    ip: [127.0.0.9]\n"
                       "    regex: [['*', '/robots']]\n"
                       "%s"
                       "  deny:\n"
                       "    ip: [127.0.0.1, '2001:db8:1:1::/64']\n"
                       "    country: [DE]\n"
                       "    regex:\n",
                       last_line);
  for (int index = 0; index < patterns; index++) {
    length += (size_t)snprintf(yaml + length, sizeof yaml - length,
                               "      - [US, '.*/secret%d/.*\\.(txt|mp3)']\n", index);
  }
  return open_text(yaml);
}

static void deciding_allocates_nothing(void) {
  static char long_url[8 * 1024];
  memset(long_url, 'x', sizeof long_url - 1);
  memcpy(long_url, "a.example/%41//", 15);
  static const struct {
    const char *client, *url, *bypass;
    uint8_t reason;
  } cases[] = {
      {"127.0.0.1", "a/", "sesame", MAXMIND_ACL_REASON_BYPASS},
      {"127.0.0.1", "a/%2e/exempt", NULL, MAXMIND_ACL_REASON_BYPASS},
      {"127.0.0.1", "a/", NULL, MAXMIND_ACL_REASON_DENY_IP},
      {"2001:db8:1:1::7", "a/", "wrong", MAXMIND_ACL_REASON_DENY_IP},
      {"127.2.0.1", "a/", NULL, MAXMIND_ACL_REASON_DENY_COUNTRY},
      {"127.1.0.1", "a/secret49/%2e./secret49/x.txt", NULL, MAXMIND_ACL_REASON_DENY_REGEX},
      {"127.0.0.9", "a/", NULL, MAXMIND_ACL_REASON_ALLOW_IP},
      {"127.1.200.1", "a/", NULL, MAXMIND_ACL_REASON_ANONYMOUS},
      {"127.1.0.1", "a/robots.txt", NULL, MAXMIND_ACL_REASON_ALLOW_REGEX},
      {"127.1.0.1", long_url, NULL, MAXMIND_ACL_REASON_DEFAULT},
      {"::ffff:127.1.0.1", "a/", NULL, MAXMIND_ACL_REASON_DEFAULT},
      {"127.99.0.1", "a/", NULL, MAXMIND_ACL_REASON_DEFAULT},
      {"2001:db8:77::1", "a/", NULL, MAXMIND_ACL_REASON_DEFAULT},
      {NULL, "a/", NULL, MAXMIND_ACL_REASON_ERROR},
      {"unix", "a/", NULL, MAXMIND_ACL_REASON_ERROR},
  };
  enum { count = sizeof cases / sizeof *cases };
  maxmind_acl_policy *policy = open_everything("");
  client rooms[count];
  url_source sources[count];
  maxmind_acl_request requests[count];
  for (size_t index = 0; index < count; index++) {
    sources[index] = url_of(cases[index].url);
    requests[index] = (maxmind_acl_request){
        .client = client_of(cases[index].client, &rooms[index]),
        .bypass_value = cases[index].bypass,
        .bypass_length = cases[index].bypass ? strlen(cases[index].bypass) : 0,
        .fetch_url = fetch,
        .context = &sources[index]};
  }
  // The first round allocates the thread's scratch memory.
  unsigned long rounds = quick ? 100 : 1000 * 1000 / count + 1;
  unsigned long before = 0;
  for (unsigned long round = 0; round <= rounds; round++) {
    if (round == 1) {
      before = allocations;
    }
    for (size_t index = 0; index < count; index++) {
      maxmind_acl_decision decision;
      int verdict = maxmind_acl_decide(policy, &requests[index], &decision);
      const maxmind_acl_response *response = maxmind_acl_response_for(policy, &decision);
      if (round == 0) {
        checking(cases[index].client ? cases[index].client : "(none)");
        CHECK_NUMBER(decision.reason, cases[index].reason);
        CHECK((response == NULL) == (verdict == MAXMIND_ACL_ALLOW));
      }
    }
  }
  unsigned long during = allocations - before;
  CHECK_NUMBER(during, 0);
#ifndef SANITIZED
  CHECK(before > 0); // the counter works: opening a policy allocates
#endif
  maxmind_acl_close(policy);
}

static void deciding_on_countries_allocates_nothing(void) {
  maxmind_acl_policy *policy = open_everything("    country: [US]\n");
  static const struct {
    const char *client;
    uint8_t reason;
  } cases[] = {
      {"127.1.0.1", MAXMIND_ACL_REASON_ALLOW_COUNTRY},
      {"127.2.0.1", MAXMIND_ACL_REASON_DENY_COUNTRY},
      {"127.99.0.1", MAXMIND_ACL_REASON_DEFAULT},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    url_source source = url_of("a/");
    CHECK_NUMBER(decide(policy, cases[index].client, &source).reason, cases[index].reason);
    unsigned long before = allocations;
    for (int round = 0; round < 1000; round++) {
      decide(policy, cases[index].client, &source);
    }
    CHECK_NUMBER(allocations - before, 0);
  }
  maxmind_acl_close(policy);
}

static void put_at_night(void *context, maxmind_acl_circumstances *circumstances) {
  (void)context;
  *circumstances = (maxmind_acl_circumstances){.method = {"PUT", 3}, .now = 1};
}

/* Several databases, a rule on each, and named rules with every condition. */
static void deciding_on_several_databases_allocates_nothing(void) {
  maxmind_acl_policy *policy = open_text(
      "maxmind:\n"
      "  database: [loopback-city.mmdb, no-country.mmdb, loopback-country-anonymous.mmdb]\n"
      "  deny:\n"
      "    asn: [64501, 64496-64499]\n"
      "    subdivision: [GB-ENG]\n"
      "    continent: [AS]\n"
      "    rules:\n"
      "      - {name: uploads, country: [US], method: [PUT], host: [a, '*.a'], regex: [upload], "
      "time: {daily: '22:00-06:00', zone: Europe/Berlin}, not: {ip: [192.0.2.1], asn: [1]}}\n"
      "      - {name: vpn, anonymous: [vpn], not: {regex: [open]}}\n"
      "  allow: {continent: [NA], rules: [{name: norway, country: [NO]}]}\n"
      "  annotate: {X: '{asn} {organisation} {continent} {subdivision} {registered_country}'}\n");
  static const struct {
    const char *client, *url;
    uint8_t reason;
  } cases[] = {
      {"127.2.0.1", "a/", MAXMIND_ACL_REASON_DENY_ASN},
      {"127.3.0.1", "a/", MAXMIND_ACL_REASON_DENY_SUBDIVISION},
      {"127.1.64.1", "a/upload", MAXMIND_ACL_REASON_DENY_RULES},
      {"127.1.200.1", "a/", MAXMIND_ACL_REASON_DENY_RULES},
      {"127.1.200.1", "a/open", MAXMIND_ACL_REASON_ALLOW_CONTINENT},
      {"2001:db8:1::1", "b/upload", MAXMIND_ACL_REASON_ALLOW_CONTINENT},
      {"127.4.0.1", "a/", MAXMIND_ACL_REASON_ALLOW_RULES},
      {"127.99.0.1", "a/", MAXMIND_ACL_REASON_DEFAULT},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].client);
    client room;
    url_source source = url_of(cases[index].url);
    maxmind_acl_request request = {.client = client_of(cases[index].client, &room),
                                   .fetch_url = fetch,
                                   .fetch_circumstances = put_at_night,
                                   .context = &source};
    unsigned long before = 0;
    for (int round = 0; round <= 1000; round++) {
      if (round == 1) {
        before = allocations;
      }
      maxmind_acl_decision decision;
      char text[512];
      maxmind_acl_decide(policy, &request, &decision);
      maxmind_acl_response_for(policy, &decision);
      maxmind_acl_write_annotation(policy, 0, &decision, request.client, text, sizeof text);
      CHECK_NUMBER(decision.reason, cases[index].reason);
    }
    CHECK_NUMBER(allocations - before, 0);
  }
  checking(NULL);
  maxmind_acl_close(policy);
}

static void reporting_allocates_nothing(void) {
  maxmind_acl_policy *policy =
      open_everything("    country: [US]\n  annotate: {X: '{country} {verdict} {reason} {client} "
                      "{rule} {database} {name} and text'}\n  log: a.log\n");
  static const char *const clients[] = {"127.1.0.1",       "127.2.0.1",  "::ffff:127.2.0.1",
                                        "2001:db8:1:1::7", "127.99.0.1", NULL};
  for (size_t index = 0; index < sizeof clients / sizeof *clients; index++) {
    client room;
    const struct sockaddr *client = client_of(clients[index], &room);
    url_source source = url_of("a/");
    maxmind_acl_decision decision = decide(policy, clients[index], &source);
    char text[512];
    maxmind_acl_request request = {.client = client, .client_source = MAXMIND_ACL_CLIENT_HEADER};
    unsigned long before = allocations;
    for (int round = 0; round < 1000; round++) {
      maxmind_acl_write_decision(policy, &decision, &request, round % 2 == 0, text, sizeof text);
      maxmind_acl_write_annotation(policy, 0, &decision, client, text, sizeof text);
      maxmind_acl_is_annotation(policy, "x_client_country", 16);
      maxmind_acl_remove_annotations(policy, memcpy(text, "close, x, te", 12), 12);
      maxmind_acl_text method = {"GET", 3}, url = {"http://a.example/ \"", 19};
      maxmind_acl_write_log_line(policy, &decision, &request, true, client, method, url, text,
                                 sizeof text);
      maxmind_acl_write_time(round, text, sizeof text);
      maxmind_acl_admits_log_line(policy, round);
    }
    CHECK_NUMBER(allocations - before, 0);
  }
  maxmind_acl_close(policy);
}

static bool fetch_hostile_line(void *context, const char **line, size_t *length) {
  static const char *const lines[] = {
      "for=192.0.2.1;host=\"a,\\\"b\", for=\"[2001:db8::1]:80\", for=10.0.0.1",
      "\", for=, for=_x, for=\"",
      "for=unknown",
      " , ,, ",
  };
  unsigned *next = context;
  if (*next == sizeof lines / sizeof *lines) {
    return false;
  }
  *line = lines[(*next)++];
  *length = strlen(*line);
  return true;
}

static void finding_the_client_and_enforcing_allocate_nothing(void) {
  static const char *const headers[] = {"X-Forwarded-For", "Forwarded"};
  for (size_t index = 0; index < 2; index++) {
    char yaml[512];
    snprintf(yaml, sizeof yaml,
             "maxmind:\n  database: loopback-country.mmdb\n  enforce_percent: 50\n"
             "  enforce_from: 2020-01-01T00:00:00Z\n  deny: {country: [DE]}\n"
             "  bypass: {ip: [192.0.2.9]}\n"
             "  client: {trusted: [10.0.0.0/8], header: %s}\n",
             headers[index]);
    maxmind_acl_policy *policy = open_text(yaml);
    client room;
    const struct sockaddr *peer = client_of("10.0.0.2", &room);
    unsigned long before = 0;
    for (int round = 0; round <= 1000; round++) {
      if (round == 1) {
        before = allocations;
      }
      // With all lines, and with fewer.
      unsigned next = (unsigned)round % 4;
      maxmind_acl_client found;
      maxmind_acl_resolve_client(policy, peer, fetch_hostile_line, &next, &found);
      maxmind_acl_request request = {
          .client = found.client, .client_source = found.source, .peer = peer};
      maxmind_acl_decision decision;
      maxmind_acl_decide(policy, &request, &decision);
      decision.verdict = MAXMIND_ACL_DENY;
      maxmind_acl_is_enforced(policy, &decision, found.client, round);
    }
    CHECK_NUMBER(allocations - before, 0);
    maxmind_acl_close(policy);
  }
}

const test allocation_tests[] = {
    {"finding the client and enforcing allocate nothing",
     finding_the_client_and_enforcing_allocate_nothing},
    {"deciding allocates nothing", deciding_allocates_nothing},
    {"deciding on countries allocates nothing", deciding_on_countries_allocates_nothing},
    {"deciding on several databases allocates nothing",
     deciding_on_several_databases_allocates_nothing},
    {"reporting allocates nothing", reporting_allocates_nothing},
};
const size_t allocation_test_count = sizeof allocation_tests / sizeof *allocation_tests;
