import Files

/// What a policy keeps of its files, beside what it decides with, so that entries of its lists can expire.
struct ExpiringLists: Sendable {
  var lists: AddressLists
  var document: YAMLDocument
  /// The moment that the policy is for, in seconds since 1970.
  var moment: Int64
  /// When the last entry that has expired did; nil: none has.
  var lastExpiry: Int64?

  /// Nil where no entry ever expires.
  init?(_ lists: AddressLists, _ document: YAMLDocument, at moment: Int64) {
    lastExpiry = lists.lastExpiry(upTo: moment)
    if lists.nextExpiry == nil, lastExpiry == nil { return nil }
    self.lists = lists
    self.document = document.withoutNodes
    self.moment = moment
  }
}

/// What the time has changed in the lists of a policy.
package struct PolicyExpiry: Sendable {
  /// The policy that is to take the other one's place.
  package var policy: Policy
  /// How many entries have expired.
  package var endedCount: Int
  /// How many entries count again that had expired: the clock was set back.
  package var returnedCount: Int
}

/// From so many entries on, making a policy takes memory worth giving back.
private let manyEntries = 100_000

extension Policy {
  /// Whether entries of its list files expire, or have expired and would count again if the clock were set back.
  package var hasExpiringEntries: Bool { expiring != nil }

  /// Whether other entries of its list files count at a moment, in seconds since 1970, than this policy has.
  func hasOtherEntries(at now: Int64) -> Bool {
    guard let expiring else { return false }
    return nextExpiry.map { $0 <= now } == true || expiring.lastExpiry.map { now < $0 } == true
  }

  /// The policy that is to take this one's place at a moment, in seconds since 1970: without the entries of list
  /// files that have expired by then, and with those that have not, also where they had by the moment of this
  /// policy. Nil: these are the same entries, or memory is short.
  ///
  /// No file is looked at, so that what has become of them since the load does not matter; `warnings` are those
  /// of the load. Any thread may call. Cost: the compiling of the rules; next to nothing where it is nil.
  package func expiry(at now: Int64) -> PolicyExpiry? {
    guard let expiring, hasOtherEntries(at: now) else { return nil }
    let lists = expiring.lists.at(now)
    var compiler = PolicyCompiler(
      configuration: configuration, document: expiring.document, lists: lists)
    let compiled = compiler.compile()
    defer { if rules.count >= manyEntries { giveBackFreeMemory() } }
    // All of it has been compiled before: what cannot be compiled any more must not be left out.
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
