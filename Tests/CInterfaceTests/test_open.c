/* SPDX-License-Identifier: Apache-2.0
 *
 * maxmind_acl_open: its arguments, and its reports to the proxy.
 */
#include "check.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOUND "maxmind:\n  database: loopback-country.mmdb\n  deny:\n    country: [DE]\n"

/** The calls of a proxy's callbacks. */
typedef struct seen {
  char paths[8][1024];
  unsigned path_count;
  char texts[16][1024];
  int severities[16];
  unsigned text_count;
  unsigned age_count;
  bool diagnosed_before_read;
  /** Written when will_read gets its name. */
  const char *appears;
  const char *content;
} seen;

static void saw_path(void *context, const char *path) {
  seen *seen = context;
  seen->diagnosed_before_read |= seen->text_count > 0;
  if (seen->path_count < 8) {
    snprintf(seen->paths[seen->path_count++], sizeof seen->paths[0], "%s", path);
  }
  if (seen->appears && strcmp(path, in_directory(seen->appears)) == 0) {
    write_text(seen->appears, seen->content);
  }
}

static void saw_report(void *context, maxmind_acl_severity severity, const char *text) {
  seen *seen = context;
  if (strstr(text, "[database-age]") != NULL) {
    seen->age_count++; // it depends on the day of the test
  } else if (seen->text_count < 16) {
    seen->severities[seen->text_count] = (int)severity;
    snprintf(seen->texts[seen->text_count++], sizeof seen->texts[0], "%s", text);
  }
}

static bool has_path(const seen *seen, const char *name) {
  const char *path = in_directory(name);
  unsigned count = 0;
  for (unsigned index = 0; index < seen->path_count; index++) {
    count += strcmp(seen->paths[index], path) == 0;
  }
  return count == 1;
}

static maxmind_acl_policy *observed(const char *name, seen *seen, char *error, size_t size) {
  maxmind_acl_proxy proxy = {
      .size = sizeof proxy, .will_read = saw_path, .report = saw_report, .context = seen};
  return maxmind_acl_open(name, strlen(name), directory, strlen(directory), &proxy, error, size);
}

static void every_argument_may_be_null(void) {
  write_text("acl.yaml", SOUND);
  const char *path = in_directory("acl.yaml");
  char error[256];
  memset(error, 'x', sizeof error);

  CHECK(maxmind_acl_open(NULL, 0, NULL, 0, NULL, NULL, 0) == NULL);
  CHECK(maxmind_acl_open(NULL, 0, NULL, 0, NULL, error, sizeof error) == NULL);
  CHECK(memchr(error, 0, sizeof error) != NULL && error[0] != 0);
  CHECK_CONTAINS(error, ": error: ");
  CHECK(maxmind_acl_open("", 0, "", 0, NULL, error, sizeof error) == NULL);
  CHECK(maxmind_acl_open(NULL, 0, directory, strlen(directory), NULL, NULL, 0) == NULL);

  maxmind_acl_policy *policy = maxmind_acl_open(path, strlen(path), NULL, 0, NULL, NULL, 0);
  CHECK(policy != NULL);
  maxmind_acl_close(policy);
  // A NULL pointer with length 0 is an empty string, and so the other way round.
  policy = maxmind_acl_open(path, strlen(path), "", 0, NULL, error, sizeof error);
  CHECK(policy != NULL);
  maxmind_acl_close(policy);
  CHECK(maxmind_acl_open(path, strlen(path) - 1, NULL, 0, NULL, NULL, 0) == NULL);
  maxmind_acl_close(NULL);
}

static void no_name_is_an_error_that_the_proxy_gets(void) {
  seen seen = {0};
  char error[256];
  CHECK(observed("", &seen, error, sizeof error) == NULL);
  CHECK_NUMBER(seen.path_count, 0);
  CHECK_NUMBER(seen.text_count, 1);
  CHECK_NUMBER(seen.severities[0], MAXMIND_ACL_ERROR);
  CHECK_TEXT(seen.texts[0], error);
}

static void success_clears_errbuf(void) {
  write_text("acl.yaml", SOUND);
  char error[8] = "xxxxxxx";
  maxmind_acl_policy *policy =
      maxmind_acl_open("acl.yaml", 8, directory, strlen(directory), NULL, error, sizeof error);
  CHECK(policy != NULL);
  CHECK_TEXT(error, "");
  maxmind_acl_close(policy);
}

static void only_the_length_of_a_name_counts(void) {
  write_text("acl.yaml", SOUND);
  char path[64], folder[300];
  snprintf(path, sizeof path, "acl.yaml.and-more");
  snprintf(folder, sizeof folder, "%s-and-more", directory);
  maxmind_acl_policy *policy = maxmind_acl_open(path, 8, folder, strlen(directory), NULL, NULL, 0);
  CHECK(policy != NULL);
  maxmind_acl_close(policy);
}

static void names_are_relative_to_the_directory(void) {
  static const struct {
    const char *row, *folder; /* below the directory; NULL: none */
    const char *path;         /* with a leading '/': below the directory, absolute */
    const char *working;      /* the current directory, below the directory */
    const char *database, *yaml;
  } cases[] = {
      {"absolute path, no directory", NULL, "/sub/acl.yaml", "/", "../loopback-country.mmdb",
       "sub/acl.yaml"},
      {"relative path, no directory", NULL, "sub/acl.yaml", "/", "../loopback-country.mmdb",
       "sub/acl.yaml"},
      {"a bare name, no directory", NULL, "acl.yaml", "/sub", "../loopback-country.mmdb",
       "sub/acl.yaml"},
      {"relative path, directory", "", "sub/acl.yaml", "/", "loopback-country.mmdb",
       "sub/acl.yaml"},
      {"absolute path, directory", "", "/sub/acl.yaml", "/", "loopback-country.mmdb",
       "sub/acl.yaml"},
      {"directory with a slash at its end", "/", "sub/acl.yaml", "/", "loopback-country.mmdb",
       "sub/acl.yaml"},
      {"directory below", "/sub", "acl.yaml", "/", "../loopback-country.mmdb", "sub/acl.yaml"},
  };
  char before[1024];
  CHECK(getcwd(before, sizeof before) != NULL);
  char command[512];
  snprintf(command, sizeof command, "mkdir -p '%s/sub'", directory);
  CHECK(system(command) == 0);
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].row);
    char yaml[256], folder[512], path[512], working[512], error[512];
    snprintf(yaml, sizeof yaml, "maxmind: {database: %s}\n", cases[index].database);
    write_text(cases[index].yaml, yaml);
    snprintf(folder, sizeof folder, "%s%s", directory,
             cases[index].folder ? cases[index].folder : "");
    snprintf(path, sizeof path, "%s%s", cases[index].path[0] == '/' ? directory : "",
             cases[index].path);
    snprintf(working, sizeof working, "%s%s", directory, cases[index].working);
    CHECK(chdir(working) == 0);
    bool named = cases[index].folder != NULL;
    maxmind_acl_policy *policy =
        maxmind_acl_open(path, strlen(path), named ? folder : NULL, named ? strlen(folder) : 0,
                         NULL, error, sizeof error);
    CHECK(policy != NULL);
    CHECK_TEXT(error, "");
    maxmind_acl_close(policy);
  }
  CHECK(chdir(before) == 0);
}

static void a_proxy_may_lack_any_member(void) {
  static const char *const files[] = {"good.yaml", "bad.yaml", "missing.yaml"};
  write_text("good.yaml", "maxmind:\n  database: loopback-country.mmdb\n  allow:\n");
  write_text("bad.yaml", "maxmind:\n  database: nothing.mmdb\n  html: nothing.html\n  x: y\n");
  for (size_t index = 0; index < 3; index++) {
    checking(files[index]);
    for (int members = 0; members < 8; members++) {
      seen seen = {0};
      maxmind_acl_proxy proxy = {.size = sizeof proxy,
                                 .will_read = members & 1 ? saw_path : NULL,
                                 .report = members & 2 ? saw_report : NULL,
                                 .context = &seen};
      if ((members & 3) == 0 && members & 4) {
        proxy.context = NULL;
      }
      maxmind_acl_policy *policy = maxmind_acl_open(files[index], strlen(files[index]), directory,
                                                    strlen(directory), &proxy, NULL, 0);
      CHECK((policy != NULL) == (index == 0));
      CHECK((seen.path_count > 0) == ((members & 1) != 0));
      CHECK((seen.text_count > 0) == ((members & 2) != 0));
      maxmind_acl_close(policy);
    }
  }
}

static void will_read_comes_before_each_file_even_if_the_load_fails(void) {
  static const struct {
    const char *row, *yaml; /* NULL: the file is missing */
    bool loads;
    const char *paths[3]; /* in the directory */
  } cases[] = {
      {"sound",
       "maxmind: {database: loopback-country.mmdb, html: page.html}\n",
       true,
       {"acl.yaml", "page.html", "loopback-country.mmdb"}},
      {"no page",
       "maxmind: {database: loopback-country.mmdb}\n",
       true,
       {"acl.yaml", "loopback-country.mmdb"}},
      {"missing YAML", NULL, false, {"acl.yaml"}},
      {"broken YAML", "maxmind: {database: [\n", false, {"acl.yaml"}},
      {"missing page",
       "maxmind: {database: loopback-country.mmdb, html: none.html}\n",
       false,
       {"acl.yaml", "none.html", "loopback-country.mmdb"}},
      {"missing database",
       "maxmind: {database: none.mmdb, html: page.html}\n",
       false,
       {"acl.yaml", "page.html", "none.mmdb"}},
      {"bad rule",
       "maxmind: {database: none.mmdb, html: none.html, deny: {ip: [x]}}\n",
       false,
       {"acl.yaml", "none.html", "none.mmdb"}},
      {"unknown key",
       "maxmind: {database: none.mmdb, html: none.html, x: y}\n",
       false,
       {"acl.yaml", "none.html", "none.mmdb"}},
  };
  write_text("page.html", "no");
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    checking(cases[index].row);
    if (cases[index].yaml) {
      write_text("acl.yaml", cases[index].yaml);
    } else {
      delete_file("acl.yaml");
    }
    seen seen = {0};
    char error[512];
    maxmind_acl_policy *policy = observed("acl.yaml", &seen, error, sizeof error);
    CHECK((policy != NULL) == cases[index].loads);
    unsigned expected = 0;
    for (; expected < 3 && cases[index].paths[expected]; expected++) {
      CHECK(has_path(&seen, cases[index].paths[expected]));
    }
    CHECK_NUMBER(seen.path_count, expected);
    CHECK_TEXT(seen.paths[0], in_directory("acl.yaml"));
    CHECK(!seen.diagnosed_before_read);
    maxmind_acl_close(policy);
  }
}

static void a_file_that_appears_during_will_read_is_read(void) {
  static const char yaml[] = "maxmind: {database: loopback-country.mmdb, html: late.html}\n";
  static const struct {
    const char *name, *content;
  } cases[] = {{"late.yaml", yaml}, {"late.html", "denied, late"}};
  for (size_t index = 0; index < 2; index++) {
    checking(cases[index].name);
    write_text("late.yaml", yaml);
    write_text("late.html", "denied");
    delete_file(cases[index].name);
    seen seen = {.appears = cases[index].name, .content = cases[index].content};
    maxmind_acl_policy *policy = observed("late.yaml", &seen, NULL, 0);
    CHECK(policy != NULL);
    maxmind_acl_close(policy);
  }
}

static void diagnostics_come_in_the_order_of_the_file(void) {
  write_text("acl.yaml", "maxmind:\n"
                         "  database: nothing.mmdb\n"
                         "  html: nothing.html\n"
                         "  allow:\n"
                         "    country: [us]\n"
                         "    ip: [10.0.0.1/8, 10.0.0.0/33]\n"
                         "  deny:\n"
                         "    regex:\n"
                         "      - [US, \"[a-\"]\n"
                         "  denny: {}\n");
  static const struct {
    int line, severity;
    const char *id;
  } expected[] = {
      {2, MAXMIND_ACL_ERROR, "[file-unreadable]"},      {3, MAXMIND_ACL_ERROR, "[file-unreadable]"},
      {5, MAXMIND_ACL_WARNING, "[lower-case-country]"}, {6, MAXMIND_ACL_WARNING, "[host-bits]"},
      {6, MAXMIND_ACL_ERROR, "[bad-address]"},          {9, MAXMIND_ACL_ERROR, "[regex-syntax]"},
      {10, MAXMIND_ACL_ERROR, "[unknown-key]"},
  };
  seen seen = {0};
  char error[1024];
  CHECK(observed("acl.yaml", &seen, error, sizeof error) == NULL);
  CHECK_NUMBER(seen.text_count, sizeof expected / sizeof *expected);
  for (unsigned index = 0; index < sizeof expected / sizeof *expected; index++) {
    const char *text = seen.texts[index];
    checking(text);
    char place[32];
    snprintf(place, sizeof place, "acl.yaml:%d:", expected[index].line);
    CHECK(strncmp(text, place, strlen(place)) == 0);
    CHECK_NUMBER(seen.severities[index], expected[index].severity);
    CHECK_CONTAINS(text,
                   expected[index].severity == MAXMIND_ACL_ERROR ? ": error: " : ": warning: ");
    CHECK_CONTAINS(text, expected[index].id);
    // The summary, the source line, the caret; no final newline.
    unsigned newlines = 0;
    for (const char *next = text; (next = strchr(next, '\n')) != NULL; next++) {
      newlines++;
    }
    CHECK_NUMBER(newlines, 2);
    CHECK(text[strlen(text) - 1] != '\n');
    CHECK(strchr(text, '^') != NULL);
  }
  checking(NULL);
  // errbuf has the first error on one line.
  CHECK(strchr(error, '\n') == NULL);
  CHECK(strncmp(seen.texts[0], error, strlen(error)) == 0);
  CHECK_NUMBER(seen.texts[0][strlen(error)], '\n');
}

static void errbuf_has_the_first_error_not_a_warning_before_it(void) {
  write_text("acl.yaml", "maxmind:\n  database: loopback-country.mmdb\n  allow:\n"
                         "    country: [us]\n    ip: [nonsense]\n");
  seen seen = {0};
  char error[1024];
  CHECK(observed("acl.yaml", &seen, error, sizeof error) == NULL);
  CHECK_NUMBER(seen.severities[0], MAXMIND_ACL_WARNING);
  CHECK(strncmp(error, "acl.yaml:5:10: error: ", 22) == 0);
  CHECK_CONTAINS(error, " [bad-address]");
}

static void warnings_are_told_and_do_not_stop_the_load(void) {
  write_text("acl.yaml", "maxmind:\n  database: loopback-country.mmdb\n  allow:\n"
                         "    country: [us, UK]\n");
  seen seen = {0};
  char error[64] = "x";
  maxmind_acl_policy *policy = observed("acl.yaml", &seen, error, sizeof error);
  CHECK(policy != NULL);
  CHECK_TEXT(error, "");
  CHECK_NUMBER(seen.text_count, 2);
  CHECK_NUMBER(seen.severities[0], MAXMIND_ACL_WARNING);
  CHECK_NUMBER(seen.severities[1], MAXMIND_ACL_WARNING);
  CHECK_CONTAINS(seen.texts[1], "did you mean GB?");
  maxmind_acl_close(policy);
}

static void policies_that_share_a_database_outlive_each_other(void) {
  maxmind_acl_policy *first = open_text(SOUND);
  maxmind_acl_policy *second = open_text(SOUND);
  CHECK_NUMBER(decide(first, "127.2.0.1", NULL).reason, MAXMIND_ACL_REASON_DENY_COUNTRY);
  maxmind_acl_close(first);
  CHECK_NUMBER(decide(second, "127.2.0.1", NULL).reason, MAXMIND_ACL_REASON_DENY_COUNTRY);
  maxmind_acl_policy *third = open_text(SOUND);
  maxmind_acl_close(second);
  CHECK_NUMBER(decide(third, "127.2.0.1", NULL).reason, MAXMIND_ACL_REASON_DENY_COUNTRY);
  maxmind_acl_close(third);
}

static void files_may_go_once_a_policy_is_open(void) {
  char command[1400];
  snprintf(command, sizeof command, "cp '%s/loopback-country.mmdb' '%s/own.mmdb'", databases,
           directory);
  CHECK(system(command) == 0);
  write_text("page.html", "denied");
  maxmind_acl_policy *policy =
      open_text("maxmind: {database: own.mmdb, html: page.html, deny: {country: [DE]}}\n");
  // Rewrites the files in place, then deletes them.
  write_text("own.mmdb", "");
  write_text("page.html", "");
  CHECK_NUMBER(decide(policy, "127.2.0.1", NULL).reason, MAXMIND_ACL_REASON_DENY_COUNTRY);
  delete_file("own.mmdb");
  delete_file("page.html");
  delete_file("acl.yaml");
  maxmind_acl_decision denial = decide(policy, "127.2.0.1", NULL);
  CHECK_NUMBER(denial.reason, MAXMIND_ACL_REASON_DENY_COUNTRY);
  CHECK_NUMBER(decide(policy, "127.1.0.1", NULL).verdict, MAXMIND_ACL_ALLOW);
  CHECK_TEXT(maxmind_acl_response_for(policy, &denial)->body, "denied");
  maxmind_acl_close(policy);
}

/* Callers that were compiled with an older header have fewer members. */
static void members_beyond_the_size_of_a_proxy_are_not_read(void) {
  write_text("acl.yaml", "maxmind: {database: loopback-country.mmdb, annotate: {'@X': y}}\n");
  static const struct {
    size_t size;
    const char *message;
  } cases[] = {
      {0, NULL},
      {offsetof(maxmind_acl_proxy, reserved_prefix), NULL},
      {offsetof(maxmind_acl_proxy, logs), "annotate: @X: Some Proxy reserves names with an @"},
      {sizeof(maxmind_acl_proxy), "annotate: @X: Some Proxy reserves names with an @"},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    const maxmind_acl_proxy proxy = {
        .size = cases[index].size, .name = "Some Proxy", .reserved_prefix = "@"};
    char error[256];
    maxmind_acl_policy *policy =
        maxmind_acl_open("acl.yaml", 8, directory, strlen(directory), &proxy, error, sizeof error);
    CHECK((policy == NULL) == (cases[index].message != NULL));
    CHECK_CONTAINS(error, cases[index].message != NULL ? cases[index].message : "");
    maxmind_acl_close(policy);
  }
}

static void the_logs_of_a_proxy_are_its_own(void) {
  static const char *const logs[] = {"diags.log", "error.log", NULL};
  const maxmind_acl_proxy proxy = {.size = sizeof proxy, .name = "Some Proxy", .logs = logs};
  write_text("acl.yaml", "maxmind: {database: loopback-country.mmdb, log: error.log}\n");
  char error[256];
  CHECK(maxmind_acl_open("acl.yaml", 8, directory, strlen(directory), &proxy, error,
                         sizeof error) == NULL);
  CHECK_CONTAINS(error, "log: error.log is one of Some Proxy's own logs");
}

static void an_old_database_is_reported(void) {
  write_text("acl.yaml", SOUND);
  seen seen = {0};
  maxmind_acl_policy *policy = observed("acl.yaml", &seen, NULL, 0);
  CHECK_NUMBER(seen.age_count, 1);
  maxmind_acl_close(policy);
}

const test open_tests[] = {
    {"an old database is reported", an_old_database_is_reported},
    {"members beyond the size of a proxy are not read",
     members_beyond_the_size_of_a_proxy_are_not_read},
    {"the logs of a proxy are its own", the_logs_of_a_proxy_are_its_own},
    {"every argument of open and close may be NULL", every_argument_may_be_null},
    {"an empty name is an error that the proxy gets", no_name_is_an_error_that_the_proxy_gets},
    {"success clears errbuf", success_clears_errbuf},
    {"only the length of a name counts", only_the_length_of_a_name_counts},
    {"names are relative to the directory", names_are_relative_to_the_directory},
    {"a proxy may lack any member", a_proxy_may_lack_any_member},
    {"will_read comes before each file even if the load fails",
     will_read_comes_before_each_file_even_if_the_load_fails},
    {"a file that appears during will_read is read", a_file_that_appears_during_will_read_is_read},
    {"diagnostics come in the order of the file", diagnostics_come_in_the_order_of_the_file},
    {"errbuf has the first error, not a warning before it",
     errbuf_has_the_first_error_not_a_warning_before_it},
    {"warnings are reported and do not stop the load", warnings_are_told_and_do_not_stop_the_load},
    {"policies that share a database outlive each other",
     policies_that_share_a_database_outlive_each_other},
    {"an open policy does not need its files", files_may_go_once_a_policy_is_open},
};
const size_t open_test_count = sizeof open_tests / sizeof *open_tests;
