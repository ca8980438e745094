import Files

/// The data that a policy keeps so that entries of its lists can expire.
struct ExpiringLists: Sendable {
  var lists: AddressLists
  var document: YAMLDocument
  /// The moment of the policy, in seconds since 1970.
  var moment: Int64
  /// The last expiry up to that moment; nil: none.
  var lastExpiry: Int64?

  /// Nil: no entry ever expires.
  init?(_ lists: AddressLists, _ document: YAMLDocument, at moment: Int64) {
    lastExpiry = lists.lastExpiry(upTo: moment)
    if lists.nextExpiry == nil, lastExpiry == nil { return nil }
    self.lists = lists
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
    let lists = expiring.lists.at(now)
    var compiler = PolicyCompiler(
      configuration: configuration, document: expiring.document, lists: lists)
    let compiled = compiler.compile()
    defer { if rules.count >= manyEntries { giveBackFreeMemory() } }
    // These rules have compiled before. A new failure must not drop a rule.
    if compiler.found.hasErrors { return nil }
    let policy = Policy(
      compiled: compiled, lists: lists, document: expiring.document, answers: answers,
      database: database, warnings: warnings, moment: now)
    let moment = expiring.moment
    return PolicyExpiry(
      policy: policy, endedCount: lists.expiryCount(after: moment, upTo: now),
      returnedCount: lists.expiryCount(after: now, upTo: moment))
  }
}
