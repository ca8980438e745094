import GeoDatabase

/// The precomputed decision for the clients of one record: the lines of the ladder that depend only on the record. 32
/// bytes.
@usableFromInline package struct RecordPlan: Hashable, Sendable {
  /// What can still change the decision.
  @usableFromInline struct State: OptionSet, Hashable, Sendable {
    @usableFromInline let rawValue: UInt8

    @usableFromInline
    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// No address rule, pattern, named rule or error can change the decision.
    @usableFromInline static var settled: State { State(rawValue: 1) }
    /// A pattern, a named rule, or an error that may hide a deny rule, can still change the decision.
    static var open: State { State(rawValue: 2) }
    /// A named deny rule may match.
    static var denyRules: State { State(rawValue: 4) }
    /// A named allow rule may match.
    static var allowRules: State { State(rawValue: 8) }
    /// Another database may change the plan.
    static var unmerged: State { State(rawValue: 16) }
    /// Settled, if no other database changes the plan.
    static var settledAlone: State { State(rawValue: 32) }
    /// A value of another database may complete the conditions of a named rule.
    static var completable: State { State(rawValue: 64) }
  }

  /// The decision, unless an earlier line decides.
  @usableFromInline package var decision: Decision
  /// The line of the ladder that decides here; 6 for an error about a field that allow rules read.
  var line: UInt8
  @usableFromInline var state: State
  /// The error that may hide a deny rule.
  var failure: Failure?
  /// The deny patterns, as an index into the policy's sets; 0: none.
  var denyPatterns: UInt32
  /// The allow patterns, as an index into the policy's sets; 0: none.
  var allowPatterns: UInt32

  /// Whether the decision holds for all requests of the client that `bypass` does not let through.
  @inlinable @inline(__always)
  package var isSettled: Bool { state.rawValue & 1 != 0 }

  init(
    _ decision: Decision, at step: Step, failure: Failure?, denyPatterns: UInt32,
    allowPatterns: UInt32, mayMatch rules: State, hasAddressRules: Bool
  ) {
    self.decision = decision
    line = UInt8(truncatingIfNeeded: step.line ?? 6)
    self.failure = failure
    self.denyPatterns = denyPatterns
    self.allowPatterns = line == 6 ? allowPatterns : 0
    state = line == 6 ? rules : rules.subtracting(.allowRules)
    let isOpen = failure != nil || denyPatterns > 0 || self.allowPatterns > 0 || state != []
    if line != 2, isOpen {
      state.insert(.open)
    } else if !hasAddressRules {
      state.insert(.settled)
    }
  }

  /// The same plan for a policy with several databases.
  func unmerged(isCompletable: Bool) -> RecordPlan {
    var plan = self
    if plan.state.remove(.settled) != nil { plan.state.insert(.settledAlone) }
    plan.state.insert(.unmerged)
    if isCompletable { plan.state.insert(.completable) }
    return plan
  }
}

/// The precomputed plans of a policy, one for each record of its primary database.
///
/// INVARIANT: only `init` writes, so any thread may read. Each number in `numbers` is below the number of distinct
/// plans.
@safe @usableFromInline final class RecordPlans: @unchecked Sendable {
  /// The distinct plans.
  @usableFromInline let plans: UnsafeMutablePointer<RecordPlan>
  /// The number of each record's plan. 0: the address is not in the database. n: record n − 1.
  @usableFromInline let numbers: UnsafeMutablePointer<UInt16>
  /// The number of `numbers`.
  @usableFromInline let count: Int

  /// The maximum number of records with plans of their own. More records would cost more memory than a policy may take.
  static let mostRecords = 16_384

  /// - Parameter plan: Called once with each number: 0 for addresses that are not in the database, n for record n − 1.
  init(count: Int, plan: (UInt32) -> RecordPlan) {
    var known: [RecordPlan: UInt16] = [:]
    var distinct: [RecordPlan] = []
    self.count = count
    unsafe numbers = .allocate(capacity: count)
    for index in 0..<count {
      let plan = plan(UInt32(truncatingIfNeeded: index))
      let number = known[plan] ?? UInt16(truncatingIfNeeded: distinct.count)
      if Int(number) == distinct.count {
        known[plan] = number
        distinct.append(plan)
      }
      unsafe (numbers + index).initialize(to: number)
    }
    unsafe plans = .allocate(capacity: distinct.count)
    for (index, plan) in distinct.enumerated() {
      unsafe (plans + index).initialize(to: plan)
    }
  }

  deinit {
    unsafe plans.deallocate()
    unsafe numbers.deallocate()
  }

  /// The plan for a record's number plus one. 0 and invalid numbers: the plan of unknown addresses.
  @inlinable @inline(__always)
  func plan(_ leaf: UInt32) -> UnsafePointer<RecordPlan> {
    let index = Int(leaf)
    return unsafe UnsafePointer(plans + Int(numbers[index < count ? index : 0]))
  }
}

extension UnsafePointer<RecordPlan> {
  /// The decision of the plan, which is its first field.
  @inlinable @inline(__always)
  package var decision: UnsafePointer<Decision> {
    unsafe UnsafeRawPointer(self).assumingMemoryBound(to: Decision.self)
  }
}
