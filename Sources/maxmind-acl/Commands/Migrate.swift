import ArgumentParser
import Files
import Foundation
import MaxMindACL
import Remap
import Text
import TrafficReplay

struct Migrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds what a switch from the stock plugin changes.",
    discussion: """
      Reads FILE, a configuration (.yaml) or a remap.config, as the stock plugin of Traffic Server and \
      as this plugin read it. Prints the clients that they decide otherwise, with the cause and an \
      example, and the patterns that match other URLs. The clients are exact. The URLs of patterns are \
      tried; --traffic counts the requests of access logs.

      --write semantics adds the key semantics to each configuration, so that it decides as before. \
      --write patterns rewrites the patterns that match other URLs, for --from trafficserver-9. The \
      files must be yours to write. A configuration with the key semantics is left as it is.

      EXAMPLES
        maxmind-acl migrate /etc/trafficserver/remap.config
        maxmind-acl migrate maxmind.yaml --traffic squid.log
        maxmind-acl migrate maxmind.yaml --write semantics

      EXIT STATUS
        0  nothing changes, or --write has written the files
        1  something changes
        2  something cannot be loaded, read or written
        64 the command line is wrong
      """)

  enum Change: String, CaseIterable, ExpressibleByArgument {
    case semantics, patterns
  }

  @Argument(
    help: "A configuration (.yaml) or a remap.config.", completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp(
      "The stock plugin: trafficserver-9 or trafficserver-10. Default: the version of --traffic-server.",
      valueName: "version"))
  var from: StockSemantics?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Access logs whose changed requests are counted.", valueName: "log"),
    completion: .file())
  var traffic: [String] = []

  @Option(
    help: ArgumentHelp(
      "Write the key semantics, or rewritten patterns, into the configurations.",
      valueName: "semantics|patterns"))
  var write: Change?

  @Option(help: "The directory for relative names in FILE.", completion: .directory)
  var directory: String?

  @OptionGroup var trafficServer: TrafficServerOption
  @OptionGroup var headers: HeaderOptions
  @OptionGroup(title: "Logs") var logs: LogOptions

  private var version: TrafficServerVersion { trafficServer.version ?? .installed ?? .v9_2 }

  private var semantics: StockSemantics {
    from ?? version.stockSemantics
  }

  func validate() throws {
    if write == .patterns, semantics == .trafficServer10 {
      throw ValidationError("--write patterns: patterns of trafficserver-10 match the host already")
    }
  }

  func run() throws {
    let isChanged: Bool
    do {
      isChanged = try migrate()
    } catch let code as ExitCode where code == ExitCode(1) {
      // 1 means that something changes.
      throw ExitCode(2)
    }
    if isChanged { throw ExitCode(1) }
  }

  /// Whether something changes, and no file was written.
  private func migrate() throws -> Bool {
    let stock = try rules(semantics)
    let files = configurations(of: stock)
    if write == .semantics {
      for (policy, path, _) in files where policy.stock?.semantics == semantics {
        try write(at: path, named: policy.configuration.file) {
          Migration.adding(semantics, to: $0)
        }
      }
      return false
    }
    let documented = try rules(nil)
    var isChanged = false
    for ((old, path, hosts), new) in zip(files, documented.policies) {
      guard new.stock == nil else {
        try standardOutput.print("\(new.configuration.file): has the key semantics")
        continue
      }
      let migration = Migration(from: old, to: new, hosts: hosts)
      if write == .patterns {
        if migration.patterns.isEmpty { continue }
        try refuse(migration.patternsByHand, in: new.configuration.file)
        try write(at: path, named: new.configuration.file) { migration.rewriting($0) }
      } else {
        try standardOutput.print(text(of: migration, new))
        isChanged = isChanged || !migration.isEmpty
      }
    }
    if !traffic.isEmpty {
      let summary = try logs.replay(traffic, through: [stock, documented], headers: headers) {
        $0.difference(from: stock, to: documented)
      }
      let terminal = Terminal.standardOutput
      try terminal.write(summary.text(colours: terminal.hasColours, width: terminal.width))
      try logs.finish(summary.coverage, minCoverage: nil)
    }
    return isChanged
  }

  private func rules(_ semantics: StockSemantics?) throws(ExitCode) -> RuleSet {
    try loaded(databases: [], of: "") { () throws(LoadFailure) in
      try RuleSet.load(path: file, directory: directory, for: version, semantics: semantics)
    }
  }

  /// The configurations with their paths and the hosts of their remap lines.
  private func configurations(
    of rules: RuleSet
  ) -> [(policy: Policy, path: String, hosts: [String])] {
    guard rules.remap != nil else { return rules.policies.map { ($0, $0.configuration.file, []) } }
    let remap = RemapConfig.read(file, by: version, directory: directory, needsPlugin: false)
    return rules.policies.map { policy in
      let path = resolve(policy.configuration.file, in: remap.directory)
      return (policy, path, remap.hosts(of: policy.configuration.file))
    }
  }

  private func refuse(_ changes: [Migration.PatternChange], in name: String) throws {
    for change in changes {
      let pattern =
        "\(name):\(change.rule.line): error: \(change.rule.step.name) \(change.rule.text)"
      standardError.write("\(printable(pattern)): cannot be rewritten; edit it by hand\n")
    }
    if !changes.isEmpty { throw ExitCode(2) }
  }

  private func write(
    at path: String, named name: String, _ change: ([UInt8]) -> [UInt8]?
  ) throws {
    guard let data = FileManager.default.contents(atPath: path), let text = change(Array(data))
    else {
      standardError.write("\(name): error: cannot be rewritten; edit it by hand\n")
      throw ExitCode(2)
    }
    guard writeFile(String(decoding: text, as: UTF8.self), to: path) else { throw ExitCode(2) }
    try standardOutput.print("\(name): written")
  }

  // MARK: - Text

  /// The maximum number of groups of clients.
  private static let mostGroups = 20

  private func text(of migration: Migration, _ policy: Policy) -> String {
    let name = policy.configuration.file
    if migration.isEmpty { return "\(name): no change from \(semantics.rawValue)" }
    var lines = ["\(name): from \(semantics.rawValue)"]
    if !migration.clients.isEmpty { lines += ["", "Clients that are decided otherwise"] }
    for clients in migration.clients.prefix(Self.mostGroups) {
      let group = clients.group
      let country = group.newCountry.map { "\($0)" } ?? "no country"
      lines.append("  \(group.blocks): \(country), \(group.addresses)")
      if group.oldOutcome != group.newOutcome {
        lines.append("    \(group.oldOutcome); now \(group.newOutcome)")
      }
      if let example = clients.example {
        lines.append(
          "    \(example.request): \(example.old.verdict) by \(example.old.reason), "
            + "now \(example.new.verdict) by \(example.new.reason)")
      }
      if !clients.why.isEmpty { lines.append("    \(clients.why)") }
    }
    let more = migration.clients.count - Self.mostGroups
    if more > 0 { lines.append("  and \(counted(more, "more group"))") }
    if !migration.patterns.isEmpty { lines += ["", "Patterns that match other URLs"] }
    for change in migration.patterns {
      lines.append(
        "  \(name):\(change.rule.line): \(change.rule.step.name) \(change.rule.text): "
          + "\(change.isMatched ? "now matches" : "no longer matches") \(change.url)")
    }
    if let spelling = migration.spelling {
      lines += ["", "Deny patterns also match other spellings of a path", "  such as \(spelling)"]
    }
    return lines.map { printable($0) }.joined(separator: "\n") + "\n"
  }
}

extension StockSemantics: ExpressibleByArgument {}

extension TrafficServerVersion {
  /// The stock plugin of this version.
  var stockSemantics: StockSemantics { self == .v9_2 ? .trafficServer9 : .trafficServer10 }
}
