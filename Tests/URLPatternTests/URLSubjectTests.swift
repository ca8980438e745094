import SeededRandom
import Testing

@testable import URLPattern

@Suite("A URL's subject")
struct URLSubjectTests {
  @Test(
    "is host, slash, path and params",
    arguments: [
      ("a.example", "b/c", "", "a.example/b/c"),
      ("a.example", "", "", "a.example/"),
      ("a.example", "a", "b/x.txt", "a.example/a;b/x.txt"),
      ("a.example", "", "p", "a.example/;p"),
      ("A.EXAMPLE", "B/C", "D", "a.example/B/C;D"),
      ("a.example.", "b", "", "a.example/b"),
      ("[2001:DB8::1]", "b", "", "2001:db8::1/b"),
      ("::1]", "b", "", "::1/b"),
      ("[", "b", "", "/b"),
      ("]", "b", "", "/b"),
      ("a.example..", "b", "", "a.example./b"),
      (".", "b", "", "/b"),
      ("", "b", "", "/b"),
      ("@Z[`z{", "", "", "@z[`z{/"),
      ("Ä.example", "Ä", "", "Ä.example/Ä"),
    ])
  func asSent(host: String, path: String, params: String, expected: String) throws {
    #expect(try subject(host: host, path: path, params: params).text(.asSent) == expected)
  }

  @Test(
    "is normalised in its path",
    arguments: [
      // Escapes of unreserved characters, in either case of hexadecimal digits.
      ("%61%7a%5A%30%2d%2E%5f%7E", "azZ0-._~"),
      ("%7e%7E", "~~"),
      // Of others, and malformed ones, stay as written.
      ("%20%2f%2F%3b%00%c3%A4", "%20%2f%2F%3b%00%c3%A4"),
      ("%zz%4", "%zz%4"), ("%", "%"), ("%6", "%6"), ("%%61", "%a"), ("%6%31", "%61"),
      // Once.
      ("%252e%252e/a", "%252e%252e/a"), ("%25%36%31", "%2561"),
      // Slashes.
      ("a//b///c", "a/b/c"), ("/a", "a"), ("///", ""), ("a//", "a/"),
      // Dot segments.
      (".", ""), ("..", ""), ("./a", "a"), ("../../a", "a"), ("a/.", "a/"), ("a/..", ""),
      ("a/b/..", "a/"), ("a/b/../c", "a/c"), ("a/./b/./c/.", "a/b/c/"), ("a/../../b", "b"),
      ("a/b/../../../c/", "c/"), ("...", "..."), ("a/...", "a/..."),
      ("a/.b/..c/d..", "a/.b/..c/d.."),
      // In this order: what an escape hides is seen, and slashes go before segments do.
      ("a/%2e%2E/b", "b"), ("a/.%2e/b", "b"), ("%2e%2e%2fb", "..%2fb"),
      ("a/b//../c", "a/c"), ("a//b/../c", "a/c"), ("a/%2e/%2F/b", "a/%2F/b"),
    ])
  func normalised(path: String, expected: String) throws {
    let url = try subject(path: path)
    #expect(url.text(.normalised) == "a.example/" + expected)
    #expect(url.text(.asSent) == "a.example/" + path)
  }

  @Test(
    "is decoded once, except for slashes and NULs, and then normalised",
    arguments: [
      ("%20%3b%3F%25", " ;?%"), ("%252e%252e/a", "%2e%2e/a"), ("a/%2e%2e/b", "b"),
      ("%2e%2e%2fb", "..%2fb"), ("a%2Fb%2fc%00", "a%2Fb%2fc%00"), ("%zz%4", "%zz%4"),
      ("%c3%a4", "ä"), ("a%5C..%5cb", "a\\..\\b"), ("a%0ab", "a\nb"), ("%25%32%66", "%2f"),
    ])
  func decoded(path: String, expected: String) throws {
    #expect(try subject(path: path).text(.decoded) == "a.example/" + expected)
  }

  @Test("has the letters of its host in lower case, and no other byte changed")
  func lowerCase() throws {
    var random = SeededGenerator(seed: 1)
    for length in 0..<40 {
      for _ in 0..<40 {
        let host =
          (0..<length).map { index -> UInt8 in
            // Neither a bracket nor a dot at the ends.
            index % 3 == 1
              ? UInt8.random(in: 0...255, using: &random)
              : UInt8.random(in: 64...90, using: &random)
          } + [0x5a]
        let url = try subject(host: host, path: [])
        let expected = host.map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 }
        #expect(url.sentBytes == expected + bytes("/"))
      }
    }
  }

  @Test("has no other form where a path has no escape, no run of slashes and no dot segment")
  func plain() throws {
    for length in 0..<24 {
      let path = [UInt8](repeating: UInt8(ascii: "a"), count: length)
      #expect(try !subject(host: bytes("h"), path: path).hasDistinctNormalised)
      for index in path.indices {
        for (part, escape) in [
          ("/", false), ("//", true), ("/./", true), (".", index == 0), ("%61", true),
        ] {
          let changed = path[..<index] + bytes(part) + path[index...]
          let url = try subject(host: bytes("h"), path: Array(changed))
          // A dot that the path begins with only makes a dot segment where it is all of one.
          let isDistinct = escape && part != "." || part == "/" && index == 0
          #expect(url.hasDistinctNormalised == isDistinct, "\(part) at \(index) of \(length)")
        }
      }
    }
  }

  @Test("has its host neither decoded nor collapsed")
  func hostStays() throws {
    let url = try subject(host: "%61//../b", path: "x/../y")
    #expect(url.text(.normalised) == "%61//../b/y")
    #expect(url.text(.decoded) == "%61//../b/y")
  }

  @Test("has its params normalised with the path")
  func params() throws {
    let url = try subject(path: "a", params: "b/%2e%2e/../%63//d")
    #expect(url.text(.asSent) == "a.example/a;b/%2e%2e/../%63//d")
    #expect(url.text(.normalised) == "a.example/c/d")
  }

  @Test(
    "tells which forms repeat an earlier one",
    arguments: [
      ("a/b.c", false, false), ("a//b", true, false), ("a/.b", false, false), ("%20", false, true),
      ("%2f", false, false), ("%61", true, false), ("%61%20", true, true), ("%zz", false, false),
      ("a/./%2520", true, true),
    ])
  func distinct(path: String, normalised: Bool, decoded: Bool) throws {
    let first = try subject(path: path)
    #expect(first.hasDistinctNormalised == normalised)
    #expect(first.hasDistinctDecoded == decoded)
    // In the other order too.
    let second = try subject(path: path)
    #expect(second.hasDistinctDecoded == decoded)
    #expect(second.hasDistinctNormalised == normalised)
  }

  @Test("has every byte value that isn't ASCII, and NUL, as sent")
  func anyByte() throws {
    let path = (UInt8.min...UInt8.max).filter { !bytes("%/.").contains($0) }
    let url = try subject(host: [0xff, 0, 0x41], path: path)
    #expect(url.sentBytes == [0xff, 0, 0x61, 0x2f] + path)
    #expect(!url.hasDistinctNormalised)
    #expect(!url.hasDistinctDecoded)
    #expect(url.text(.asSent).hasPrefix("\u{FFFD}\0a/"))
  }

  @Test("forgets the URL before")
  func reassign() throws {
    let url = try subject(host: "first.example", path: "a//b%20", params: "p")
    #expect(url.text(.decoded) == "first.example/a/b ;p")
    let (host, path) = (bytes("b"), bytes("c"))
    #expect(url.assign(host, path))
    for form in URLSubject.Form.allCases { #expect(url.text(form) == "b/c") }
  }

  @Test("holds 8 kB and 1 MiB, and no byte more")
  func lengths() throws {
    let url = try subject(path: "short")
    let host = bytes("a.example")
    for length in [8_192, 100, URLSubject.maximumLength] {
      let path = [UInt8](repeating: 0x62, count: length - 16) + bytes("//%61%")
      #expect(url.assign(host, path))
      #expect(url.text(.asSent).utf8.count == length)
      #expect(url.text(.normalised).hasSuffix("b/a%"))
      #expect(try denies("^a\\.example/b+/a%$", url))
    }
    let path = [UInt8](repeating: 0x62, count: URLSubject.maximumLength - 9)
    #expect(!url.assign(host, path))
    let almost = [UInt8](repeating: 0x62, count: URLSubject.maximumLength - 11)
    #expect(!url.assign(host, almost, [1]))
    #expect(!url.isAssigned)
    #expect(url.text(.asSent) == "")
  }

  @Test("that holds no URL is allowed by nothing, and deny patterns can't tell")
  func unassigned() throws {
    let url = try #require(URLSubject())
    #expect(try patternSet("a").firstMatch(denying: url) == .failed)
    #expect(try patternSet("a").firstMatch(allowing: url) == .none)
    #expect(try patternSet().firstMatch(denying: url) == .none)
    #expect(try patternSet().firstMatch(allowing: url) == .none)
  }

  @Test("agrees with a naive normalisation on random paths", arguments: 0..<8)
  func oracle(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "/", "/", "//", ".", "..", "/.", "/..", "a", "b", ";", "%", "%2", "%2e", "%2E", "%2f", "%2F",
      "%61", "%5A", "%20", "%25", "%252e", "%00", "%c3", "%zz", "\u{0}", "é", "~",
    ]
    let url = try subject(path: "")
    let host = bytes("h.example")
    for _ in 0..<5_000 {
      var path: [UInt8] = []
      var params: [UInt8] = []
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        path += bytes(pieces.randomElement(using: &random) ?? "")
      }
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        params += bytes(pieces.randomElement(using: &random) ?? "")
      }
      #expect(url.assign(host, path, params))
      let text = bytes("/") + path + (params.isEmpty ? [] : bytes(";") + params)
      let normalised = host + Naive.normalise(text) { Naive.isUnreserved($0) }
      let decoded = host + Naive.normalise(text) { $0 != 0x2f && $0 != 0 }
      #expect(url.text(.asSent) == String(decoding: host + text, as: UTF8.self))
      #expect(url.text(.normalised) == String(decoding: normalised, as: UTF8.self))
      #expect(url.text(.decoded) == String(decoding: decoded, as: UTF8.self))
      let repeatsSent = normalised == host + text
      let repeatsEither = decoded == host + text || decoded == normalised
      #expect(url.hasDistinctNormalised != repeatsSent)
      #expect(url.hasDistinctDecoded != repeatsEither)
    }
  }
}

/// Normalisation step by step, in the words of RFC 3986.
private enum Naive {
  static func normalise(_ path: some Sequence<UInt8>, decoding: (UInt8) -> Bool) -> [UInt8] {
    removeDotSegments(collapse(decode(Array(path), decoding)))
  }

  static func isUnreserved(_ byte: UInt8) -> Bool {
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8.contains(byte)
  }

  static func decode(_ path: [UInt8], _ decoding: (UInt8) -> Bool) -> [UInt8] {
    var input = path[...]
    var output: [UInt8] = []
    while let first = input.first {
      let digits = input.dropFirst().prefix(2)
      if first == UInt8(ascii: "%"), digits.count == 2, !digits.contains(UInt8(ascii: "+")),
        let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), decoding(byte)
      {
        output.append(byte)
        input = input.dropFirst(3)
      } else {
        output.append(first)
        input = input.dropFirst()
      }
    }
    return output
  }

  static func collapse(_ path: [UInt8]) -> [UInt8] {
    path.enumerated().filter { $0.offset == 0 || $0.element != 0x2f || path[$0.offset - 1] != 0x2f }
      .map(\.element)
  }

  /// §5.2.4, rule by rule.
  static func removeDotSegments(_ path: [UInt8]) -> [UInt8] {
    var input = path
    var output: [UInt8] = []
    while !input.isEmpty {
      if input.starts(with: "../".utf8) {
        input.removeFirst(3)
      } else if input.starts(with: "./".utf8) {
        input.removeFirst(2)
      } else if input.starts(with: "/./".utf8) {
        input.removeFirst(2)
      } else if input.elementsEqual("/.".utf8) {
        input = [0x2f]
      } else if input.starts(with: "/../".utf8) {
        input.removeFirst(3)
        dropLastSegment(&output)
      } else if input.elementsEqual("/..".utf8) {
        input = [0x2f]
        dropLastSegment(&output)
      } else if input.elementsEqual(".".utf8) || input.elementsEqual("..".utf8) {
        input = []
      } else {
        repeat { output.append(input.removeFirst()) } while !input.isEmpty && input[0] != 0x2f
      }
    }
    return output
  }

  static func dropLastSegment(_ output: inout [UInt8]) {
    while let last = output.popLast(), last != 0x2f {}
  }
}
