/* SPDX-License-Identifier: Apache-2.0
 *
 * Many threads at once, and threads that start and end.
 */
#include "check.h"
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 8

static const char patterns[] = "maxmind:\n  database: loopback-country.mmdb\n"
                               "  allow:\n    country: [US, FR]\n"
                               "    regex:\n      - [GB, '/pub/']\n      - ['*', '^open\\.']\n"
                               "  deny:\n    country: [DE]\n"
                               "    regex:\n      - [US, '.*\\.txt']\n      - [US, FR, '\\.mp3$']\n"
                               "      - ['*', '(a+)+b']\n";

static const char *const addresses[] = {"127.1.0.1",     "127.2.0.1",     "127.3.0.1",
                                        "127.6.0.1",     "127.99.0.1",    "2001:db8:1::1",
                                        "2001:db8:2::1", "2001:db8:99::1"};
static const char *const urls[] = {
    "a.example/",     "a.example/x.txt",        "A.Example./x%2etxt", "a.example/s.mp3",
    "open.example/x", "a.example/pub/../pub/x", "a.example/aaaaaab",  "a.example/q;p.txt"};
#define ADDRESSES (sizeof addresses / sizeof *addresses)
#define URLS      (sizeof urls / sizeof *urls)

typedef struct shared {
  maxmind_acl_policy *policy;
  maxmind_acl_decision expected[ADDRESSES][URLS];
  client clients[ADDRESSES];
  url_source sources[URLS];
  unsigned rounds;
  atomic_uint differing, wrong_calls;
  atomic_bool stop;
} shared;

static bool same(const maxmind_acl_decision *left, const maxmind_acl_decision *right) {
  return left->verdict == right->verdict && left->reason == right->reason &&
         left->detail == right->detail && left->rule == right->rule && left->line == right->line &&
         strcmp(left->country, right->country) == 0;
}

static void prepare(shared *shared) {
  shared->policy = open_text(patterns);
  for (size_t address = 0; address < ADDRESSES; address++) {
    client_of(addresses[address], &shared->clients[address]);
    for (size_t url = 0; url < URLS; url++) {
      shared->sources[url] = url_of(urls[url]);
      url_source source = shared->sources[url];
      shared->expected[address][url] = decide(shared->policy, addresses[address], &source);
    }
  }
}

static void decide_in_turn(shared *shared, unsigned start, unsigned count) {
  for (unsigned round = start; round < start + count; round++) {
    unsigned address = round % ADDRESSES, url = round / ADDRESSES % URLS;
    url_source source = shared->sources[url];
    maxmind_acl_request request = {
        .client = &shared->clients[address].any, .fetch_url = fetch, .context = &source};
    maxmind_acl_decision decision;
    int verdict = maxmind_acl_decide(shared->policy, &request, &decision);
    if (verdict != decision.verdict || !same(&decision, &shared->expected[address][url])) {
      atomic_fetch_add(&shared->differing, 1);
    }
    if (source.calls > 1) {
      atomic_fetch_add(&shared->wrong_calls, 1);
    }
    if (round % 1000 == 0) {
      char text[128];
      maxmind_acl_write_decision(shared->policy, &decision, NULL, true, text, sizeof text);
    }
  }
}

static void *decide_many(void *context) {
  shared *shared = context;
  decide_in_turn(shared, (unsigned)(uintptr_t)&context % 64, shared->rounds);
  return NULL;
}

static void start(pthread_t *thread, size_t stack, void *(*body)(void *), void *context) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (stack > 0) {
    pthread_attr_setstacksize(&attributes, stack);
  }
  if (!CHECK(pthread_create(thread, &attributes, body, context) == 0)) {
    abort();
  }
  pthread_attr_destroy(&attributes);
}

static void threads_decide_alike_on_one_policy(void) {
  static shared shared;
  prepare(&shared);
  shared.rounds = quick ? 2000 : 100000;
  pthread_t threads[THREADS];
  for (size_t index = 0; index < THREADS; index++) {
    start(&threads[index], 0, decide_many, &shared);
  }
  for (size_t index = 0; index < THREADS; index++) {
    pthread_join(threads[index], NULL);
  }
  CHECK_NUMBER(shared.differing, 0);
  CHECK_NUMBER(shared.wrong_calls, 0);
  maxmind_acl_close(shared.policy);
}

static void *decide_until_stopped(void *context) {
  shared *shared = context;
  for (unsigned round = 0; !atomic_load(&shared->stop); round += 100) {
    decide_in_turn(shared, round, 100);
  }
  return NULL;
}

static void *open_and_close(void *context) {
  shared *shared = context;
  for (unsigned round = 0; round < shared->rounds; round++) {
    bool sound = round % 4 != 0;
    const char *name = sound ? "acl.yaml" : "broken.yaml";
    char error[64];
    maxmind_acl_policy *policy = maxmind_acl_open(name, strlen(name), directory, strlen(directory),
                                                  NULL, error, sizeof error);
    if ((policy != NULL) != sound) {
      atomic_fetch_add(&shared->differing, 1);
    }
    maxmind_acl_close(policy);
  }
  return NULL;
}

static void others_load_while_threads_decide(void) {
  static shared shared;
  prepare(&shared);
  write_text("broken.yaml", "maxmind: {database: loopback-country.mmdb, deny: {ip: [x]}}\n");
  shared.rounds = quick ? 10 : 200;
  pthread_t deciding[3], loading[3];
  for (size_t index = 0; index < 3; index++) {
    start(&deciding[index], 0, decide_until_stopped, &shared);
    start(&loading[index], 0, open_and_close, &shared);
  }
  for (size_t index = 0; index < 3; index++) {
    pthread_join(loading[index], NULL);
  }
  atomic_store(&shared.stop, true);
  for (size_t index = 0; index < 3; index++) {
    pthread_join(deciding[index], NULL);
  }
  CHECK_NUMBER(shared.differing, 0);
  maxmind_acl_close(shared.policy);
}

static void *decide_once(void *context) {
  shared *shared = context;
  static char path[200000];
  client room;
  // A long URL makes a thread's scratch memory large enough to measure.
  url_source source = {
      .url = {.host = "a", .host_length = 1, .path = path, .path_length = sizeof path}};
  maxmind_acl_request request = {
      .client = client_of("127.1.0.1", &room), .fetch_url = fetch, .context = &source};
  maxmind_acl_decision decision;
  maxmind_acl_decide(shared->policy, &request, &decision);
  if (source.calls != 1) {
    atomic_fetch_add(&shared->wrong_calls, 1);
  }
  decide_in_turn(shared, 0, 64);
  return NULL;
}

static void threads_that_end_give_their_scratch_back(void) {
  static shared shared;
  prepare(&shared);
  size_t before = 0;
  unsigned count = quick ? 100 : 1000;
  for (unsigned index = 0; index < count; index++) {
    pthread_t thread;
    start(&thread, 0, decide_once, &shared);
    pthread_join(thread, NULL);
    if (index == count / 10) {
      before = resident_bytes();
    }
  }
  CHECK_NUMBER(shared.wrong_calls, 0);
  CHECK_NUMBER(shared.differing, 0);
  // Each thread holds 600 kB for the URL. If 900 threads kept it, they would hold 500 MB.
  if (!quick) {
    CHECK(resident_bytes() < before + (8 << 20));
  }
  maxmind_acl_close(shared.policy);
}

static void a_policy_may_be_closed_while_threads_that_used_it_live(void) {
  static shared shared;
  for (int round = 0; round < 10; round++) {
    prepare(&shared);
    pthread_t thread;
    start(&thread, 0, decide_once, &shared);
    decide_in_turn(&shared, 0, 64);
    pthread_join(thread, NULL);
    maxmind_acl_close(shared.policy);
  }
  CHECK_NUMBER(shared.differing, 0);
}

static void deciding_needs_little_stack(void) {
  static shared shared;
  prepare(&shared);
  shared.rounds = 1000;
  pthread_t thread;
  start(&thread, 256 << 10, decide_many, &shared);
  pthread_join(thread, NULL);
  CHECK_NUMBER(shared.differing, 0);
  maxmind_acl_close(shared.policy);
}

const test thread_tests[] = {
    {"all threads get the same decisions from one policy", threads_decide_alike_on_one_policy},
    {"threads decide during loads of other threads", others_load_while_threads_decide},
    {"ended threads free their scratch memory", threads_that_end_give_their_scratch_back},
    {"a policy may be closed while threads that have used it live",
     a_policy_may_be_closed_while_threads_that_used_it_live},
    {"deciding needs little stack", deciding_needs_little_stack},
};
const size_t thread_test_count = sizeof thread_tests / sizeof *thread_tests;
