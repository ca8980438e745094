import GeoDatabase

/// Whether a request goes through.
public enum Verdict: String, Hashable, Sendable {
  /// The request goes through.
  case allow
  /// The client gets the denial page.
  case deny
}

/// Why a decision is what it is: the line of the semantics that decided.
public enum Reason: Hashable, Sendable {
  /// The bypass header matched.
  case bypass
  /// A `deny.ip` rule matched.
  case denyIP
  /// A `deny.country` rule matched.
  case denyCountry
  /// A `deny.regex` rule matched.
  case denyRegex
  /// An `allow.ip` rule matched.
  case allowIP
  /// The record has an anonymity flag that the configuration sets to true: the flag.
  case anonymous(AnonymityFlags)
  /// An `allow.country` rule matched.
  case allowCountry
  /// An `allow.regex` rule matched.
  case allowRegex
  /// No rule matched.
  case byDefault
  /// No rule matched, the client has no country, and `unknown` decided.
  case unknown
  /// No decision could be made, and `on_error` decided.
  case error(Failure)
}

/// What kept a decision from being made.
public enum Failure: UInt8, Hashable, Sendable {
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

  /// What a person reads.
  public var explanation: String {
    switch self {
    case .noAddress: "the request has no IPv4 or IPv6 client address"
    case .unreadableCountry: "the country in the client's record cannot be read"
    case .unreadableFlag: "an anonymity flag in the client's record cannot be read"
    case .patternLimit: "a deny pattern ran into its limit"
    case .noURL: "the URL could not be had"
    }
  }
}

/// The outcome for one request: allow or deny, and why. A plain value, cheap to copy.
public struct Decision: Hashable, Sendable {
  /// Whether the request goes through.
  public var verdict: Verdict
  /// Which line of the semantics decided.
  public var reason: Reason
  /// The rule that decided, as an index into `Policy.rules`; nil where none applies.
  public var rule: Int?
  /// The client's country, if it was looked up and is known.
  public var country: CountryCode?

  /// Makes a decision from its parts: for callers that keep decisions in a form of their own.
  public init(verdict: Verdict, reason: Reason, rule: Int? = nil, country: CountryCode? = nil) {
    self.verdict = verdict
    self.reason = reason
    self.rule = rule
    self.country = country
  }
}

extension Reason: CustomStringConvertible {
  /// The name that reports and tests use: `deny.country`, `anonymous.vpn`, `default`, …
  public var description: String {
    switch self {
    case .bypass: "bypass"
    case .denyIP: "deny.ip"
    case .denyCountry: "deny.country"
    case .denyRegex: "deny.regex"
    case .allowIP: "allow.ip"
    case .anonymous(let flag):
      "anonymous.\(AnonymityFlags.table.first { $0.flag == flag }?.name ?? "?")"
    case .allowCountry: "allow.country"
    case .allowRegex: "allow.regex"
    case .byDefault: "default"
    case .unknown: "unknown"
    case .error: "error"
    }
  }
}
