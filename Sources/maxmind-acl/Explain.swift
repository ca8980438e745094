import ArgumentParser
import Foundation
import GeoDatabase
import MaxMindACL
import Remap

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells why a request is allowed or denied.",
    discussion: """
      Decides on one request and prints the steps of a decision in order: the one that decided is \
      marked, with the rule as it stands in the configuration. docs/semantics.md explains the steps. \
      With --remap, the line of the remap.config that Traffic Server maps the URL by comes first, \
      then each of its configurations up to the first that denies.

      EXAMPLES
        maxmind-acl explain --config maxmind.yaml --client 192.0.2.1 \\
          http://www.example.com/shop
        maxmind-acl explain --remap /etc/trafficserver/remap.config --client 192.0.2.1 \\
          http://www.example.com/shop
        maxmind-acl explain --config maxmind.yaml --client 2001:db8::1 \\
          --header 'X-Key: secret' --json http://www.example.com/shop

      EXIT STATUS
        0  the request was decided, either way, or no rules are in its way
        1  the configuration cannot be loaded
        64 the command line is wrong
      """)

  @OptionGroup var options: RequestOptions

  @Option(
    help: ArgumentHelp(
      "The client's address, or - for a request without one.", valueName: "address"))
  var client: String

  @Flag(help: "Print one JSON object: decision, reason, rule, line, client, country, url.")
  var json = false

  @Argument(help: "The URL before remapping, such as http://a.example/x.txt.")
  var url: String

  func validate() throws {
    _ = try request()
  }

  private func request() throws -> Request {
    guard let address = maxmind_acl.client(client) else {
      throw ValidationError("--client: '\(client)' is not an IPv4 or IPv6 address")
    }
    guard let request = try Request(client: address, url: url, headers: options.headers.fields())
    else {
      throw ValidationError("'\(url)' is not an absolute URL such as http://a.example/x.txt")
    }
    return request
  }

  func run() throws {
    let request = try request()
    let rules = try options.rules()
    let bytes = Array(url.utf8)
    guard let parts = URLParts(absolute: bytes.indices, in: bytes.span) else { return }
    let line = rules.line(for: parts, in: bytes.span)
    var explanations: [(explanation: Explanation, policy: Policy)] = []
    for policy in rules.policies(for: parts, in: bytes.span) ?? [] {
      explanations.append((policy.explain(request), policy))
      if explanations.last?.explanation.decision.verdict == .deny { break }
    }
    if json {
      let answer = Answer(
        client: client, isMapped: rules.remap != nil, line: line, decided: explanations.last)
      try standardOutput.print(try answer.text())
      return
    }
    var texts = explanations.map { explanation, policy in
      explanation.text(client: client, policy: policy, namesConfiguration: rules.remap != nil)
    }
    if rules.remap != nil {
      texts.insert(text(of: line, file: rules.file, hasRules: !texts.isEmpty), at: 0)
    }
    try standardOutput.print(texts.joined(separator: "\n\n"))
  }

  /// The remap line of the URL, and what becomes of the request where no rules decide.
  private func text(of line: RemapLine?, file: String, hasRules: Bool) -> String {
    guard let line else {
      return "unmapped: no line of \(printable(file)) maps the URL; Traffic Server answers with 404"
    }
    let place = printable("\(line.place): \(line.text)")
    switch line.kind {
    case .redirect, .redirectTemporary: return "\(place)\nredirected: no rules decide"
    default: return hasRules ? place : "\(place)\nallow: the line has no rules"
    }
  }
}

/// What `--json` prints.
private struct Answer: Encodable {
  var client: String
  /// Whether there is a remap.config.
  var isMapped: Bool
  /// The line of it that maps the URL.
  var line: RemapLine?
  /// Nil: no rules decide.
  var decided: (explanation: Explanation, policy: Policy)?

  enum Key: String, CodingKey {
    case decision, reason, rule, line, client, country, url, remap, config
  }

  func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    let explanation = decided?.explanation
    try container.encode(explanation?.decision.verdict.rawValue, forKey: .decision)
    try container.encode(explanation?.decision.reason.description, forKey: .reason)
    try container.encode(explanation?.rule?.text, forKey: .rule)
    try container.encode(explanation?.rule?.line, forKey: .line)
    try container.encode(client, forKey: .client)
    try container.encode(explanation?.country?.description, forKey: .country)
    try container.encode(explanation?.subject, forKey: .url)
    guard isMapped else { return }
    try container.encode(line?.place, forKey: .remap)
    try container.encode(decided?.policy.configuration.file, forKey: .config)
  }

  /// One JSON object on one line.
  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension Explanation {
  /// The subject of regex rules, as sent.
  fileprivate var subject: String { subjects.first ?? "" }

  /// The ladder, for a person.
  fileprivate func text(
    client: String, policy: Policy, namesConfiguration: Bool
  ) -> String {
    let type = policy.database.type
    var lines = [
      "\(decision.verdict.rawValue): \(decision.reason)", "",
      "client   \(client)",
      "country  \(country.map { "\($0) by \(type)" } ?? "none by \(type)")",
      "url      \(printable(subject))",
    ]
    if namesConfiguration {
      lines.insert("config   \(printable(policy.configuration.file))", at: 2)
    }
    lines += subjects.dropFirst().map { "also as  \(printable($0))" }
    lines.append("")
    for step in steps {
      let name = step.name.padding(toLength: 14, withPad: " ", startingAt: 0)
      let mark = step.outcome == .decided ? ">" : " "
      lines.append("\(mark) \(step.line). \(name) \(outcome(of: step))")
      if step.outcome == .decided, let rule {
        lines.append("     \(policy.configuration.file):\(rule.line):\(rule.range.start.column)")
        lines += rule.excerpt.split(separator: "\n").map { "    \($0)" }
      }
    }
    return lines.joined(separator: "\n")
  }

  private func outcome(of step: Step) -> String {
    let rules = step.ruleCount == 1 ? "1 rule" : "\(step.ruleCount) rules"
    switch step.outcome {
    case .notConfigured: return "no rules"
    case .notMatched: return "\(rules), no match"
    case .notReached: return "not reached"
    case .decided: break
    }
    let verdict = decision.verdict.rawValue
    switch decision.reason {
    case .byDefault:
      return verdict == "deny"
        ? "deny: there are allow rules, and none matched" : "allow: there are no allow rules"
    case .unknown: return "\(verdict): the client has no country, and unknown: says \(verdict)"
    case .error(let failure): return "\(verdict): \(failure.explanation), and on_error decides"
    default: return "\(verdict): \(printable(rule?.text ?? ""))"
    }
  }
}
