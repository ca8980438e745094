import AccessLog
import Foundation
import MaxMindACL
import Remap
import Testing

@testable import TrafficReplay

@Suite("Differences of several workers")
struct DifferenceTests {
  private static let databases = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/databases")

  private static func configuration(_ database: String, _ country: String) -> String {
    let path = databases.appendingPathComponent(database).path
    return "maxmind:\n  database: \(path)\n  deny:\n    country: [\(country)]\n"
  }

  private static let plugin = "@plugin=maxmind_acl.so @pparam="

  private static let files = [
    "old.yaml": configuration("loopback-country.mmdb", "DE"),
    "new.yaml": configuration("loopback-country-swapped.mmdb", "DE"),
    "old.config":
      "map http://a.example/ http://o/ \(plugin)old.yaml\nmap http://old.example/ http://o/\n",
    "new.config":
      "map http://a.example/ http://o/ \(plugin)new.yaml\nmap http://new.example/ http://o/\n",
    "one.log": """
    127.1.0.1 http://a.example/1
    127.2.0.1 http://a.example/2
    127.3.0.1 http://a.example/3
    127.3.0.1 http://old.example/4
    127.3.0.1 http://new.example/5
    127.3.0.1 http://none.example/6

    """,
    "two.log": """
    127.1.1.1 http://a.example/7
    127.1.2.1 http://a.example/8
    127.2.1.1 http://a.example/9
    127.3.1.1 http://a.example/10
    127.3.1.1 http://old.example/11
    127.3.1.1 http://new.example/12
    127.3.1.1 http://new.example/13

    """,
  ]

  @Test func `the summary holds the counts of each worker`() throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("differences-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    for (name, text) in Self.files {
      try Data(text.utf8).write(to: directory.appendingPathComponent(name))
    }
    func file(_ name: String) -> String { directory.appendingPathComponent(name).path }
    let old = try RuleSet.load(remap: file("old.config"), directory: directory.path)
    let new = try RuleSet.load(remap: file("new.config"), directory: directory.path)
    let logs = ["one.log", "two.log"].map(file)
    let countries = CountryTable(of: old.policies + new.policies)

    func summary(blocksOf workers: [[String]]) -> DifferenceSummary {
      let keys = DifferenceTally.sharedKeys()
      let input = LogInput(files: logs, format: nil)
      var places = LinePlaces(files: logs)
      var tallies: [DifferenceTally] = []
      var block = LogBlock()
      for (index, worker) in workers.enumerated() {
        var tally = DifferenceTally(
          old: old, new: new, countries: countries, keys, oldHeaders: RequestHeaders(),
          newHeaders: RequestHeaders())
        for _ in worker {
          guard input.next(&block) else { Issue.record("no block for \(index)"); break }
          places.add(block)
          tally.add(block)
        }
        tally.finish()
        tallies.append(tally)
      }
      return DifferenceTally.summary(
        of: tallies, keys, old: old, new: new, countries: countries, Coverage(files: logs), places)
    }

    let found = summary(blocksOf: [["one.log"], ["two.log"]])
    #expect(found == summary(blocksOf: [["one.log", "two.log"]]))
    #expect(found.old.decisions == VerdictCounts(allow: 7, deny: 2))
    #expect(found.new.decisions == VerdictCounts(allow: 7, deny: 3))
    #expect(found.old.unmapped == 4)
    #expect(found.new.unmapped == 3)
    #expect(found.unchanged == VerdictCounts(allow: 2))
    #expect(found.newlyDenied.requests == 3)
    #expect(found.newlyAllowed.requests == 2)
    #expect(found.newlyUnmapped.requests == 2)
    #expect(found.newlyMapped.requests == 3)
    #expect(found.countryChanges.map(\.requests) == [3, 2])
    #expect(found.newlyDenied.countries.values.reduce(0, +) == 3)
    #expect(found.newlyDenied.causes.map(\.requests) == [3])
    #expect(found.newlyDenied.networks.counts.values.reduce(0, +) == 3)
    #expect(found.newlyMapped.hosts.counts == ["new.example": 3])
    #expect(found.newlyDenied.examples.map(\.line) == [1, 1, 2])
  }
}
