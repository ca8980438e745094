import Text

extension Explanation {
  /// The subject of regex rules, as sent.
  package var subject: String { subjects.first ?? "" }

  /// The decision, the request and the lines of the ladder in order. The step that decided has a mark and its rule as
  /// in the file. No final line break.
  ///
  /// - Parameters:
  ///   - client: The address of the connection, in the operator's spelling.
  ///   - policy: The policy of the explanation.
  ///   - namesConfiguration: Whether to name the policy's file, because there are several.
  package func rendered(
    client: String, by policy: Policy, namesConfiguration: Bool = false
  ) -> String {
    let database = policy.database.summary
    let isNotEnforced = isEnforced == false
    let verdict = decision.verdict.rawValue + (isNotEnforced ? ", not enforced" : "")
    var lines = [
      "\(verdict): \(decision.reason)", "",
      "client   \(printable(clientText(peer: client, by: policy)))",
      "country  \(country.map { "\($0) by \(database)" } ?? "none by \(database)")",
      "url      \(printable(subject))",
    ]
    if namesConfiguration {
      lines.insert("config   \(printable(policy.configuration.file))", at: 2)
    }
    lines += subjects.dropFirst().map { "also as  \(printable($0))" }
    if let isEnforced, let limits = policy.configuration.enforcement.limits {
      lines.append("enforced \(isEnforced ? "yes" : "no"): \(limits)")
    }
    lines += answer?.lines(label: isNotEnforced ? "would be" : "answer") ?? []
    lines.append("")
    for entry in steps {
      let name = entry.step.name
      let blanks = String(repeating: " ", count: max(0, 14 - name.count))
      let mark = entry.outcome == .decided ? ">" : " "
      lines.append("\(mark) \(entry.line). \(name)\(blanks) \(outcome(of: entry))")
      if entry.outcome == .decided, let rule {
        let place = "\(printable(rule.file ?? policy.configuration.file)):\(rule.line)"
        lines.append(
          "     " + (rule.sourceLine != nil ? "\(place):\(rule.range.start.column)" : place))
        lines += rule.excerpt.split(separator: "\n").map { "    \($0)" }
        if let form, form.url != subject { lines.append("     matches \(described(form))") }
      }
      if let miss, entry.step == .allowRegex {
        let place = printable("\(policy.configuration.file):\(miss.rule.line)")
        lines.append("     \(place): \(printable(miss.rule.text)) matches the URL as sent,")
        lines.append("     but not \(described(miss.form))")
      }
    }
    return lines.joined(separator: "\n")
  }

  /// The client, and the source of its address if there are several.
  private func clientText(peer: String, by policy: Policy) -> String {
    guard let header = policy.clientHeader else {
      return ignoredClientHeader.map { "\(peer); \($0) is ignored: client: is not set" }
        ?? peer
    }
    switch client.source {
    case .header: return "\(client.address.map { "\($0)" } ?? "none") by \(header) from \(peer)"
    case .hidden, .unreadable: return "none by \(header) from \(peer)"
    case .connection where policy.believes(client.address):
      return "\(peer), a trusted proxy that sends no \(header)"
    case .connection, .verified: return "\(peer), not a trusted proxy"
    }
  }

  private func described(_ form: Form) -> String {
    "the form \"\(form.name)\": \(printable(form.url))"
  }

  private func outcome(of entry: Entry) -> String {
    let rules = counted(entry.ruleCount, "rule")
    switch entry.outcome {
    case .notConfigured: return "no rules"
    case .notMatched: return "\(rules), no match"
    case .notReached: return "not reached"
    case .decided: break
    }
    let verdict = decision.verdict.rawValue
    switch entry.step {
    case .bypass, .denyIP, .denyCountry, .denyRegex, .allowIP, .anonymous, .allowCountry,
      .allowRegex:
      return "\(verdict): \(printable(rule?.text ?? ""))"
    case .error:
      let explanation = decision.reason.failure?.explanation ?? Step.error.meaning
      return "\(verdict): \(explanation), and on_error decides"
    case .unknown: return "\(verdict): the client has no country, and unknown: is \(verdict)"
    case .byDefault:
      return decision.verdict == .deny
        ? "deny: there are allow rules, and none matched" : "allow: there are no allow rules"
    }
  }
}

extension Answer {
  /// The answer as lines of an explanation.
  ///
  /// - Parameter label: The text before the status.
  fileprivate func lines(label: String) -> [String] {
    let label = label + String(repeating: " ", count: max(1, 9 - label.count))
    guard let status else { return ["\(label)none: the connection is closed"] }
    let isDefault = configured.contentType == ConfiguredAnswer.defaultContentType
    let type = isDefault ? "" : " as \(configured.contentType)"
    let page = configured.page.map { $0.file + type } ?? "the proxy's own page"
    let shown = location.map { "to \($0)" } ?? page
    var lines = ["\(label)\(status) \(reasonPhrase(of: status)), \(shown)"]
    if case .redirect = configured.content, location == nil {
      lines.append("         no redirect: it would lead to this URL again")
    }
    lines += configured.fields.map { "header   \($0.name): \($0.value)" }
    return lines.map(printable)
  }
}
