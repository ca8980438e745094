import ArgumentParser
import Foundation
import GeoDatabase
import MaxMindACL

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells why a request is allowed or denied.",
    discussion: """
      Decides on one request and prints the lines of the semantics in order, the one that decided \
      marked, with the rule as it stands in the configuration.

      EXIT STATUS
        0  the request was decided, either way
        1  the configuration cannot be loaded
        64 the command line is wrong
      """)

  @OptionGroup var options: RequestOptions

  @Option(help: "The client's address, or - for a request without one.")
  var client: String

  @Flag(help: "Print one JSON object.")
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
    guard let request = try Request(client: address, url: url, headers: options.headers()) else {
      throw ValidationError("'\(url)' is not an absolute URL such as http://a.example/x.txt")
    }
    return request
  }

  func run() throws {
    let request = try request()
    let policy = try options.policy()
    let explanation = policy.explain(request)
    if json {
      try standardOutput.print(explanation.json(client: client))
    } else {
      try standardOutput.print(explanation.rendered(client: client, by: policy))
    }
  }
}

extension Explanation {
  /// One JSON object on one line.
  fileprivate func json(client: String) throws -> String {
    struct Object: Encodable {
      let explanation: Explanation
      let client: String

      enum Key: String, CodingKey {
        case decision, reason, rule, line, client, country, url
      }

      func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(explanation.decision.verdict.rawValue, forKey: .decision)
        try container.encode(explanation.decision.reason.description, forKey: .reason)
        try container.encode(explanation.rule?.text, forKey: .rule)
        try container.encode(explanation.rule?.line, forKey: .line)
        try container.encode(client, forKey: .client)
        try container.encode(explanation.country?.description, forKey: .country)
        try container.encode(explanation.subject, forKey: .url)
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(
      decoding: try encoder.encode(Object(explanation: self, client: client)), as: UTF8.self)
  }
}
