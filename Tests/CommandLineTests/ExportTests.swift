import Foundation
import Testing

@Suite("export")
struct ExportTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace(["maxmind.yaml": denyGermany])
    tool = Tool(workspace: workspace)
  }

  private func export(_ arguments: String) throws -> Tool.Result {
    let words = arguments.split(separator: " ").map(String.init)
    return try tool.run(["export", "--config", "maxmind.yaml"] + words, input: [])
  }

  @Test func `plain is one denied prefix a line`() throws {
    let result = try export("--format plain")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(result.output == "127.2.0.0/16\n198.51.100.0/24\n2001:db8:2::/48\n")
  }

  @Test func `nginx begins with the sources`() throws {
    let result = try export("--format nginx --country de --country US")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(
      result.output == """
        # maxmind-acl export of maxmind.yaml: clients in DE, US
        # database country.mmdb: GeoLite2-Country, built 2026-09-01
        # Include it in a geo block: geo $listed { default 0; include FILE; }
        127.1.0.0/16 1;
        127.2.0.0/16 1;
        192.0.2.0/24 1;
        198.51.100.0/24 1;
        2001:db8:1::/48 1;
        2001:db8:2::/48 1;

        """)
    let first = try export("--format nginx").lines.first
    #expect(
      first
        == "# maxmind-acl export of maxmind.yaml: all clients for which each request is denied")
  }

  @Test func `touching prefixes are one`() throws {
    try workspace.write(
      "maxmind.yaml", "maxmind: {deny: {ip: [10.0.0.0/25, 10.0.0.128/26, 10.0.0.192-10.0.1.255]}}")
    #expect(try export("--format plain").output == "10.0.0.0/23\n")
    try workspace.write("maxmind.yaml", "maxmind: {allow: {ip: [128.0.0.0/1, \"::/1\"]}}")
    #expect(try export("--format plain").output == "0.0.0.0/1\n8000::/1\n")
    #expect(try export("--format plain --verdict allow").output == "128.0.0.0/1\n::/1\n")
  }

  @Test func `a verdict and a country narrow each other`() throws {
    try workspace.write(
      "maxmind.yaml",
      "maxmind: {database: country.mmdb, deny: {ip: [127.1.0.0/17, 127.2.0.0/16]}}")
    #expect(try export("--format plain --country US --verdict deny").output == "127.1.0.0/17\n")
    #expect(
      try export("--format plain --country US --verdict allow").lines
        == ["127.1.128.0/17", "192.0.2.0/24", "2001:db8:1::/48"])
  }

  @Test func `what depends on the request is left out with a warning`() throws {
    try workspace.write(
      "maxmind.yaml",
      """
      maxmind:
        database: country.mmdb
        deny:
          ip: [10.0.0.0/8]
          regex: [[DE, /x]]
          rules:
            - {name: a, country: [US], method: [POST]}
            - {name: b, country: [GB], not: {ip: [203.0.113.0/24]}}
        bypass: {header: X-Pass, value: open, ip: [10.0.0.0/9]}
      """)
    let result = try export("--format plain")
    #expect(result.status == 0)
    #expect(result.lines == ["10.128.0.0/9", "127.3.0.0/16"])
    #expect(
      result.errors == """
        maxmind.yaml: warning: 3 rules depend on the request (1 bypass, 1 deny.regex, 1 deny.rules); \
        clients that they can decide are left out; --ignore-bypass exports those of bypass

        """)
    #expect(
      try export("--format plain --ignore-bypass").lines == ["10.0.0.0/8", "127.3.0.0/16"])
  }

  @Test func `monitor mode, an expiry and an unknown country are warnings`() throws {
    try workspace.write("list.conf", "10.0.0.1 expires=2037-01-01T00:00:00Z\n")
    try workspace.write(
      "maxmind.yaml",
      "maxmind: {database: country.mmdb, mode: monitor, deny: {ip_file: [list.conf]}}")
    let result = try export("--format plain --verdict deny --country XX")
    #expect(result.status == 0)
    #expect(result.output == "")
    #expect(
      result.errorLines == [
        "maxmind.yaml: warning: no record of the databases has the country XX",
        "maxmind.yaml: warning: monitor mode: no denial is enforced, but the export has all denied clients",
        "maxmind.yaml: warning: a list entry expires at 2037-01-01T00:00:00Z; export again after that",
      ])
  }

  @Test(arguments: ["plain", "nginx"]) func `a file of its kind is replaced, and no other`(
    _ format: String
  ) throws {
    let heading = "# maxmind-acl export of maxmind.yaml: all clients "
    for _ in 0..<2 {
      #expect(try export("--format \(format) --output denied.conf").status == 0)
      let written = try workspace.read("denied.conf")
      #expect(written.hasPrefix(heading))
      let prefixes = try export("--format \(format)").lines.suffix(3)
      #expect(written.hasSuffix(prefixes.joined(separator: "\n") + "\n"))
    }
    try workspace.write("denied.conf", "server_names_hash_max_size 1;\n")
    let result = try export("--format \(format) --output denied.conf")
    #expect(result.status == 1)
    #expect(
      result.errors == """
        denied.conf: error: exists and is not a file of maxmind-acl export, so --output does not \
        replace it; name another file, or remove this one

        """)
    #expect(try workspace.read("denied.conf") == "server_names_hash_max_size 1;\n")
    #expect(try export("--format \(format) --output maxmind.yaml").status == 1)
  }

  @Test func `neither a list of the configuration nor a list written by hand is replaced`() throws {
    try workspace.write(
      "maxmind.yaml", "maxmind: {bypass: {ip_file: [open.txt]}, deny: {ip: [198.51.100.0/24]}}")
    try workspace.write(
      "open.txt", "# maxmind-acl export of other.yaml: clients in DE\n203.0.113.7\n")
    try workspace.write("hand.txt", "203.0.113.0/24\n")
    let ofConfiguration = try export("--format plain --output open.txt")
    #expect(ofConfiguration.status == 1)
    #expect(
      ofConfiguration.errors
        == "open.txt: error: is an input, so --output cannot write it; name another file\n")
    #expect(try export("--format plain --output hand.txt").status == 1)
    #expect(try workspace.read("hand.txt") == "203.0.113.0/24\n")
  }

  static let mistakes: [([String], Int32, String)] = [
    (["--format", "plain"], 64, "Error: expected --config"),
    (
      ["--format", "plain", "--config", "none.yaml"], 1,
      "none.yaml: error: cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    ),
    (["--config", "maxmind.yaml"], 64, "Error: Missing expected argument '--format <format>'"),
  ]

  @Test(arguments: mistakes) func `a mistake is reported`(
    _ arguments: [String], _ status: Int32, _ message: String
  ) throws {
    let result = try tool.run(["export"] + arguments, input: [])
    #expect(result.status == status)
    #expect(result.errorLines.first == message)
  }
}
