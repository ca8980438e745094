import Foundation
import Testing

@Suite("--traffic-server, and remap.yaml")
struct TrafficServerTests {
  static let line =
    "regex_map http://a\\.example/ http://o/ @plugin=maxmind_acl.so @pparam=deny.yaml\n"
  /// A URL that this line maps in 9.2, but not in 10.2.
  static let url = "http://a.example.org/"

  static let remapYAML = """
    acl_filters: {}
    remap:
      - {type: map, from: {url: http://a.example/}, to: {url: http://o/}}
    """

  var tool: Tool

  init() throws {
    tool = Tool(
      workspace: try Workspace([
        "deny.yaml": denyGermany, "remap.config": Self.line,
        "requests": "127.2.0.1 \(Self.url)\n",
        "tests.yaml": """
        remap: remap.config
        tests:
          - name: one
            request: {client: 127.2.0.1, url: "\(Self.url)"}
            expect: {status: 404}
        """,
        "verified.yaml": "maxmind: {database: country.mmdb, client: {verified: true}}\n",
        "verified.config":
          "map http://a/ http://o/ @plugin=maxmind_acl.so @pparam=verified.yaml\n",
        "list.yaml": "maxmind: {database: country.mmdb, deny: {ip_file: [old.conf]}}\n",
        "list.config":
          "map_with_recv_port http+unix://a/ http://o/ @plugin=maxmind_acl.so @pparam=list.yaml\n",
        "new.conf": "192.0.2.1\n",
      ]))
  }

  /// Installs a Traffic Server that prints its version.
  private mutating func install(_ script: String) throws {
    try tool.workspace.write("bin/traffic_server", "#!/bin/sh\n\(script)\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: tool.workspace.path("bin/traffic_server"))
    tool.programs = tool.workspace.path("bin") + ":/usr/bin:/bin"
  }

  /// The first line of explain.
  private func explained(_ options: String...) throws -> String? {
    try tool.run(
      ["explain", "--remap", "remap.config", "--client", "127.2.0.1"] + options + [Self.url],
      input: []
    ).lines.first
  }

  static let mapped = "remap.config:1: regex_map http://a\\.example/ http://o/"
  static let unmapped =
    "unmapped: no line of remap.config maps the URL; Traffic Server answers with 404"

  @Test mutating func `the default is the installed version, or else 9.2`() throws {
    #expect(try explained() == Self.mapped)
    try install("echo Traffic Server 10.2.1-0 now")
    #expect(try explained() == Self.unmapped)
    #expect(try explained("--traffic-server", "9.2") == Self.mapped)
    try install("echo Traffic Server 9.2.9 now")
    #expect(try explained() == Self.mapped)
    #expect(try explained("--traffic-server", "10.2") == Self.unmapped)
    try install("exit 1")
    #expect(try explained() == Self.mapped)
  }

  @Test
  mutating func
    `the installed version counts for a remap.config, and for a configuration of the stock plugin`()
    throws
  {
    try install("echo run >>ran; echo Traffic Server 9.2.9")
    let configuration = try tool.run("check", "verified.yaml")
    #expect(configuration.status == 0)
    let url = try tool.run(
      "explain", "--config", "deny.yaml", "--client", "127.2.0.1", "http://a/")
    #expect(url.status == 0)
    #expect(throws: (any Error).self) { try tool.workspace.read("ran") }
    #expect(try tool.run("check", "verified.config", "remap.config").status == 1)
    #expect(try tool.workspace.read("ran") == "run\n")
    #expect(try tool.run("check", "deny.yaml").status == 0)
    #expect(try tool.workspace.read("ran") == "run\nrun\n")
  }

  @Test func `an unknown version is a mistake of the command line`() throws {
    let result = try tool.run("check", "--traffic-server", "10", "remap.config")
    #expect(result.status == 64)
    #expect(
      result.errorLines.first
        == "Error: The value '10' is invalid for '--traffic-server <version>'. Please provide one of "
        + "'9.2' and '10.2'.")
  }

  @Test func `replay, diff and test take the version`() throws {
    let csv = ["replay", "--remap", "remap.config", "--csv", "requests", "--traffic-server"]
    #expect(
      try tool.run(csv + ["9.2"], input: []).lines.last
        == "127.2.0.1,\(Self.url),DE,deny,deny.country,DE,deny.yaml,4,requests,1")
    #expect(
      try tool.run(csv + ["10.2"], input: []).lines.last
        == "127.2.0.1,\(Self.url),DE,unmapped,,,,,requests,1")
    for (version, status) in [("9.2", Int32(1)), ("10.2", 0)] {
      #expect(try tool.run("test", "--traffic-server", version, "tests.yaml").status == status)
      let diff = try tool.run(
        "diff", "deny.yaml", "remap.config", "--traffic", "requests", "--traffic-server", version,
        "--fail-if", "newly-unmapped > 0")
      #expect(diff.status == 1 - status)
    }
  }

  @Test(arguments: [("9.2", Int32(1)), ("10.2", 0)])
  func `check and install-list refuse what the version refuses`(
    _ version: String, _ status: Int32
  ) throws {
    try tool.workspace.write("old.conf", "192.0.2.9\n")
    let check = try tool.run("check", "--traffic-server", version, "list.config")
    #expect(check.status == status)
    #expect(check.errors.contains("the scheme http+unix cannot be mapped") == (status == 1))
    let install = try tool.run(
      "install-list", "--traffic-server", version, "--config", "list.config", "new.conf", "old.conf"
    )
    #expect(install.status == status)
    #expect(install.errors.contains("[remap-line]") == (status == 1))
    for file in ["verified.config", "verified.yaml"] {
      let verified = try tool.run("check", "--traffic-server", version, file)
      #expect(verified.status == status)
      #expect(verified.errors.contains("[verified-unavailable]") == (status == 1))
    }
  }

  static let refusal =
    "remap.yaml: error: this is Traffic Server's remap.yaml, which is not read yet; give the "
    + "configurations that it names [remap-yaml]\n"

  @Test(arguments: [
    ["check", "remap.yaml"], ["explain", "--config", "remap.yaml"],
    ["explain", "--remap", "remap.yaml"], ["replay", "--remap", "remap.yaml", "requests"],
    ["install-list", "--config", "remap.yaml", "new.conf", "old.conf"], ["test", "yaml.yaml"],
    ["diff", "deny.yaml", "remap.yaml", "--traffic", "requests"],
  ])
  func `a remap.yaml is not read`(_ command: [String]) throws {
    try tool.workspace.write("remap.yaml", Self.remapYAML)
    try tool.workspace.write("old.conf", "192.0.2.9\n")
    try tool.workspace.write(
      "yaml.yaml",
      """
      config: remap.yaml
      tests:
        - name: one
          request: {client: 127.2.0.1, url: "\(Self.url)"}
          expect: deny
      """)
    let request = command[0] == "explain" ? ["--client", "127.2.0.1", Self.url] : []
    let result = try tool.run(command + request, input: [])
    #expect(result.status == (["diff", "test"].contains(command[0]) ? 2 : 1))
    #expect(result.errors == Self.refusal)
  }

  @Test func `another YAML file is not taken for a remap.yaml`() throws {
    for text in ["remap: {}\n", "remap: remap.config\ntests: []\n", "remap: [\n", "- remap\n"] {
      try tool.workspace.write("remap.yaml", text)
      let result = try tool.run("check", "remap.yaml")
      #expect(result.status == 1)
      #expect(!result.errors.contains("[remap-yaml]"))
    }
  }

  @Test(arguments: ["9.2", "10.2"])
  func `a remap.yaml beside a remap.config is a warning`(_ version: String) throws {
    let warning = { (file: String) in
      "\(file): warning: this file is not read: Traffic Server \(version) ignores it, and versions "
        + "after 10.2 read it in place of remap.config [remap-yaml]\n"
    }
    try tool.workspace.write("remap.yaml", Self.remapYAML)
    let check = ["check", "--traffic-server", version]
    let result = try tool.run(check + ["remap.config"], input: [])
    #expect(result.status == 0)
    #expect(result.errors == warning("remap.yaml"))
    let path = tool.workspace.path("remap.config")
    let absolute = try tool.run(check + ["--strict", path], input: [])
    #expect(absolute.status == 3)
    #expect(absolute.errors == warning(tool.workspace.path("remap.yaml")))
    #expect(try tool.run(check + ["deny.yaml"], input: []).errors == "")
  }
}
