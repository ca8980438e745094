import GeoDatabase

/// The precomputed decision for the clients of one record: the lines of the ladder that depend only on the record. 32
/// bytes.
@usableFromInline package struct RecordPlan: Sendable {
  /// The decision, unless an earlier line decides.
  @usableFromInline package var decision: Decision
  /// The line of the ladder that decides here; 6 for an error about the country.
  var line: UInt8
  /// Whether no address rule, pattern or error can change the decision.
  @usableFromInline package var isSettled: Bool
  /// Whether a pattern, or an error that may hide a deny rule, can still change the decision.
  var isOpen: Bool
  /// The error that may hide a deny rule.
  var failure: Failure?
  /// The deny patterns, as an index into the policy's sets; 0: none.
  var denyPatterns: UInt32
  /// The allow patterns, as an index into the policy's sets; 0: none.
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

/// The plans of a database. 0: the address is not in the database. n: record n − 1. Last: the request has no client
/// address.
///
/// INVARIANT: only `init` writes, so any thread may read. `plan(_:)` never reads past the last plan.
@safe @usableFromInline final class RecordPlans: @unchecked Sendable {
  @usableFromInline let plans: UnsafeMutablePointer<RecordPlan>
  @usableFromInline let count: Int

  /// Makes one plan for each record, and one for unknown addresses.
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

  /// The plan for a record's number plus one. 0 and invalid numbers: the plan of unknown addresses.
  @inlinable @inline(__always)
  func plan(_ leaf: UInt32) -> UnsafePointer<RecordPlan> {
    let index = Int(leaf)
    return unsafe UnsafePointer(plans + (index < count ? index : 0))
  }

  /// The plan of clients without an address: patterns for anyone can deny, else `on_error` decides.
  var withoutAddress: UnsafePointer<RecordPlan> { unsafe UnsafePointer(plans + count) }
}

extension UnsafePointer<RecordPlan> {
  /// The decision of the plan, which is its first field.
  @inlinable @inline(__always)
  package var decision: UnsafePointer<Decision> {
    unsafe UnsafeRawPointer(self).assumingMemoryBound(to: Decision.self)
  }
}
