import Foundation
import MaxMindACL
import Remap

/// The output of `explain --json`.
struct ExplanationJSON: Encodable {
  var client: String
  /// Whether there is a remap.config.
  var isMapped: Bool
  /// Its line that maps the URL.
  var line: RemapLine?
  /// The configurations that were asked, in their order. The last one decides. Empty: no rules decide.
  var ladders: [(explanation: Explanation, policy: Policy)]

  /// A denial that was not enforced, so that the next configuration was asked.
  private struct Passed: Encodable {
    var config: String
    var reason: String
    var rule: String?
    var file: String?
    var line: Int?

    init(_ explanation: Explanation, _ policy: Policy) {
      config = policy.configuration.file
      reason = explanation.decision.reason.description
      rule = explanation.rule?.text
      file = explanation.rule?.file
      line = explanation.rule?.line
    }
  }

  /// A pattern that allows another spelling of the URL.
  private struct Missed: Encodable {
    var rule: String
    var line: Int
    var form: String
    var formURL: String

    enum CodingKeys: String, CodingKey {
      case rule, line, form
      case formURL = "form_url"
    }

    init(_ miss: Explanation.Miss) {
      rule = miss.rule.text
      line = miss.rule.line
      form = miss.form.name
      formURL = miss.form.url
    }
  }

  enum Key: String, CodingKey {
    case decision, reason, rule, file, line, client, country, url, remap, config
    case form, formURL = "form_url", missed
    case status, location, page
    case peer, clientSource = "client_source", enforced
    case notEnforced = "not_enforced"
  }

  func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    let decided = ladders.last
    let explanation = decided?.explanation
    try container.encode(explanation?.decision.verdict.rawValue, forKey: .decision)
    try container.encode(explanation?.decision.reason.description, forKey: .reason)
    try container.encode(explanation?.rule?.text, forKey: .rule)
    try container.encodeIfPresent(explanation?.rule?.file, forKey: .file)
    try container.encode(explanation?.rule?.line, forKey: .line)
    if let explanation, decided?.policy.clientHeader != nil {
      try container.encode(client, forKey: .peer)
      try container.encode("\(explanation.client.source)", forKey: .clientSource)
      try container.encode(explanation.client.address?.description, forKey: .client)
    } else {
      try container.encode(client, forKey: .client)
    }
    if decided?.policy.configuration.enforcement.isComplete == false {
      try container.encode(explanation?.isEnforced, forKey: .enforced)
    }
    try container.encode(explanation?.country?.description, forKey: .country)
    try container.encode(explanation?.subject, forKey: .url)
    try container.encodeIfPresent(explanation?.form?.name, forKey: .form)
    try container.encodeIfPresent(explanation?.form?.url, forKey: .formURL)
    try container.encodeIfPresent(explanation?.misses.first.map(Missed.init), forKey: .missed)
    if let given = explanation?.answer {
      try container.encode(given.status, forKey: .status)
      if let location = given.location { try container.encode(location, forKey: .location) }
      if given.status != nil, let page = given.configured.page?.file {
        try container.encode(page, forKey: .page)
      }
    }
    guard isMapped else { return }
    try container.encode(line?.place, forKey: .remap)
    try container.encode(decided?.policy.configuration.file, forKey: .config)
    let passed = ladders.dropLast().filter { $0.explanation.decision.verdict == .deny }
    if !passed.isEmpty {
      try container.encode(passed.map { Passed($0, $1) }, forKey: .notEnforced)
    }
  }

  /// One JSON object on one line.
  func text() throws -> String { try jsonLine(self) }
}

/// A value as one line of JSON, with the keys in order.
func jsonLine(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
