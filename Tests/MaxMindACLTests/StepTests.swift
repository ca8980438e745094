import Foundation
import Testing

@testable import MaxMindACL

/// Checks the table of steps against the documentation, and makes each step decide a request.
@Suite struct StepTests {
  private static func lines(_ name: String) throws -> [String] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let path = tests.appendingPathComponent("../../\(name)").standardizedFileURL
    return try String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n")
  }

  /// The texts in backquotes in a cell of a Markdown table.
  private static func quoted(_ cell: String) -> [String] {
    cell.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
  }

  @Test func `the numbers equal the C header's`() throws {
    let prefix = "  MAXMIND_ACL_REASON_"
    var numbers: [String: Int] = [:]
    for line in try Self.lines("Sources/CMaxMindACL/include/maxmind_acl.h")
    where line.hasPrefix(prefix) {
      let words = line.dropFirst(prefix.count).split { " =,".contains($0) }
      numbers[String(words[0])] = Int(words[1])
    }
    let limit = numbers.removeValue(forKey: "LIMIT")
    #expect(limit == numbers.values.max().map { $0 + 1 })
    let expected = Step.allCases.map { step in
      (step.name.uppercased().replacing(".", with: "_"), Int(step.rawValue))
    }
    #expect(numbers == Dictionary(uniqueKeysWithValues: expected))
    #expect(Step.allCases.allSatisfy { $0.rawValue > 0 && $0.rawValue < Reason.detailStride })
  }

  @Test func `the ladders of the stock plugin equal those in docs/semantics`() throws {
    for (column, semantics) in StockSemantics.allCases.enumerated() {
      var lines: [String: Int] = [:]
      for row in try Self.lines("docs/semantics.md") where row.hasPrefix("| ") {
        let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        guard cells.count == 5, let line = Int(cells[column]) else { continue }
        for reason in Self.quoted(cells[4]) { lines[reason.replacing(".FLAG", with: "")] = line }
      }
      let expected = semantics.ladder.enumerated().flatMap { index, steps in
        steps.map { ($0.name, index + 1) }
      }
      #expect(lines == Dictionary(uniqueKeysWithValues: expected))
    }
  }

  @Test func `lines, sections and verdicts equal those in docs/semantics`() throws {
    var lines: [String: Int?] = ["unknown": 6, "error": nil]
    var verdicts: [String: String] = [:]
    for row in try Self.lines("docs/semantics.md") where row.hasPrefix("| ") {
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 4, let line = Int(cells[0]) else { continue }
      for reason in Self.quoted(cells[3]) {
        let name = reason.replacing(".FLAG", with: "")
        lines[name] = line
        if line < 6 { verdicts[name] = cells[2] }
      }
    }
    #expect(lines.count == Step.allCases.count)
    for step in Step.allCases {
      #expect(lines[step.name] == .some(step.line), "\(step)")
      #expect(verdicts[step.name] == step.verdict?.rawValue, "\(step)")
      #expect((step.section == nil) == (step.verdict == nil), "\(step)")
      #expect((step.section == nil) == (step.reads == nil), "\(step)")
      let parts = step.name.split(separator: ".").map(String.init)
      #expect(step.section.map(\.rawValue) == (step.verdict == nil ? nil : parts[0]), "\(step)")
      #expect("\(step.word)" == parts.last, "\(step)")
      #expect(step.meaning.isEmpty == (step.section != nil), "\(step)")
    }
    let ladder = Step.allCases.compactMap(\.line)
    #expect(ladder == ladder.sorted(), "the cases are in the order of the ladder")
  }

  @Test func `a name identifies one step`() {
    for step in Step.allCases {
      for name in step.reasonNames { #expect(Step.of(reasonName: name) == step) }
      #expect(Reason(number: Int(step.rawValue)).step == step)
      let key = step.responseKey
      #expect(key.flatMap { Step.of(responseKey: $0) } == (step.verdict == .allow ? nil : step))
    }
    #expect(Step.of(reasonName: "deny") == nil)
    #expect(Step.of(reasonName: "deny.") == nil)
    #expect(Step.of(reasonName: "anonymous.flag") == nil)
    #expect(Step.of(responseKey: "bypass") == nil)
    #expect(Reason.anonymous(.tor).description == "anonymous.tor")
    #expect(Reason.anonymous(.smartDNSProxy).description == "anonymous.smart_dns_proxy")
    #expect(Reason.error(.noURL).description == "error")
  }

  /// The rules with which a step decides on 127.1.200.1, which is in the US and a VPN, or on 127.1.64.1 in
  /// California.
  private func rules(of step: Step) -> String {
    switch step {
    case .bypass: "bypass: { ip: [127.1.200.1] }, deny: { country: [US] }"
    case .denyIP: "deny: { ip: [127.1.200.1] }"
    case .denyCountry: "deny: { country: [US] }, allow: { ip: [127.1.200.1] }"
    case .denyRegex: "deny: { regex: [['*', a]] }, allow: { ip: [127.1.200.1] }"
    case .allowIP: "allow: { ip: [127.1.200.1] }, anonymous: { vpn: true }"
    case .anonymous: "anonymous: { vpn: true }, allow: { country: [US] }"
    case .denyASN: "deny: { asn: [64500], country: [US] }"
    case .denySubdivision: "deny: { subdivision: [US-CA], continent: [NA] }"
    case .denyContinent: "deny: { continent: [NA] }, allow: { ip: [127.1.200.1] }"
    case .denyRules: "deny: { rules: [{ name: both, country: [US], host: [a.example] }] }"
    case .allowASN: "allow: { asn: [64500], country: [US] }"
    case .allowSubdivision: "allow: { subdivision: [US-CA], continent: [NA] }"
    case .allowContinent: "allow: { continent: [NA] }"
    case .allowRules: "allow: { rules: [{ name: both, country: [US], host: [a.example] }] }"
    case .allowCountry: "allow: { country: [US] }"
    case .allowRegex: "allow: { regex: [['*', a]] }"
    case .error: "deny: { country: [US] }"
    case .unknown: "deny: { country: [US] }, unknown: deny"
    case .byDefault: "allow: { country: [DE] }"
    }
  }

  @Test(arguments: Step.allCases) func `a step appears in all reports of its decision`(
    step: Step
  ) throws {
    let isOfPart = step.reads == .field(.subdivision)
    let located = isOfPart ? "127.1.64.1" : "127.1.200.1"
    let client: String? = step == .error ? nil : step == .unknown ? "198.18.0.1" : located
    let policy = try policy(
      """
      maxmind: { database: [\(Fixture.countryAnonymous), \(Fixture.city), \(Fixture.networks)],
        \(rules(of: step)) }
      """)
    let request = try request(client, "http://a.example/")
    let explanation = policy.explain(request)
    let decision = explanation.decision
    #expect(decision.reason.step == step)
    #expect(decision.verdict == step.verdict ?? .deny)
    #expect(explanation.steps.filter { $0.outcome == .decided }.map(\.step) == [step])
    #expect(policy.rule(of: decision)?.step == (step.section == nil ? nil : step))
    #expect((policy.rules.count(of: step) > 0) == (step.section != nil))
    #expect(policy.configuration.ruleCount(of: step) == policy.rules.count(of: step))
    #expect(step.reasonNames.contains(decision.reason.description))
    let rung = "> \(step.line ?? 2). \(step.name) "
    let rendered = explanation.rendered(client: client ?? "-", by: policy)
    #expect(rendered.contains(rung), "\(rendered)")
    #expect(policy.describe(decision).hasPrefix("\(decision.verdict) \(decision.reason)"))
  }
}
