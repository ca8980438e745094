import Addresses
import CivilTime
import GeoDatabase
import URLPattern

/// The conditions of a named rule on the request. Empty: no condition of this kind.
struct RequestConditions: Sendable {
  /// The bits of the flags. One of them has to be set.
  var flags: UInt32 = 0
  /// The client's addresses; nil: no condition.
  var addresses: AddressTable?
  var methods: [RequestMethod] = []
  var window: DailyWindow?
  var hosts: [HostName] = []
  /// The patterns; nil: no condition.
  var patterns: PatternSet?
}

/// A compiled named rule.
struct CompiledRule: Sendable {
  var reference: RuleReference
  var conditions = RequestConditions()
  var exceptions = RequestConditions()
}

/// The named rules of `allow` and `deny`.
///
/// The conditions on records are precomputed: each value of a field has one bit for each rule. The bit is set if the
/// value fulfils the rule's condition on the field and not its exception. The words of a value begin at
/// `FieldOutcome.ruleWords`: those of `deny`, then those of `allow`.
///
/// INVARIANT: only `init` writes, so any thread may read. Each `ruleWords` of the policy's outcomes has `stride` words.
@safe final class NamedRules: @unchecked Sendable {
  /// The rules of `allow` or of `deny`.
  struct Section {
    var rules: [CompiledRule]
    /// The number of words before the section's.
    var firstWord = 0
    var wordCount: Int { (rules.count &+ 63) / 64 }
  }

  /// The rules of a section that a client's records do not rule out, 64 rules at a time.
  struct Candidates {
    /// One bit for each rule that may match.
    var rules: UInt64
    /// The rules with a condition on an unreadable field.
    var unreadable: UInt64
  }

  let deny: Section
  let allow: Section
  private let words: UnsafeMutableBufferPointer<UInt64>
  /// For each slot: the rules with a condition on its field.
  private let readers: UnsafeMutableBufferPointer<UInt64>
  /// For each slot: the error of its field.
  private let failures: InlineArray<4, Failure>
  private let stride: Int

  init(deny: [CompiledRule], allow: [CompiledRule], words: [UInt64], readers: [[UInt64]]) {
    let first = Section(rules: deny)
    self.deny = first
    self.allow = Section(rules: allow, firstWord: first.wordCount)
    stride = first.wordCount + self.allow.wordCount
    unsafe self.words = .allocate(capacity: words.count)
    _ = unsafe self.words.initialize(fromContentsOf: words)
    failures = InlineArray { .unreadable(RecordField.decisive[$0]) }
    let flat = readers.flatMap(\.self)
    unsafe self.readers = .allocate(capacity: flat.count)
    _ = unsafe self.readers.initialize(fromContentsOf: flat)
  }

  deinit {
    unsafe words.deallocate()
    unsafe readers.deallocate()
  }

  /// The candidates among 64 rules of a section.
  ///
  /// - Parameter fixed: One bit for each slot of the record that is final. The others may get any value.
  @inline(__always)
  func candidates(
    _ section: Section, word: Int, for record: ClientRecord, fixed: UInt8 = .max
  ) -> Candidates {
    let place = section.firstWord &+ word
    let rest = section.rules.count &- 64 &* word
    var found = Candidates(
      rules: rest < 64 ? (1 &<< UInt64(truncatingIfNeeded: rest)) &- 1 : ~0, unreadable: 0)
    var slot = 0
    while slot < 4 {
      defer { slot &+= 1 }
      if fixed &>> UInt8(truncatingIfNeeded: slot) & 1 == 0 { continue }
      let outcome = unsafe record[slot]
      if unsafe outcome.pointee.isUnreadable {
        found.unreadable |= unsafe readers[slot &* stride &+ place]
      } else {
        found.rules &= unsafe words[Int(outcome.pointee.ruleWords) &+ place]
      }
    }
    return found
  }

  /// The first unreadable field that a rule reads; nil: none.
  func unreadableField(
    of section: Section, word: Int, bit: Int, in record: ClientRecord
  ) -> Failure? {
    let place = section.firstWord &+ word
    var slot = 0
    while slot < 4 {
      if unsafe record[slot].pointee.isUnreadable,
        unsafe readers[slot &* stride &+ place] &>> UInt64(truncatingIfNeeded: bit) & 1 != 0
      {
        return unsafe failures[unchecked: slot & 3]
      }
      slot &+= 1
    }
    return nil
  }

  /// Whether a client's records leave a rule of a section.
  func mayMatch(_ section: Section, _ record: ClientRecord, fixed: UInt8 = .max) -> Bool {
    var word = 0
    while word < section.wordCount {
      if candidates(section, word: word, for: record, fixed: fixed).rules != 0 { return true }
      word &+= 1
    }
    return false
  }
}
