extension Configuration {
  /// What a denied client is answered, as it is written: under `response`, or under one of its kinds.
  public struct Response: Sendable {
    /// `status`.
    public var status: Located<Int>?
    /// `html`: the file name of the page.
    public var html: Located<String>?
    /// `content_type`: that of the page.
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
    /// Those of the kinds that have one of their own. Nothing of `plain` is in them.
    public var byKind: [DenialKind: Response] = [:]
  }
}

/// What denies, as far as answers tell it apart: the sections of `response`.
public enum DenialKind: String, CaseIterable, Hashable, Sendable {
  /// A `deny.ip` rule.
  case ip
  /// A `deny.country` rule.
  case country
  /// A `deny.regex` rule.
  case regex
  /// An anonymity flag.
  case anonymous
  /// That no rule matched.
  case byDefault = "default"
  /// That no rule matched, and the client has no country.
  case unknown
  /// That no decision could be made.
  case error
}

extension Reason {
  /// Which response is for a denial with this reason; nil: the plain one.
  var denialKind: DenialKind? {
    switch self {
    case .denyIP: .ip
    case .denyCountry: .country
    case .denyRegex: .regex
    case .anonymous: .anonymous
    case .byDefault: .byDefault
    case .unknown: .unknown
    case .error: .error
    default: nil
    }
  }
}
