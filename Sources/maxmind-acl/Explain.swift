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
        maxmind-acl explain --remap /etc/trafficserver/remap.config \\
          --client 192.0.2.1 http://www.example.com/shop
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
    let conditions = rules.conditions(on: [url])
    if !conditions.isEmpty {
      report(LoadFailure(diagnostics: conditions))
      throw ExitCode(1)
    }
    guard let explanation = rules.explain(request, url: url) else { return }
    if json {
      let answer = Answer(
        client: client, isMapped: rules.remap != nil, line: explanation.line,
        decided: explanation.ladders.last)
      try standardOutput.print(try answer.text())
    } else {
      try standardOutput.print(explanation.rendered(client: client))
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
