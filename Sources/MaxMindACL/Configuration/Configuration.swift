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
