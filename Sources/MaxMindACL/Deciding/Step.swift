import GeoDatabase

/// One step of the ladder: the places at which a decision can be made.
///
/// The cases are in the order in which the steps are tried. A raw value is the number in the C interface
/// (`MAXMIND_ACL_REASON_…`): it never changes, and it is below `Reason.detailStride`.
///
/// ```swift
/// for step in Step.allCases { print(step.name, policy.rules.count(of: step)) }
/// ```
public enum Step: UInt8, CaseIterable, Hashable, Sendable {
  /// The bypass header or address matched.
  case bypass = 1
  /// A `deny.ip` rule matched.
  case denyIP = 2
  /// A `deny.country` rule matched.
  case denyCountry = 3
  /// A `deny.regex` rule matched.
  case denyRegex = 4
  /// An `allow.ip` rule matched.
  case allowIP = 5
  /// The record has an anonymity flag that the configuration sets to true.
  case anonymous = 6
  /// An `allow.country` rule matched.
  case allowCountry = 7
  /// An `allow.regex` rule matched.
  case allowRegex = 8
  /// No decision could be made, and `on_error` decided.
  case error = 11
  /// No rule matched, the client has no country, and `unknown` decided.
  case unknown = 10
  /// No rule matched.
  case byDefault = 9

  /// The keys of a configuration that hold rules.
  public enum Section: String, Sendable {
    /// `bypass`.
    case bypass
    /// `deny`.
    case deny
    /// `allow`.
    case allow
    /// `anonymous`.
    case anonymous
  }

  /// The parts of a request, or of the client's record, that a rule reads.
  public enum Subject: Sendable {
    /// A header field, or the client's address.
    case headerOrAddress
    /// The client's address.
    case address
    /// The country in the client's record.
    case country
    /// The URL.
    case url
    /// The anonymity flags in the client's record.
    case flags
  }

  /// A row of the table of steps.
  private struct Row {
    let name: String
    let word: StaticString
    let line: Int?
    var section: Section?
    var verdict: Verdict?
    var reads: Subject?
    var meaning = ""
  }

  @inline(__always)
  private var row: Row {
    func rule(
      _ name: String, _ word: StaticString, line: Int, _ section: Section, _ verdict: Verdict,
      _ reads: Subject
    ) -> Row {
      Row(name: name, word: word, line: line, section: section, verdict: verdict, reads: reads)
    }
    return switch self {
    case .bypass: rule("bypass", "bypass", line: 1, .bypass, .allow, .headerOrAddress)
    case .denyIP: rule("deny.ip", "ip", line: 2, .deny, .deny, .address)
    case .denyCountry: rule("deny.country", "country", line: 2, .deny, .deny, .country)
    case .denyRegex: rule("deny.regex", "regex", line: 2, .deny, .deny, .url)
    case .allowIP: rule("allow.ip", "ip", line: 3, .allow, .allow, .address)
    case .anonymous: rule("anonymous", "anonymous", line: 4, .anonymous, .deny, .flags)
    case .allowCountry: rule("allow.country", "country", line: 5, .allow, .allow, .country)
    case .allowRegex: rule("allow.regex", "regex", line: 5, .allow, .allow, .url)
    case .error:
      Row(name: "error", word: "error", line: nil, meaning: "no decision could be made")
    case .unknown:
      Row(name: "unknown", word: "unknown", line: 6, meaning: "the client has no country")
    case .byDefault: Row(name: "default", word: "default", line: 6, meaning: "no rule matched")
    }
  }

  /// The name that reports and tests use: `deny.country`, `anonymous`, `default`, …
  public var name: String { row.name }

  /// The name without `deny` and `allow`: the word of metrics and, of a step that can deny, the key under
  /// `response`.
  package var word: StaticString { row.word }

  /// The line of the ladder, 1 to 6; nil: an error ends the ladder at the line that it keeps from deciding.
  public var line: Int? { row.line }

  /// The section that the rules of the step stand in; nil: no rule decides.
  public var section: Section? { row.section }

  /// The verdict of the step; nil: the configuration says it.
  @inline(__always)
  public var verdict: Verdict? { row.verdict }

  /// What the rules of the step read; nil: it has no rules.
  public var reads: Subject? { row.reads }

  /// What happened, in words; empty where a rule says it.
  package var meaning: String { row.meaning }

  /// The key of the step's own answer under `response`; nil: the step never denies.
  var responseKey: String? { verdict == .allow ? nil : "\(word)" }

  /// The names of its reasons: its own, and of anonymity one for each flag.
  package var reasonNames: [String] {
    guard reads == .flags else { return [name] }
    return [name] + AnonymityFlags.table.map { "\(name).\($0.name)" }
  }

  /// The step with a response key; nil: there is none.
  init?(responseKey: String) {
    guard let step = Self.allCases.first(where: { $0.responseKey == responseKey }) else {
      return nil
    }
    self = step
  }

  /// The step of a reason by its name; nil: no decision has that reason.
  package init?(reasonName: String) {
    guard let step = Self.allCases.first(where: { $0.reasonNames.contains(reasonName) }) else {
      return nil
    }
    self = step
  }
}
