import GeoDatabase

/// One step of the ladder.
///
/// The cases are in the order of the ladder. The raw value is the number in the C interface (`MAXMIND_ACL_REASON_…`):
/// it never changes, and it is less than `Reason.detailStride`.
///
/// ```swift
/// for step in Step.allCases { print(step.name, policy.rules.count(of: step)) }
/// ```
package enum Step: UInt8, CaseIterable, Hashable, Sendable {
  /// The bypass header, an address or a pattern of `bypass` matched.
  case bypass = 1
  /// A `deny.ip` rule matched.
  case denyIP = 2
  /// A `deny.asn` rule matched.
  case denyASN = 12
  /// A `deny.country` rule matched.
  case denyCountry = 3
  /// A `deny.subdivision` rule matched.
  case denySubdivision = 13
  /// A `deny.continent` rule matched.
  case denyContinent = 14
  /// A `deny.regex` rule matched.
  case denyRegex = 4
  /// All conditions of a rule in `deny.rules` hold.
  case denyRules = 15
  /// An `allow.ip` rule matched.
  case allowIP = 5
  /// The record has an anonymity flag that the configuration sets to true.
  case anonymous = 6
  /// An `allow.asn` rule matched.
  case allowASN = 16
  /// An `allow.country` rule matched.
  case allowCountry = 7
  /// An `allow.subdivision` rule matched.
  case allowSubdivision = 17
  /// An `allow.continent` rule matched.
  case allowContinent = 18
  /// An `allow.regex` rule matched.
  case allowRegex = 8
  /// All conditions of a rule in `allow.rules` hold.
  case allowRules = 19
  /// A decision error: `on_error` decided.
  case error = 11
  /// No rule matched, the client has no country, and `unknown` decided.
  case unknown = 10
  /// No rule matched.
  case byDefault = 9

  /// A configuration key that holds rules.
  package enum Section: String { case bypass, deny, allow, anonymous }

  /// The input of a rule.
  package enum Subject: Hashable {
    case request, address, url, flags
    /// A field of the client's record.
    case field(RecordField)
    /// The conditions of a named rule.
    case conditions
  }

  /// A row of the table of steps.
  private typealias Row = (
    name: String, word: StaticString, line: Int?, section: Section?, verdict: Verdict?,
    reads: Subject?, meaning: String
  )

  @inline(__always)
  private var row: Row {
    switch self {
    case .bypass: ("bypass", "bypass", 1, .bypass, .allow, .request, "")
    case .denyIP: ("deny.ip", "ip", 2, .deny, .deny, .address, "")
    case .denyASN: ("deny.asn", "asn", 2, .deny, .deny, .field(.asn), "")
    case .denyCountry: ("deny.country", "country", 2, .deny, .deny, .field(.country), "")
    case .denySubdivision:
      ("deny.subdivision", "subdivision", 2, .deny, .deny, .field(.subdivision), "")
    case .denyContinent: ("deny.continent", "continent", 2, .deny, .deny, .field(.continent), "")
    case .denyRegex: ("deny.regex", "regex", 2, .deny, .deny, .url, "")
    case .denyRules: ("deny.rules", "rules", 2, .deny, .deny, .conditions, "")
    case .allowIP: ("allow.ip", "ip", 3, .allow, .allow, .address, "")
    case .anonymous: ("anonymous", "anonymous", 4, .anonymous, .deny, .flags, "")
    case .allowASN: ("allow.asn", "asn", 5, .allow, .allow, .field(.asn), "")
    case .allowCountry: ("allow.country", "country", 5, .allow, .allow, .field(.country), "")
    case .allowSubdivision:
      ("allow.subdivision", "subdivision", 5, .allow, .allow, .field(.subdivision), "")
    case .allowContinent:
      ("allow.continent", "continent", 5, .allow, .allow, .field(.continent), "")
    case .allowRegex: ("allow.regex", "regex", 5, .allow, .allow, .url, "")
    case .allowRules: ("allow.rules", "rules", 5, .allow, .allow, .conditions, "")
    case .error: ("error", "error", nil, nil, nil, nil, "no decision could be made")
    case .unknown: ("unknown", "unknown", 6, nil, nil, nil, "the client has no country")
    case .byDefault: ("default", "default", 6, nil, nil, nil, "no rule matched")
    }
  }

  /// The name in reports and rule tests: `deny.country`, `anonymous`, `default`, …
  package var name: String { row.name }

  /// The word in metric names. For a step that can deny, also the key under `response`.
  package var word: StaticString { row.word }

  /// The line of the ladder, 1 to 6; nil: an error, which ends the ladder at the line that it affects.
  package var line: Int? { row.line }

  /// The section of the step's rules; nil: the step has no rules.
  package var section: Section? { row.section }

  /// The verdict of the step; nil: the configuration sets it.
  @inline(__always)
  package var verdict: Verdict? { row.verdict }

  /// The input of the step's rules; nil: the step has no rules.
  package var reads: Subject? { row.reads }

  /// Whether explanations list the step even if it has no rules.
  var isListedAlways: Bool {
    switch reads {
    case .request, .address, .url, .flags, .field(.country), nil: true
    case .field, .conditions: false
    }
  }

  /// The meaning of the step, for steps without rules; otherwise empty.
  package var meaning: String { row.meaning }

  /// The key of the step's answer under `response`; nil: the step never denies.
  var responseKey: String? { verdict == .allow ? nil : "\(word)" }

  /// The reason names of the step. `anonymous` has one more for each flag.
  package var reasonNames: [String] {
    [name]
      + (reads == .flags
        ? (AnonymityFlags.table.map(\.name) + ["own"]).map { "\(name).\($0)" } : [])
  }

  /// The step with a response key; nil: none.
  static func of(responseKey key: String) -> Step? { allCases.first { $0.responseKey == key } }

  /// The step of a section for an input; nil: none.
  static func of(_ section: Section, _ subject: Subject) -> Step? {
    allCases.first { $0.section == section && $0.reads == subject }
  }

  /// The step with a reason name; nil: none.
  package static func of(reasonName: String) -> Step? {
    allCases.first { $0.reasonNames.contains(reasonName) }
  }
}
