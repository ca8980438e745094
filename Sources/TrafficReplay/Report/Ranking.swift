import Text

/// The most frequent keys, and the sum of the rest.
struct Ranking<Count: RequestCount> {
  struct Entry {
    var key: String
    var count: Count
  }

  /// The most frequent first; equal ones by key.
  let top: [Entry]
  /// How many keys are not among them.
  private let restKeys: Int
  /// The requests with those keys, and with keys that were not kept. Nil: there are none.
  let rest: Count?
  /// Whether keys were not kept.
  private let isCut: Bool

  init(_ counts: [String: Count], others: Count? = nil, limit: Int) {
    let sorted = counts.sorted { ($1.value.total, $0.key) < ($0.value.total, $1.key) }
    top = sorted.prefix(limit).map { Entry(key: $0.key, count: $0.value) }
    let hidden = sorted.dropFirst(limit)
    restKeys = hidden.count
    let sum = hidden.reduce(others) { sum, entry in sum?.plus(entry.value) ?? entry.value }
    rest = sum.flatMap { $0.total > 0 ? $0 : nil }
    isCut = others != nil
  }

  init(_ keys: FrequentKeys<Count>, limit: Int) {
    self.init(keys.counts, others: keys.others, limit: limit)
  }

  /// The name of the rest: `50 others`, `all others`.
  var restLabel: String { isCut ? "all others" : counted(restKeys, "other") }
}
