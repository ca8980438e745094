import GeoDatabase

/// What is settled for the clients of one record before their address and the URL are looked at: the lines
/// of the semantics that depend on the record alone. 32 bytes.
@usableFromInline package struct RecordPlan: Sendable {
  /// What is decided if nothing that stands before it decides.
  @usableFromInline package var decision: Decision
  /// The line of the ladder that this stands on; 6 for an error about the country.
  var line: UInt8
  /// Whether nothing does: no rule looks at addresses, no pattern is in play, and no error hides a deny rule.
  @usableFromInline package var isSettled: Bool
  /// Whether a pattern, or what may hide a deny rule, can still change that.
  var isOpen: Bool
  /// What may hide a deny rule.
  var failure: Failure?
  /// The patterns that deny, as an index into the policy's sets; 0 for none.
  var denyPatterns: UInt32
  /// The patterns that allow, as an index into the policy's sets; 0 for none.
  var allowPatterns: UInt32

  init(
    _ decision: Decision, at step: Step, failure: Failure?, denyPatterns: UInt32,
    allowPatterns: UInt32, hasAddressRules: Bool
  ) {
    self.decision = decision
    line = UInt8(truncatingIfNeeded: step.line ?? 6)
    self.failure = failure
    self.denyPatterns = denyPatterns
    self.allowPatterns = line == 6 ? allowPatterns : 0
    isOpen = line != 2 && (failure != nil || denyPatterns > 0 || self.allowPatterns > 0)
    isSettled = !isOpen && !hasAddressRules
  }
}

/// The plans of all records of a database, by the number of the record plus one; at 0 that of the
/// addresses that the database does not know, and behind the last that of clients without an address.
///
/// INVARIANT: written by `init` alone, so that any thread may read it; `plan(_:)` never reads beyond the
/// last plan.
@safe @usableFromInline final class RecordPlans: @unchecked Sendable {
  @usableFromInline let plans: UnsafeMutablePointer<RecordPlan>
  @usableFromInline let count: Int

  /// Makes the plan of each record, and of none.
  init(_ records: [Record], withoutAddress: RecordPlan, plan: (Record?) -> RecordPlan) {
    count = records.count + 1
    unsafe plans = .allocate(capacity: count + 1)
    unsafe (plans + count).initialize(to: withoutAddress)
    unsafe plans.initialize(to: plan(nil))
    for (number, record) in records.enumerated() {
      unsafe (plans + number + 1).initialize(to: plan(record))
    }
  }

  deinit {
    unsafe plans.deinitialize(count: count + 1)
    unsafe plans.deallocate()
  }

  /// The plan of a record by its number plus one; 0, and numbers of no record: of an unknown address.
  @inlinable @inline(__always)
  func plan(_ leaf: UInt32) -> UnsafePointer<RecordPlan> {
    let index = Int(leaf)
    return unsafe UnsafePointer(plans + (index < count ? index : 0))
  }

  /// The plan of clients without an address: patterns for anyone can deny them, else `on_error` decides.
  var withoutAddress: UnsafePointer<RecordPlan> { unsafe UnsafePointer(plans + count) }
}

extension UnsafePointer<RecordPlan> {
  /// Where the plan's decision is: a plan begins with it.
  @inlinable @inline(__always)
  package var decision: UnsafePointer<Decision> {
    unsafe UnsafeRawPointer(self).assumingMemoryBound(to: Decision.self)
  }
}
