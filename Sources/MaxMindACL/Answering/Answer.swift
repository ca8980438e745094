import Files

/// A configured answer with its page read and its defaults filled in.
package struct ConfiguredAnswer: Sendable {
  /// A page for denied clients.
  package struct Page: Sendable {
    /// The file name, as the operator wrote it.
    package var file: String
    /// Its content; not empty.
    package var bytes: [UInt8]
  }

  /// A header field of the answer.
  package struct Field: Hashable, Sendable {
    /// Its name.
    package var name: String
    /// Its value.
    package var value: String
  }

  /// The kinds of answers.
  package enum Content: Sendable {
    /// A page of the configuration.
    case page(Page)
    /// The proxy's own page.
    case proxyPage
    /// A redirect. Its page is the body; it is the whole answer when there is no location. Nil: the proxy's own page.
    case redirect(RedirectTemplate, Page?)
    /// The connection closes without an answer.
    case close
  }

  /// The status. A redirect without a location answers 403.
  package var status = defaultStatus
  /// The kind of answer.
  package var content: Content
  /// The media type of the page.
  package var contentType = defaultContentType
  /// The added header fields. Without `Cache-Control` among them, the answer has `Cache-Control: no-store`.
  package var fields: [Field] = []

  /// The default status.
  package static let defaultStatus = 403
  static let defaultContentType = "text/html"
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

  /// The configured page; nil: the proxy's own page, or no page.
  package var page: Page? {
    switch content {
    case .page(let page): page
    case .redirect(_, let page): page
    case .proxyPage, .close: nil
    }
  }

  /// The redirect; nil: none.
  package var redirect: RedirectTemplate? {
    if case .redirect(let template, _) = content { template } else { nil }
  }
}

/// The answers of a policy.
package struct ConfiguredAnswers: Sendable {
  /// The answer for steps without an answer of their own.
  package let plain: ConfiguredAnswer
  private let byStep: [Step: ConfiguredAnswer]
  /// The answers of the named deny rules, in the order of the file; nil: none of its own.
  private let byRule: [ConfiguredAnswer?]

  init(plain: ConfiguredAnswer, byStep: [Step: ConfiguredAnswer], byRule: [ConfiguredAnswer?]) {
    self.plain = plain
    self.byStep = byStep
    self.byRule = byRule
  }

  /// The redirects of all steps and rules.
  package var redirects: [RedirectTemplate] {
    ([plain] + Step.allCases.compactMap { byStep[$0] } + byRule.compactMap(\.self))
      .compactMap(\.redirect)
  }

  /// The answers of the named deny rules, in the order of the file.
  package var ofRules: [ConfiguredAnswer] { byRule.map { $0 ?? answer(to: .denyRules) } }

  /// The answer to a denial by a named rule.
  fileprivate func answer(toRule index: Int) -> ConfiguredAnswer {
    byRule.indices.contains(index)
      ? byRule[index] ?? answer(to: .denyRules) : answer(to: .denyRules)
  }

  /// The steps with an answer of their own.
  package var steps: [Step] { Step.allCases.filter { byStep[$0] != nil } }

  /// The answer to a denial by a step.
  package func answer(to step: Step) -> ConfiguredAnswer { byStep[step] ?? plain }
}

/// The answer to one denied request.
///
/// ```swift
/// if let status = answer.status { send(status, answer.headers, answer.body) } else { close() }
/// ```
public struct Answer: Sendable {
  /// The configured answer of the step.
  package var configured: ConfiguredAnswer
  /// The redirect URL; nil: no redirect, or its URL is too long or equals the denied URL.
  package var location: String?

  /// The status; nil: close the connection without an answer.
  public var status: Int? {
    switch configured.content {
    case .close: nil
    case .redirect: location == nil ? ConfiguredAnswer.defaultStatus : configured.status
    case .page, .proxyPage: configured.status
    }
  }

  /// The header fields: the configured ones, `Location`, the page's `Content-Type` and a `Cache-Control: no-store` if
  /// the configuration sets none.
  ///
  /// ```swift
  /// for (name, value) in answer.headers { response.add(name, value) }
  /// ```
  public var headers: [(name: String, value: String)] {
    var fields = configured.fields.map { (name: $0.name, value: $0.value) }
    func add(_ name: String, _ value: String) {
      if !fields.contains(where: { $0.name.lowercased() == name.lowercased() }) {
        fields.append((name, value))
      }
    }
    if let location { add("Location", location) }
    if configured.page != nil { add("Content-Type", configured.contentType) }
    add("Cache-Control", "no-store")
    return fields
  }

  /// The page; empty: the configuration has none, so send your own.
  public var body: [UInt8] { configured.page?.bytes ?? [] }
}

extension Policy {
  /// The configured answer to a denial.
  package func configuredAnswer(to decision: Decision) -> ConfiguredAnswer {
    let step = decision.reason.step
    guard step == .denyRules, let rule = decision.rule, let first = rules.first(of: step) else {
      return answers.answer(to: step)
    }
    return answers.answer(toRule: rule - first)
  }

  /// The answer to a request; nil: not denied. Allocates.
  package func answer(to request: Request, _ decision: Decision) -> Answer? {
    guard decision.verdict == .deny else { return nil }
    let configured = configuredAnswer(to: decision)
    let client = client(peer: request.client, headers: HeaderFields(request.headers)).address
    let denied = DeniedRequest(request, decision, client: client, country: country(of: client))
    let location = configured.redirect?.location(for: denied)
    return Answer(
      configured: configured, location: location.map { String(decoding: $0, as: UTF8.self) })
  }
}

/// The reason phrase of a status line (RFC 9110, 6585, 7725); "Denied" for a status without one.
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
