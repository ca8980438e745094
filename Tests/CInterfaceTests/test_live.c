/* SPDX-License-Identifier: Apache-2.0
 *
 * maxmind_acl_live: policies that follow their files, as C callers see them.
 * Tests/MaxMindACLTests/LivePolicyTests.swift has the details.
 */
#include "check.h"
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define SOUND "maxmind:\n  database: loopback-country.mmdb\n  deny:\n    country: [DE]\n"

/** The calls of a proxy's callbacks. */
typedef struct calls {
  unsigned files, notes, warnings, errors, served, released, reloaded, failed;
  maxmind_acl_live *live;
} calls;

static calls seen;

static void will_read(void *context, const char *path) {
  (void)path;
  ((calls *)context)->files++;
}

static void report(void *context, maxmind_acl_severity severity, const char *text) {
  calls *self = context;
  if (strstr(text, "[database-age]") == NULL) { // it depends on the clock
    self->notes += severity == MAXMIND_ACL_NOTE;
    self->warnings += severity == MAXMIND_ACL_WARNING;
    self->errors += severity == MAXMIND_ACL_ERROR;
  }
}

static void release(void *data) {
  ((calls *)data)->released++;
}

static void will_serve(void *context, maxmind_acl_live *live, maxmind_acl_policy *policy) {
  calls *self = context;
  self->served++;
  self->live = live;
  maxmind_acl_attach(policy, context, release);
}

static void did_reload(void *context, maxmind_acl_live *live, bool has_succeeded) {
  calls *self = context;
  CHECK(live == self->live);
  self->reloaded += has_succeeded;
  self->failed += !has_succeeded;
}

static const maxmind_acl_proxy proxy = {.size = sizeof proxy,
                                        .name = "a test",
                                        .context = &seen,
                                        .will_read = will_read,
                                        .report = report,
                                        .will_serve = will_serve,
                                        .did_reload = did_reload};

static maxmind_acl_clock at(int64_t uptime) {
  return (maxmind_acl_clock){.uptime = uptime, .now = 1788307200};
}

static maxmind_acl_live *open_live(const char *map_url, char *error, size_t size) {
  return maxmind_acl_live_open("live.yaml", 9, directory, strlen(directory), map_url, &proxy, at(0),
                               error, size);
}

static int verdict(const maxmind_acl_live *live, const char *address) {
  maxmind_acl_reading reading = maxmind_acl_live_enter(live);
  maxmind_acl_decision decision = decide(reading.settings->policy, address, NULL);
  CHECK(reading.settings->attached == &seen);
  maxmind_acl_live_leave(reading);
  return decision.verdict;
}

static void begin(void) {
  memset(&seen, 0, sizeof seen);
  write_text("live.yaml", SOUND);
}

static void close_and_end(maxmind_acl_live *live, int64_t uptime) {
  maxmind_acl_live_close(live);
  maxmind_acl_tick tick = maxmind_acl_live_tick(at(uptime));
  CHECK_NUMBER(tick.step, MAXMIND_ACL_ENDED);
  CHECK(tick.live == live);
  tick = maxmind_acl_live_tick(at(uptime));
  CHECK_NUMBER(tick.step, MAXMIND_ACL_SLEEP);
  CHECK(tick.until == INT64_MAX && tick.live == NULL);
  CHECK_NUMBER(seen.released, seen.served);
}

static void every_argument_may_be_null(void) {
  char error[64];
  CHECK(maxmind_acl_live_open(NULL, 0, NULL, 0, NULL, NULL, at(0), error, sizeof error) == NULL);
  CHECK_CONTAINS(error, "no configuration file is named");
  CHECK(maxmind_acl_live_open(NULL, 0, NULL, 0, NULL, NULL, at(0), NULL, 0) == NULL);
  while (maxmind_acl_live_tick(at(0)).step == MAXMIND_ACL_ENDED) {
  }
  maxmind_acl_live_close(NULL);
  maxmind_acl_live_load(NULL, at(0));
  CHECK(maxmind_acl_retain(NULL) == NULL);
}

static void a_change_is_loaded_and_served(void) {
  begin();
  char error[64] = "x";
  maxmind_acl_live *live = open_live(NULL, error, sizeof error);
  CHECK_TEXT(error, "");
  CHECK_NUMBER(seen.files, 2);
  CHECK_NUMBER(seen.notes, 1);
  CHECK_NUMBER(seen.served, 1);
  CHECK(seen.live == live);
  CHECK_NUMBER(verdict(live, "127.2.0.1"), MAXMIND_ACL_DENY);
  write_text("live.yaml", "maxmind:\n  database: loopback-country.mmdb\n");
  maxmind_acl_tick tick = maxmind_acl_live_tick(at(66000)); // the interval and its jitter
  CHECK_NUMBER(tick.step, MAXMIND_ACL_SLEEP);
  CHECK_NUMBER(tick.until, 67000);
  tick = maxmind_acl_live_tick(at(67000));
  CHECK_NUMBER(tick.step, MAXMIND_ACL_LOAD);
  CHECK(tick.live == live && !tick.is_large);
  CHECK_NUMBER(verdict(live, "127.2.0.1"), MAXMIND_ACL_DENY);
  maxmind_acl_live_load(tick.live, at(67000));
  CHECK_NUMBER(verdict(live, "127.2.0.1"), MAXMIND_ACL_ALLOW);
  CHECK_NUMBER(seen.files, 2);
  CHECK_NUMBER(seen.served, 2);
  CHECK_NUMBER(seen.released, 1);
  CHECK_NUMBER(seen.reloaded, 1);
  CHECK_NUMBER(seen.failed, 0);
  close_and_end(live, 67000);
}

static void a_line_that_cannot_be_opened_leaves_the_others(void) {
  begin();
  maxmind_acl_live *live = open_live(NULL, NULL, 0);
  CHECK(open_live(NULL, NULL, 0) == live);
  CHECK_NUMBER(seen.served, 1);
  write_text("live.yaml", "maxmind: broken\n");
  char error[128];
  CHECK(open_live(NULL, error, sizeof error) == NULL);
  CHECK_CONTAINS(error, "live.yaml:1:10: error: ");
  CHECK_NUMBER(seen.failed, 1);
  CHECK_NUMBER(seen.errors, 1);
  CHECK_NUMBER(seen.warnings, 1);
  CHECK_NUMBER(verdict(live, "127.2.0.1"), MAXMIND_ACL_DENY);
  maxmind_acl_live_close(live);
  CHECK_NUMBER(maxmind_acl_live_tick(at(0)).step, MAXMIND_ACL_SLEEP);
  close_and_end(live, 0);
}

static void the_map_url_finds_patterns_that_cannot_match(void) {
  static const struct {
    const char *url;
    unsigned warnings;
  } cases[] = {
      {NULL, 0},
      {"http://music/", 0},
      {"http://MUSIC:8080/", 0},
      {"http://www.example.com/", 1},
      {"https://www.example.com:80/x", 1},
      {"http://(www|shop).example.com/", 0}, // regex_map
      {"http://www.example.com", 0},
      {"www.example.com/", 0},
      {"http:///x", 0},
      {"", 0},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].url);
    begin();
    write_text("live.yaml", SOUND "    regex: [[US, '^music/']]\n");
    maxmind_acl_live *live = open_live(cases[index].url, NULL, 0);
    CHECK_NUMBER(seen.warnings, cases[index].warnings);
    close_and_end(live, 0);
  }
  checking(NULL);
}

static atomic_bool is_over;

static void *decide_on(void *data) {
  unsigned number = UINT32_MAX;
  while (!atomic_load(&is_over)) {
    maxmind_acl_reading reading = maxmind_acl_live_enter(data);
    number = reading.thread->number;
    decide(reading.settings->policy, "127.1.0.1", NULL);
    maxmind_acl_live_leave(reading);
  }
  return (void *)(uintptr_t)number;
}

static void threads_decide_during_reloads(void) {
  begin();
  maxmind_acl_live *live = open_live(NULL, NULL, 0);
  pthread_t threads[4];
  for (size_t index = 0; index < 4; index++) {
    CHECK(pthread_create(&threads[index], NULL, decide_on, live) == 0);
  }
  unsigned rounds = quick ? 10 : 100;
  for (unsigned round = 1; round <= rounds; round++) {
    maxmind_acl_live_load(live, at(round));
  }
  atomic_store(&is_over, true);
  unsigned numbers = 0;
  for (size_t index = 0; index < 4; index++) {
    void *number = NULL;
    pthread_join(threads[index], &number);
    numbers |= 1u << (uintptr_t)number;
  }
  CHECK_NUMBER(__builtin_popcount(numbers), 4);
  CHECK_NUMBER(seen.reloaded, rounds);
  close_and_end(live, rounds);
}

static void a_policy_lives_as_long_as_its_last_owner(void) {
  write_text("page.html", "<p>still here</p>");
  maxmind_acl_policy *policy = open_text(SOUND "  html: page.html\n");
  maxmind_acl_policy *owner = maxmind_acl_retain(policy);
  CHECK(owner == policy);
  maxmind_acl_decision denial = decide(policy, NULL, NULL);
  const maxmind_acl_response *response = maxmind_acl_response_for(policy, &denial);
  maxmind_acl_close(policy);
  CHECK_TEXT(response->body, "<p>still here</p>");
  maxmind_acl_close(owner);
}

const test live_tests[] = {
    {"every argument of a live policy may be NULL", every_argument_may_be_null},
    {"a change is loaded and served", a_change_is_loaded_and_served},
    {"a failed open does not affect other lines", a_line_that_cannot_be_opened_leaves_the_others},
    {"the URL of the line reveals patterns that cannot match",
     the_map_url_finds_patterns_that_cannot_match},
    {"threads decide during reloads", threads_decide_during_reloads},
    {"a policy lives as long as its last reference", a_policy_lives_as_long_as_its_last_owner},
};
const size_t live_test_count = sizeof live_tests / sizeof *live_tests;
