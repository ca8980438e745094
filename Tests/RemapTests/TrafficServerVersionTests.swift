import Foundation
import MaxMindACL
import Testing

@testable import Remap

/// The differences between versions of Traffic Server.
@Suite struct TrafficServerVersionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var remap: String
    /// URL → line in 9.2, and in 10.2; 0: none.
    var lines: KeyValuePairs<String, (Int, Int)>

    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "the expression of a regex_map",
      remap: #"""
        regex_map http://a\.example/ http://o/
        regex_map http://(?:x|xy)\.?/ http://o/
        regex_map http://.*b/ http://o/
        regex_redirect http://r/ http://o/
        """#,
      lines: [
        "http://A.example/": (1, 1), "http://aa.example/": (1, 0), "http://a.example.org/": (1, 0),
        "http://a.example./": (1, 0), "http://x/": (2, 2), "http://xy/": (2, 2),
        "http://xy./": (2, 2), "http://xyz/": (2, 0), "http://bob/": (3, 3), "http://bobs/": (3, 0),
        "http://r/": (4, 4), "http://rr/": (4, 0),
      ]),
    Case(
      name: "parameters of a path",
      remap: """
        map http://a/p;q http://o/
        map http://a/p/x http://o/
        map http://a/p http://o/
        regex_map http://b/;x http://o/
        map /;y http://o/
        """,
      lines: [
        "http://a/p;q": (3, 1), "http://a/p;qq/x": (3, 1), "http://a/p;r": (3, 3),
        "http://a/p/x;q": (2, 2), "http://a/p;/x": (3, 3), "http://b/;x": (0, 4),
        "http://c/;y": (0, 5), "http://a/p?;q": (3, 3),
      ]),
    Case(
      name: "a port above 65535",
      remap: """
        map http://a:65616 http://o/
        map http://b http://o/
        map http://b:1 http://o/
        """,
      lines: [
        "http://a/": (1, 1), "http://a:65616/": (1, 1), "http://b:65537/": (3, 2),
        "http://b:65535/": (0, 0), "http://b:99999999999999999999/": (0, 2),
      ]),
  ]

  @Test("a version chooses its line", arguments: cases, TrafficServerVersion.allCases)
  func line(_ example: Case, _ version: TrafficServerVersion) throws {
    let table = RemapTable(try read(example.remap, by: version))
    for (url, (number9, number10)) in example.lines {
      let number =
        switch version {
        case .v9_2: number9
        case .v10_2: number10
        }
      #expect(table.number(url) ?? 0 == number, "\(url)")
    }
  }

  static let mistakes: [(String, String?, String?)] = [
    (
      "map_with_recv_port http+unix://a/ http://b/",
      "http+unix://a/: the scheme http+unix cannot be mapped; use http, https, ws or wss", nil
    ),
    (
      "map http://a/ http://b/ @action=allow @method=get @action=deny",
      nil, "there are 2 @action; Traffic Server 10 allows one"
    ),
    (
      ".definefilter x @action=allow @action=deny",
      nil, "there are 2 @action; Traffic Server 10 allows one"
    ),
  ]

  @Test("a version refuses a line", arguments: mistakes)
  func mistake(_ text: String, _ by9: String?, _ by10: String?) throws {
    func mistakes(_ version: TrafficServerVersion) throws -> [String] {
      try read(text, by: version).diagnostics.filter { $0.id == .remapLine }.map(\.message)
    }
    #expect(try mistakes(.v9_2) == [by9].compactMap { $0 })
    #expect(try mistakes(.v10_2) == [by10].compactMap { $0 })
  }

  @Test("an option of a later version is not a filter")
  func category() throws {
    let line = "map http://a/ http://b/ @src_ip_category=ACME"
    #expect(try read(line, by: .v9_2).lines.flatMap(\.conditions).isEmpty)
    #expect(try read(line, by: .v10_2).lines.flatMap(\.conditions).count == 1)
  }

  @Test("a request on a Unix domain socket may go through a map_with_recv_port")
  func unixSocket() throws {
    let remap = try read(
      """
      map_with_recv_port http+unix://a/ http://o/
      map_with_recv_port https+unix://a/ http://o/
      map http://a/ http://o/
      map http+unix://b/ http://o/
      """, by: .v10_2)
    let table = RemapTable(remap)
    #expect(table.number("http://a/") == 1)
    #expect(table.number("https://a/") == 2)
    #expect(table.number("ws://a/") == nil)
    #expect(table.number("http://b/") == nil)
    #expect(remap.lines.map(\.conditions.count) == [1, 1, 0, 0])
  }

  @Test("a configuration uses what its version has", arguments: ["remap.config", "verified.yaml"])
  func verified(_ file: String) throws {
    let workspace = try Workspace([
      "verified.yaml": "maxmind: {database: country.mmdb, client: {verified: true}}",
      "remap.config": "map http://a/ http://b/ @plugin=maxmind_acl.so @pparam=verified.yaml",
    ])
    _ = try RuleSet.load(path: workspace.file(file), for: .v10_2)
    #expect {
      try RuleSet.load(path: workspace.file(file), for: .v9_2)
    } throws: { error in
      (error as? LoadFailure)?.diagnostics.map(\.id) == [.verifiedUnavailable]
    }
  }

  // MARK: - The installed version

  /// A shell script as `bin/traffic_server`. Returns its directory.
  private func install(_ script: String, in workspace: Workspace) throws -> String {
    let program = workspace.file("bin/traffic_server")
    try FileManager.default.createDirectory(
      atPath: workspace.file("bin"), withIntermediateDirectories: true)
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: program))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    return workspace.file("bin")
  }

  static let outputs: [(String, TrafficServerVersion?)] = [
    ("echo Traffic Server 9.2.9 Apr  4 2026 14:52:39 localhost; echo more", .v9_2),
    ("echo Traffic Server 10.2.1-0 Aug 20 2026 10:00:00 build", .v10_2),
    ("echo Traffic Server 8.1.11 now", .v9_2), ("echo Traffic Server 11.0.0", .v10_2),
    (#"printf 'Traffic '; sleep 0.1; printf 'Server 10.1.0\n'"#, .v10_2),
    (#"test "$*" = --version && echo Traffic Server 10.2.1"#, .v10_2),
    ("exit 1", nil), ("echo garbage", nil), ("echo Traffic Server x.y", nil), ("echo", nil),
    ("echo Traffic Server 10.2.1 >&2", nil), ("printf 'Traffic Server 9.2.9'", nil),
    ("yes Traffic Server 9 | tr -d '\\n'", nil), ("head -c 9999 /dev/zero", nil),
  ]

  @Test("the installed version is the one that traffic_server prints", arguments: outputs)
  func output(_ script: String, _ expected: TrafficServerVersion?) throws {
    let workspace = try Workspace([:])
    let path = "/nonexistent:bin::" + (try install(script, in: workspace))
    #expect(TrafficServerVersion.installed(path: path, limit: .seconds(600)) == expected)
  }

  @Test("a program that hangs is killed, with or without a child that keeps its output open")
  func hang() throws {
    let workspace = try Workspace([:])
    for script in ["echo $$ > ../pid; exec sleep 600", "echo $$ > ../pid; sleep 5"] {
      let path = try install("cd \(workspace.file("bin")); \(script)", in: workspace)
      #expect(TrafficServerVersion.installed(path: path, limit: .milliseconds(500)) == nil)
      let text = try? String(contentsOfFile: workspace.file("pid"), encoding: .utf8)
      // A slow machine kills it before it writes its number.
      guard let number = text.flatMap({ pid_t($0.dropLast()) }) else { continue }
      #expect(kill(number, 0) != 0, "\(script) runs on")
    }
  }

  @Test("nothing else is run")
  func others() throws {
    let workspace = try Workspace(["file/traffic_server": "#!/bin/sh\necho Traffic Server 10.2.1"])
    for path in ["", workspace.file("none"), workspace.file("file"), ":"] {
      #expect(TrafficServerVersion.installed(path: path) == nil)
    }
  }
}
