import Addresses
import CivilTime
import GeoDatabase

/// A value of a configuration with its position in the file.
package struct Located<Value> {
  /// The value.
  package var value: Value
  /// The value as written.
  package var text: String
  /// Its position. For a member of a group: the position of the `$name` that uses the group.
  package var range: SourceRange
  /// The group of the value; nil: the value itself is at `range`.
  package var group: GroupMembership?

  /// The text for reports, with its group: `SE ($nordics)`.
  package var shown: String { group.map { "\(text) (\($0.reference))" } ?? text }

  /// The place of a group's member, for the end of a noun in messages: ` in $nordics on line 3`; empty: no group.
  var origin: String {
    group.map { " in \($0.reference)" + ($0.line.map { " on line \($0)" } ?? "") } ?? ""
  }

  /// The place of the value for messages about another one: `on line 12`, or `in $nordics on line 12`.
  var place: String {
    (group.map { "in \($0.reference) " } ?? "") + "on line \(range.start.line)"
  }

  /// The text in quotes, with its origin.
  var quoted: String { "\"\(text)\"\(origin)" }
}

/// The group that a value is a member of. Indirect, because most values have none.
package indirect enum GroupMembership: Hashable, Sendable {
  /// A group that this program defines, and its `$name`.
  case builtIn(reference: String)
  /// A group under `define`, its `$name`, and the line of the member.
  case defined(reference: String, line: Int)

  /// `$name`, as the list that uses the group has it.
  package var reference: String {
    switch self {
    case .builtIn(let reference), .defined(let reference, _): reference
    }
  }

  /// The line of the member under `define`; nil: a built-in group contains it.
  package var line: Int? {
    switch self {
    case .builtIn: nil
    case .defined(_, let line): line
    }
  }

  /// Whether a built-in group contains the value.
  var isBuiltIn: Bool { line == nil }
}

extension Located: Sendable where Value: Sendable {}
extension Located: Equatable where Value: Equatable {}

/// A configuration as written: typed, without database lookups, each value with its line and column.
///
/// `Policy.load` compiles it. Use it alone to inspect a file without its databases.
package struct Configuration: Sendable {
  /// The clients of a regex rule.
  package enum Scope: Hashable, Sendable {
    /// Clients of one country.
    case country(PlaceCode)
    /// Every client, with or without a known country.
    case anyone
  }

  /// `[COUNTRY, …, PATTERN]`.
  package struct RegexRule: Sendable {
    /// The countries, or anyone; at least one.
    package var scopes: [Located<Scope>]
    /// The pattern, as PCRE2 reads it.
    package var pattern: Located<String>
  }

  /// One item of `ip_file` or `trusted_file`.
  package struct ListFile: Sendable {
    /// `file`, or the item itself.
    package var name: Located<String>
    /// `allow_empty`: whether a reload may remove all entries.
    package var allowsEmpty = false
    /// `value`: the value of nginx's `geo`, or the ipset set, that selects the entries; nil: the file has only one.
    package var value: Located<String>?
  }

  /// A value of a rule for a field of the client's record.
  package enum FieldMatch: Hashable, Sendable {
    /// A country, subdivision or continent.
    case place(PlaceCode)
    /// Autonomous system numbers.
    case asns(ClosedRange<UInt32>)
  }

  /// The rules of `allow` or of `deny`, in the order of the file.
  package struct RuleSection: Sendable {
    /// `asn`, `country`, `subdivision` and `continent`.
    package var values: [RecordField: [Located<FieldMatch>]] = [:]
    /// `ip`.
    package var addresses: [Located<AddressRange>] = []
    /// `ip_file`.
    package var listFiles: [ListFile] = []
    /// `regex`.
    package var regexes: [RegexRule] = []
    /// `rules`.
    package var rules: [NamedRule] = []

    /// `country`.
    package var countries: [Located<PlaceCode>] { (values[.country] ?? []).places }

    /// Whether a rule other than the named ones reads a field.
    func readsAlone(_ field: RecordField) -> Bool {
      values[field]?.isEmpty == false
        || field == .country && regexes.contains { $0.scopes.contains { $0.value != .anyone } }
    }

    /// Whether a rule reads a field.
    func reads(_ field: RecordField) -> Bool {
      readsAlone(field)
        || rules.contains { rule in rule.allConditions.contains { $0.values[field] != nil } }
    }

    /// Whether a named rule reads a flag.
    var readsFlags: Bool {
      rules.contains { rule in rule.allConditions.contains { !$0.flags.isEmpty } }
    }

    /// The values for a field: of the section's list, then of `rules`.
    func matches(of field: RecordField) -> [Located<FieldMatch>] {
      (values[field] ?? []) + rules.flatMap(\.allConditions).flatMap { $0.values[field] ?? [] }
    }

    /// The countries, subdivisions or continents in rules: in the lists of the section and of `rules`, then in `regex`.
    func named(_ field: RecordField) -> [Located<PlaceCode>] {
      let scopes: [Located<PlaceCode>] =
        field != .country
        ? []
        : regexes.flatMap(\.scopes).compactMap { scope in
          guard case .country(let code) = scope.value else { return nil }
          return Located(value: code, text: scope.text, range: scope.range, group: scope.group)
        }
      return matches(of: field).places + scopes
    }
  }

  /// One item of `rules`: a rule with several conditions.
  package struct NamedRule: Sendable {
    /// `name`.
    package var name: Located<String>
    /// The conditions. All have to hold.
    package var conditions = Conditions()
    /// `not`: conditions. None may hold.
    package var exceptions = Conditions()
    /// `response`; nil: none of its own.
    package var response: Response?

    var allConditions: [Conditions] { [conditions, exceptions] }
  }

  /// The conditions of a named rule. Empty: none of this kind. Each holds if one of its values does.
  package struct Conditions: Sendable {
    /// `asn`, `country`, `subdivision` and `continent`.
    package var values: [RecordField: [Located<FieldMatch>]] = [:]
    /// `anonymous`: flags.
    package var flags: [Located<AnonymityFlags>] = []
    /// `ip`.
    package var addresses: [Located<AddressRange>] = []
    /// `ip_file`.
    package var listFiles: [ListFile] = []
    /// `regex`.
    package var patterns: [Located<String>] = []
    /// `host`.
    package var hosts: [Located<HostName>] = []
    /// `method`.
    package var methods: [Located<RequestMethod>] = []
    /// `time`; nil: none.
    package var window: Located<DailyWindow>?
  }

  /// `bypass`: the requests that skip all rules. Has `header` and `value`, or another key, or all of them.
  package struct Bypass: Sendable {
    /// `header`: the name of a request header field, in any case.
    package var header: Located<String>?
    /// `value`: the required value of the first field of that name, compared byte by byte.
    package var value: Located<String>?
    /// `ip`: the clients that pass or, with `header`, the clients whose field counts.
    package var addresses: [Located<AddressRange>] = []
    /// `ip_file`: lists of such clients.
    package var listFiles: [ListFile] = []
    /// `regex`: the patterns of the URLs that pass.
    package var patterns: [Located<String>] = []

    /// The number of rules. With `header`, the clients are no rules.
    fileprivate var ruleCount: Int {
      (header == nil ? addresses.count + listFiles.count : 1) + patterns.count
    }
  }

  /// The file, in the operator's spelling.
  package var file: String
  /// `database`: the file names of the databases, in the order in which a field is looked for.
  package var databases: [Located<String>] = []
  /// `fields`: the places of fields in records unlike all known ones.
  package var fields = FieldPlaces()
  /// `country_from`: the fields that the country comes from, the first with a value.
  package var countryFrom: [RecordField] = [.country]
  /// Whether the proxy removes a final `;` of a path that begins no parameters.
  var dropsEmptyParameters = false
  /// `response`, with the top-level `html` in it.
  package var responses = Responses()
  /// `allow`.
  package var allow = RuleSection()
  /// `deny`.
  package var deny = RuleSection()
  /// `anonymous`: each listed flag and whether it is true, in the order of the file.
  package var anonymous: [(flag: Located<AnonymityFlags>, blocked: Bool)] = []
  /// `bypass`.
  package var bypass: Bypass?
  /// `unknown`: the verdict for an address without a country, if no rule matched.
  package var unknown: Located<Verdict>?
  /// `on_error`: the verdict on a decision error; nil: deny.
  package var onError: Located<Verdict>?
  /// `client`: the source of the client's address; nil: the connection.
  package var client: Client?
  /// `semantics`: decide as the stock plugin; nil: as documented.
  package var stock: Stock?
  /// Whether the stock plugin has each key.
  package var hasOnlyStockKeys = false
  /// `mode`, `enforce_percent`, `enforce_from` and `enforce_until`.
  package var enforcement = Enforcement()

  /// `reload`, `jitter`, `allow_older` and `allow_lost_countries`.
  package var reload = Reload()

  /// `name`, `decision_header`, `annotate` and `log`.
  package var reporting = Reporting()

  /// The number of rules of a step. A list file counts as one, so that the default does not depend on its content.
  func ruleCount(of step: Step) -> Int {
    guard let reads = step.reads else { return 0 }
    let section = step.section == .deny ? deny : allow
    return switch reads {
    case .request: bypass?.ruleCount ?? 0
    case .flags: anonymous.count { $0.blocked }
    case .address: section.addresses.count + section.listFiles.count
    case .field(let field): section.values[field]?.count ?? 0
    case .url: section.regexes.count
    case .conditions: section.rules.count
    }
  }

  /// The number of rules in a section.
  func ruleCount(in section: Step.Section) -> Int {
    Step.allCases.reduce(0) { $1.section == section ? $0 + ruleCount(of: $1) : $0 }
  }

  /// Whether a rule reads a field of the client's record.
  package func reads(_ field: RecordField) -> Bool { allow.reads(field) || deny.reads(field) }

  /// The countries, subdivisions or continents in rules, in the order of the sections, with repetitions.
  func named(_ field: RecordField) -> [Located<PlaceCode>] {
    allow.named(field) + deny.named(field)
  }

  /// The conditions and exceptions of all named rules.
  var allConditions: [Conditions] { (deny.rules + allow.rules).flatMap(\.allConditions) }

  /// The flags that deny, and those in conditions.
  var readFlags: [Located<AnonymityFlags>] {
    let named = allConditions.flatMap(\.flags)
    return anonymous.filter(\.blocked).map(\.flag) + named
  }

  /// The fields of records that a load reads.
  package var selection: FieldSelection {
    let read = RecordField.allCases.filter { reads($0) || reporting.reads($0) }
    return FieldSelection(
      fields: Set(read).union(countryFrom), pointers: fields.records.mapValues(\.value),
      flagPointers: fields.flags.mapValues(\.value), readsExactly: stock != nil)
  }
}

extension Configuration {
  /// `fields`: JSON pointers to fields.
  package struct FieldPlaces: Sendable {
    package var records: [RecordField: Located<JSONPointer>] = [:]
    package var flags: [AnonymityFlags: Located<JSONPointer>] = [:]
    /// The names of flags that only this configuration has, in the order of `AnonymityFlags.own`.
    package var ownFlags: [String] = []
  }

  /// The flags that rules can name.
  package var flagNames: [(name: String, flag: AnonymityFlags)] {
    AnonymityFlags.table.map { ($0.name, $0.flag) }
      + fields.ownFlags.enumerated().compactMap { index, name in
        AnonymityFlags.own(index).map { (name, $0) }
      }
  }
}

extension [Located<Configuration.FieldMatch>] {
  /// The values that are places.
  var places: [Located<PlaceCode>] {
    compactMap { match in
      guard case .place(let code) = match.value else { return nil }
      return Located(value: code, text: match.text, range: match.range, group: match.group)
    }
  }
}

extension Configuration {
  /// `client`: the source of the client's address. Has `trusted` or `trusted_file`, and `header`; or `verified`; or all
  /// of them.
  package struct Client: Sendable {
    /// `trusted`: the proxies whose `header` counts.
    package var trusted: [Located<AddressRange>] = []
    /// `trusted_file`: lists of such proxies.
    package var trustedFiles: [ListFile] = []
    /// `header`: the field that names the proxy's client.
    package var header: Located<String>?
    /// `verified`: whether an address verified by another plugin of the proxy comes first.
    package var readsVerified = false

    /// Whether the field is `Forwarded` (RFC 7239) instead of a list of addresses.
    package var isForwarded: Bool { header?.value.lowercased() == "forwarded" }
  }

  /// Whether the bypass header counts from every client: neither `bypass` nor `client` limits the senders. A list file
  /// without entries is a limit, too.
  var takesBypassHeaderFromEveryone: Bool {
    bypass?.addresses.isEmpty ?? true && bypass?.listFiles.isEmpty ?? true
      && client?.trusted.isEmpty ?? true && client?.trustedFiles.isEmpty ?? true
  }
}

extension Configuration {
  /// The denials that are enforced.
  package struct Enforcement: Hashable, Sendable {
    /// `mode: monitor`: no denial is enforced.
    package var isMonitoring = false
    /// `enforce_percent`: the share of networks with enforcement, in hundredths of a percent.
    package var share: UInt32 = allHundredthsOfPercent
    /// `enforce_from`: the start of enforcement, in seconds since 1970; nil: none.
    package var start: Int64?
    /// `enforce_until`: the end of enforcement, in seconds since 1970; nil: none.
    package var end: Int64?

    /// Whether all denials are enforced at all times.
    package var isComplete: Bool { self == Enforcement() }
  }
}

extension Configuration {
  /// How a running policy follows its files.
  package struct Reload: Sendable {
    /// `reload`: the interval between checks of the files; nil: `off`.
    package var interval: Duration? = .seconds(60)
    /// `jitter`: the maximum random delay of a check; nil: a tenth of the interval.
    package var jitter: Duration?
    /// `allow_older`: whether a database may replace one with a later build time.
    package var allowsOlder = false
    /// `allow_lost_countries`: whether a database may lack countries that rules name and the running database has.
    package var allowsLostCountries = false

    /// The maximum random delay of a check.
    package var greatestDelay: Duration { jitter ?? (interval ?? .zero) / 10 }
  }
}

extension Configuration {
  /// The answer to a denied client as written, under `response` or under the key of a step in it.
  package struct Response: Sendable {
    /// `status`.
    package var status: Located<Int>?
    /// `html`: the file name of the page.
    package var html: Located<String>?
    /// `content_type`: the media type of the page.
    package var contentType: Located<String>?
    /// `redirect`: the URL for the client.
    package var redirect: Located<RedirectTemplate>?
    /// `close`: whether the connection closes without an answer.
    package var closes = false
    /// `headers`, in the order of the file.
    package var headers: [(name: Located<String>, value: Located<String>)] = []
  }

  /// The responses of a configuration.
  package struct Responses: Sendable {
    /// The keys under `response` itself, and the top-level `html`.
    package var plain = Response()
    /// The responses of steps with one of their own. They do not inherit from `plain`.
    package var byStep: [Step: Response] = [:]
  }
}

extension Configuration {
  /// The reports on each decision.
  package struct Reporting: Sendable {
    /// `name`: the label of the metrics; nil: the name of the file.
    package var name: Located<String>?
    /// `decision_header`: the requests that carry their decision, for logs and other plugins.
    package var decisionHeader = DecisionHeader.denials
    /// `annotate`: the request header fields for the origin, in the order of the file.
    package var annotations: [Annotation] = []
    /// `log`: the log of denials.
    package var log: DenialLog?

    /// Whether a header field for the origin has a field of the client's record.
    func reads(_ field: RecordField) -> Bool {
      annotations.contains { annotation in
        annotation.value.parts.contains {
          if case .field(let placeholder) = $0 { placeholder.recordField == field } else { false }
        }
      }
    }
  }

  /// The requests that carry their decision in a header field.
  package enum DecisionHeader: Sendable {
    case on, off
    /// Denied requests, whether or not the denial is enforced.
    case denials
  }

  /// One field of `annotate`.
  package struct Annotation: Sendable {
    /// The name of the field.
    package var name: String
    /// Its value.
    package var value: AnnotationTemplate
  }

  /// `log`: a log of denials.
  package struct DenialLog: Hashable, Sendable {
    /// The file name in the proxy's log directory.
    package var file: String
    /// The share of denials that is logged, in hundredths of a percent.
    package var sample: UInt32 = allHundredthsOfPercent
    /// The maximum number of lines per second.
    package var linesPerSecond: UInt32 = 100
  }

  /// The label of the metrics: `name`, or the file name without directory and extension, with `_` for each byte that
  /// does not fit.
  package var name: String {
    if let name = reporting.name { return name.value }
    let base = file.utf8.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
    let end = base.lastIndex(of: UInt8(ascii: ".")) ?? base.endIndex
    let stem = base[..<(end > 0 ? end : base.endIndex)].prefix(Reporting.longestName)
    let fitting = stem.map { isNameCharacter($0) ? $0 : UInt8(ascii: "_") }
    return fitting.isEmpty ? "_" : String(decoding: fitting, as: UTF8.self)
  }
}

extension Configuration.Reporting {
  /// The maximum length of a `name`, in bytes.
  static let longestName = 64
}

/// Whether a byte may stand in a `name`, which is a part of metric names.
func isNameCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
    true
  default: false
  }
}
