import GeoDatabase
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
    let isNotEnforced = isEnforced == false
    let verdict = decision.verdict.rawValue + (isNotEnforced ? ", not enforced" : "")
    var lines = [
      "\(verdict): \(decision.reason)", "",
      "client   \(printable(clientText(peer: client, by: policy)))",
    ]
    lines += recordLines(by: policy)
    lines.append("url      \(printable(subject))")
    if namesConfiguration {
      lines.insert("config   \(printable(policy.configuration.file))", at: 2)
    }
    lines += subjects.dropFirst().map { "also as  \(printable($0))" }
    if let isEnforced, let limits = policy.configuration.enforcement.limits {
      lines.append("enforced \(isEnforced ? "yes" : "no"): \(limits)")
    }
    lines += answer?.lines(label: isNotEnforced ? "would be" : "answer") ?? []
    lines.append("")
    let width = steps.map(\.step.name.count).reduce(14, max)
    for entry in steps {
      let name = entry.step.name
      let blanks = String(repeating: " ", count: max(0, width - name.count))
      let mark = entry.outcome == .decided ? ">" : " "
      lines.append("\(mark) \(entry.line). \(name)\(blanks) \(outcome(of: entry, by: policy))")
      if entry.outcome == .decided, let rule {
        let place = "\(printable(rule.file ?? policy.configuration.file)):\(rule.line)"
        lines.append(
          "     " + (rule.sourceLine != nil ? "\(place):\(rule.range.start.column)" : place))
        lines += rule.excerpt.split(separator: "\n").map { "    \($0)" }
        if let form, form.url != subject { lines.append("     matches \(described(form))") }
      }
      for miss in misses where miss.rule.step == entry.step {
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

  private func outcome(of entry: Entry, by policy: Policy) -> String {
    let rules = counted(entry.ruleCount, "rule")
    switch entry.outcome {
    case .notConfigured: return entry.step.section == nil ? "no match" : "no rules"
    case .notMatched: return "\(rules), no match"
    case .notReached: return "not reached"
    case .decided: break
    }
    let verdict = decision.verdict.rawValue
    if entry.step.section != nil {
      return "\(verdict): \(printable(rule?.text ?? "a pattern hit its limit"))"
    }
    if policy.stock != nil {
      let reason =
        switch (entry.step, decision.reason.failure) {
        case (.unknown, _): "the address is not in the database"
        case (.error, .unreadableCountry?): "the client's record has no country.iso_code"
        case (.error, let failure?): failure.explanation
        default:
          decision.verdict == .deny
            ? "there is an allow section, and no rule matched" : "there is no allow section"
        }
      return "\(verdict): \(reason)"
    }
    if entry.step == .error {
      let explanation = decision.reason.failure?.explanation ?? Step.error.meaning
      return "\(verdict): \(explanation), and on_error decides"
    }
    if entry.step == .unknown {
      return "\(verdict): the client has no country, and unknown: is \(verdict)"
    }
    return decision.verdict == .deny
      ? "deny: there are allow rules, and none matched" : "allow: there are no allow rules"
  }

  /// The rows about the client's records: its country, and the other fields that rules read.
  private func recordLines(by policy: Policy) -> [String] {
    let databases = policy.databases.map(\.summary).joined(separator: " and ")
    let origin = databases.isEmpty ? "no database" : databases
    let configuration = policy.configuration
    let record = record ?? Record()
    func text(of field: RecordField) -> String {
      switch record.text(of: field) {
      case .absent: "none"
      case .value(let text): printable(text)
      case .unreadable: "unreadable"
      }
    }
    let isUnreadable = configuration.countryFrom.contains { record.state(of: $0) == .unreadable }
    var places = country.map { "\($0)" } ?? (isUnreadable ? "unreadable" : "none")
    for field in [RecordField.subdivision, .continent] where configuration.reads(field) {
      places += ", \(field.rawValue) \(text(of: field))"
    }
    var lines = ["country  \(places) by \(origin)"]
    if configuration.reads(.asn) {
      let name = record.asn.readable == nil ? nil : record.organisation
      lines.append("network  \(text(of: .asn))\(name.map { " \(printable($0))" } ?? "")")
    }
    if !configuration.readFlags.isEmpty {
      let flags = configuration.flagNames.compactMap { name, flag -> String? in
        if record.flags.contains(flag) { return name }
        return record.unreadableFlags.contains(flag) ? "\(name) unreadable" : nil
      }
      lines.append("flags    \(flags.isEmpty ? "none" : flags.joined(separator: ", "))")
    }
    return lines
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
