import Addresses
import GeoDatabase

/// A value of a configuration, with its place in the file.
package struct Located<Value> {
  /// The value.
  package var value: Value
  /// The value as it is written.
  package var text: String
  /// Where it stands.
  package var range: SourceRange
}

extension Located: Sendable where Value: Sendable {}
extension Located: Equatable where Value: Equatable {}

/// A configuration as it is written: typed, nothing looked up, each value with its line and column.
///
/// `Policy.load` compiles it. Use it alone to look at a file without reading its databases.
package struct Configuration: Sendable {
  /// Whom a regex rule is for.
  package enum Scope: Hashable, Sendable {
    /// Clients of one country.
    case country(CountryCode)
    /// Every client, whether its country is known or not.
    case anyone
  }

  /// `[COUNTRY, …, PATTERN]`.
  package struct RegexRule: Sendable {
    /// The countries, or anyone; at least one.
    package var scopes: [Located<Scope>]
    /// The pattern, as PCRE2 reads it.
    package var pattern: Located<String>
  }

  /// One item of `ip_file`.
  package struct ListFile: Sendable {
    /// `file`, or the item itself.
    package var name: Located<String>
    /// `allow_empty`: whether a reload may take all entries from it.
    package var allowsEmpty = false
    /// `value`: the value of nginx's `geo`, or the set of ipset, whose entries list; nil: there is only one.
    package var value: Located<String>?
  }

  /// The rules of `allow` or of `deny`, in the order of the file.
  package struct RuleSection: Sendable {
    /// `country`.
    package var countries: [Located<CountryCode>] = []
    /// `ip`.
    package var addresses: [Located<AddressRange>] = []
    /// `ip_file`.
    package var listFiles: [ListFile] = []
    /// `regex`.
    package var regexes: [RegexRule] = []

    /// Whether any rule reads the country of the client.
    package var readsCountry: Bool {
      !countries.isEmpty || regexes.contains { $0.scopes.contains { $0.value != .anyone } }
    }

    /// The countries that rules name, those of `regex` after the others.
    var namedCountries: [Located<CountryCode>] {
      countries
        + regexes.flatMap(\.scopes).compactMap { scope in
          guard case .country(let code) = scope.value else { return nil }
          return Located(value: code, text: scope.text, range: scope.range)
        }
    }
  }

  /// `bypass`: what lets a request through. Either has `header` and `value`, or `ip`, or all three.
  package struct Bypass: Sendable {
    /// `header`: the name of a field of the request; its case does not matter.
    package var header: Located<String>?
    /// `value`: what the first field of that name has to be, byte by byte.
    package var value: Located<String>?
    /// `ip`: the clients that pass or, beside `header`, those whose field counts.
    package var addresses: [Located<AddressRange>] = []
  }

  /// The file, as the operator named it.
  package var file: String
  /// `database`: the file name of the database.
  package var database: Located<String>?
  /// `response`, with the top-level `html` in it.
  package var responses = Responses()
  /// `allow`.
  package var allow = RuleSection()
  /// `deny`.
  package var deny = RuleSection()
  /// `anonymous`: each flag that is written, with whether it is set to true, in the order of the file.
  package var anonymous: [(flag: Located<AnonymityFlags>, blocked: Bool)] = []
  /// `bypass`.
  package var bypass: Bypass?
  /// `unknown`: the verdict for an address without a country that no rule matched.
  package var unknown: Located<Verdict>?
  /// `on_error`: the verdict where no decision can be made; deny if it is not written.
  package var onError: Located<Verdict>?
  /// `client`: where the client's address comes from, if not from the connection alone.
  package var client: Client?
  /// `mode`, `enforce_percent`, `enforce_from` and `enforce_until`.
  package var enforcement = Enforcement()

  /// `reload`, `jitter`, `allow_older` and `allow_lost_countries`.
  package var reload = Reload()

  /// `name`, `decision_header`, `annotate` and `log`.
  package var reporting = Reporting()

  /// How many rules of a step are written. A list file counts as one, whatever is in it: the default does not
  /// depend on the content of a file.
  func ruleCount(of step: Step) -> Int {
    switch step {
    case .bypass: bypass == nil ? 0 : 1
    case .denyIP: deny.addresses.count + deny.listFiles.count
    case .denyCountry: deny.countries.count
    case .denyRegex: deny.regexes.count
    case .allowIP: allow.addresses.count + allow.listFiles.count
    case .anonymous: anonymous.count { $0.blocked }
    case .allowCountry: allow.countries.count
    case .allowRegex: allow.regexes.count
    case .error, .unknown, .byDefault: 0
    }
  }

  /// How many rules a section has.
  func ruleCount(in section: Step.Section) -> Int {
    Step.allCases.reduce(0) { $1.section == section ? $0 + ruleCount(of: $1) : $0 }
  }

  /// Whether any rule reads the country of the client.
  package var readsCountry: Bool { allow.readsCountry || deny.readsCountry }

  /// The countries that rules name, in the order of the sections, as often as they do.
  var namedCountries: [Located<CountryCode>] { allow.namedCountries + deny.namedCountries }
}

extension Configuration {
  /// `client`: where the client's address comes from. Has `trusted` and `header`, or `verified`, or all three.
  package struct Client: Sendable {
    /// `trusted`: the proxies whose `header` is believed.
    package var trusted: [Located<AddressRange>] = []
    /// `header`: the name of the field in which they say who their client is.
    package var header: Located<String>?
    /// `verified`: whether an address that another plugin of the proxy has verified comes first.
    package var readsVerified = false

    /// Whether the field is `Forwarded` (RFC 7239), not a list of addresses.
    package var isForwarded: Bool { header?.value.lowercased() == "forwarded" }
  }
}

extension Configuration {
  /// Which denials are carried out.
  package struct Enforcement: Hashable, Sendable {
    /// `mode: monitor`: none; the requests go through.
    package var isMonitoring = false
    /// `enforce_percent`: those for this share of the networks, in hundredths of a percent.
    package var share: UInt32 = allHundredthsOfPercent
    /// `enforce_from`: those from this time on, in seconds since 1970; nil: always.
    package var start: Int64?
    /// `enforce_until`: those before this time, in seconds since 1970; nil: always.
    package var end: Int64?

    /// Whether all denials are carried out at all times.
    package var isComplete: Bool { self == Enforcement() }
  }
}

extension Configuration {
  /// How a running policy follows its files.
  package struct Reload: Sendable {
    /// `reload`: the time between two looks at the files; nil: `off`, they are not looked at.
    package var interval: Duration? = .seconds(60)
    /// `jitter`: the most by which a look is put off at random; nil: a tenth of the interval.
    package var jitter: Duration?
    /// `allow_older`: whether a database may take the place of one that was built after it.
    package var allowsOlder = false
    /// `allow_lost_countries`: whether a database may take the place of one that has a country which rules name and
    /// it does not.
    package var allowsLostCountries = false

    /// The most by which a look is put off at random.
    package var greatestDelay: Duration { jitter ?? (interval ?? .zero) / 10 }
  }
}

extension Configuration {
  /// What a denied client is answered, as it is written: under `response`, or under the key of a step in it.
  package struct Response: Sendable {
    /// `status`.
    package var status: Located<Int>?
    /// `html`: the file name of the page.
    package var html: Located<String>?
    /// `content_type`: the media type of the page.
    package var contentType: Located<String>?
    /// `redirect`: where the client is sent.
    package var redirect: Located<RedirectTemplate>?
    /// `close`: whether the connection is closed without an answer.
    package var closes = false
    /// `headers`, in the order of the file.
    package var headers: [(name: Located<String>, value: Located<String>)] = []
  }

  /// The responses of a configuration.
  package struct Responses: Sendable {
    /// What stands under `response` itself, and the top-level `html`.
    package var plain = Response()
    /// Those of the steps that have one of their own. Nothing of `plain` is in them.
    package var byStep: [Step: Response] = [:]
  }
}

extension Configuration {
  /// The reports on each decision.
  package struct Reporting: Sendable {
    /// `name`: under which the decisions are counted; nil: the name of the file.
    package var name: Located<String>?
    /// `decision_header`: which requests carry their decision, for logs and other plugins.
    package var decisionHeader = DecisionHeader.denials
    /// `annotate`: the fields of the request that the origin gets, in the order of the file.
    package var annotations: [Annotation] = []
    /// `log`: the log of denials.
    package var log: DenialLog?
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
    /// What it says.
    package var value: AnnotationTemplate
  }

  /// `log`: a log of denials.
  package struct DenialLog: Hashable, Sendable {
    /// The name of the file in the directory of the proxy's logs.
    package var file: String
    /// How much of the denials is logged, in hundredths of a percent.
    package var sample: UInt32 = allHundredthsOfPercent
    /// The most lines in a second.
    package var linesPerSecond: UInt32 = 100
  }

  /// The name under which the decisions are counted: `name`, or that of the file without directory and
  /// extension, where characters that don't fit become `_`.
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
  /// The most characters of a `name`.
  static let longestName = 64
}

/// Whether a byte may stand in a `name`, which becomes a part of the names of metrics.
func isNameCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
    true
  default: false
  }
}
