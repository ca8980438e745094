import Foundation
import Testing

/// Loads in a process with a limited address space: they succeed or are refused, and never end the process.
@Suite("limits of memory", .disabled(if: isSanitized, "a sanitizer has terabytes of address space"))
struct MemoryLimitTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([:])
    tool = Tool(workspace: workspace)
  }

  /// Configurations of several megabytes, by the name of a case.
  enum Part: String, CaseIterable {
    case patterns, texts, largePatterns, patternsByCountry, values, nodes, aliases, groups,
      addresses
    case list, listOfIPv6, listOfShortLines
    case bypassPatterns, bypassList, trustedList

    /// The section of the rules, and its other keys.
    var section: String {
      switch self {
      case .bypassPatterns: "bypass:\n"
      case .bypassList: "bypass:\n    header: X-Pass\n    value: open\n"
      case .trustedList: "client:\n    header: Forwarded\n"
      default: "deny:\n"
      }
    }

    /// The key in the section, and the items of its list.
    var rules: (key: String, items: [String]) {
      switch self {
      case .patterns:
        ("regex", (0..<600).map { #"["*", "^a\\.example/s/\#($0)/[a-z]+\\.(mp3|txt)$"]"# })
      case .texts: ("regex", (0..<1_200).map { #"["*", "^a\\.example/secret/\#($0)/"]"# })
      case .largePatterns:
        ("regex", (0..<40).map { #"["*", "/\#($0)([a-z]x|[0-9]+y){250}"]"# })
      case .patternsByCountry:
        (
          "regex",
          (0..<600).map { $0 % 2 == 0 ? #"[US, DE, "/\#($0)/.*z"]"# : #"["*", "x/\#($0)/.*y"]"# }
        )
      case .values: ("country", Array(repeating: "US", count: 10_000))
      case .nodes: ("unknown", Array(repeating: "a", count: 15_000))
      case .aliases:
        (
          "regex",
          ["&r [\(Array(repeating: "US", count: 100).joined(separator: ",")), a]"]
            + Array(repeating: "*r", count: 400)
        )
      case .groups: ("regex", (0..<400).map { "[$group, \"\($0)\"]" })
      case .addresses: ("ip", (0..<10_000).map { "10.0.\($0 / 256).\($0 % 256)" })
      case .list, .listOfIPv6, .listOfShortLines, .bypassList: ("ip_file", ["list"])
      case .trustedList: ("trusted_file", ["list"])
      case .bypassPatterns: ("regex", (0..<600).map { #""^a\\.example/s/\#($0)/[a-z]+\\.txt$""# })
      }
    }

    /// The group of 100 countries that the rules use.
    var define: String {
      let letters = (0..<10).map { String(UnicodeScalar(UInt8(ascii: "A") + $0)) }
      let codes = letters.flatMap { first in letters.map { first + $0 } }
      return self == .groups ? "  define: {group: [\(codes.joined(separator: ","))]}\n" : ""
    }

    /// The lines of the list file.
    var list: [String] {
      switch self {
      case .list, .bypassList, .trustedList:
        (0..<30_000).map { "10.\($0 >> 8 & 255).\($0 & 255).\($0 >> 16)" }
      case .listOfIPv6: (0..<2_000).map { "\(String(0x2000 + $0, radix: 16)):\($0)::1" }
      case .listOfShortLines: Array(repeating: "::", count: 40_000)
      default: []
      }
    }
  }

  /// Runs the tool with so many KiB of address space.
  private func run(_ arguments: String, kibibytes: Int) throws -> Tool.Result {
    try tool.shell("ulimit -c 0; ulimit -v \(kibibytes); exec $tool \(arguments)")
  }

  /// The least address space, in KiB, for the check of one rule. With less, the run-time
  /// library of Swift runs out of memory itself. It is the same for all tests.
  private static let leastForOneRule = Result {
    let tests = try MemoryLimitTests()
    try tests.workspace.write(
      "one.yaml", "maxmind: {database: country.mmdb, deny: {country: [US]}}\n")
    var (low, high) = (16 << 10, 1 << 20)
    while high - low > 256 {
      let middle = (low + high) / 2
      let status = try tests.run("check one.yaml", kibibytes: middle).status
      if status == 0 || status == 1 { high = middle } else { low = middle }
    }
    return high
  }

  @Test(arguments: Part.allCases) func `a load gets its memory or is refused`(
    _ part: Part
  ) throws {
    let (key, items) = part.rules
    try workspace.write(
      "x.yaml",
      "maxmind:\n  database: country.mmdb\n\(part.define)  \(part.section)    \(key): [\(items.joined(separator: ",\n      "))]\n"
    )
    try workspace.write("list", part.list.map { "\($0)\n" }.joined())
    let reasons = try expectNoAbort()
    if [.patterns, .texts, .bypassPatterns].contains(part) {
      #expect(reasons.contains("regex: there is no memory for the patterns [no-memory]"))
    }
  }

  @Test func `a database gets its memory or is refused`() throws {
    try workspace.write("large.mmdb", bytes: largeDatabase())
    try workspace.write("x.yaml", "maxmind: {database: large.mmdb, deny: {country: [US]}}\n")
    let reasons = try expectNoAbort()
    #expect(reasons.contains { $0.hasPrefix("database: ") })
  }

  /// Checks `x.yaml` with more and more address space until it loads. Returns the reasons of the refusals.
  private func expectNoAbort() throws -> Set<String> {
    var reasons: Set<String> = []
    var refused = 0
    var loaded = 0
    var limit = try Self.leastForOneRule.get()
    while loaded < 2, limit < 1 << 20 {
      let result = try run("check x.yaml", kibibytes: limit)
      if result.errors.contains("memory") {
        #expect(result.status == 1, "\(limit) KiB: \(result.errors.prefix(400))")
        refused += 1
        reasons.formUnion(
          result.errorLines.compactMap { $0.split(separator: " error: ").last.map(String.init) })
      } else {
        // Mistakes in a configuration are found as without a limit.
        #expect(
          result.status == 0 || result.errors.contains("[unknown-key]"),
          "\(limit) KiB: \(result.errors.prefix(400))")
        loaded += 1
      }
      limit += 1_536
    }
    #expect(refused >= 3)
    #expect(loaded == 2)
    return reasons
  }

  /// A tree of depth 15 with a record for each leaf.
  private func largeDatabase() -> [UInt8] {
    func text(_ text: String) -> [UInt8] { [0x40 | UInt8(text.utf8.count)] + text.utf8 }
    func number(_ value: Int, _ type: [UInt8], bytes: Int) -> [UInt8] {
      type + (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func map(_ members: [(String, [UInt8])]) -> [UInt8] {
      members.reduce(into: [0xE0 | UInt8(members.count)]) { $0 += text($1.0) + $1.1 }
    }
    let leaves = 1 << 15
    var data: [UInt8] = []
    var places: [Int] = []
    for leaf in 0..<leaves {
      places.append(data.count)
      data += map([
        ("country", map([("iso_code", text(["US", "DE", "FR"][leaf % 3]))])),
        ("n", number(leaf, [0xC4], bytes: 4)),
      ])
    }
    let nodes = leaves - 1
    var tree: [UInt8] = []
    for child in 1...(2 * nodes) {
      let value = child < nodes ? child : nodes + 16 + places[child - nodes]
      tree += number(value, [], bytes: 4)
    }
    let metadata = map([
      ("node_count", number(nodes, [0xC4], bytes: 4)),
      ("record_size", number(32, [0xA2], bytes: 2)),
      ("ip_version", number(4, [0xA2], bytes: 2)), ("database_type", text("GeoLite2-Country")),
      ("languages", [0x00, 0x04]), ("binary_format_major_version", number(2, [0xA2], bytes: 2)),
      ("binary_format_minor_version", number(0, [0xA2], bytes: 2)),
      ("build_epoch", number(1_788_000_000, [0x08, 0x02], bytes: 8)), ("description", [0xE0]),
    ])
    var file = tree + [UInt8](repeating: 0, count: 16)
    file += data
    file += [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
    return file + metadata
  }

  // MARK: - Readers

  @Test func `a part without end is refused, in bounded memory`() throws {
    let result = try run("merge /dev/zero", kibibytes: 700 << 10)
    #expect(result.status == 1)
    #expect(
      result.errors == "/dev/zero: error: cannot be read: a line has more than 67108864 bytes\n")
  }

  static let readers = [
    "merge FILE", "check FILE", "test FILE",
    "explain --config FILE --client - http://a.example/",
    "explain --remap FILE --client - http://a.example/", "replay --config FILE empty.log",
    "install-list FILE list", "diff FILE FILE --traffic empty.log",
  ]

  static let hostileFiles = ["/dev/zero", ".", "deep.json", "long-line"]

  @Test(arguments: readers, hostileFiles) func `every reader refuses other files`(
    _ command: String, _ file: String
  ) throws {
    try workspace.write("empty.log", "")
    try workspace.write("list", "192.0.2.1\n")
    try workspace.write("long-line", String(repeating: "x", count: 1 << 20))
    try workspace.write("deep.json", String(repeating: "[", count: 1 << 20))
    let words = command.replacing("FILE", with: file)
    let result = try run(words, kibibytes: 900 << 10)
    #expect(try #require(result.status) != 0, "\(result.errors.prefix(400))")
    #expect(!result.errors.contains("Fatal error"))
  }

  /// Summaries, as logs, may come from a FIFO: `merge` waits for its writer.
  @Test(arguments: readers.filter { !$0.hasPrefix("merge") })
  func `no reader of files waits for the writer of a FIFO`(_ command: String) throws {
    try workspace.write("empty.log", "")
    try workspace.write("list", "192.0.2.1\n")
    #expect(try tool.shell("mkfifo fifo").status == 0)
    let result = try run(command.replacing("FILE", with: "fifo"), kibibytes: 900 << 10)
    #expect(try #require(result.status) != 0)
    #expect(
      result.errors.hasPrefix("fifo: error: cannot be read: is a FIFO, a regular file is needed"))
  }
}

private let isSanitized =
  !ProcessInfo.processInfo.environment.keys.filter {
    ["ASAN_OPTIONS", "TSAN_OPTIONS"].contains($0)
  }
  .isEmpty
