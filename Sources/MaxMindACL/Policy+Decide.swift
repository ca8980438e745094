import GeoDatabase
import URLPattern

extension Policy {
  /// Decides on a request.
  ///
  /// Never fails: what cannot be decided takes the verdict of `on_error`. Any thread may call, any
  /// number at once.
  public func decide(_ request: Request) -> Decision {
    let value = bypass.flatMap { request.firstValue(of: $0.name) }
    func fill(_ subject: URLSubject) -> Bool {
      let noParams: [UInt8] = []
      return subject.assign(
        host: request.host.utf8.span, path: request.path.utf8.span, params: noParams.span)
    }
    guard let value else { return decide(client: request.client, bypassValue: nil, fillURL: fill) }
    return decide(client: request.client, bypassValue: value.utf8.span, fillURL: fill)
  }

  /// Decides on a request whose parts are borrowed.
  ///
  /// - Parameters:
  ///   - client: The client's address; nil if there is none, which is a decision error.
  ///   - bypassValue: The value of the first header field named `bypassHeader`; nil if the request has
  ///     none.
  ///   - fillURL: Called at most once, only if a URL rule is in play. Assigns the URL before remapping to
  ///     the thread's subject; false if it cannot be had, which is a decision error.
  ///
  /// Never fails. Any thread may call, any number at once, each with its own subject.
  public func decide(
    client: Address?, bypassValue: Span<UInt8>?, fillURL: (URLSubject) -> Bool
  ) -> Decision {
    // Line 1.
    if let bypass, let bypassValue, equal(bypass.value.span, bypassValue) {
      return Decision(verdict: .allow, reason: .bypass, rule: Int(bypass.rule))
    }

    // Line 2. A definite match wins over an error; an error that may hide one ends the decision.
    let record = client.flatMap { database.record(for: $0) }
    var country: CountryCode?
    if case .code(let code)? = record?.country { country = code }
    let isUnreadable = record?.country == .unreadable

    func decision(_ verdict: Verdict, _ reason: Reason, _ rule: UInt32? = nil) -> Decision {
      Decision(verdict: verdict, reason: reason, rule: rule.map { Int($0) }, country: country)
    }

    if let client, let rule = deny.addresses.value(for: client) {
      return decision(.deny, .denyIP, rule)
    }
    if let country, let rule = deny.countries[country] {
      return decision(.deny, .denyCountry, rule)
    }
    var failure: Failure?
    if client == nil {
      failure = .noAddress
    } else if isUnreadable, deny.readsCountry {
      failure = .unreadableCountry
    }
    var url = RequestURL.notFetched
    let denyPatterns = deny.patterns(for: country)
    if !denyPatterns.isEmpty {
      if let subject = url.subject(fillURL) {
        switch denyPatterns.firstMatch(denying: subject) {
        case .matched(let rule): return decision(.deny, .denyRegex, rule)
        case .failed: failure = failure ?? .patternLimit
        case .none: break
        }
      } else {
        failure = failure ?? .noURL
      }
    }
    guard let client, failure == nil else {
      return decision(errorVerdict, .error(failure ?? .noAddress))
    }

    // Line 3.
    if let rule = allow.addresses.value(for: client) {
      return decision(.allow, .allowIP, rule)
    }

    // Line 4.
    if let record, !blockedMask.isEmpty {
      for (flag, rule) in blockedFlags where record.flags.contains(flag) {
        return decision(.deny, .anonymous(flag), rule)
      }
      if !record.unreadableFlags.isDisjoint(with: blockedMask) {
        return decision(errorVerdict, .error(.unreadableFlag))
      }
    }

    // Line 5.
    if let country, let rule = allow.countries[country] {
      return decision(.allow, .allowCountry, rule)
    }
    let allowPatterns = allow.patterns(for: country)
    if !allowPatterns.isEmpty, let subject = url.subject(fillURL),
      case .matched(let rule) = allowPatterns.firstMatch(allowing: subject)
    {
      return decision(.allow, .allowRegex, rule)
    }
    if isUnreadable, allow.readsCountry {
      return decision(errorVerdict, .error(.unreadableCountry))
    }

    // Line 6.
    if let unknownVerdict, country == nil {
      return decision(unknownVerdict, .unknown)
    }
    return decision(defaultVerdict, .byDefault)
  }
}

/// The URL of the request, fetched when a rule first asks for it.
private enum RequestURL {
  case notFetched
  case unavailable
  case fetched(URLSubject)

  mutating func subject(_ fill: (URLSubject) -> Bool) -> URLSubject? {
    if case .notFetched = self {
      if let subject = URLSubject.ofThisThread(), fill(subject) {
        self = .fetched(subject)
      } else {
        self = .unavailable
      }
    }
    if case .fetched(let subject) = self { return subject }
    return nil
  }
}

/// Whether the two hold the same bytes.
private func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  for index in left.indices where left[index] != right[index] { return false }
  return true
}
