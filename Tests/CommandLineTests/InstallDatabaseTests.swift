import Foundation
import Testing

@Suite("install-database")
struct InstallDatabaseTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "maxmind.yaml": Self.configuration,
      "older.yaml": Self.configuration + "  allow_older: true\n",
      "other.yaml": "maxmind:\n  database: country.mmdb\n  deny:\n    country: [DE]\n",
      "broken.yaml": Self.configuration + "  x: y\n",
      "two.yaml":
        "maxmind:\n  database: [country.mmdb, geo.mmdb]\n  unknown: deny\n  deny:\n    country: [GB]\n",
      "remap.config":
        "map http://a.example/ http://b.example/ @plugin=maxmind_acl.so @pparam=maxmind.yaml\n"
        + "map http://c.example/ http://b.example/ @plugin=maxmind_acl.so @pparam=other.yaml\n",
      "empty.mmdb": "", "text.mmdb": "nonsense\n",
    ])
    tool = Tool(workspace: workspace)
    try copy("loopback-country.mmdb", to: "geo.mmdb")
    try copy("loopback-country-swapped.mmdb", to: "new.mmdb")
    try copy("loopback-country.mmdb", to: "older.mmdb")
    try copy("one-country.mmdb", to: "one.mmdb")
    try copy("loopback-anonymous.mmdb", to: "flags.mmdb")
  }

  static let configuration = """
    maxmind:
      database: geo.mmdb
      deny:
        country: [DE]
        regex: [[FR, /x]]

    """

  private func copy(_ fixture: String, to name: String) throws {
    try workspace.write(
      name, bytes: Array(try Data(contentsOf: Workspace.databases.appendingPathComponent(fixture))))
  }

  private func install(_ arguments: String, to destination: String = "geo.mmdb") throws
    -> Tool.Result
  {
    let words = arguments.split(separator: " ").map(String.init)
    return try tool.run(["install-database"] + words + [destination], input: [])
  }

  private func bytes(_ name: String) throws -> Data { try Data(contentsOf: workspace.file(name)) }

  private func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: workspace.url.path).sorted()
  }

  static let change = """
    geo.mmdb: GeoLite2-Country, built 2026-09-08, in place of GeoLite2-Country, built 2026-09-01
    maxmind.yaml: 0.0031 % of the IPv4 space and 0.0 % of the known IPv6 space decided otherwise
      US → DE: allow → deny: 65,536 IPv4 addresses: 127.1.0.0/16
      DE → US: deny → allow: 65,536 IPv4 addresses: 127.2.0.0/16

    """

  @Test(arguments: ["maxmind.yaml", "remap.config", "maxmind.yaml --config two.yaml"])
  func `a database is installed and its change is printed`(_ configuration: String) throws {
    let names = try files()
    let result = try install("--config \(configuration) new.mmdb")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(result.output.hasPrefix(Self.change))
    #expect(try bytes("geo.mmdb") == bytes("new.mmdb"))
    #expect(try files() == names)
  }

  @Test func `a database that does not decide changes nothing`() throws {
    let result = try install("--config two.yaml new.mmdb")
    #expect(result.status == 0)
    #expect(
      result.lines.last
        == "two.yaml: 0.0 % of the IPv4 space and 0.0 % of the known IPv6 space decided otherwise")
  }

  @Test func `a dry run installs nothing`() throws {
    let (before, names) = (try bytes("geo.mmdb"), try files())
    let result = try install("--config maxmind.yaml --dry-run new.mmdb")
    #expect(result.status == 0)
    #expect(result.output == Self.change + "nothing is installed\n")
    #expect(try bytes("geo.mmdb") == before)
    #expect(try files() == names)
  }

  @Test func `a database that is already installed is not touched`() throws {
    try copy("loopback-country-swapped.mmdb", to: "geo.mmdb")
    let manager = FileManager.default
    let before = try manager.attributesOfItem(atPath: workspace.path("geo.mmdb"))
    let result = try install("--config maxmind.yaml new.mmdb")
    #expect(result.status == 0)
    #expect(
      result.lines.first == "geo.mmdb: GeoLite2-Country, built 2026-09-08; unchanged")
    let after = try manager.attributesOfItem(atPath: workspace.path("geo.mmdb"))
    #expect(after[.systemFileNumber] as? Int == before[.systemFileNumber] as? Int)
  }

  @Test func `a first database needs no old one`() throws {
    try FileManager.default.removeItem(at: workspace.file("geo.mmdb"))
    let result = try install("--config maxmind.yaml --max-change 0 new.mmdb")
    #expect(result.status == 0)
    #expect(result.output == "geo.mmdb: GeoLite2-Country, built 2026-09-08\n")
    #expect(try bytes("geo.mmdb") == bytes("new.mmdb"))
  }

  @Test func `other conditions on the request are a change`() throws {
    try workspace.write(
      "maxmind.yaml", "maxmind:\n  database: geo.mmdb\n  deny:\n    regex: [[US, /x]]\n")
    #expect(
      try install("--config maxmind.yaml new.mmdb").lines.dropFirst(2) == [
        "  US → DE: allow, or deny by request → allow: 65,536 IPv4 addresses: 127.1.0.0/16",
        "    only before: deny if regex /x",
        "  DE → US: allow → allow, or deny by request: 65,536 IPv4 addresses: 127.2.0.0/16",
        "    only after: deny if regex /x",
      ])
  }

  static let refusals: [(String, Int32, String)] = [
    (
      "--config maxmind.yaml --max-change 0.003 new.mmdb", 3,
      "new.mmdb: error: refused: 0.0031 % of the IPv4 space would be decided otherwise by maxmind.yaml, more than 0.003 %"
    ),
    ("--config maxmind.yaml --max-change 0.0031% new.mmdb", 0, ""),
    ("--config maxmind.yaml one.mmdb", 3, "one.mmdb: error: refused"),
    (
      "--config maxmind.yaml text.mmdb", 1,
      "text.mmdb: error: has no MaxMind DB metadata: it is another kind of file or was cut off [database-invalid]"
    ),
    (
      "--config maxmind.yaml empty.mmdb", 1,
      "empty.mmdb: error: the file is empty [database-invalid]"
    ),
    (
      "--config maxmind.yaml none.mmdb", 2,
      "none.mmdb: error: cannot be read: cannot open the file: No such file or directory"
    ),
    (
      "--config other.yaml new.mmdb", 1,
      "other.yaml: error: its database: does not name geo.mmdb"
    ),
    (
      "--config none.yaml new.mmdb", 2,
      "none.yaml: error: cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    ),
    (
      "--config broken.yaml new.mmdb", 1,
      "broken.yaml:6:3: error: maxmind: unknown key \"x\" [unknown-key]"
    ),
  ]

  @Test(arguments: refusals) func `a wrong or suspicious database changes nothing`(
    _ arguments: String, _ status: Int32, _ message: String
  ) throws {
    let (before, names) = (try bytes("geo.mmdb"), try files())
    let result = try install(arguments)
    #expect(result.status == status)
    #expect(result.errorLines.first ?? "" == message)
    #expect(try (bytes("geo.mmdb") == before) == (status != 0))
    #expect(try files() == names)
  }

  @Test func `a database of another kind is an error`() throws {
    let result = try install("--config maxmind.yaml flags.mmdb")
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("flags.mmdb: error: no record of this GeoIP2-Anonymous-IP"))
  }

  @Test func `an older database needs allow_older`() throws {
    try copy("loopback-country-swapped.mmdb", to: "geo.mmdb")
    let result = try install("--config maxmind.yaml older.mmdb")
    #expect(result.status == 3)
    #expect(result.errorLines.first == "older.mmdb: error: refused")
    #expect(result.errors.contains("allow_older: true accepts the file [database-older]"))
    #expect(try install("--config older.yaml older.mmdb").status == 0)
    #expect(try bytes("geo.mmdb") == bytes("older.mmdb"))
  }

  @Test func `an old database that cannot be used is replaced only by force`() throws {
    try workspace.write("geo.mmdb", "nonsense\n")
    let result = try install("--config maxmind.yaml new.mmdb")
    #expect(result.status == 3)
    #expect(
      result.errorLines.first
        == "maxmind.yaml: error: refused: it does not load with the old database, so the change cannot be measured; --force replaces it"
    )
    #expect(try install("--config maxmind.yaml --force new.mmdb").status == 0)
    #expect(try bytes("geo.mmdb") == bytes("new.mmdb"))
  }

  @Test func `metrics count successes and failures`() throws {
    #expect(try install("--config maxmind.yaml --metrics a.prom text.mmdb").status == 1)
    #expect(try install("--config maxmind.yaml --metrics a.prom new.mmdb").status == 0)
    let lines = try workspace.read("a.prom").split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(lines.count == 3)
    #expect(
      lines.dropFirst() == [
        "maxmind_acl_database_build_timestamp_seconds{database=\"geo.mmdb\"} 1788825600",
        "maxmind_acl_database_failures_total{database=\"geo.mmdb\"} 1",
      ])
  }

  @Test(arguments: [
    "new.mmdb", "--config maxmind.yaml geo.mmdb",
    "--config maxmind.yaml --metrics maxmind.yaml new.mmdb",
    "--config maxmind.yaml --dry-run --metrics a.prom new.mmdb",
    "--config maxmind.yaml --max-change 101 new.mmdb",
  ]) func `a wrong command line exits with 64`(_ arguments: String) throws {
    #expect(try install(arguments).status == 64)
  }

  @Test func `the mode is kept`() throws {
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640], ofItemAtPath: workspace.path("geo.mmdb"))
    #expect(try install("--config maxmind.yaml new.mmdb").status == 0)
    let found = try FileManager.default.attributesOfItem(atPath: workspace.path("geo.mmdb"))
    #expect(found[.posixPermissions] as? Int == 0o640)
  }
}
