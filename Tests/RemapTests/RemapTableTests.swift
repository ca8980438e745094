import MaxMindACL
import SeededRandom
import Testing

@testable import Remap

/// Which line a URL goes through. Tests/EndToEnd/test_remap.py has the same and more with Traffic Server.
@Suite struct RemapTableTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var remap: String
    /// URL → line; 0: none.
    var lines: KeyValuePairs<String, Int>

    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "the first line wins, not the longest",
      remap: """
        map http://a.example/b http://o/
        map http://a.example/b/c http://o/
        map http://a.example/x/y http://o/
        map http://a.example/x http://o/
        """,
      lines: [
        "http://a.example/b": 1, "http://a.example/b/c": 1, "http://a.example/bc": 1,
        "http://a.example/x/y": 3, "http://a.example/x/z": 4, "http://a.example/": 0,
        "http://a.example/B": 0, "http://b.example/b": 0,
      ]),
    Case(
      name: "slashes and parameters",
      remap: "map http://a//dir/ http://o/\nmap http://a/p;q http://o/\nmap http://a/p http://o/",
      lines: [
        "http://a/dir": 0, "http://a/dir/": 1, "http://a//dir/x": 1, "http://a/p;q": 3,
        "http://a/;/dir/": 0, "http://a/dir/;x": 1, "http://a/dir?/": 0,
      ]),
    Case(
      name: "schemes and ports",
      remap: """
        map http://A.example http://o/
        map https://a.example http://o/
        map a.example:81 http://o/
        map http://[::1] http://o/
        map ws://a.example ws://o/
        """,
      lines: [
        "HTTP://a.EXAMPLE:080/": 1, "https://a.example/": 2, "http://a.example:443/": 0,
        "http://a.example:81/": 3, "https://a.example:81/": 0, "http://[::1]:80/": 4,
        "ws://a.example/": 5, "wss://a.example/": 0, "ftp://a.example/": 0,
        "http://a.example:99999999999999999999/": 0,
      ]),
    Case(
      name: "a line without a host comes before redirects, a temporary one before a permanent one",
      remap: """
        redirect http://a.example/p http://o/
        redirect_temporary http://a.example/ http://o/
        map /m http://o/
        """,
      lines: [
        "http://a.example/m": 3, "http://a.example/p": 2, "http://a.example/x": 2,
        "http://b.example/m": 3, "http://b.example/p": 0,
      ]),
    Case(
      name: "lines without a host come last",
      remap: """
        map / http://o/
        map http://a.example/a http://o/
        regex_map http://b.*/b http://o/
        """,
      lines: [
        "http://a.example/a": 2, "http://a.example/": 1, "ftp://any.example:9/": 1,
        "http://bb.example/b": 3, "http://bb.example/": 1,
      ]),
    Case(
      name: "expressions are searched for, in the order of the file",
      remap: #"""
        regex_map http://a\.example/one http://o/
        map http://a.example/ http://o/
        regex_map http://a\.example/ http://o/
        regex_map http://Z\D\.example/ http://o/
        regex_map https://[^.]*/ http://o/
        """#,
      lines: [
        "http://a.example/one": 1, "http://a.example/": 2, "http://AA.example.org/": 3,
        "http://z1.example/": 4, "http://zb.example/": 0, "https://.x/": 5, "http://x/": 0,
      ]),
    Case(
      name: "the brackets of an IPv6 address are part of the host",
      remap: "regex_map http://^\\[.*\\]$/ http://o/", lines: ["http://[::1]/": 1, "http://x/": 0]),
    Case(
      name: "redirects apply to unmapped URLs, the temporary ones first",
      remap: """
        redirect http://a.example/ http://o/
        redirect_temporary http://a.example/ http://o/
        redirect http://b.example/ http://o/
        map http://a.example/m http://o/
        reverse_map http://c.example/ http://o/
        """,
      lines: [
        "http://a.example/m": 4, "http://a.example/": 2, "http://b.example/": 3,
        "http://c.example/": 0,
      ]),
  ]

  @Test("Traffic Server chooses the same line", arguments: cases)
  func line(_ example: Case) throws {
    let remap = try read(example.remap)
    #expect(remap.diagnostics.map(\.summary).filter { !$0.contains("no line with") } == [])
    let table = RemapTable(remap)
    for (url, number) in example.lines { #expect(table.number(url) ?? 0 == number, "\(url)") }
  }

  @Test("no path, host or port of any length traps")
  func longURLs() throws {
    let table = RemapTable(try read("map / http://o/\nregex_map http://^h+$/ http://o/"))
    for length in [254, 255, 256, 257, 100_000] {
      let text = String(repeating: "h", count: length)
      // Traffic Server does not look up a host of 256 bytes or more.
      #expect(table.number("http://\(text)/") == (length < 256 ? 2 : 1))
      #expect(table.number("http://x/\(text)") == 1)
      #expect(table.number("http://x:\(text.replacing("h", with: "9"))/") == 1)
    }
  }

  @Test("a look-up finds the same line as a walk through all lines")
  func oracle() throws {
    var random = SeededGenerator(seed: 20_261_121)
    let hosts = ["a", "b", "ab", "A"]
    let segments = ["", "a", "b", "ab", "/", "a/", "a/b", "a/b/", "ab/a"]
    var found = 0
    for _ in 0..<300 {
      let lines = (0..<Int.random(in: 1...12, using: &random)).map { _ in
        let host = hosts.randomElement(using: &random) ?? ""
        let path = segments.randomElement(using: &random) ?? ""
        let port = Bool.random(using: &random) ? "" : ":81"
        return switch Int.random(in: 0..<6, using: &random) {
        case 0: "map /\(path) http://o/"
        case 1: "regex_map http://^\(host)\(port)/\(path) http://o/"
        case 2: "redirect http://\(host)\(port)/\(path) http://o/"
        default: "map http://\(host)\(port)/\(path) http://o/"
        }
      }
      let table = RemapTable(try read(lines.joined(separator: "\n")))
      for _ in 0..<60 {
        let host = hosts.randomElement(using: &random) ?? ""
        let path =
          (segments.randomElement(using: &random) ?? "")
          + ["", "/", "b"][
            Int.random(in: 0..<3, using: &random)]
        let port = Bool.random(using: &random) ? "" : ":81"
        let number = table.number("http://\(host)\(port)/\(path)")
        let expected = table.slowNumber(host, port == "" ? 80 : 81, path)
        #expect(number == expected, "http://\(host)\(port)/\(path) in \(lines)")
        found += number == nil ? 0 : 1
      }
    }
    #expect(found > 5_000)
  }
}

extension RemapTable {
  /// The line of a URL, by a walk through all lines.
  fileprivate func slowNumber(_ host: String, _ port: UInt16, _ path: String) -> Int? {
    let host = Array(host.lowercased().utf8)
    let path = Array(path.drop { $0 == "/" }.utf8)
    func first(_ kind: RemapLine.Kind, _ isForHost: (RemapLine) -> Bool) -> Int? {
      lines.first { $0.kind == kind && isForHost($0) && path.starts(with: $0.from.path) }?.number
    }
    let namesHost = { (line: RemapLine) in
      guard line.from.port == port, !line.from.host.isEmpty else { return false }
      if line.hostPattern != nil { return host.starts(with: line.from.host.dropFirst()) }
      return line.from.host == host
    }
    return first(.map, namesHost) ?? first(.map) { $0.from.host.isEmpty }
      ?? first(.redirect, namesHost)
  }
}
