import GeoDatabase
import Memory

/// What a policy keeps of its files, beside what it decides with, so that entries of its lists can expire.
struct ExpiringLists: Sendable {
  var lists: AddressLists
  var document: YAMLDocument
}

/// From so many entries on, making a policy takes memory worth giving back.
private let manyEntries = 100_000

extension Policy {
  /// The policy that is to take this one's place at a moment, in seconds since 1970: without the entries of list
  /// files that have expired by then, and with the number of these. Nil: none has, or memory is short.
  ///
  /// No file is looked at, so that what has become of them since the load does not matter; `warnings` are those
  /// of the load. Any thread may call. Cost: the compiling of the rules.
  public func expired(by now: Int64) -> (policy: Policy, count: Int)? {
    guard let nextExpiry, nextExpiry <= now, var from = expiring else { return nil }
    let count = from.lists.expire(by: now)
    var compiler = PolicyCompiler(
      configuration: configuration, document: from.document, lists: from.lists)
    let compiled = compiler.compile()
    defer { if rules.count >= manyEntries { giveBackFreeMemory() } }
    // All of it has been compiled before: what cannot be compiled any more must not be left out.
    if compiler.found.hasErrors { return nil }
    let policy = Policy(
      compiled: compiled, lists: from.lists, document: from.document, answers: answers,
      database: database, warnings: warnings)
    return (policy, count)
  }
}
