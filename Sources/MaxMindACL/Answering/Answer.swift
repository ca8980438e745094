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

  /// What the client gets.
  public enum Content: Sendable {
    /// A page of the configuration.
    case page(Page)
    /// The proxy's own page.
    case proxyPage
    /// A redirect, with the page that is its body or, where it leads nowhere, the answer; nil: the proxy's own.
    case redirect(RedirectTemplate, Page?)
    /// No answer: the connection is closed.
    case close
  }

  /// The status; 403 where a redirect leads nowhere.
  public var status = defaultStatus
  /// What the client gets.
  public var content: Content
  /// The type of the page.
  public var contentType = defaultContentType
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
    if response.closes {
      content = .close
    } else if let redirect = response.redirect?.value {
      content = .redirect(redirect, page)
      status = Self.defaultRedirectStatus
    } else {
      content = page.map(Content.page) ?? .proxyPage
    }
    if let written = response.status?.value { status = written }
    if let type = response.contentType?.value { contentType = type }
    fields = response.headers.map { Field(name: $0.name.value, value: $0.value.value) }
  }

  /// The page of the configuration; nil: the proxy's own, or none.
  public var page: Page? {
    switch content {
    case .page(let page): page
    case .redirect(_, let page): page
    case .proxyPage, .close: nil
    }
  }

  /// Where the client is sent; nil: nowhere.
  public var redirect: RedirectTemplate? {
    if case .redirect(let template, _) = content { template } else { nil }
  }
}

/// The answers of a policy.
public struct Answers: Sendable {
  /// The answer to a denial of a step that has none of its own.
  public let plain: Answer
  private let byStep: [Step: Answer]

  init(plain: Answer, byStep: [Step: Answer]) {
    self.plain = plain
    self.byStep = byStep
  }

  /// Where denied clients are redirected to, for all steps.
  package var redirects: [RedirectTemplate] {
    ([plain] + Step.allCases.compactMap { byStep[$0] }).compactMap(\.redirect)
  }

  /// The answer to a denial by a step.
  public func answer(to step: Step) -> Answer { byStep[step] ?? plain }
}

/// What one denied request is answered.
public struct GivenAnswer: Sendable {
  /// The answer of its step.
  public var answer: Answer
  /// Where the client is sent; nil: nowhere, also because the redirect leads to the URL that was denied or
  /// is too long.
  public var location: String?

  /// The status; nil: the connection is closed without an answer.
  public var status: Int? {
    switch answer.content {
    case .close: nil
    case .redirect: location == nil ? Answer.defaultStatus : answer.status
    case .page, .proxyPage: answer.status
    }
  }
}

extension Policy {
  /// What a request is answered; nil if it was not denied. Allocates.
  public func answer(to request: Request, _ decision: Decision) -> GivenAnswer? {
    guard decision.verdict == .deny else { return nil }
    let answer = answers.answer(to: decision.reason.step)
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
