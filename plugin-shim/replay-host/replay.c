/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"

#include "message.h"

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

// Reports no more than this number.
enum { DISAGREEMENTS_SHOWN = 10 };

struct worker {
  const struct replay *replay;
  int *starting; /**< threads that have not started yet */
  int *passing;  /**< threads that have not ended their first pass yet */
  pthread_t thread;
  struct tsapi_httptxn transaction;
  struct answer *answers;
  size_t first; /**< the request that each pass begins with */
  size_t disagreements;
};

static bool agree(const struct answer *a, const struct answer *b) {
  return a->status == b->status && a->remap == b->remap && a->body_length == b->body_length;
}

static void report(size_t *disagreements, const struct request *request, const char *between,
                   const struct answer *a, const struct answer *b) {
  if (++*disagreements <= DISAGREEMENTS_SHOWN) {
    message("line %zu: answers differ between %s: status %d or %d, remap %d or %d, body length "
            "%" PRId64 " or %" PRId64,
            request->line, between, a->status, b->status, (int)a->remap, (int)b->remap,
            a->body_length, b->body_length);
  }
}

// Waking up from a pthread_barrier takes longer than a short replay: one thread would end before
// the next one begins.
static void wait_for_all(int *waiting) {
  __atomic_sub_fetch(waiting, 1, __ATOMIC_ACQ_REL);
  while (__atomic_load_n(waiting, __ATOMIC_ACQUIRE) > 0) {
    sched_yield();
  }
}

static void first_pass(struct worker *worker) {
  const struct replay *replay = worker->replay;
  size_t count = replay->requests->count;
  for (size_t done = 0, i = worker->first; done < count; done++, i = i + 1 < count ? i + 1 : 0) {
    transaction_run(&worker->transaction, replay->plugin, &replay->requests->items[i],
                    replay->with_fields, &worker->answers[i]);
  }
}

static void another_pass(struct worker *worker) {
  const struct replay *replay = worker->replay;
  struct answer answer;
  size_t count = replay->requests->count;
  for (size_t done = 0, i = worker->first; done < count; done++, i = i + 1 < count ? i + 1 : 0) {
    const struct request *request = &replay->requests->items[i];
    transaction_run(&worker->transaction, replay->plugin, request, false, &answer);
    if (!agree(&answer, &worker->answers[i])) {
      report(&worker->disagreements, request, "passes", &worker->answers[i], &answer);
    }
  }
}

static void *work(void *argument) {
  struct worker *worker = (struct worker *)argument;
  wait_for_all(worker->starting);
  first_pass(worker);
  // If a thread ended before another's first request, the plugin could reuse its thread data.
  wait_for_all(worker->passing);
  for (long pass = 1; pass < worker->replay->repeat; pass++) {
    another_pass(worker);
  }
  return NULL;
}

size_t replay_compare(const struct requests *requests, const char *between,
                      const struct answer *answers, const struct answer *others) {
  size_t disagreements = 0;
  for (size_t i = 0; i < requests->count; i++) {
    const struct answer *a = &answers[i];
    const struct answer *b = &others[i];
    if (!agree(a, b)) {
      report(&disagreements, &requests->items[i], between, a, b);
    }
  }
  return disagreements;
}

struct replay_result replay_run(const struct replay *replay) {
  struct replay_result result = {0};
  struct worker *workers =
      (struct worker *)allocate_zeroed((size_t)replay->threads, sizeof *workers);
  int starting = replay->threads;
  int passing = replay->threads;
  for (int i = 0; i < replay->threads; i++) {
    struct worker *worker = &workers[i];
    worker->replay = replay;
    worker->starting = &starting;
    worker->passing = &passing;
    // Threads start at different requests: identical work at the same time would hide races.
    worker->first = replay->requests->count * (size_t)i / (size_t)replay->threads;
    worker->answers =
        (struct answer *)allocate_zeroed(replay->requests->count, sizeof *worker->answers);
    if (i > 0 && pthread_create(&worker->thread, NULL, work, worker) != 0) {
      message("cannot start a thread");
      abort();
    }
  }
  work(&workers[0]);
  result.answers = workers[0].answers;
  for (int i = 0; i < replay->threads; i++) {
    if (i > 0) {
      pthread_join(workers[i].thread, NULL);
      result.disagreements +=
          replay_compare(replay->requests, "threads", result.answers, workers[i].answers);
      free(workers[i].answers);
    }
    result.disagreements += workers[i].disagreements;
  }
  free(workers);
  return result;
}
