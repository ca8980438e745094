import Foundation
import Testing

/// Finds the files that Traffic Server's user cannot read. Root asks the system, any other user
/// compares modes; both find the same.
@Suite("check --user")
struct ProxyUserTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace()
    let database = try Data(
      contentsOf: Workspace.databases.appendingPathComponent("loopback-country.mmdb"))
    try workspace.write("data/country.mmdb", bytes: Array(database))
    try workspace.write("pages/deny.html", "denied\n")
    try workspace.write("pages/bot.html", "denied\n")
    try workspace.write("lists/bans.conf", "203.0.113.1\n")
    try workspace.write(
      "maxmind.yaml",
      """
      maxmind:
        database: data/country.mmdb
        html: pages/deny.html
        response:
          country: {html: pages/bot.html}
        deny:
          country: [DE]
          ip_file: [lists/bans.conf]
      """)
    let line = "http://o/ @plugin=maxmind_acl.so @pparam=maxmind.yaml"
    try workspace.write(
      "remap.config", "map http://a/ \(line)\n.include more.config\n.include more.d\n")
    try workspace.write("more.config", "map http://b/ \(line)\n")
    try workspace.write("more.d/c.config", "map http://c/ \(line)\n")
    tool = Tool(workspace: workspace)
    #expect(try tool.shell("chmod -R u=rwX,go=rX .").status == 0)
  }

  private func errors(of result: Tool.Result) -> [String] {
    result.errorLines.filter { $0.contains("error: ") }
      .map { $0.replacingOccurrences(of: "\(workspace.url.path)/", with: "") }
  }

  private static let denied = "the user nobody has no permission to read it [file-unreadable]"

  static let unreadable: [(String, [String])] = [
    ("chmod 640 maxmind.yaml", ["maxmind.yaml: error: cannot be read: \(denied)"]),
    (
      "chmod 600 data/country.mmdb",
      ["maxmind.yaml:2:13: error: database: data/country.mmdb: \(denied)"]
    ),
    ("chmod 700 data", ["maxmind.yaml:2:13: error: database: data/country.mmdb: \(denied)"]),
    (
      "chmod 744 pages",
      [
        "maxmind.yaml:3:9: error: html: pages/deny.html cannot be read: \(denied)",
        "maxmind.yaml:5:21: error: html: pages/bot.html cannot be read: \(denied)",
      ]
    ),
    (
      "chmod 640 pages/bot.html lists/bans.conf",
      [
        "maxmind.yaml:5:21: error: html: pages/bot.html cannot be read: \(denied)",
        "maxmind.yaml:8:15: error: ip_file: lists/bans.conf cannot be read: \(denied)",
      ]
    ),
    ("chmod 600 remap.config", ["remap.config: error: cannot be read: \(denied)"]),
    (
      "chmod 600 more.config",
      ["remap.config:2:1: error: .include: more.config cannot be read: \(denied)"]
    ),
    (
      "chmod 711 more.d", ["remap.config:3:1: error: .include: more.d cannot be read: \(denied)"]
    ),
    (
      "chmod 744 more.d",
      ["remap.config:3:1: error: .include: more.d/c.config cannot be read: \(denied)"]
    ),
    (
      "mv lists/bans.conf lists/real.conf; ln -s real.conf lists/bans.conf; chmod 600 lists/real.conf",
      ["maxmind.yaml:8:15: error: ip_file: lists/bans.conf cannot be read: \(denied)"]
    ),
    ("chmod 604 lists/bans.conf; chmod 701 lists data", []),
    (":", []),
  ]

  @Test(arguments: unreadable)
  func `each file that the user cannot read is an error with its place`(
    _ script: String, _ expected: [String]
  ) throws {
    #expect(try tool.shell(script).status == 0)
    let result = try tool.run("check", "--user", "nobody", "remap.config")
    #expect(errors(of: result) == expected)
    #expect(result.status == (expected.isEmpty ? 0 : 1))
    // The user of the tool can read all of them.
    #expect(try tool.run("check", "remap.config").status == 0)
  }

  @Test(arguments: ["nobody", "#65534"]) func `the user has a name or a number`(
    _ name: String
  ) throws {
    #expect(try tool.shell("chmod 600 lists/bans.conf").status == 0)
    let result = try tool.run("check", "--user", name, "maxmind.yaml")
    #expect(result.status == 1)
    #expect(result.errors.contains(Self.denied))
  }

  @Test(arguments: ["no-such-user", "", "#", "#-1", "#4294967295"])
  func `an unknown user is a mistake of the command line`(_ name: String) throws {
    let result = try tool.run("check", "--user", name, "maxmind.yaml")
    #expect(result.status == 64)
    #expect(result.errors.contains("there is no user with that name"))
  }

  static let records: [(String, String, isNobody: Bool)] = [
    ("records.config", "CONFIG proxy.config.admin.user_id STRING nobody\n", true),
    ("records.config", "  CONFIG\tproxy.config.admin.user_id\tSTRING\t#65534\n", true),
    (
      "records.config",
      "# CONFIG proxy.config.admin.user_id STRING root\nCONFIG proxy.config.admin.user_id STRING root\n"
        + "CONFIG proxy.config.admin.user_id STRING nobody\nCONFIG proxy.config.x INT 1\n", true
    ),
    ("records.config", "CONFIG proxy.config.admin.user_id STRING #-1\n", false),
    ("records.config", "CONFIG proxy.config.admin.user_id STRING no-such-user\n", false),
    ("records.config", "CONFIG proxy.config.admin.autoconf_port INT 8083\n", false),
    ("records.config", "\u{0}\u{1}\n", false),
    ("records.yaml", "records:\n  admin:\n    user_id: nobody\n", true),
    ("records.yaml", "records: {cache: {}, admin: {user_id: '#65534'}}\n", true),
    ("records.yaml", "records:\n  admin: [user_id]\n", false),
    ("records.yaml", "records: [", false),
  ]

  @Test(arguments: records) func `the records name the user of a proxy that root starts`(
    _ file: String, _ text: String, _ isNobody: Bool
  ) throws {
    try workspace.write(file, text)
    try workspace.write("sub/other.yaml", "maxmind:\n  database: country.mmdb\n")
    let script =
      "chmod 600 lists/bans.conf; mv data/country.mmdb sub; chmod 600 sub/country.mmdb; chmod 755 sub"
    #expect(try tool.shell("cp data/country.mmdb x; \(script); mv x data/country.mmdb").status == 0)
    // The records are found above the file's directory, too.
    for name in ["maxmind.yaml", "sub/other.yaml"] {
      let result = try tool.run("check", name)
      let isFound = isNobody && geteuid() == 0
      #expect(result.status == (isFound ? 1 : 0))
      #expect(result.errors.contains(Self.denied) == isFound)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root may give a directory away"))
  func `without records the user is the owner of the directory`() throws {
    #expect(try tool.shell("chmod 600 lists/bans.conf; chown 65534 .").status == 0)
    let result = try tool.run("check", "maxmind.yaml")
    #expect(result.status == 1)
    #expect(result.errors.contains(Self.denied))
    #expect(try tool.run("check", "--user", "root", "maxmind.yaml").status == 0)
    #expect(try tool.shell("chown 65534 lists/bans.conf").status == 0)
    #expect(try tool.run("check", "maxmind.yaml").status == 0)
  }

  @Test(.enabled(if: geteuid() == 0, "only root may give files to a group"))
  func `the groups of the user count`() throws {
    #expect(try tool.shell("chmod 640 lists/bans.conf; chgrp nogroup lists/bans.conf").status == 0)
    #expect(try tool.run("check", "--user", "nobody", "maxmind.yaml").status == 0)
  }

  // MARK: - install-list

  @Test func `a list that the proxy cannot read is a warning`() throws {
    try workspace.write("new.conf", "203.0.113.2\n")
    try workspace.write("records.config", "CONFIG proxy.config.admin.user_id STRING nobody\n")
    #expect(try tool.shell("chmod 640 lists/bans.conf").status == 0)
    for options in [[], ["--config", "remap.config"], ["--config", "maxmind.yaml"]] {
      let result = try tool.run(
        ["install-list"] + options + ["new.conf", "lists/bans.conf"], input: [])
      #expect(result.status == 0)
      #expect(
        result.errors
          == (geteuid() == 0
            ? "lists/bans.conf: warning: the user nobody has no permission to read it\n" : ""))
    }
  }
}
