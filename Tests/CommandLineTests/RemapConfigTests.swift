import Foundation
import Testing

/// The lines of a remap.config that check reads. Traffic Server reads the same lines alike.
@Suite("check of a remap.config")
struct RemapConfigTests {
  /// A remap.config and the result of check.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var remap: String
    /// How many configurations are checked.
    var checked: Int
    /// The beginnings of the errors.
    var errors: [String] = []

    var testDescription: String { name }
  }

  static let map = "map http://a.example/ http://origin.example/"
  static let mapB = "map http://b.example/ http://origin.example/"
  static let mapC = "map http://c.example/ http://origin.example/"

  static let cases = [
    Case(
      name: "a plugin by its name",
      remap: "\(map) @plugin=maxmind_acl.so @pparam=deny.yaml\n", checked: 1),
    Case(
      name: "a plugin by its absolute name",
      remap: "\(map) @plugin=/usr/lib/trafficserver/modules/maxmind_acl.so @pparam=deny.yaml\n",
      checked: 1),
    Case(
      name: "no last line break", remap: "\(map) @plugin=maxmind_acl.so @pparam=deny.yaml",
      checked: 1),
    Case(
      name: "several lines, one configuration twice",
      remap: """
        # maps
        \(map) @plugin=maxmind_acl.so @pparam=deny.yaml

        \(mapB) @plugin=maxmind_acl.so @pparam=other.yaml
          \(mapC)\t@plugin=maxmind_acl.so\t@pparam=deny.yaml
        """, checked: 2),
    Case(
      name: "two instances on one line",
      remap: "\(map) @plugin=maxmind_acl.so @pparam=deny.yaml @plugin=maxmind_acl.so "
        + "@pparam=other.yaml\n", checked: 2),
    Case(
      name: "parameters of other plugins",
      remap: "\(map) @plugin=header_rewrite.so @pparam=a.conf @pparam=b.conf "
        + "@plugin=maxmind_acl.so @pparam=deny.yaml @plugin=generator.so @pparam=--x\n",
      checked: 1),
    Case(
      name: "filters and directives",
      remap: """
        .definefilter local @action=allow @src_ip=127.0.0.1
        .activatefilter local
        \(map) @action=deny @plugin=maxmind_acl.so @method=post @pparam=deny.yaml
        """, checked: 1),
    Case(
      name: "a comment with a plugin",
      remap: """
        #\(map) @plugin=maxmind_acl.so @pparam=none.yaml
          # \(map) @plugin=maxmind_acl.so @pparam=none.yaml
        \(map) @plugin=maxmind_acl.so @pparam=deny.yaml
        """, checked: 1),
    Case(
      name: "continued lines",
      remap: """
        map http://a.example/ \\
            http://origin.example/ \\
            @plugin=maxmind_acl.so\\
        @pparam=deny.yaml
        """, checked: 1),
    Case(
      name: "a comment continues in its continued line",
      remap: """
        # none of \\
        \(map) @plugin=maxmind_acl.so @pparam=none.yaml
        \(map) @plugin=maxmind_acl.so @pparam=deny.yaml
        """, checked: 1),
    Case(
      name: "a continued line is named by its first",
      remap: """
        # one
        map http://a.example/ \\
            http://origin.example/ \\
            @plugin=maxmind_acl.so
        """, checked: 0, errors: ["remap.config:2:1: error: @plugin=maxmind_acl.so takes one"]),
    Case(
      name: "carriage returns",
      remap: "# one\r\n\(map) @plugin=maxmind_acl.so @pparam=deny.yaml\r\n", checked: 1),
    Case(
      name: "a carriage return ends a line with a backslash",
      remap: "\(map) \\\r\n @plugin=maxmind_acl.so @pparam=deny.yaml\r\n", checked: 1,
      errors: [
        "remap.config:1:1: error: the line does not continue",
        "remap.config:2:1: error: expected a line like map http://a.example/",
      ]),
    Case(
      name: "any case, and a parameter before the plugin",
      remap: "MAP http://a.example/ http://b.example/ @PParam=deny.yaml @Plugin=maxmind_acl.so\n",
      checked: 1),
    Case(
      name: "empty parameters are none",
      remap: "\(map) @plugin=maxmind_acl.so @pparam= @pparam=deny.yaml\n", checked: 1),
    Case(
      name: "quotes in other words",
      remap: "\(map) @plugin=header_rewrite.so @pparam=\"a @plugin=maxmind_acl.so b\" "
        + "@plugin=maxmind_acl.so @pparam=deny.yaml\n", checked: 1),
    Case(
      name: "quotes are part of a name",
      remap: "\(map) @plugin=maxmind_acl.so @pparam=\"deny.yaml\"\n"
        + "\(mapB) @plugin=\"maxmind_acl.so\" @pparam=deny.yaml\n"
        + "\(mapC) @plugin=maxmind_acl.so @pparam='a b.yaml'\n",
      checked: 0,
      errors: [
        "remap.config:1:1: error: Traffic Server takes the quotes in \"deny.yaml\" as part",
        "remap.config:2:1: error: Traffic Server takes the quotes in \"maxmind_acl.so\" as part",
        "remap.config:3:1: error: Traffic Server takes the quotes in 'a b.yaml' as part",
      ]),
    Case(
      name: "no parameter", remap: "\(map) @plugin=maxmind_acl.so\n", checked: 0,
      errors: ["remap.config:1:1: error: @plugin=maxmind_acl.so takes one @pparam, the"]),
    Case(
      name: "two parameters",
      remap: "\n\(map) @plugin=maxmind_acl.so @pparam=deny.yaml @pparam=other.yaml\n", checked: 0,
      errors: ["remap.config:2:1: error: @plugin=maxmind_acl.so takes one @pparam, the"]),
    Case(
      name: "a missing configuration among valid ones",
      remap: """
        \(map) @plugin=maxmind_acl.so @pparam=deny.yaml
        \(mapB) @plugin=maxmind_acl.so @pparam=none.yaml
        """, checked: 2, errors: ["none.yaml: error: "]),
    Case(
      name: "another plugin only", remap: "\(map) @plugin=my_maxmind_acl.so @pparam=x\n",
      checked: 0, errors: ["remap.config: error: no line with @plugin=maxmind_acl.so"]),
    Case(
      name: "nothing", remap: "", checked: 0,
      errors: ["remap.config: error: no line with @plugin=maxmind_acl.so"]),
    Case(
      name: "bytes that are not text", remap: "\u{0}\u{fffd}\n\u{2028}\u{85}\n", checked: 0,
      errors: ["remap.config: error: no line with @plugin=maxmind_acl.so"]),
    Case(
      name: "a URL that is mapped twice",
      remap: "\(map) @plugin=maxmind_acl.so @pparam=deny.yaml\n.include more.config\n",
      checked: 1,
      errors: ["more.config:1:1: error: map: remap.config:1 already maps this URL"]),
    Case(
      name: "a line that Traffic Server does not understand",
      remap: "\(map) @plugin=maxmind_acl.so @pparam=deny.yaml\nmop http://b/ http://c/\n",
      checked: 1, errors: ["remap.config:2:1: error: Traffic Server knows no mapping mop"]),
    Case(
      name: "rules on a redirect",
      remap: "redirect http://a.example/ http://b.example/ @plugin=maxmind_acl.so "
        + "@pparam=deny.yaml\n", checked: 1,
      errors: ["remap.config:1:1: error: Traffic Server runs no plugins on a redirect line"]),
    Case(name: "an included file", remap: ".include more.config\n", checked: 1),
    Case(
      name: "several included files", remap: ".include more.config\tsub/nested.config\n",
      checked: 2),
    Case(name: "an included directory", remap: ".include parts\n", checked: 2),
    Case(
      name: "an error in an included file", remap: "# one\n.include bad.config\n", checked: 0,
      errors: ["bad.config:2:1: error: @plugin=maxmind_acl.so takes one @pparam"]),
    Case(
      name: "a missing included file", remap: "# one\n.include none.config\n", checked: 0,
      errors: ["remap.config:2:1: error: .include: "]),
    Case(
      name: "a file that includes itself", remap: ".include remap.config\n", checked: 0,
      errors: ["remap.config:1:1: error: .include: remap.config includes itself"]),
  ]

  private func workspace(_ remap: String) throws -> Workspace {
    let plugin = "\(Self.map) @plugin=maxmind_acl.so"
    let otherPlugin = "\(Self.mapB) @plugin=maxmind_acl.so"
    return try Workspace([
      "remap.config": remap, "deny.yaml": denyGermany,
      "other.yaml": "maxmind: {database: country.mmdb, deny: {country: [NO]}}",
      "more.config": "\(plugin) @pparam=deny.yaml\n",
      "sub/nested.config": "\(otherPlugin) @pparam=other.yaml\n",
      "parts/.hidden": "\(plugin) @pparam=deny.yaml\n",
      "parts/a.config": "\(otherPlugin) @pparam=other.yaml\n",
      "parts/deeper/b.config": "\(plugin) @pparam=none.yaml\n",
      "bad.config": "\n\(plugin)\n",
    ])
  }

  @Test(arguments: cases) func `lines are read as Traffic Server reads them`(_ row: Case) throws {
    let workspace = try workspace(row.remap)
    let result = try Tool(workspace: workspace).run("check", "remap.config")
    #expect(result.status == (row.errors.isEmpty ? 0 : 1))
    let count = row.checked == 1 ? "1 configuration" : "\(row.checked) configurations"
    let errors = row.errors.count == 1 ? "1 error" : "\(row.errors.count) errors"
    #expect(result.lines.last == "\(count) checked: \(errors), 0 warnings")
    let found = result.errorLines.filter { $0.contains(": error: ") }
      .map { $0.replacing("\(workspace.url.path)/", with: "") }
    #expect(found.count == row.errors.count)
    for (line, start) in zip(found, row.errors) { #expect(line.hasPrefix(start), "\(line)") }
  }

  @Test func `a wrong line is shown`() throws {
    let result = try Tool(workspace: try workspace("\(Self.map) @plugin=maxmind_acl.so\n"))
      .run("check", "remap.config")
    #expect(
      result.errors == """
        remap.config:1:1: error: @plugin=maxmind_acl.so takes one @pparam, the configuration; \
        it has 0 [remap-plugin]
         1 | map http://a.example/ http://origin.example/ @plugin=maxmind_acl.so
           | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~

        """)
  }

  @Test func `names are relative to the remap.config, absolute, or relative to --directory`() throws
  {
    let workspace = try workspace("")
    let tool = Tool(workspace: workspace)
    let absolute = "\(Self.map) @plugin=maxmind_acl.so @pparam=\(workspace.path("deny.yaml"))\n"
    try workspace.write("away/remap.config", absolute)
    // The database is beside the configuration, not beside the remap.config.
    #expect(try tool.run("check", "--directory", ".", "away/remap.config").status == 0)
    let relative = "\(Self.mapB) @plugin=maxmind_acl.so @pparam=deny.yaml\n.include more.config\n"
    try workspace.write("away/remap.config", relative)
    let lost = try tool.run("check", "away/remap.config")
    #expect(lost.status == 1)
    #expect(lost.errors.contains("deny.yaml: error: cannot be read"))
    let missing = ".include: away/more.config cannot be read: cannot open the file: No such"
    #expect(lost.errors.contains(missing))
    #expect(try tool.run("check", "--directory", ".", "away/remap.config").status == 0)
    try workspace.write("remap.config", relative)
    #expect(try tool.run("check", workspace.path("remap.config")).status == 0)
  }

  @Test func `a pattern that cannot match the host of its map is a warning`() throws {
    let workspace = try workspace("\(Self.map) @plugin=maxmind_acl.so @pparam=anchored.yaml\n")
    try workspace.write(
      "anchored.yaml", "maxmind:\n  database: country.mmdb\n  deny:\n    regex: [[US, ^private/]]\n"
    )
    let tool = Tool(workspace: workspace)
    let result = try tool.run("check", "--strict", "remap.config")
    #expect(result.status == 3)
    #expect(result.errors.contains("[regex-anchor]"))
  }

  @Test func `warnings of lines together come with the line, and fail --strict`() throws {
    let workspace = try workspace(
      "\(Self.map) @plugin=maxmind_acl.so @pparam=deny.yaml\n"
        + "# other hosts\nmap / http://origin.example/ # nothing\n")
    let tool = Tool(workspace: workspace)
    let result = try tool.run("check", "--strict", "remap.config")
    #expect(result.status == 3)
    #expect(
      result.errors == """
        remap.config:3:1: warning: maps http://a.example:8080/, http://a.example./ and \
        https://a.example/ without the rules of remap.config:1, the line for that host; give this \
        line the same @pparam, or remove it [remap-spelling]
         3 | map / http://origin.example/ # nothing
           | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~

        """)
  }

  @Test func `redirects in a circle are a warning with the lines`() throws {
    let workspace = try workspace(
      "\(Self.map) @plugin=maxmind_acl.so @pparam=to-b.yaml\n"
        + "\(Self.mapB) @plugin=maxmind_acl.so @pparam=to-a.yaml\n")
    for (name, target) in [("to-a.yaml", "a"), ("to-b.yaml", "b")] {
      try workspace.write(
        name,
        denyGermany + "\n  response: {redirect: \"http://\(target).example/denied\"}\n")
    }
    let result = try Tool(workspace: workspace).run("check", "remap.config")
    #expect(result.status == 0)
    #expect(
      result.errorLines == [
        "remap.config:1:1: warning: redirects a denied client such as 127.2.0.0 (DE) in a circle: "
          + "http://a.example/ → http://b.example/denied → http://a.example/denied → "
          + "http://b.example/denied; remap.config:1 and remap.config:2 deny it again; redirect to a "
          + "URL where it is not denied [redirect-circle]",
        " 1 | \(Self.map) @plugin=maxmind_acl.so @pparam=to-b.yaml",
        "   | ^" + String(repeating: "~", count: Self.map.count + 40),
      ])
  }
}
