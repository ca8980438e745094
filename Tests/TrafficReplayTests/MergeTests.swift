import Foundation
import Testing

@testable import TrafficReplay

@Suite("Merging summaries")
struct MergeTests {
  /// A summary with something in each of its parts.
  static func part(_ number: Int) -> ReplaySummary {
    var summary = ReplaySummary(
      coverage: Coverage(
        files: ["part\(number).log"], lines: 10 + number, requests: 8, malformed: ["no URL": 2],
        malformedExamples: [
          .init(kind: "no URL", file: "part\(number).log", line: 3, text: "a \u{1} \"x\" ä"),
          .init(kind: "no URL", file: "part\(number).log", line: 4, text: "b"),
        ]),
      configurations: [
        .init(
          file: "maxmind.yaml", databaseType: "GeoLite2-Country", databaseBuilt: 1_756_684_800,
          decisions: VerdictCounts(allow: number, deny: 1),
          rules: [.init(kind: "deny.country", text: "DE", line: 4, hits: number)])
      ])
    summary.decisions = VerdictCounts(allow: number, deny: 1)
    summary.unmapped = 1
    summary.reasons = [
      "deny.country": VerdictCounts(deny: 1), "r\(number)": VerdictCounts(allow: 2),
    ]
    summary.countries = ["DE": VerdictCounts(deny: 1), "-": VerdictCounts(allow: number)]
    summary.hosts = FrequentKeys(counts: ["a.example": VerdictCounts(allow: 1, deny: number)])
    summary.deniedNetworks = FrequentKeys(counts: [
      "192.0.2.0/24": number, "10.\(number).0.0/24": 1,
    ])
    summary.timeline = Timeline(
      intervals: [
        .init(start: 60, decisions: VerdictCounts(allow: 1)),
        .init(start: 120 * number, decisions: VerdictCounts(deny: 1)),
      ], untimed: 1)
    return summary
  }

  @Test func `parts with rules on other lines are refused`() throws {
    var whole = Self.part(1)
    var other = Self.part(2)
    other.configurations[0].rules[0].line += 1
    #expect(throws: SummaryError(message: "maxmind.yaml had other rules")) {
      try whole.merge(other)
    }
  }

  @Test func `the failures of a later part are kept`() throws {
    var (whole, second, third) = (Self.part(1), Self.part(2), Self.part(3))
    second.coverage.failures = ["b.log: cannot be read"]
    third.coverage.failures = ["c.log: cannot be read"]
    try whole.merge(second)
    try whole.merge(third)
    #expect(whole.coverage.failures == ["b.log: cannot be read", "c.log: cannot be read"])
  }

  @Test func `counts are added up`() throws {
    var whole = Self.part(1)
    try whole.merge(Self.part(2))
    #expect(whole.coverage.files == ["part1.log", "part2.log"])
    #expect(whole.coverage.lines == 23)
    #expect(whole.coverage.requests == 16)
    #expect(whole.coverage.malformed == ["no URL": 4])
    #expect(whole.coverage.malformedExamples.map(\.line) == [3, 4, 3])
    #expect(whole.configurations[0].decisions == VerdictCounts(allow: 3, deny: 2))
    #expect(whole.configurations[0].rules[0].hits == 3)
    #expect(whole.decisions == VerdictCounts(allow: 3, deny: 2))
    #expect(whole.unmapped == 2)
    #expect(
      whole.reasons == [
        "deny.country": VerdictCounts(deny: 2), "r1": VerdictCounts(allow: 2),
        "r2": VerdictCounts(allow: 2),
      ])
    #expect(whole.countries == ["DE": VerdictCounts(deny: 2), "-": VerdictCounts(allow: 3)])
    #expect(
      whole.hosts == FrequentKeys(counts: ["a.example": VerdictCounts(allow: 2, deny: 3)]))
    #expect(
      whole.deniedNetworks
        == FrequentKeys(counts: ["192.0.2.0/24": 3, "10.1.0.0/24": 1, "10.2.0.0/24": 1]))
    #expect(
      whole.timeline.intervals == [
        .init(start: 60, decisions: VerdictCounts(allow: 2)),
        .init(start: 120, decisions: VerdictCounts(deny: 1)),
        .init(start: 240, decisions: VerdictCounts(deny: 1)),
      ])
    #expect(whole.timeline.untimed == 2)
  }

  @Test func `JSON holds the whole summary`() throws {
    let summary = Self.part(3)
    let bytes = try summary.json()
    #expect(try ReplaySummary(json: bytes) == summary)
    #expect(!bytes.contains(10))
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains(#""format":"maxmind-acl replay 1""#))
    #expect(text.contains(#""denied_networks":{"counts":{"10.3.0.0/24":1,"#))
  }

  @Test func `beyond the capacity the smallest counts are joined in any order`() {
    var keys = FrequentKeys(counts: ["a": 5, "b": 1, "c": 3], others: 2)
    keys.merge(FrequentKeys(counts: ["d": 1, "c": 1, "e": 9]), capacity: 3)
    #expect(keys == FrequentKeys(counts: ["a": 5, "c": 4, "e": 9], others: 4))
  }

  @Test func `keys with many bytes are joined, too`() {
    var keys = FrequentKeys(counts: ["aaaa": 5, "bbbb": 1])
    keys.merge(FrequentKeys(counts: ["ää": 3]), capacity: 9, byteCapacity: 8)
    #expect(keys == FrequentKeys(counts: ["aaaa": 5, "ää": 3], others: 1))
  }

  @Test func `sums stop at the largest number`() throws {
    var whole = Self.part(1)
    whole.coverage.files = []
    for _ in 0..<70 { try whole.merge(whole) }
    #expect(whole.decisions == VerdictCounts(allow: .max, deny: .max))
    #expect(whole.unmapped == .max)
    #expect(whole.coverage.lines == .max)
    #expect(whole.coverage.malformed == ["no URL": .max])
    #expect(whole.configurations[0].rules[0].hits == .max)
    #expect(whole.hosts.counts == ["a.example": VerdictCounts(allow: .max, deny: .max)])
    #expect(whole.deniedNetworks.counts["192.0.2.0/24"] == .max)
    #expect(whole.timeline.untimed == .max)
    #expect(!whole.text(colours: false, width: 80).isEmpty)
    #expect(!whole.html(at: 1_788_300_000).isEmpty)
  }

  @Test func `more requests than lines are refused`() throws {
    var part = Self.part(1)
    part.coverage.requests = part.coverage.lines + 1
    let bytes = try part.json()
    #expect(
      throws: SummaryError(
        message: "is damaged: it has more requests than lines, or decisions than requests")
    ) { try ReplaySummary(json: bytes) }
  }

  @Test func `hosts and networks with any text survive JSON with any spaces`() throws {
    var summary = Self.part(1)
    summary.hosts = FrequentKeys(others: VerdictCounts(allow: 1))
    for text in hostileTexts + ["\"hosts\":{}", "\\u0041", "😀"] {
      summary.hosts.counts[text] = VerdictCounts(allow: 1, deny: 2)
      summary.deniedNetworks.counts[text] = 3
    }
    let bytes = try summary.json()
    #expect(try ReplaySummary(json: bytes) == summary)
    let object = try JSONSerialization.jsonObject(with: Data(bytes))
    let spaced = try JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted])
    #expect(try ReplaySummary(json: Array(spaced)) == summary)
    let document = try #require(object as? [String: Any])
    let hosts = try #require(document["hosts"] as? [String: Any])
    #expect((hosts["counts"] as? [String: Any])?.count == summary.hosts.counts.count)
  }

  @Test(arguments: [
    #"{"counts":{"a":{"allow":1}}}"#, #"{"counts":{"a":1}}"#,
    #"{"counts":{"a":{"allow":1,"deny":x}}}"#,
    #"{"counts":{"a" {"allow":1,"deny":1}}}"#, "[]", "1", "{}",
    #"{"counts":{"a":{"allow":1,"deny":1.5}}}"#,
    #"{"counts":{"\q":{"allow":1,"deny":1}}}"#,
  ]) func `damaged hosts are refused`(_ hosts: String) throws {
    let text = String(decoding: try Self.part(1).json(), as: UTF8.self)
    let broken = text.replacing(
      #""hosts":{"counts":{"a.example":{"allow":1,"deny":1}}}"#, with: "\"hosts\":\(hosts)")
    #expect(broken != text)
    let failure = #expect(throws: SummaryError.self) { try ReplaySummary(json: Array(broken.utf8)) }
    #expect(failure?.message.hasPrefix("is damaged: ") == true)
  }

  @Test func `truncated JSON is refused`() throws {
    let bytes = try Self.part(1).json()
    for length in bytes.indices {
      #expect(throws: SummaryError.self) { try ReplaySummary(json: Array(bytes[..<length])) }
    }
  }

  static let others: [(String, @Sendable (inout ReplaySummary) -> Void, String)] = [
    ("configurations", { $0.configurations = [] }, "it has 0 configurations, not 1"),
    (
      "file", { $0.configurations[0].file = "other.yaml" },
      "it belongs to other.yaml, not to maxmind.yaml"
    ),
    (
      "database", { $0.configurations[0].databaseBuilt += 1 },
      "maxmind.yaml was replayed with another database"
    ),
    ("rules", { $0.configurations[0].rules[0].text = "FR" }, "maxmind.yaml had other rules"),
  ]

  @Test(arguments: others.indices) func `parts with other rules are refused`(_ index: Int) throws {
    let (_, change, message) = Self.others[index]
    var part = Self.part(2)
    change(&part)
    var whole = Self.part(1)
    #expect(throws: SummaryError(message: message)) { try whole.merge(part) }
  }

  static let damaged: [(String, String)] = [
    ("", "is not output of maxmind-acl replay --json"),
    ("{}", "is not output of maxmind-acl replay --json"),
    ("[1]", "is not output of maxmind-acl replay --json"),
    (#"{"format":"maxmind-acl diff 1"}"#, "is not output of maxmind-acl replay --json"),
    (
      #"{"format":"maxmind-acl replay 1"}"#,
      "is damaged: No value associated with key CodingKeys"
    ),
  ]

  @Test(arguments: damaged) func `other JSON is refused`(
    _ text: String, _ message: String
  ) throws {
    let failure = try #require(throws: SummaryError.self) {
      try ReplaySummary(json: Array(text.utf8))
    }
    #expect(failure.message.hasPrefix(message))
  }

  @Test(arguments: [#""unmapped":1"#, #""lines":13"#, #""192.0.2.0/24":3"#, #""hits":3"#])
  func `impossible counts are refused`(_ count: String) throws {
    let text = String(decoding: try Self.part(3).json(), as: UTF8.self)
    let name = try #require(count.split(separator: ":").first)
    for wrong in ["-1", "9223372036854775807"] {
      let broken = text.replacing(count, with: "\(name):\(wrong)")
      #expect(broken != text)
      #expect(throws: SummaryError(message: "is damaged: a count is negative or too large")) {
        try ReplaySummary(json: Array(broken.utf8))
      }
    }
  }
}
