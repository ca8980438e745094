import Foundation
import MaxMindACL
import SeededRandom
import Testing

@testable import Remap

/// Mistakes in a remap.config, and conditions that are unknown without a proxy.
@Suite struct RemapConfigTests {
  static let map = "map http://a.example/ http://o/"

  static let mistakes: [(String, String)] = [
    (
      "map http://a/",
      "expected a line like map http://a.example/ http://origin.example/, but there are 2 words"
    ),
    ("mop http://a/ http://b/", "Traffic Server knows no mapping mop"),
    ("regex_ http://a/ http://b/", "Traffic Server knows no mapping regex_"),
    ("map :// http://b/", ":// is not a URL that can be mapped from"),
    (
      "map ftp://a/ http://b/",
      "ftp://a/: the scheme ftp cannot be mapped; use http, https, ws or wss"
    ),
    ("map http:///x http://b/", "http:///x: a URL without a host begins with /"),
    ("redirect / http://b/", "/: a redirect needs a host"),
    ("map http://a/ b/", "b/ is not a URL with a host that can be mapped to"),
    ("map http://a/ http://b:/", "http://b:/ is not a URL with a host that can be mapped to"),
    ("map http://a/ http://[::1/", "http://[::1/ is not a URL with a host that can be mapped to"),
    (
      "map http://a/ http://[::1]x/",
      "http://[::1]x/ is not a URL with a host that can be mapped to"
    ),
    (
      "map http://a/ http+unix://b/",
      "http+unix://b/: cannot map to http+unix; use http, https, ws or wss"
    ),
    ("map http://a/ ftp://b/", "ftp://b/: cannot map to ftp; use http, https, ws or wss"),
    ("map wss://a/ https://b/", "https://b/: ws and wss map only to ws and wss"),
    ("regex_map http://[a/ http://b/", "[a: missing terminating ] for character class"),
    (
      "regex_map http://(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)/ http://b/",
      "the expression has 10 groups; 9 are allowed"
    ),
    ("regex_map http://(a)/ http://b$2/", "$2: the expression has no such group"),
    (
      "regex_map http://(a)/ http://" + String(repeating: "$1", count: 11),
      "there are 11 references such as $1; 10 are allowed"
    ),
    (
      ".nonsense x",
      "Traffic Server knows no directive .nonsense; it knows .include, .definefilter, .activatefilter, "
        + ".deactivatefilter and .deletefilter"
    ),
    (".include", ".include names no file"),
    (".activatefilter x", ".activatefilter: there is no filter x"),
    (".activatefilter", ".activatefilter names no filter"),
    (".definefilter x", ".definefilter x has no condition"),
    ("\(map)\nmap HTTP://A.example:80 http://o/", "map: remap.config:1 already maps this URL"),
  ]

  @Test("a line that Traffic Server refuses is an error", arguments: mistakes)
  func mistake(_ text: String, _ message: String) throws {
    let workspace = try Workspace(["remap.config": text])
    let remap = workspace.read("remap.config")
    let number = text.split(separator: "\n").count
    #expect(
      remap.diagnostics.map { workspace.bare($0.summary) }
        == ["remap.config:\(number):1: error: \(message) [remap-line]"])
    #expect(remap.lines.flatMap(\.conditions) == [])
  }

  static let tail = "; the result is unknown here, so decide on a copy without it [remap-condition]"
  static let conditions: [(String, [String])] = [
    (map, []),
    ("\(map) @in_ip=127.0.0.1", []),
    (
      "\(map) @action=deny @src_ip=10.0.0.1",
      ["remap.config:1:1: error: the filter of the line also decides on requests"]
    ),
    (
      "\(map) @METHOD=get",
      ["remap.config:1:1: error: the filter of the line also decides on requests"]
    ),
    ("redirect http://a/ http://b/ @action=deny @method=get", []),
    (
      "map_with_recv_port http://a/ http://b/",
      [
        "remap.config:1:1: error: the line maps by the port that a request came in on"
      ]
    ),
    ("map_with_referer http://a/ http://b/ http://c/", []),
    (
      "map_with_referer http://a/ http://b/ http://c/ .*",
      ["remap.config:1:1: error: the line maps by the Referer of a request"]
    ),
    (
      "map http://a/ http://b/ http://c/ .* @map_with_referer",
      ["remap.config:1:1: error: the line maps by the Referer of a request"]
    ),
    (".deffilter x @action=deny\n\(map)", []),
    (".deffilter x @action=deny\n.useflt x\n.unuseflt x\n\(map)", []),
    (".deffilter x @action=deny\n.useflt x\n.delflt x\n\(map)", []),
    (".deffilter x @action=deny\n.useflt x\nredirect http://a/ http://b/", []),
    (
      ".deffilter x @action=deny\n.useflt x\n\(map)\nmap http://b/ http://o/",
      Array(repeating: "remap.config:2:1: error: the filter x also decides on requests", count: 2)
    ),
    (".deactivatefilter ip_allow\n\(map)\n.activatefilter ip_allow", []),
  ]

  @Test("a line reports conditions besides the URL", arguments: conditions)
  func condition(_ text: String, _ expected: [String]) throws {
    let workspace = try Workspace(["remap.config": text])
    let remap = workspace.read("remap.config")
    #expect(
      remap.lines.flatMap(\.conditions).map { workspace.bare($0.summary) }
        == expected.map { $0 + Self.tail })
    #expect(remap.diagnostics.allSatisfy { $0.message.hasPrefix("no line with") })
  }

  @Test("filters of included files apply to all files")
  func includedFilters() throws {
    let workspace = try Workspace([
      "remap.config": ".include filters.config maps.config\n",
      "filters.config": ".definefilter x @action=deny\n.activatefilter x\n",
      "maps.config": Self.map,
    ])
    let remap = workspace.read("remap.config")
    #expect(
      remap.lines.flatMap(\.conditions).map { workspace.bare($0.summary) }
        == ["filters.config:2:1: error: the filter x also decides on requests" + Self.tail])
  }

  @Test("files that include one another are reported, each line once")
  func cycle() throws {
    let workspace = try Workspace([
      "remap.config": Array(repeating: ".include a.config", count: 6).joined(separator: "\n"),
      "a.config": Array(repeating: ".include ./remap.config", count: 6).joined(separator: "\n"),
    ])
    let remap = workspace.read("remap.config")
    #expect(remap.diagnostics.count == 36)
    #expect(
      workspace.bare(remap.diagnostics[0].summary)
        == "a.config:1:1: error: .include: ./remap.config includes itself [remap-plugin]")
  }

  @Test("files beyond a limit are reported once")
  func manyFiles() throws {
    let workspace = try Workspace([
      "remap.config": String(repeating: ".include none.config\n", count: 10_010),
      "none.config": "# nothing\n",
    ])
    let remap = workspace.read("remap.config")
    #expect(
      remap.diagnostics.map { workspace.bare($0.summary) } == [
        "remap.config:10000:1: error: .include: with none.config there are more than 10000 files "
          + "or 32 MiB [remap-plugin]"
      ])
  }

  @Test("a file over the size limit is not read")
  func largeFile() throws {
    let workspace = try Workspace(["remap.config": ".include large.config"])
    let size = 33 << 20
    try Data(repeating: 10, count: size).write(
      to: URL(fileURLWithPath: workspace.file("large.config")))
    let message = "the file has \(size) bytes, the limit is \(32 << 20) bytes"
    #expect(
      workspace.read("remap.config").diagnostics.map(\.message)
        == [".include: \(workspace.file("large.config")) cannot be read: \(message)"])
    #expect(
      workspace.read("large.config").diagnostics.map(\.message)
        == ["cannot be read: \(message)"])
  }

  @Test("the reason why a file cannot be read is reported")
  func unreadable() throws {
    let workspace = try Workspace(["remap.config": ".include none.config", "part/x.config": ""])
    func found(_ file: String) -> [String] {
      workspace.read(file).diagnostics.map { workspace.bare($0.message) }
    }
    #expect(
      found("remap.config")
        == [
          ".include: none.config cannot be read: cannot open the file: No such file or directory"
        ])
    #expect(found("part") == ["cannot be read: is a directory, a regular file is needed"])
  }

  @Test("a line has its place, its words and its configurations")
  func line() throws {
    let workspace = try Workspace([
      "remap.config": """
      # one
      map http://A.example:81/x \\
        http://o/ tag @plugin=maxmind_acl.so @pparam=a.yaml @plugin=other.so @pparam=x \\
        @plugin=maxmind_acl.so @pparam=b.yaml
      """
    ])
    let remap = workspace.read("remap.config")
    let line = try #require(remap.lines.first)
    #expect(workspace.bare(line.place) == "remap.config:2")
    #expect(line.text == "map http://A.example:81/x http://o/")
    #expect(line.kind == .map)
    #expect(line.configurations == ["a.yaml", "b.yaml"])
    #expect(remap.instances.map(\.mapHost) == ["a.example", "a.example"])
    #expect(line.from.port == 81)
  }

  @Test("no text traps, whether it is a remap.config or not")
  func nonsense() throws {
    var random = SeededGenerator(seed: 4)
    let pieces = [
      "map", "regex_map", "redirect", " ", " ", "\t", "\n", "\\", "\r", "://", "http://", ":", "/",
      "//", "[", "]", "(", "$", "$1", "@", "@plugin=", "maxmind_acl.so", "@pparam=", "\"", "'", "a",
      "99999999999", ":80", ".include", ".useflt", "\u{e9}", "#", "?", ";", "ftp",
    ]
    var lines = 0
    for _ in 0..<2_000 {
      let start = Bool.random(using: &random) ? "map http://" : ""
      let text = (0..<Int.random(in: 0..<20, using: &random)).map { _ in
        pieces.randomElement(using: &random) ?? ""
      }
      let end = Bool.random(using: &random) ? " http://b" : ""
      let source = RemapSource.lines(of: Array((start + text.joined() + end).utf8), file: "x")
      for line in source {
        let words = RemapWords(line.words())
        _ = words.plugins()
        for version in TrafficServerVersion.allCases {
          let reader = RemapLineReader(words: words, source: line, version: version)
          guard case .success(let line) = reader.read([]) else { continue }
          lines += 1
          _ = RemapTable([line], by: version).number("http://a/")
        }
      }
    }
    #expect(lines > 40)
  }
}
