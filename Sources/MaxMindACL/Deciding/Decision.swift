import GeoDatabase

/// Whether a request goes through.
public enum Verdict: String, Hashable, Sendable {
  /// The request goes through.
  case allow
  /// The client gets the denial page.
  case deny
}

/// The step that decided and, for an anonymity flag or a failure, which one.
public struct Reason: Hashable, Sendable {
  /// The step that decided.
  package let step: Step
  /// 1 plus the flag's index in `AnonymityFlags.table`, or the raw value of the failure; else 0.
  let detail: UInt8

  @inline(__always)
  init(_ step: Step, detail: UInt8 = 0) {
    self.step = step
    self.detail = detail
  }

  /// The record has an anonymity flag that the configuration sets to true.
  static func anonymous(_ flag: AnonymityFlags) -> Reason {
    let index = AnonymityFlags.table.firstIndex { $0.flag == flag } ?? -1
    return Reason(.anonymous, detail: UInt8(truncatingIfNeeded: 1 + index))
  }

  /// No decision could be made, and `on_error` decided.
  @inline(__always)
  static func error(_ failure: Failure) -> Reason { Reason(.error, detail: failure.rawValue) }

  /// What kept the decision from being made; nil: nothing did.
  package var failure: Failure? {
    step == .error ? Failure(rawValue: detail) ?? .noAddress : nil
  }
}

/// What kept a decision from being made.
package enum Failure: UInt8, Hashable, Sendable {
  /// The request has no IPv4 or IPv6 client address.
  case noAddress = 1
  /// The country in the client's record cannot be read.
  case unreadableCountry
  /// An anonymity flag in the client's record cannot be read.
  case unreadableFlag
  /// A deny pattern ran into its limit.
  case patternLimit
  /// The URL could not be had.
  case noURL
  /// A trusted proxy does not say who its client is.
  case hiddenClient
  /// What a trusted proxy says of its client cannot be read.
  case unreadableClient

  private var texts: (name: StaticString, explanation: String) {
    switch self {
    case .noAddress: ("no-address", "the request has no IPv4 or IPv6 client address")
    case .unreadableCountry:
      ("unreadable-country", "the country in the client's record cannot be read")
    case .unreadableFlag:
      ("unreadable-flag", "an anonymity flag in the client's record cannot be read")
    case .patternLimit: ("pattern-limit", "a deny pattern ran into its limit")
    case .noURL: ("no-url", "the URL could not be had")
    case .hiddenClient: ("hidden-client", "the trusted proxy does not say who its client is")
    case .unreadableClient:
      ("unreadable-client", "what the trusted proxy says of its client is no address")
    }
  }

  /// What a program reads: one word.
  @inline(__always)
  package var name: StaticString { texts.name }

  /// What a person reads.
  package var explanation: String { texts.explanation }
}

/// The outcome for one request: allow or deny, and why.
///
/// A plain value of 20 bytes, laid out as the C interface hands it out: the verdict, the reason, the detail
/// and the eight bytes of `CountryCode.handle` with a zero behind them, the rule's number, its line.
public struct Decision: Hashable, Sendable {
  /// The first four of these bytes.
  @usableFromInline let head: UInt32
  /// The next four: the country's second to fifth letter.
  private let middle: UInt32
  /// The last four: the rest of the country and the zero.
  private let tail: UInt32
  /// The number of the rule; `UInt32.max` for none.
  package let ruleNumber: UInt32
  /// The line of the rule; 0 for none.
  package let lineNumber: UInt32

  /// A decision by a rule, or by none.
  init(
    _ verdict: Verdict, _ reason: Reason, rule: RuleReference? = nil, country: CountryCode? = nil
  ) {
    self.init(
      verdict, reason, rule: rule ?? .none,
      countryBytes: UInt64(littleEndian: country?.handle ?? 0))
  }

  /// A decision for the client of another one, of which it has the country.
  init(_ verdict: Verdict, _ reason: Reason, rule: RuleReference, countryOf other: Decision) {
    self.init(verdict, reason, rule: rule, countryBytes: other.countryBytes)
  }

  /// The same but for the client's country.
  package var withoutCountry: Decision {
    Decision(
      verdict, reason, rule: RuleReference(number: ruleNumber, line: lineNumber), countryBytes: 0)
  }

  /// The same with what kept the client from being told in place of its missing address.
  func explained(by source: ClientSource) -> Decision {
    guard reason == .error(.noAddress) else { return self }
    return Decision(
      verdict, .error(source.failure), rule: RuleReference(number: ruleNumber, line: lineNumber),
      countryBytes: countryBytes)
  }

  /// The decision where nothing was asked: deny, since there is no address.
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

  /// The country's code, its first letter in the lowest byte; 0 for none.
  private var countryBytes: UInt64 {
    UInt64(UInt32(littleEndian: head) >> 24) | UInt64(UInt32(littleEndian: middle)) << 8
      | UInt64(UInt32(littleEndian: tail)) << 40
  }

  /// 1 for allow, 0 for deny: what the C interface returns.
  @inlinable
  package var verdictCode: UInt8 { UInt8(truncatingIfNeeded: UInt32(littleEndian: head)) }

  /// Whether the request goes through.
  public var verdict: Verdict { verdictCode == 1 ? .allow : .deny }

  /// `CountryCode.handle` of the client's country, for `Policy.country(of:)`; 0 for none.
  var countryHandle: UInt64 { countryBytes.littleEndian }

  /// Which line of the semantics decided.
  public var reason: Reason {
    let bytes = UInt32(littleEndian: head)
    return Reason(
      code: UInt8(truncatingIfNeeded: bytes >> 8), detail: UInt8(truncatingIfNeeded: bytes >> 16))
  }

  /// The number of the reason, its detail above it: smaller than `Reason.numberCount`.
  package var reasonNumber: Int {
    Int(UInt32(littleEndian: head) &>> 8 & 0xff) + Reason.detailStride
      * Int(UInt32(littleEndian: head) &>> 16 & 0xff)
  }

  /// The rule that decided, as an index into `Policy.rules`; nil where none applies.
  package var rule: Int? { ruleNumber == .max ? nil : Int(ruleNumber) }

  /// The line of the rule in the file, from 1; nil where no rule applies.
  package var line: Int? { lineNumber == 0 ? nil : Int(lineNumber) }
}

/// What a decision keeps of a rule.
struct RuleReference: Hashable, Sendable {
  /// Its index in `Policy.rules`.
  var number: UInt32
  /// Its line in the file.
  var line: UInt32

  /// No rule.
  static var none: RuleReference { RuleReference(number: .max, line: 0) }
}

extension Reason {
  /// How far the numbers of two details are apart.
  @inlinable package static var detailStride: Int { 16 }
  /// How many numbers of reasons there are, those of no reason among them.
  package static let numberCount = detailStride * 256

  /// The reason of `Decision.reasonNumber`.
  package init(number: Int) {
    self.init(
      code: UInt8(truncatingIfNeeded: number % Self.detailStride),
      detail: UInt8(truncatingIfNeeded: number / Self.detailStride))
  }

  /// The reason of two numbers of the C interface; a number that no step has is an error.
  init(code: UInt8, detail: UInt8) {
    self.init(Step(rawValue: code) ?? .error, detail: detail)
  }
}

extension Reason: CustomStringConvertible {
  /// The name that reports and tests use: `deny.country`, `anonymous.vpn`, `default`, …
  public var description: String {
    guard step.reads == .flags else { return step.name }
    let index = Int(detail) - 1
    let flags = AnonymityFlags.table
    return "\(step.name).\(flags.indices.contains(index) ? flags[index].name : "?")"
  }
}
