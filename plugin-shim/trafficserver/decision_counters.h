/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters of decisions. TSStatIntIncrement costs more than a decision, so each thread adds to its
 * own set with a plain load and store, without a lock. Threads above a bound share one set and use
 * atomic additions.
 */
#ifndef MAXMIND_ACL_DECISION_COUNTERS_H
#define MAXMIND_ACL_DECISION_COUNTERS_H

#include "maxmind_acl.h"

#include <stdbool.h>
#include <stdint.h>

/* The first counters are the outcomes of decisions, by reason. */
enum {
  counted_denied = MAXMIND_ACL_DENY,
  counted_allowed = MAXMIND_ACL_ALLOW,
  counted_would_deny,
  counted_outcomes,
};
enum { counted_reasons = MAXMIND_ACL_REASON_LIMIT - 1 }; /* from reason 1 */
enum {
  counted_internal = (int)counted_outcomes * (int)counted_reasons,
  counted_nanoseconds,
  counted_logged,
  counted_unlogged,
  counter_count,
};

/** Each thread times one of so many decisions. */
enum { timed_one_of = 64 };

typedef struct counter_set {
  uint64_t of[counter_count];
  uint64_t begun; /* decisions */
  bool is_shared; /* between threads */
} __attribute__((aligned(64))) counter_set;

typedef struct decision_counters {
  unsigned own_sets;  /* sets of one thread each */
  counter_set sets[]; /* own_sets, and a shared one */
} decision_counters;

/** Makes counters, which live as long as the process. NULL: no memory. Threads: any. */
decision_counters *decision_counters_create(void);

/** Sums a counter over all threads. Threads: any. */
uint64_t decision_counters_sum(const decision_counters *self, unsigned counter);

/** A decision while it is counted. */
typedef struct counted_decision {
  counter_set *set; /* NULL: nothing is counted */
  uint64_t begun;   /* in nanoseconds; 0: not timed */
} counted_decision;

/** Nanoseconds of a clock that is never set. */
uint64_t decision_counters_now(void);

/* For the functions below only. */

void decision_counters_add_time(counted_decision decision);

/* Adds to a counter of a set. Returns the old value. */
static inline uint64_t counter_add(const counter_set *set, uint64_t *counter, uint64_t amount) {
  if (__builtin_expect(set->is_shared, 0)) {
    return __atomic_fetch_add(counter, amount, __ATOMIC_RELAXED);
  }
  uint64_t before = __atomic_load_n(counter, __ATOMIC_RELAXED);
  __atomic_store_n(counter, before + amount, __ATOMIC_RELAXED);
  return before;
}

static inline counter_set *counter_set_of(decision_counters *self, const rcu_thread *thread) {
  unsigned number = thread->number;
  return &self->sets[number < self->own_sets ? number : self->own_sets];
}

/* For requests. `thread` is the calling thread. A NULL `self` counts nothing. */

/** Begins a decision. */
static inline counted_decision counted_decision_begins(decision_counters *self,
                                                       const rcu_thread *thread) {
  counted_decision decision = {NULL, 0};
  if (__builtin_expect(self != NULL, 1)) {
    decision.set = counter_set_of(self, thread);
    uint64_t number = counter_add(decision.set, &decision.set->begun, 1);
    if (__builtin_expect(number % timed_one_of == timed_one_of - 1, 0)) {
      decision.begun = decision_counters_now();
    }
  }
  return decision;
}

/** Ends a decision. */
static inline void counted_decision_ends(counted_decision decision) {
  if (__builtin_expect(decision.begun != 0, 0)) {
    decision_counters_add_time(decision);
  }
}

/** Counts the outcome. `is_carried_out`: false for a denial that is not enforced. Does not branch
 *  on the verdict: the processor cannot predict it. */
static inline void count_outcome(counted_decision decision, const maxmind_acl_decision *outcome,
                                 bool is_carried_out) {
  if (__builtin_expect(decision.set != NULL, 1)) {
    unsigned kind = is_carried_out ? outcome->verdict : (unsigned)counted_would_deny;
    unsigned reason = outcome->reason - 1u;
    unsigned counter = kind * counted_reasons + (reason < counted_reasons ? reason : 0);
    counter_add(decision.set, &decision.set->of[counter], 1);
  }
}

/** Counts a denial with or without a line in the log of denials. */
static inline void count_logged(counted_decision decision, bool is_logged) {
  if (decision.set != NULL) {
    unsigned counter = is_logged ? counted_logged : counted_unlogged;
    counter_add(decision.set, &decision.set->of[counter], 1);
  }
}

/** Counts an internal request without a client address. */
static inline void count_internal(decision_counters *self, const rcu_thread *thread) {
  if (self != NULL) {
    counter_set *set = counter_set_of(self, thread);
    counter_add(set, &set->of[counted_internal], 1);
  }
}

#endif /* MAXMIND_ACL_DECISION_COUNTERS_H */
