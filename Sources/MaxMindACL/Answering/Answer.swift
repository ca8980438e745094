import Files

/// What a denied client is answered: a response of the configuration with its page read and its defaults in
/// place.
public struct Answer: Sendable {
  /// A page for denied clients.
  public struct Page: Sendable {
    /// The file name, as the operator wrote it.
    public var file: String
    /// What is in it; not empty.
    public var bytes: [UInt8]
  }

  /// A header field of the answer.
  public struct Field: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its value.
    public var value: String
  }

  /// The status; 403 also where a redirect is not to be followed.
  public var status = defaultStatus
  /// The page; nil: the proxy's own.
  public var page: Page?
  /// The type of the page.
  public var contentType = defaultContentType
  /// Where the client is sent; nil: nowhere.
  public var redirect: RedirectTemplate?
  /// Whether the connection is closed without an answer.
  public var closes = false
  /// The fields that the configuration adds. Without a `Cache-Control` among them the answer has
  /// `Cache-Control: no-store`.
  public var fields: [Field] = []

  /// The status where none is written.
  public static let defaultStatus = 403
  /// The type of the page where none is written.
  static let defaultContentType = "text/html"
  /// The status of a redirect where none is written.
  static let defaultRedirectStatus = 302

  init(_ response: Configuration.Response, page: Page?) {
    redirect = response.redirect?.value
    status =
      response.status?.value
      ?? (redirect == nil ? Self.defaultStatus : Self.defaultRedirectStatus)
    self.page = page
    if let type = response.contentType?.value { contentType = type }
    closes = response.closes
    fields = response.headers.map { Field(name: $0.name.value, value: $0.value.value) }
  }
}

/// The answers of a policy.
public struct Answers: Sendable {
  /// The answer to a denial whose kind has none of its own.
  public let plain: Answer
  private let byKind: [DenialKind: Answer]

  init(plain: Answer, byKind: [DenialKind: Answer]) {
    self.plain = plain
    self.byKind = byKind
  }

  /// Where denied clients are redirected to, for all kinds of denials.
  package var redirects: [RedirectTemplate] {
    ([plain] + DenialKind.allCases.compactMap { byKind[$0] }).compactMap(\.redirect)
  }

  /// The answer to a denial for a reason.
  public func answer(to reason: Reason) -> Answer {
    reason.denialKind.flatMap { byKind[$0] } ?? plain
  }
}

/// What one denied request is answered.
public struct GivenAnswer: Sendable {
  /// The answer of its kind.
  public var answer: Answer
  /// Where the client is sent; nil: nowhere, also because the redirect leads to the URL that was denied or
  /// is too long.
  public var location: String?

  /// The status; nil: the connection is closed without an answer.
  public var status: Int? {
    if answer.closes { return nil }
    return answer.redirect != nil && location == nil ? Answer.defaultStatus : answer.status
  }
}

extension Policy {
  /// What a request is answered; nil if it was not denied. Allocates.
  public func answer(to request: Request, _ decision: Decision) -> GivenAnswer? {
    guard decision.verdict == .deny else { return nil }
    let answer = answers.answer(to: decision.reason)
    let client = client(peer: request.client, headers: HeaderFields(request.headers)).address
    let denied = DeniedRequest(request, decision, client: client, country: country(of: client))
    let location = answer.redirect?.location(for: denied)
    return GivenAnswer(
      answer: answer, location: location.map { String(decoding: $0, as: UTF8.self) })
  }
}

/// The reason phrase of a status line (RFC 9110, 6585, 7725); for a status without one a word that tells what
/// happened.
package func reasonPhrase(of status: Int) -> String {
  reasonPhrases[status] ?? "Denied"
}

private let reasonPhrases = [
  301: "Moved Permanently", 302: "Found", 303: "See Other", 307: "Temporary Redirect",
  308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required",
  403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
  407: "Proxy Authentication Required", 408: "Request Timeout", 409: "Conflict", 410: "Gone",
  411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
  414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable",
  417: "Expectation Failed", 421: "Misdirected Request", 422: "Unprocessable Content",
  423: "Locked", 424: "Failed Dependency", 425: "Too Early", 426: "Upgrade Required",
  428: "Precondition Required", 429: "Too Many Requests",
  431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons",
  500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
  503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
  506: "Variant Also Negotiates", 507: "Insufficient Storage", 508: "Loop Detected",
  511: "Network Authentication Required",
]
