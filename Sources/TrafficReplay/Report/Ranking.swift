import Text

/// The most frequent keys, and what the rest comes to.
struct Ranking<Count> {
  /// A key and how often it came.
  struct Entry {
    var key: String
    var count: Count
  }

  /// The most frequent first; equal ones by key.
  var top: [Entry]
  /// How many keys are not among them.
  var restKeys: Int
  /// How many requests those have, and those whose key was not kept; nil where there are none.
  var rest: Count?

  /// Whether keys are missing from the counts that this was made of.
  var isCut: Bool
}

extension Ranking where Count == Int {
  init(_ counts: [String: Int], others: Int? = nil, limit: Int) {
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    top = sorted.prefix(limit).map { Entry(key: $0.key, count: $0.value) }
    let hidden = sorted.dropFirst(limit)
    restKeys = hidden.count
    let sum = saturatingSum(hidden.map(\.value) + [others ?? 0])
    rest = sum > 0 ? sum : nil
    isCut = others != nil
  }

  init(_ keys: FrequentKeys<Int>, limit: Int) {
    self.init(keys.counts, others: keys.others, limit: limit)
  }
}

extension Ranking where Count == VerdictCounts {
  init(_ counts: [String: VerdictCounts], others: VerdictCounts? = nil, limit: Int) {
    let sorted = counts.sorted { ($1.value.total, $0.key) < ($0.value.total, $1.key) }
    top = sorted.prefix(limit).map { Entry(key: $0.key, count: $0.value) }
    let hidden = sorted.dropFirst(limit)
    restKeys = hidden.count
    let sum = VerdictCounts(
      allow: saturatingSum(hidden.map(\.value.allow) + [others?.allow ?? 0]),
      deny: saturatingSum(hidden.map(\.value.deny) + [others?.deny ?? 0]))
    rest = sum.total > 0 ? sum : nil
    isCut = others != nil
  }

  init(_ keys: FrequentKeys<VerdictCounts>, limit: Int) {
    self.init(keys.counts, others: keys.others, limit: limit)
  }
}

extension Ranking {
  /// What the rest is called: `50 others`, `all others`.
  var restLabel: String {
    isCut ? "all others" : "\(grouped(restKeys)) other\(restKeys == 1 ? "" : "s")"
  }
}
