import Addresses
import Files

/// The data that a policy keeps so that entries of its lists can expire.
struct ExpiringLists: Sendable {
  var document: YAMLDocument
  /// The moment of the policy, in seconds since 1970.
  var moment: Int64
  /// The last expiry up to that moment; nil: none.
  var lastExpiry: Int64?

  /// Nil: no entry ever expires.
  init?(_ lists: AddressLists, _ document: YAMLDocument, at moment: Int64) {
    lastExpiry = lists.lastExpiry(upTo: moment)
    if lists.nextExpiry == nil, lastExpiry == nil { return nil }
    self.document = document.withoutNodes
    self.moment = moment
  }
}

/// A policy after the expiry of list entries.
package struct PolicyExpiry: Sendable {
  /// The new policy.
  package var policy: Policy
  /// The number of expired entries.
  package var endedCount: Int
  /// The number of entries that are valid again, because the clock was set back.
  package var returnedCount: Int
}

/// Above this number, a new policy returns its free memory to the system.
private let manyEntries = 100_000

extension Policy {
  /// Whether entries of the lists expire, or have expired and would be valid again if the clock were set back.
  package var hasExpiringEntries: Bool { expiring != nil }

  /// Whether the valid entries at a moment, in seconds since 1970, differ from the policy's.
  func hasOtherEntries(at now: Int64) -> Bool {
    guard let expiring else { return false }
    return nextExpiry.map { $0 <= now } == true || expiring.lastExpiry.map { now < $0 } == true
  }

  /// The policy with the entries that are valid at a moment, in seconds since 1970. Nil: the entries are the same, or
  /// memory is short.
  ///
  /// Does not read files; `warnings` stay. Any thread may call. Cost: compiles the rules; next to nothing if nil.
  package func expiry(at now: Int64) -> PolicyExpiry? {
    guard let expiring, hasOtherEntries(at: now) else { return nil }
    let lists = lists.at(now)
    var compiler = PolicyCompiler(
      configuration: configuration, document: expiring.document, lists: lists)
    let compiled = compiler.compile()
    defer { if rules.count >= manyEntries { giveBackFreeMemory() } }
    // These rules have compiled before. A new failure must not drop a rule.
    if compiler.found.hasErrors { return nil }
    let policy = Policy(
      compiled: compiled, lists: lists, document: expiring.document, answers: answers,
      databases: databases, warnings: warnings, moment: now)
    let moment = expiring.moment
    return PolicyExpiry(
      policy: policy, endedCount: lists.expiryCount(after: moment, upTo: now),
      returnedCount: lists.expiryCount(after: now, upTo: moment))
  }
}

/// When entries of a list expire. 16 bytes for each entry that expires, none for the others.
struct ListExpiries: Sendable {
  /// The times of each part's entries, by ascending entry number.
  private var parts: [[(time: Int64, number: UInt32)]] = Array(
    repeating: [], count: AddressRangeList.Part.allCases.count)
  /// The earliest time; nil: nothing expires.
  private(set) var nextTime: Int64?

  var isEmpty: Bool { parts.allSatisfy(\.isEmpty) }

  /// The number of times after `start` and not after `end`.
  func count(after start: Int64, upTo end: Int64) -> Int {
    parts.lazy.joined().count { $0.time > start && $0.time <= end }
  }

  /// The latest time that is not after a moment.
  func lastTime(upTo now: Int64) -> Int64? {
    parts.lazy.joined().map(\.time).filter { $0 <= now }.max()
  }

  /// Adds the time of the part's last entry.
  mutating func append(_ time: Int64, of part: AddressRangeList.Part, number: Int) {
    parts[part.rawValue].append((time, UInt32(truncatingIfNeeded: number)))
    nextTime = min(nextTime ?? time, time)
  }

  /// The times of a part's entries, with the entry numbers.
  func times(of part: AddressRangeList.Part) -> [(time: Int64, number: UInt32)] {
    parts[part.rawValue]
  }

  /// Removes the expired entries of a part, and renumbers the others as if the removed ones had never existed. Returns
  /// the removed numbers.
  mutating func remove(_ part: AddressRangeList.Part, by now: Int64) -> [UInt32] {
    var expired: [UInt32] = []
    var left: [(time: Int64, number: UInt32)] = []
    for (time, number) in parts[part.rawValue] {
      if time <= now {
        expired.append(number)
      } else {
        left.append((time, number &- UInt32(truncatingIfNeeded: expired.count)))
      }
    }
    parts[part.rawValue] = left
    nextTime = parts.lazy.joined().map(\.time).min()
    return expired
  }
}

extension AddressRangeList.Part {
  /// Whether the part's entries list their addresses.
  var lists: Bool { self == .listedIPv4 || self == .listedIPv6 }
}
