import Text

// Reports on each decision: name, decision_header, annotate and log.
extension ConfigurationReader {
  /// The fields that control the parsing and routing of a request, as variable names. Another value changes the meaning
  /// of the request.
  private static let fieldsOfTheProxy: Set<[UInt8]> = Set(
    [
      "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te",
      "trailer", "transfer-encoding", "upgrade",
    ].map { $0.utf8.map(variableByte) })

  mutating func readReporting(_ keys: Keys) {
    if let entry = keys["name"] { readName(entry) }
    if let entry = keys["decision_header"] { readDecisionHeader(entry) }
    if let entry = keys["annotate"] { readAnnotations(entry) }
    if let entry = keys["log"] { readLog(entry) }
  }

  private mutating func readDecisionHeader(_ entry: Entry) {
    if case .scalar("denials", isPlain: _) = document[entry.value].content {
      configuration.reporting.decisionHeader = .denials
    } else if let isOn = boolean(entry, "decision_header", orElse: "denials") {
      configuration.reporting.decisionHeader = isOn ? .on : .off
    }
  }

  private mutating func readName(_ entry: Entry) {
    guard let name = text(entry.value, "name", "a name such as shop") else { return }
    guard name.value.utf8.allSatisfy(isNameCharacter) else {
      error(
        .badName, "name: use only letters, digits, _ and -; the name is part of metric names",
        at: entry.value)
      return
    }
    guard name.value.utf8.count <= Configuration.Reporting.longestName else {
      let most = Configuration.Reporting.longestName
      error(.badName, "name: at most \(most) characters", at: entry.value)
      return
    }
    configuration.reporting.name = name
  }

  // MARK: - annotate

  private mutating func readAnnotations(_ entry: Entry) {
    let fields = headerFields(entry, in: "annotate") { [proxy] in
      Self.fieldsOfTheProxy.contains($0.utf8.map(variableByte))
        ? "belongs to the proxy, which could misread the request" : proxy.whyReserved($0)
    }
    var variables: [[UInt8]: String] = [:]
    for (name, entry) in fields {
      if let other = variables.updateValue(name, forKey: name.utf8.map(variableByte)) {
        error(
          .duplicateKey, "annotate: \(name): an origin may confuse it with \(other)", at: entry.key)
        continue
      }
      guard let value = text(entry.value, name, "a text such as \"{country}\"") else { continue }
      do throws(AnnotationTemplateError) {
        let template = try AnnotationTemplate(value.value)
        configuration.reporting.annotations.append(.init(name: name, value: template))
      } catch {
        self.error(.badTemplate, "\(name): \(error.message)", at: entry.value)
      }
    }
  }

  // MARK: - log

  private mutating func readLog(_ entry: Entry) {
    guard case .mapping = document[entry.value].content else {
      configuration.reporting.log = logFile(entry.value, "log").map { .init(file: $0) }
      return
    }
    guard let keys = keys(of: entry.value, in: "log", known: ["file", "sample", "rate"]) else {
      return
    }
    guard let file = keys["file"] else {
      error(.missingKey, "log has no file:; it needs the name of a log", at: entry.key)
      return
    }
    guard var log = logFile(file.value, "file").map({ Configuration.DenialLog(file: $0) }) else {
      return
    }
    if let entry = keys["sample"] { log.sample = sample(entry.value) ?? log.sample }
    if let entry = keys["rate"] { log.linesPerSecond = rate(entry.value) ?? log.linesPerSecond }
    configuration.reporting.log = log
  }

  private mutating func logFile(_ id: NodeID, _ name: String) -> String? {
    if case .scalar(let text, isPlain: true) = document[id].content, isSwitchOrNumber(text) {
      let message =
        "\(name): \(text) is not the name of a log; write one such as maxmind_acl.log, or file:, "
        + "sample: and rate: under log:"
      error(.badLog, message, at: id)
      return nil
    }
    guard let file = text(id, name, "the name of a log such as maxmind_acl.log") else { return nil }
    let isPlain = file.value.utf8.allSatisfy {
      isNameCharacter($0) || $0 == UInt8(ascii: ".")
    }
    if proxy.logs.contains(file.value) {
      error(.badLog, "\(name): \(file.value) is one of \(proxy.name)'s own logs", at: id)
      return nil
    }
    if isPlain, file.value.utf8.first != UInt8(ascii: "."), file.value.utf8.count <= 128 {
      return file.value
    }
    let message =
      "\(name): \"\(file.value)\" cannot be the name of a log; expected letters, digits, "
      + "_, - and ., in the directory of \(proxy.name)'s logs"
    error(.badLog, message, at: id)
    return nil
  }

  private mutating func sample(_ id: NodeID) -> UInt32? {
    if case .scalar(let text, isPlain: _) = document[id].content, text.last == "%",
      let share = hundredthsOfPercent(String(text.dropLast())),
      share > 0
    {
      return share
    }
    error(
      .badLog, "sample: expected a share of the denials from 0.01% to 100%, such as 10%", at: id)
    return nil
  }

  private mutating func rate(_ id: NodeID) -> UInt32? {
    if case .scalar(let text, isPlain: _) = document[id].content, text.hasSuffix("/s"),
      text.utf8.count <= 9, let lines = UInt32(text.dropLast(2)), (1...1_000_000).contains(lines),
      text.utf8.first != UInt8(ascii: "+")
    {
      return lines
    }
    error(
      .badLog, "rate: expected the most lines in a second from 1/s to 1000000/s, such as 100/s",
      at: id)
    return nil
  }
}

/// Whether an unquoted text is a boolean or a number.
private func isSwitchOrNumber(_ text: String) -> Bool {
  let isNumber = text.utf8.allSatisfy { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }
  return booleanValue(of: text) != nil || (isNumber && text.utf8.contains(where: \.isASCIIDigit))
}
