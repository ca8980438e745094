import Testing

@Suite("lookup")
struct LookupTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace(["maxmind.yaml": Self.configuration, "one.yaml": denyGermany])
    try workspace.link("vendors/ipinfo-core.mmdb", as: "core.mmdb")
    try workspace.link("mistyped-records.mmdb", as: "mistyped.mmdb")
    tool = Tool(workspace: workspace)
  }

  static let configuration = """
    maxmind:
      database: [country.mmdb, core.mmdb]
      anonymous: {hosting: true}
      allow:
        asn: [64500-64510]
      deny:
        country: [DE]
        ip: [127.2.3.0/24]
        regex:
          - [DE, "/x"]
        rules:
          - name: video
            country: [US, DE]
            ip: [127.0.0.0/8]
            not: {anonymous: [hosting]}
    """

  @Test func `each database is asked`() throws {
    let result = try tool.run(
      "lookup", "127.5.0.1", "192.0.2.200", "--database", "country.mmdb", "--database",
      "anonymous.mmdb")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(
      result.output == """
        127.5.0.1
          country.mmdb: GeoLite2-Country, built 2026-09-01
            country                 CA
            registered_country      US
            continent               NA
          anonymous.mmdb: GeoIP2-Anonymous-IP, built 2026-09-01
            no record
          together: each field from the first database that has it, flags from all
            country                 CA
            registered_country      US
            continent               NA

        192.0.2.200
          country.mmdb: GeoLite2-Country, built 2026-09-01
            country                 US
            registered_country      US
            continent               NA
          anonymous.mmdb: GeoIP2-Anonymous-IP, built 2026-09-01
            no record
          together: each field from the first database that has it, flags from all
            country                 US
            registered_country      US
            continent               NA

        """)
  }

  @Test func `rules that name a value are listed with their lines`() throws {
    let result = try tool.run("lookup", "--config", "maxmind.yaml", "127.1.0.1", "127.2.3.4")
    #expect(result.status == 0)
    let rows = result.output.split(separator: "\n\n").map { text in
      text.split(separator: "\n").drop { !$0.hasPrefix("  maxmind.yaml") }.dropFirst()
        .map { $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ") }
    }
    #expect(
      rows == [
        [
          "address 127.1.0.1 (deny.rules \"video\" on line 12)",
          "country US (deny.rules \"video\" on line 12)",
          "registered_country US (no rule reads it)", "continent NA (no rule reads it)",
          "subdivision JP-13 (no rule reads it)", "asn AS64500 (allow.asn on line 5)",
          "organisation Example Transit", "anonymous.ip true (no rule reads it)",
          "anonymous.hosting true (anonymous on line 3; deny.rules \"video\", not: on line 12)",
        ],
        [
          "address 127.2.3.4 (deny.ip on line 8; deny.rules \"video\" on line 12)",
          "country DE (deny.country on line 7; deny.regex on line 10; deny.rules \"video\" on line 12)",
          "registered_country DE (no rule reads it)", "continent EU (no rule reads it)",
          "subdivision AU-VIC (no rule reads it)",
        ],
      ])
  }

  @Test func `unreadable fields and records are named`() throws {
    let result = try tool.run(
      "lookup", "127.1.0.1", "127.4.0.1", "127.5.0.1", "--database", "mistyped.mmdb")
    #expect(
      result.lines == [
        "127.1.0.1", "  mistyped.mmdb: GeoLite2-Country, built 2026-09-01",
        "    country                 unreadable",
        "127.4.0.1", "  mistyped.mmdb: GeoLite2-Country, built 2026-09-01",
        "    country                 NO", "    registered_country      NO",
        "    continent               EU", "    anonymous.ip            unreadable",
        "127.5.0.1", "  mistyped.mmdb: GeoLite2-Country, built 2026-09-01",
        "    the record cannot be decoded",
      ])
    let json = try tool.run("lookup", "127.4.0.1", "--database", "mistyped.mmdb", "--json")
    #expect(
      json.output == """
        {"address":"127.4.0.1","databases":[{"built":"2026-09-01","file":"mistyped.mmdb","record":\
        {"continent":"EU","country":"NO","registered_country":"NO","unreadable":["ip"]},\
        "type":"GeoLite2-Country"}],"record":{"continent":"EU","country":"NO",\
        "registered_country":"NO","unreadable":["ip"]}}

        """)
  }

  @Test func `an unreadable flag is named in a list and has no rule`() throws {
    try workspace.write(
      "flags.yaml", "maxmind: {database: mistyped.mmdb, anonymous: {ip: true}}")
    let list = try tool.run(["lookup", "--config", "flags.yaml"], input: Array("127.4.0.1".utf8))
    #expect(list.lines == ["127.4.0.1\tNO\tNO\tEU\t-\t-\t-\tip=unreadable\t-"])
    let text = try tool.run("lookup", "--config", "flags.yaml", "127.4.0.1")
    #expect(
      text.output.contains(
        "anonymous.ip            unreadable  (on_error decides, unless a rule denies)"))
    let explained = try tool.run(
      "explain", "--config", "flags.yaml", "--client", "127.4.0.1", "http://a.example/")
    #expect(explained.lines.contains { $0.hasPrefix("flags") && $0.hasSuffix("ip unreadable") })
  }

  @Test(arguments: [[], ["-"]]) func `a list gives one line for each address`(
    _ last: [String]
  ) throws {
    let input = "127.2.3.4\r\n\n  127.1.0.1\nfoo\n9.9.9.9 x\n::ffff:127.9.0.1"
    let result = try tool.run(
      ["lookup", "--config", "maxmind.yaml"] + last, input: Array(input.utf8))
    #expect(result.status == 1)
    #expect(
      result.errorLines == [
        "standard input:4: error: \"foo\" is not an IPv4 or IPv6 address",
        "standard input:5: error: \"9.9.9.9 x\" is not an IPv4 or IPv6 address",
      ])
    #expect(
      result.lines == [
        "127.2.3.4\tDE\tDE\tEU\tAU-VIC\t-\t-\t-\tdeny.ip:8,deny.rules:12,deny.country:7,deny.regex:10",
        "127.1.0.1\tUS\tUS\tNA\tJP-13\tAS64500\tExample Transit\tip,hosting\t"
          + "deny.rules:12,allow.asn:5,anonymous:3,not deny.rules:12",
        "127.9.0.1\t-\t-\t-\t-\t-\t-\t-\tdeny.rules:12",
      ])
  }

  @Test func `databases of the command line replace those of the configuration`() throws {
    let result = try tool.run(
      "lookup", "--config", "one.yaml", "--database", "GeoIP2-City.mmdb", "--json", "127.1.64.1")
    #expect(result.status == 0)
    #expect(result.output.contains("\"subdivision\":[\"US-CA\"]"))
    #expect(result.output.contains("\"rules\":{}"))
  }

  static let mistakes: [([String], Int32, String)] = [
    (["127.0.0.1"], 64, "Error: expected --database or --config"),
    (
      ["127.0.0", "--database", "country.mmdb"], 64,
      "Error: '127.0.0' is not an IPv4 or IPv6 address"
    ),
    (
      ["::1", "--database", "none.mmdb"], 1,
      "none.mmdb: error: cannot open the file: No such file or directory"
    ),
    (
      ["::1", "--config", "none.yaml"], 1,
      "none.yaml: error: cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    ),
  ]

  @Test(arguments: mistakes) func `a mistake is reported`(
    _ arguments: [String], _ status: Int32, _ message: String
  ) throws {
    let result = try tool.run(["lookup"] + arguments, input: [])
    #expect(result.status == status)
    #expect(result.output == "")
    #expect(result.errorLines.first == message)
  }
}
