import Text

// The answers to denied clients.
extension ConfigurationReader {
  private static let responseKeys = [
    "status", "html", "content_type", "redirect", "close", "headers",
  ]

  /// Reads `response`, after the rules.
  ///
  /// - Parameter topLevelPage: The top-level `html`, which is the page of the plain response.
  mutating func readResponses(_ entry: Entry, topLevelPage: Entry?) {
    if isNothing(entry.value) {
      warning(.emptySection, "response: has nothing under it and does nothing", at: entry.key)
      return
    }
    let steps = Step.allCases.compactMap(\.responseKey)
    guard let keys = keys(of: entry.value, in: "response", known: Self.responseKeys + steps) else {
      return
    }
    configuration.responses.plain = response(
      keys, "response", plain: configuration.responses.plain, topLevelPage: topLevelPage)
    for name in keys.order {
      guard let step = Step.of(responseKey: name), let entry = keys[name] else { continue }
      configuration.responses.byStep[step] = response("response.\(name)", entry)
    }
    guard !found.hasErrors else { return }
    for name in keys.order {
      guard let step = Step.of(responseKey: name), let entry = keys[name],
        let cause = whyNever(step, name)
      else { continue }
      warning(.unusedKey, "response.\(name): is never sent, because \(cause)", at: entry.key)
    }
  }

  /// The response of one step or named rule; nil: it is invalid.
  mutating func response(_ name: String, _ entry: Entry) -> Configuration.Response? {
    if isNothing(entry.value) {
      let message =
        "\(name): has nothing under it; it would answer a plain 403, without the keys of response:"
      error(.emptyValue, message, at: entry.key)
      return nil
    }
    let keys = keys(of: entry.value, in: name, known: Self.responseKeys) {
      Step.of(responseKey: $0) == nil ? nil : "it belongs under response: itself"
    }
    return keys.map { response($0, name, plain: Configuration.Response(), topLevelPage: nil) }
  }

  private mutating func response(
    _ keys: Keys, _ name: String, plain: Configuration.Response, topLevelPage: Entry?
  ) -> Configuration.Response {
    var response = plain
    if let entry = keys["html"] {
      if let topLevelPage {
        let line = document[topLevelPage.key].range.start.line
        let message =
          "html: is already on line \(line), beside response:; keep only one"
        error(.conflictingKeys, message, at: entry.key)
      }
      response.html = fileName(entry, "html")
    }
    if let entry = keys["content_type"] { response.contentType = contentType(entry) }
    if let entry = keys["redirect"] { response.redirect = redirect(entry) }
    if let entry = keys["status"] {
      response.status = status(entry, redirects: keys["redirect"] != nil)
    }
    if let entry = keys["headers"] { response.headers = headers(entry) }
    if let entry = keys["close"] {
      response.closes = boolean(entry, "close") ?? false
      if response.closes { checkClosing(entry, keys, topLevelPage) }
    }
    if let entry = keys["content_type"], response.html == nil, keys["html"] == nil,
      topLevelPage == nil, !response.closes
    {
      warning(.unusedKey, "content_type: has no effect without html:", at: entry.key)
    }
    return response
  }

  private mutating func checkClosing(_ close: Entry, _ keys: Keys, _ topLevelPage: Entry?) {
    for name in Self.responseKeys where name != "close" {
      guard let entry = keys[name] else { continue }
      let message = "\(name): is never sent, because close: closes the connection without an answer"
      error(.conflictingKeys, message, at: entry.key)
    }
    if let topLevelPage, keys["html"] == nil {
      let line = document[topLevelPage.key].range.start.line
      let message =
        "close: closes the connection without an answer, but html: on line \(line) sets one"
      error(.conflictingKeys, message, at: close.key)
    }
    if configuration.client != nil {
      warning(
        .closeBehindProxy,
        "close: closes the connection of the trusted proxy, and ends the requests of its "
          + "other clients too; a status such as 403 ends only the denied request", at: close.key)
    }
  }

  /// Why a step never denies; nil: it may deny.
  private func whyNever(_ step: Step, _ key: String) -> String? {
    if let section = step.section {
      if step.verdict == .allow { return "it allows" }
      if configuration.ruleCount(of: step) > 0 { return nil }
      return section == .anonymous ? "no flag of \(key): is true" : "deny: has no \(key): rules"
    }
    if step == .error { return configuration.onError?.value == .allow ? "on_error: is allow" : nil }
    if step == .unknown, configuration.stock == nil {
      return configuration.unknown?.value == .deny ? nil : "there is no unknown: deny"
    }
    return step == .unknown || configuration.defaultVerdict == .deny
      ? nil : "the default is allow; for all denials, write its keys under response: itself"
  }

  private mutating func status(_ entry: Entry, redirects: Bool) -> Located<Int>? {
    guard let text = text(entry.value, "status", "a status such as 451") else { return nil }
    let isNumber = text.value.utf8.count == 3 && text.value.utf8.allSatisfy(\.isASCIIDigit)
    let number = isNumber ? Int(text.value) : nil
    var message: String?
    switch (number, redirects) {
    case (444?, _):
      message = "444 is not an HTTP status; use close: true"
    case (301?, true), (302?, true), (303?, true), (307?, true), (308?, true): break
    case (.some(300...399), false):
      message = "\(text.value) is a redirect, but no redirect: sets the URL"
    case (_?, true): message = "the status of a redirect is 301, 302, 303, 307 or 308"
    case (.some(400...599), false): break
    default:
      message =
        "\"\(text.value)\" cannot be the status of a denial; "
        + "expected 400 to 599, such as 403 or 451"
    }
    if let message {
      error(.badStatus, "status: \(message)", at: entry.value)
      return nil
    }
    return number.map { Located(value: $0, text: text.text, range: text.range) }
  }

  private mutating func contentType(_ entry: Entry) -> Located<String>? {
    guard let text = text(entry.value, "content_type", "a type such as text/html") else {
      return nil
    }
    if isMediaType(text.value) { return text }
    let message = "content_type: expected a type such as text/html or text/html; charset=utf-8"
    error(.badHeaderValue, message, at: entry.value)
    return nil
  }

  private mutating func redirect(_ entry: Entry) -> Located<RedirectTemplate>? {
    guard let text = text(entry.value, "redirect", "a URL to redirect to") else { return nil }
    if text.value.hasPrefix("{url}") { return refuseLoop(entry) }
    do throws(RedirectTemplateError) {
      let template = try RedirectTemplate.parse(text.value)
      if template.isAlwaysLoop { return refuseLoop(entry) }
      return Located(value: template, text: text.text, range: text.range)
    } catch {
      self.error(.badRedirect, "redirect: \(error.message)", at: entry.value)
      return nil
    }
  }

  private mutating func refuseLoop(_ entry: Entry) -> Located<RedirectTemplate>? {
    let message = "redirect: leads to the denied URL; clients would request it in an endless loop"
    error(.redirectLoop, message, at: entry.value)
    return nil
  }

  private mutating func headers(
    _ entry: Entry
  ) -> [(name: Located<String>, value: Located<String>)] {
    var fields: [(name: Located<String>, value: Located<String>)] = []
    let named = headerFields(entry, in: "headers") { [proxy] in Self.whyNotSet($0, by: proxy) }
    for (name, entry) in named {
      guard let value = text(entry.value, name, "the value of a header field") else { continue }
      guard isHeaderValue(value.value) else {
        let message =
          "\(name): a value is one line without control characters and without blanks at its ends"
        error(.badHeaderValue, message, at: entry.value)
        continue
      }
      fields.append(
        (Located(value: name, text: name, range: document[entry.key].range), value))
    }
    return fields
  }

  /// Why a configuration cannot set a field of an answer; nil: it can.
  private static func whyNotSet(_ name: String, by proxy: Proxy) -> String? {
    switch name.lowercased() {
    case "content-length", "transfer-encoding", "trailer", "te", "content-encoding",
      "content-range":
      "describes the body; only \(proxy.name) sets it"
    case "connection", "keep-alive", "proxy-connection", "upgrade":
      "controls the connection; only \(proxy.name) sets it"
    case "content-type": "is set by content_type:"
    case "location": "is set by redirect:"
    default: proxy.whyReserved(name)
    }
  }
}
