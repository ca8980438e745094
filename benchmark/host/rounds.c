/* SPDX-License-Identifier: Apache-2.0 */
#include "rounds.h"

#include "message.h"
#include "pass.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

enum { LEAD_IN_STEP = 500 };

struct worker {
  const struct rounds *rounds;
  int number;
  pthread_t thread;
  unsigned *arrived; /**< how often a thread has come to the start of a measurement */
  double *times;     /**< by contestant and round */
};

// The thread's own time, without other processes on the machine. It does not show waits for a lock;
// our plugin has none.
static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

// Binds the calling thread to the number-th of the cores that this process may use.
static void bind_to_core(int number) {
  cpu_set_t allowed;
  cpu_set_t one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) == 0) {
    return;
  }
  number %= CPU_COUNT(&allowed);
  CPU_ZERO(&one);
  for (int core = 0; core < CPU_SETSIZE; core++) {
    if (CPU_ISSET(core, &allowed) && number-- == 0) {
      CPU_SET(core, &one);
    }
  }
  pthread_setaffinity_np(pthread_self(), sizeof one, &one);
}

// A sleeping barrier would take longer to wake up from than a short measurement lasts.
static void wait_for_all(unsigned *arrived, unsigned threads) {
  unsigned own = __atomic_fetch_add(arrived, 1, __ATOMIC_ACQ_REL);
  unsigned all = (own / threads + 1) * threads;
  while (__atomic_load_n(arrived, __ATOMIC_ACQUIRE) < all) {
    sched_yield();
  }
}

// Every other round runs backwards, so that a contestant does not always inherit the caches of
// the same other one.
static size_t contestant_at(int round, size_t turn, size_t count) {
  size_t first = (size_t)round % count;
  return round % 2 == 0 ? (first + turn) % count : (first + count - turn) % count;
}

// Loads the databases into memory and creates each thread's scratch memory. All threads begin at
// once with a plugin that has not decided yet, as in a proxy, so that a race at that point shows
// here too.
static void warm(const struct worker *worker, struct pass *pass, size_t start) {
  const struct rounds *rounds = worker->rounds;
  for (size_t i = 0; i < rounds->contestants->count; i++) {
    wait_for_all(worker->arrived, (unsigned)rounds->threads);
    pass_run(pass, &rounds->contestants->items[i].plugin, start, rounds->requests->count);
  }
}

// Lets a contestant bring its data back into the caches, which the one before it has filled. The
// rounds time repeated decisions. The requests are the ones after the slice.
static void lead_in(const struct worker *worker, struct pass *pass, const struct plugin *plugin,
                    size_t start) {
  size_t requests = worker->rounds->requests->count;
  double begin = now();
  for (size_t at = start; now() - begin < worker->rounds->lead_in; at += LEAD_IN_STEP) {
    pass_run(pass, plugin, at % requests, LEAD_IN_STEP);
  }
}

static void *work(void *argument) {
  struct worker *worker = argument;
  const struct rounds *rounds = worker->rounds;
  const struct contestants *contestants = rounds->contestants;
  size_t requests = rounds->requests->count;
  // Threads that decide on the same requests at the same time would share cache lines.
  size_t start = requests * (size_t)worker->number / (size_t)rounds->threads;
  struct pass pass = {.requests = rounds->requests};
  bind_to_core(worker->number);
  warm(worker, &pass, start);
  for (int round = 0; round < rounds->count; round++) {
    for (size_t turn = 0; turn < contestants->count; turn++) {
      size_t i = contestant_at(round, turn, contestants->count);
      const struct plugin *plugin = &contestants->items[i].plugin;
      wait_for_all(worker->arrived, (unsigned)rounds->threads);
      lead_in(worker, &pass, plugin, start + rounds->slice);
      double begin = now();
      pass_run(&pass, plugin, start, rounds->slice);
      double elapsed = now() - begin;
      worker->times[i * (size_t)rounds->count + (size_t)round] = elapsed / (double)rounds->slice;
    }
    start = (start + rounds->slice) % requests;
  }
  return NULL;
}

double *rounds_run(const struct rounds *rounds) {
  size_t cells = rounds->contestants->count * (size_t)rounds->count;
  struct worker *workers = allocate_zeroed((size_t)rounds->threads, sizeof *workers);
  double *means = allocate_zeroed(cells, sizeof *means);
  unsigned arrived = 0;
  for (int i = 0; i < rounds->threads; i++) {
    workers[i] = (struct worker){.rounds = rounds,
                                 .number = i,
                                 .arrived = &arrived,
                                 .times = allocate_zeroed(cells, sizeof(double))};
    if (i > 0 && pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
      message("cannot start a thread");
      abort();
    }
  }
  work(&workers[0]);
  for (int i = 0; i < rounds->threads; i++) {
    if (i > 0) {
      pthread_join(workers[i].thread, NULL);
    }
    for (size_t cell = 0; cell < cells; cell++) {
      means[cell] += workers[i].times[cell] / rounds->threads;
    }
    free(workers[i].times);
  }
  free(workers);
  return means;
}
