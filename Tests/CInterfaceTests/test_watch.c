/* SPDX-License-Identifier: Apache-2.0
 *
 * maxmind_acl_watch: what reloads are made of.
 */
#include "check.h"
#include "fixture.h"

#include <string.h>

#define SOUND "maxmind:\n  database: loopback-country.mmdb\n  deny:\n    country: [DE]\n"

static maxmind_acl_watch *watch_file(const char *name) {
  return maxmind_acl_watch_open(name, strlen(name), directory, strlen(directory));
}

static maxmind_acl_policy *load(maxmind_acl_watch *watch, const maxmind_acl_policy *running) {
  return maxmind_acl_watch_load(watch, running, NULL, NULL, 0);
}

static void every_argument_may_be_null(void) {
  char error[64];
  CHECK(maxmind_acl_watch_load(NULL, NULL, NULL, error, sizeof error) == NULL);
  CHECK(error[0] != '\0');
  CHECK_NUMBER(maxmind_acl_watch_look(NULL), MAXMIND_ACL_UNCHANGED);
  CHECK(!maxmind_acl_watch_may_recover(NULL));
  CHECK_NUMBER(maxmind_acl_watch_changed_size(NULL), 0);
  CHECK(!maxmind_acl_watch_share(NULL, NULL, NULL));
  CHECK(maxmind_acl_retain(NULL) == NULL);
  CHECK_NUMBER(maxmind_acl_reload_interval(NULL), 0);
  CHECK_NUMBER(maxmind_acl_reload_jitter(NULL), 0);
  maxmind_acl_watch_close(NULL);

  maxmind_acl_watch *nameless = maxmind_acl_watch_open(NULL, 0, NULL, 0);
  CHECK(load(nameless, NULL) == NULL);
  maxmind_acl_watch_close(nameless);
}

static void looks_tell_a_change_and_when_it_has_settled(void) {
  write_text("watched.yaml", SOUND);
  maxmind_acl_watch *watch = watch_file("watched.yaml");
  maxmind_acl_policy *policy = load(watch, NULL);
  CHECK(policy != NULL);
  CHECK_NUMBER(maxmind_acl_watch_look(watch), MAXMIND_ACL_UNCHANGED);
  CHECK_NUMBER(maxmind_acl_watch_changed_size(watch), 0);
  write_text("watched.yaml", SOUND "# changed\n");
  CHECK_NUMBER(maxmind_acl_watch_look(watch), MAXMIND_ACL_UNSETTLED);
  CHECK_NUMBER(maxmind_acl_watch_look(watch), MAXMIND_ACL_CHANGED);
  CHECK_NUMBER(maxmind_acl_watch_changed_size(watch), sizeof SOUND "# changed\n" - 1);
  maxmind_acl_policy *next = load(watch, policy);
  CHECK(next != NULL && next != policy);
  CHECK_NUMBER(maxmind_acl_watch_look(watch), MAXMIND_ACL_UNCHANGED);
  maxmind_acl_close(next);
  maxmind_acl_close(policy);
  maxmind_acl_watch_close(watch);
}

static void what_is_there_and_cannot_be_read_may_recover(void) {
  write_text("watched.yaml", SOUND "  html: none.html\n");
  maxmind_acl_watch *watch = watch_file("watched.yaml");
  CHECK(load(watch, NULL) == NULL);
  CHECK(!maxmind_acl_watch_may_recover(watch)); // it is seen when it comes
  write_text("watched.yaml", SOUND "  html: .\n");
  CHECK(load(watch, NULL) == NULL);
  CHECK(maxmind_acl_watch_may_recover(watch));
  maxmind_acl_watch_close(watch);
}

typedef struct told {
  unsigned files;
  unsigned diagnostics;
} told;

static void count_file(void *context, const char *path) {
  (void)path;
  ((told *)context)->files++;
}

static void count_diagnostic(void *context, int severity, const char *text) {
  (void)severity;
  (void)text;
  ((told *)context)->diagnostics++;
}

static void a_policy_is_shared_while_its_files_are_unchanged(void) {
  write_text("watched.yaml", SOUND "    regex: [[US, ^b.example/]]\n  allow:\n");
  maxmind_acl_watch *watch = watch_file("watched.yaml");
  CHECK(!maxmind_acl_watch_share(watch, NULL, NULL));
  maxmind_acl_policy *policy = load(watch, NULL);
  told told = {0, 0};
  maxmind_acl_observer observer = {
      .will_read = count_file, .diagnostic = count_diagnostic, .context = &told};
  CHECK(maxmind_acl_watch_share(watch, policy, &observer));
  CHECK_NUMBER(told.files, 2);
  CHECK_NUMBER(told.diagnostics, 0); // those of the load were told by it
  observer.map_host = "a.example";
  CHECK(maxmind_acl_watch_share(watch, policy, &observer));
  CHECK_NUMBER(told.diagnostics, 1); // the pattern
  write_text("watched.yaml", "maxmind: broken\n");
  CHECK(!maxmind_acl_watch_share(watch, policy, &observer));
  CHECK(load(watch, policy) == NULL);
  // The files are those of the last load, but it failed.
  CHECK(!maxmind_acl_watch_share(watch, policy, &observer));
  maxmind_acl_close(policy);
  maxmind_acl_watch_close(watch);
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

static void the_times_are_milliseconds(void) {
  maxmind_acl_policy *policy = open_text(SOUND "  reload: 2m\n  jitter: 1500ms\n");
  CHECK_NUMBER(maxmind_acl_reload_interval(policy), 120000);
  CHECK_NUMBER(maxmind_acl_reload_jitter(policy), 1500);
  maxmind_acl_close(policy);
  policy = open_text(SOUND "  reload: off\n");
  CHECK_NUMBER(maxmind_acl_reload_interval(policy), 0);
  maxmind_acl_close(policy);
}

const test watch_tests[] = {
    {"every argument of a watch may be NULL", every_argument_may_be_null},
    {"looks tell a change and when it has settled", looks_tell_a_change_and_when_it_has_settled},
    {"what is there and cannot be read may recover", what_is_there_and_cannot_be_read_may_recover},
    {"a policy is shared while its files are unchanged",
     a_policy_is_shared_while_its_files_are_unchanged},
    {"a policy lives as long as its last owner", a_policy_lives_as_long_as_its_last_owner},
    {"the times are milliseconds", the_times_are_milliseconds},
};
const size_t watch_test_count = sizeof watch_tests / sizeof *watch_tests;
