import Addresses
import GeoDatabase

/// A value of a configuration, with its place in the file.
public struct Located<Value> {
  /// The value.
  public var value: Value
  /// The value as it is written.
  public var text: String
  /// Where it stands.
  public var range: SourceRange
}

extension Located: Sendable where Value: Sendable {}
extension Located: Equatable where Value: Equatable {}

/// A configuration as it is written: typed, nothing looked up, each value with its line and column.
///
/// `Policy.load` compiles it. Use it alone to look at a file without reading its databases.
public struct Configuration: Sendable {
  /// Whom a regex rule is for.
  public enum Scope: Hashable, Sendable {
    /// Clients of one country.
    case country(CountryCode)
    /// Every client, whether its country is known or not.
    case anyone
  }

  /// `[COUNTRY, …, PATTERN]`.
  public struct RegexRule: Sendable {
    /// The countries, or anyone; at least one.
    public var scopes: [Located<Scope>]
    /// The pattern, as PCRE2 reads it.
    public var pattern: Located<String>
  }

  /// One item of `ip_file`.
  public struct ListFile: Sendable {
    /// `file`, or the item itself.
    public var name: Located<String>
    /// `allow_empty`: whether a reload may take all entries from it.
    public var allowsEmpty = false
    /// `value`: the value of nginx's `geo`, or the set of ipset, whose entries list; nil: there is only one.
    public var value: Located<String>?
  }

  /// The rules of `allow` or of `deny`, in the order of the file.
  public struct RuleSection: Sendable {
    /// `country`.
    public var countries: [Located<CountryCode>] = []
    /// `ip`.
    public var addresses: [Located<AddressRange>] = []
    /// `ip_file`.
    public var listFiles: [ListFile] = []
    /// `regex`.
    public var regexes: [RegexRule] = []

    /// Whether any rule reads the country of the client.
    public var readsCountry: Bool {
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
  public struct Bypass: Sendable {
    /// `header`: the name of a field of the request; its case does not matter.
    public var header: Located<String>?
    /// `value`: what the first field of that name has to be, byte by byte.
    public var value: Located<String>?
    /// `ip`: the clients that pass or, beside `header`, those whose field counts.
    public var addresses: [Located<AddressRange>] = []
  }

  /// The file, as the operator named it.
  public var file: String
  /// `database`: the file name of the database.
  public var database: Located<String>?
  /// `response`, with the top-level `html` in it.
  public var responses = Responses()
  /// `allow`.
  public var allow = RuleSection()
  /// `deny`.
  public var deny = RuleSection()
  /// `anonymous`: each flag that is written, with whether it is set to true, in the order of the file.
  public var anonymous: [(flag: Located<AnonymityFlags>, blocked: Bool)] = []
  /// `bypass`.
  public var bypass: Bypass?
  /// `unknown`: the verdict for an address without a country that no rule matched.
  public var unknown: Located<Verdict>?
  /// `on_error`: the verdict where no decision can be made; deny if it is not written.
  public var onError: Located<Verdict>?
  /// `client`: where the client's address comes from, if not from the connection alone.
  public var client: Client?
  /// `mode`, `enforce_percent`, `enforce_from` and `enforce_until`.
  public var enforcement = Enforcement()

  /// `reload`, `jitter`, `allow_older` and `allow_lost_countries`.
  public var reload = Reload()

  /// `name`, `decision_header`, `annotate` and `log`.
  public var reporting = Reporting()

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
  public var readsCountry: Bool { allow.readsCountry || deny.readsCountry }

  /// The countries that rules name, in the order of the sections, as often as they do.
  var namedCountries: [Located<CountryCode>] { allow.namedCountries + deny.namedCountries }
}

extension Configuration {
  /// `client`: where the client's address comes from. Has `trusted` and `header`, or `verified`, or all three.
  public struct Client: Sendable {
    /// `trusted`: the proxies whose `header` is believed.
    public var trusted: [Located<AddressRange>] = []
    /// `header`: the name of the field in which they say who their client is.
    public var header: Located<String>?
    /// `verified`: whether an address that another plugin of the proxy has verified comes first.
    public var readsVerified = false

    /// Whether the field is `Forwarded` (RFC 7239), not a list of addresses.
    public var isForwarded: Bool { header?.value.lowercased() == "forwarded" }
  }
}

extension Configuration {
  /// Which denials are carried out.
  public struct Enforcement: Hashable, Sendable {
    /// `mode: monitor`: none; the requests go through.
    public var isMonitoring = false
    /// `enforce_percent`: those for this share of the networks, in hundredths of a percent.
    public var share: UInt32 = allHundredthsOfPercent
    /// `enforce_from`: those from this time on, in seconds since 1970; nil: always.
    public var start: Int64?
    /// `enforce_until`: those before this time, in seconds since 1970; nil: always.
    public var end: Int64?

    /// Whether all denials are carried out at all times.
    public var isComplete: Bool { self == Enforcement() }
  }
}

extension Configuration {
  /// How a running policy follows its files.
  public struct Reload: Sendable {
    /// `reload`: the time between two looks at the files; nil: `off`, they are not looked at.
    public var interval: Duration? = .seconds(60)
    /// `jitter`: the most by which a look is put off at random; nil: a tenth of the interval.
    public var jitter: Duration?
    /// `allow_older`: whether a database may take the place of one that was built after it.
    public var allowsOlder = false
    /// `allow_lost_countries`: whether a database may take the place of one that has a country which rules name and
    /// it does not.
    public var allowsLostCountries = false

    /// The most by which a look is put off at random.
    public var greatestDelay: Duration { jitter ?? (interval ?? .zero) / 10 }
  }
}

extension Configuration {
  /// What a denied client is answered, as it is written: under `response`, or under the key of a step in it.
  public struct Response: Sendable {
    /// `status`.
    public var status: Located<Int>?
    /// `html`: the file name of the page.
    public var html: Located<String>?
    /// `content_type`: the media type of the page.
    public var contentType: Located<String>?
    /// `redirect`: where the client is sent.
    public var redirect: Located<RedirectTemplate>?
    /// `close`: whether the connection is closed without an answer.
    public var closes = false
    /// `headers`, in the order of the file.
    public var headers: [(name: Located<String>, value: Located<String>)] = []
  }

  /// The responses of a configuration.
  public struct Responses: Sendable {
    /// What stands under `response` itself, and the top-level `html`.
    public var plain = Response()
    /// Those of the steps that have one of their own. Nothing of `plain` is in them.
    public var byStep: [Step: Response] = [:]
  }
}

extension Configuration {
  /// What is told of each decision, and to whom.
  public struct Reporting: Sendable {
    /// `name`: under which the decisions are counted; nil: the name of the file.
    public var name: Located<String>?
    /// `decision_header`: whether each request carries its decision for logs and other plugins.
    public var hasDecisionHeader = true
    /// `annotate`: the fields of the request that the origin gets, in the order of the file.
    public var annotations: [Annotation] = []
    /// `log`: the log of denials.
    public var log: DenialLog?
  }

  /// One field of `annotate`.
  public struct Annotation: Sendable {
    /// The name of the field.
    public var name: String
    /// What it says.
    public var value: AnnotationTemplate
  }

  /// `log`: a log of denials.
  public struct DenialLog: Hashable, Sendable {
    /// The name of the file in the directory of the proxy's logs.
    public var file: String
    /// How much of the denials is logged, in hundredths of a percent.
    public var sample: UInt32 = allHundredthsOfPercent
    /// The most lines in a second.
    public var linesPerSecond: UInt32 = 100
  }

  /// The name under which the decisions are counted: `name`, or that of the file without directory and
  /// extension, where characters that don't fit become `_`.
  public var name: String {
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
