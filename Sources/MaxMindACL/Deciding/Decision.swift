import GeoDatabase

/// Whether a request passes.
///
/// ```swift
/// if evaluation.decision.verdict == .deny { denied += 1 }
/// ```
public enum Verdict: String, Hashable, Sendable {
  /// The request passes.
  case allow
  /// The client gets the denial page.
  case deny
}

/// The step that decided, with the anonymity flag or the failure.
///
/// ```swift
/// counts[evaluation.decision.reason.description, default: 0] += 1  // "deny.country"
/// ```
public struct Reason: Hashable, Sendable {
  /// The step that decided.
  package let step: Step
  /// 1 plus the flag's index in `AnonymityFlags.table`, with all flags of the operator's own after it; or the raw value
  /// of the failure; else 0.
  let detail: UInt8

  @inline(__always)
  init(_ step: Step, detail: UInt8 = 0) {
    self.step = step
    self.detail = detail
  }

  /// The record has an anonymity flag that the configuration sets to true.
  static func anonymous(_ flag: AnonymityFlags) -> Reason {
    let table = AnonymityFlags.table
    let index = table.firstIndex { $0.flag == flag } ?? table.count
    return Reason(.anonymous, detail: UInt8(truncatingIfNeeded: 1 + index))
  }

  /// A decision error: `on_error` decided.
  @inline(__always)
  static func error(_ failure: Failure) -> Reason { Reason(.error, detail: failure.rawValue) }

  /// The cause of a decision error; nil: no error.
  package var failure: Failure? {
    step == .error ? Failure(rawValue: detail) ?? .noAddress : nil
  }
}

/// The cause of a decision error.
package enum Failure: UInt8, Hashable, Sendable {
  /// The request has no IPv4 or IPv6 client address.
  case noAddress = 1
  /// The country in the client's record is unreadable.
  case unreadableCountry
  /// An anonymity flag in the client's record is unreadable.
  case unreadableFlag
  /// A deny pattern exceeded its limit.
  case patternLimit
  /// The URL is not available.
  case noURL
  /// A trusted proxy hides its client.
  case hiddenClient
  /// A trusted proxy sends an unreadable client address.
  case unreadableClient
  /// The autonomous system number in the client's record is unreadable.
  case unreadableASN
  /// The subdivision in the client's record is unreadable.
  case unreadableSubdivision
  /// The continent in the client's record is unreadable.
  case unreadableContinent
  /// The method of the request is unknown.
  case noMethod

  /// The cause for an unreadable field.
  static func unreadable(_ field: RecordField) -> Failure {
    switch field {
    case .asn: .unreadableASN
    case .country, .registeredCountry, .organisation: .unreadableCountry
    case .subdivision: .unreadableSubdivision
    case .continent: .unreadableContinent
    }
  }

  private var texts: (name: String, explanation: String) {
    switch self {
    case .noAddress: ("no-address", "the request has no IPv4 or IPv6 client address")
    case .unreadableCountry:
      ("unreadable-country", "the country in the client's record cannot be read")
    case .unreadableFlag:
      ("unreadable-flag", "an anonymity flag in the client's record cannot be read")
    case .patternLimit: ("pattern-limit", "a deny pattern exceeded its limit")
    case .noURL: ("no-url", "the URL is not available")
    case .hiddenClient: ("hidden-client", "the trusted proxy hides its client's address")
    case .unreadableClient:
      ("unreadable-client", "the trusted proxy sends an unreadable client address")
    case .unreadableASN: ("unreadable-asn", "the network in the client's record cannot be read")
    case .unreadableSubdivision:
      ("unreadable-subdivision", "the subdivision in the client's record cannot be read")
    case .unreadableContinent:
      ("unreadable-continent", "the continent in the client's record cannot be read")
    case .noMethod: ("no-method", "the method of the request is unknown")
    }
  }

  /// One word, for programs.
  package var name: String { texts.name }

  /// A clause, for people.
  package var explanation: String { texts.explanation }
}

/// The outcome for one request: allow or deny, and why.
///
/// A plain value of 20 bytes with the layout of the C interface: verdict, reason, detail, the eight bytes of
/// `PlaceCode.handle`, a zero, the rule's number, its line.
///
/// ```swift
/// let decision = policy.evaluate(request).decision
/// print(decision.verdict, decision.reason)  // deny deny.country
/// ```
public struct Decision: Hashable, Sendable {
  /// Verdict, reason, detail and the first letter of the country.
  @usableFromInline let head: UInt32
  /// The second to fifth letter of the country.
  private let middle: UInt32
  /// The rest of the country, and the zero.
  private let tail: UInt32
  /// The number of the rule; `UInt32.max`: none.
  package let ruleNumber: UInt32
  /// The line of the rule; 0: none.
  package let lineNumber: UInt32

  init(
    _ verdict: Verdict, _ reason: Reason, rule: RuleReference? = nil, country: PlaceCode? = nil
  ) {
    self.init(
      verdict, reason, rule: rule ?? .none,
      countryBytes: UInt64(littleEndian: country?.handle ?? 0))
  }

  /// A decision with the country of a handle.
  init(_ verdict: Verdict, _ reason: Reason, rule: RuleReference, countryHandle: UInt64) {
    self.init(verdict, reason, rule: rule, countryBytes: UInt64(littleEndian: countryHandle))
  }

  /// A decision with the country of another decision.
  init(_ verdict: Verdict, _ reason: Reason, rule: RuleReference, countryOf other: Decision) {
    self.init(verdict, reason, rule: rule, countryBytes: other.countryBytes)
  }

  /// The decision without the client's country.
  package var withoutCountry: Decision {
    Decision(
      verdict, reason, rule: RuleReference(number: ruleNumber, line: lineNumber), countryBytes: 0)
  }

  /// The decision with the reason why the client has no address.
  func explained(by source: ClientSource) -> Decision {
    guard reason == .error(.noAddress) else { return self }
    return Decision(
      verdict, .error(source.failure), rule: RuleReference(number: ruleNumber, line: lineNumber),
      countryBytes: countryBytes)
  }

  /// The decision without a request: deny, because there is no address.
  package static var withoutRequest: Decision { Decision(.deny, .error(.noAddress)) }

  private init(
    _ verdict: Verdict, _ reason: Reason, rule: RuleReference, countryBytes: UInt64
  ) {
    let code: UInt32 = verdict == .allow ? 1 : 0
    let letter = UInt32(truncatingIfNeeded: countryBytes & 0xff)
    let head = code | UInt32(reason.step.rawValue) << 8 | UInt32(reason.detail) << 16 | letter << 24
    self.head = head.littleEndian
    middle = UInt32(truncatingIfNeeded: countryBytes >> 8).littleEndian
    tail = UInt32(truncatingIfNeeded: countryBytes >> 40).littleEndian
    ruleNumber = rule.number
    lineNumber = rule.line
  }

  /// The country's code, its first letter in the lowest byte; 0: none.
  private var countryBytes: UInt64 {
    UInt64(UInt32(littleEndian: head) >> 24) | UInt64(UInt32(littleEndian: middle)) << 8
      | UInt64(UInt32(littleEndian: tail)) << 40
  }

  /// 1: allow. 0: deny. The C interface returns this number.
  @inlinable
  package var verdictCode: UInt8 { UInt8(truncatingIfNeeded: UInt32(littleEndian: head)) }

  /// Whether the request passes.
  public var verdict: Verdict { verdictCode == 1 ? .allow : .deny }

  /// `PlaceCode.handle` of the client's country, for `Policy.country(of:)`; 0: none.
  var countryHandle: UInt64 { countryBytes.littleEndian }

  /// The reason: the step that decided.
  public var reason: Reason {
    let bytes = UInt32(littleEndian: head)
    return Reason(
      code: UInt8(truncatingIfNeeded: bytes >> 8), detail: UInt8(truncatingIfNeeded: bytes >> 16))
  }

  /// The number of the reason, with its detail in the high bits; less than `Reason.numberCount`.
  package var reasonNumber: Int {
    Int(UInt32(littleEndian: head) &>> 8 & 0xff) + Reason.detailStride
      * Int(UInt32(littleEndian: head) &>> 16 & 0xff)
  }

  /// The rule that decided, as an index into `Policy.rules`; nil: none.
  package var rule: Int? { ruleNumber == .max ? nil : Int(ruleNumber) }

  /// The line of the rule in the file, from 1; nil: no rule.
  package var line: Int? { lineNumber == 0 ? nil : Int(lineNumber) }
}

/// The rule of a decision.
struct RuleReference: Hashable, Sendable {
  /// The index in `Policy.rules`.
  var number: UInt32
  /// The line in the file.
  var line: UInt32

  static var none: RuleReference { RuleReference(number: .max, line: 0) }
}

extension Reason {
  /// The distance between the numbers of two details.
  @inlinable package static var detailStride: Int { 32 }
  /// The number of possible reason numbers; not all are in use.
  package static let numberCount = detailStride * detailStride

  /// The reason of `Decision.reasonNumber`.
  package init(number: Int) {
    self.init(
      code: UInt8(truncatingIfNeeded: number % Self.detailStride),
      detail: UInt8(truncatingIfNeeded: number / Self.detailStride))
  }

  /// The reason for two numbers of the C interface. An unknown step is an error.
  init(code: UInt8, detail: UInt8) {
    self.init(Step(rawValue: code) ?? .error, detail: detail)
  }
}

extension Reason: CustomStringConvertible {
  /// The name in reports and rule tests: `deny.country`, `anonymous.vpn`, `default`, …
  public var description: String {
    guard step.reads == .flags else { return step.name }
    let index = Int(detail) - 1
    let flags = AnonymityFlags.table
    return "\(step.name).\(flags.indices.contains(index) ? flags[index].name : "own")"
  }
}
