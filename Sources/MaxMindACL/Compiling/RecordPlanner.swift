import GeoDatabase
import URLPattern

/// The part of the ladder that depends only on the client's records.
///
/// Plans of one database are precomputed for its records; those of several are made for each request. Making a plan
/// neither allocates, nor locks, nor traps.
///
/// INVARIANT: only `init` writes, so any thread may read.
@safe final class RecordPlanner: @unchecked Sendable {
  let defaultVerdict: Verdict
  let errorVerdict: Verdict
  private let unknownVerdict: Verdict?
  private let hasAddressRules: Bool
  private let named: NamedRules?
  /// The patterns of clients without an address.
  private let denyPatternsForAnyone: UInt32
  private let slots: UnsafeMutableBufferPointer<Slot>
  private let blockedFlags: UnsafeMutableBufferPointer<BlockedFlag>

  /// The steps of a field.
  private struct Slot {
    var deny: Step
    var allow: Step
    var failure: Failure
    var isReadByDeny: Bool
    var isReadByAllow: Bool
  }

  private struct BlockedFlag {
    var flag: UInt32
    var reason: Reason
    var rule: RuleReference
  }

  init(_ compiled: CompiledConfiguration, named: NamedRules?, denyPatternsForAnyone: UInt32) {
    let configuration = compiled.configuration
    defaultVerdict = configuration.defaultVerdict
    errorVerdict = configuration.onError?.value ?? .deny
    unknownVerdict = configuration.unknown?.value
    // A bypass can change each decision, as an address rule can.
    hasAddressRules = !compiled.addresses.isEmpty || !compiled.bypassRules.isEmpty
    self.named = named
    self.denyPatternsForAnyone = denyPatternsForAnyone
    let slots = RecordField.decisive.compactMap { field -> Slot? in
      guard let deny = Step.of(.deny, .field(field)), let allow = Step.of(.allow, .field(field))
      else { return nil }
      return Slot(
        deny: deny, allow: allow, failure: .unreadable(field),
        isReadByDeny: configuration.deny.readsAlone(field),
        // A client with an unreadable country may have one.
        isReadByAllow: configuration.allow.readsAlone(field)
          || field == .country && configuration.unknown != nil)
    }
    unsafe self.slots = .allocate(capacity: slots.count)
    _ = unsafe self.slots.initialize(fromContentsOf: slots)
    let flags = compiled.blockedFlags.map {
      BlockedFlag(
        flag: $0.flag.rawValue, reason: .anonymous($0.flag),
        rule: compiled.rules.reference(to: $0.rule))
    }
    unsafe blockedFlags = .allocate(capacity: flags.count)
    _ = unsafe blockedFlags.initialize(fromContentsOf: flags)
  }

  deinit {
    unsafe slots.deallocate()
    unsafe blockedFlags.deallocate()
  }

  /// The plan for a client's fields.
  func plan(for record: ClientRecord) -> RecordPlan {
    let country = unsafe record[RecordField.country.slot]
    let handle = unsafe country.pointee.countryHandle
    func decision(_ verdict: Verdict, _ reason: Reason, _ rule: RuleReference) -> Decision {
      Decision(verdict, reason, rule: rule, countryHandle: handle)
    }
    var hidden: Failure?
    var missed: Failure?
    var allowed: (step: Step, rule: RuleReference)?
    var index = 0
    while unsafe index < slots.count {
      let (slot, outcome) = unsafe (slots[index], record[index])
      index &+= 1
      if unsafe outcome.pointee.deny.number != .max {
        // A match wins over an error.
        return unsafe plan(
          decision(.deny, Reason(slot.deny), outcome.pointee.deny), at: slot.deny, nil, record)
      }
      if unsafe outcome.pointee.isUnreadable {
        if slot.isReadByDeny, hidden == nil { hidden = slot.failure }
        if slot.isReadByAllow, missed == nil { missed = slot.failure }
      } else if allowed == nil, unsafe outcome.pointee.allow.number != .max {
        allowed = unsafe (slot.allow, outcome.pointee.allow)
      }
    }
    if let (reason, rule) = blocked(record.flags) {
      return plan(decision(.deny, reason, rule), at: .anonymous, hidden, record)
    }
    if blocked(record.unreadableFlags) != nil {
      return plan(
        decision(errorVerdict, .error(.unreadableFlag), .none), at: .anonymous, hidden, record)
    }
    if let (step, rule) = allowed {
      return plan(decision(.allow, Reason(step), rule), at: step, hidden, record)
    }
    if let missed {
      return plan(decision(errorVerdict, .error(missed), .none), at: .error, hidden, record)
    }
    if let unknownVerdict, handle == 0 {
      return plan(
        decision(unknownVerdict, Reason(.unknown), .none), at: .unknown, hidden, record)
    }
    return plan(
      decision(defaultVerdict, Reason(.byDefault), .none), at: .byDefault, hidden, record)
  }

  /// The first blocked flag of some flags.
  @inline(__always)
  private func blocked(_ flags: UInt32) -> (reason: Reason, rule: RuleReference)? {
    if flags == 0 { return nil }
    var index = 0
    while unsafe index < blockedFlags.count {
      let blocked = unsafe blockedFlags[index]
      index &+= 1
      if flags & blocked.flag != 0 { return (blocked.reason, blocked.rule) }
    }
    return nil
  }

  private func plan(
    _ decision: Decision, at step: Step, _ failure: Failure?, _ record: ClientRecord
  ) -> RecordPlan {
    let country = unsafe record[RecordField.country.slot]
    var rules: RecordPlan.State = []
    if let named {
      if named.mayMatch(named.deny, record) { rules.insert(.denyRules) }
      if named.mayMatch(named.allow, record) { rules.insert(.allowRules) }
    }
    return unsafe RecordPlan(
      decision, at: step, failure: failure, denyPatterns: country.pointee.denyPatterns,
      allowPatterns: country.pointee.allowPatterns, mayMatch: rules,
      hasAddressRules: hasAddressRules)
  }

  /// The plan for clients without an address: no rule for a field of a record matches.
  var planWithoutAddress: RecordPlan {
    RecordPlan(
      Decision(errorVerdict, .error(.noAddress)), at: .error, failure: .noAddress,
      denyPatterns: denyPatternsForAnyone, allowPatterns: 0,
      mayMatch: named?.deny.rules.isEmpty == false ? .denyRules : [],
      hasAddressRules: hasAddressRules)
  }
}
