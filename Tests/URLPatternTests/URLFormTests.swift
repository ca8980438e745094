import SeededRandom
import Testing

@testable import URLPattern

/// The forms of a path, each on its own and all of a URL together.
@Suite("A form of a path")
struct URLFormTests {
  /// A path in a form, both with the slash that begins them.
  private func derived(
    _ path: String, _ form: URLForm, _ side: PatternSet.Side = .deny
  ) throws -> String {
    let readings = try #require(form.readings(for: side))
    var derived = [UInt8](repeating: 0, count: path.utf8.count)
    let length = unsafe derived.withUnsafeMutableBufferPointer { target in
      unsafe bytes(path).withUnsafeBufferPointer { source in
        unsafe target.baseAddress.map { unsafe form.write(source, readings, to: $0).length }
      }
    }
    return String(decoding: derived.prefix(try #require(length)), as: UTF8.self)
  }

  @Test(
    "normalised",
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
      // In this order: an escaped dot counts, and slashes go before segments do.
      ("a/%2e%2E/b", "b"), ("a/.%2e/b", "b"), ("%2e%2e%2fb", "..%2fb"),
      ("a/b//../c", "a/c"), ("a//b/../c", "a/c"), ("a/%2e/%2F/b", "a/%2F/b"),
      // Neither parameters nor backslashes have a meaning.
      ("a;b/..;c/d", "a;b/..;c/d"), ("a\\..\\b", "a\\..\\b"),
    ])
  func normalised(sent: String, expected: String) throws {
    for side in [PatternSet.Side.deny, .allow] {
      #expect(try derived("/" + sent, URLForm(.normalised), side) == "/" + expected)
    }
  }

  @Test(
    "decoded: once, except for slashes and NULs, for deny rules alone",
    arguments: [
      ("%20%3b%3F%25", " ;?%"), ("%252e%252e/a", "%2e%2e/a"), ("a/%2e%2e/b", "b"),
      ("%2e%2e%2fb", "..%2fb"), ("a%2Fb%2fc%00", "a%2Fb%2fc%00"), ("%zz%4", "%zz%4"),
      ("%c3%a4", "ä"), ("a%5C..%5cb", "a\\..\\b"), ("a%0ab", "a\nb"), ("%25%32%66", "%2f"),
    ])
  func decoded(sent: String, expected: String) throws {
    #expect(try derived("/" + sent, URLForm(.decoded)) == "/" + expected)
    #expect(URLForm(.decoded).readings(for: .allow) == nil)
  }

  /// Rows that are the same for deny and allow rules: path, cut first, decode first.
  static let structuralPaths: [(String, String, String)] = [
    // An escaped slash separates segments.
    ("public/..%2fsecret/x.txt", "secret/x.txt", "secret/x.txt"),
    ("public/%2f../secret/x.txt", "secret/x.txt", "secret/x.txt"),
    ("x/..%2Fadmin/", "admin/", "admin/"), ("%2fadmin/", "admin/", "admin/"),
    ("%2e%2e%2fb", "b", "b"), ("a/.%2f", "a/", "a/"), ("a%2F", "a/", "a/"),
    // Parameters are removed, and reveal the segment before.
    ("public/..;/secret/x.txt", "secret/x.txt", "secret/x.txt"),
    ("public/.;/../secret/x.txt", "secret/x.txt", "secret/x.txt"),
    (";x/admin/", "admin/", "admin/"), ("x;y/..;z/admin/", "admin/", "admin/"),
    ("x.mp3;x", "x.mp3", "x.mp3"), ("x.mp3;x=1;y", "x.mp3", "x.mp3"),
    ("x.mp3;.txt", "x.mp3", "x.mp3"), ("x.mp3;", "x.mp3", "x.mp3"), ("x;;", "x", "x"),
    ("a/..;", "", ""), ("a/..;x/", "", ""), ("a/.;x", "a/", "a/"), (";", "", ""),
    ("a/;/b", "a/b", "a/b"), ("a/;x", "a/", "a/"), ("%2E%2e;/b", "b", "b"),
    ("a;%zz/b", "a/b", "a/b"), ("a;%/b", "a/b", "a/b"), ("a;%2/b", "a/b", "a/b"),
    ("%2;/f", "%2/f", "%2/f"), ("a;%00/b", "a/b", "a/b"), ("a;//b", "a/b", "a/b"),
    // A backslash separates segments, escaped or not.
    ("public/..\\secret/x.txt", "secret/x.txt", "secret/x.txt"),
    ("x\\..\\admin/", "admin/", "admin/"), ("a/..%5cb", "b", "b"), ("a%5C..%5Cb", "b", "b"),
    ("\\a", "a", "a"), ("a\\", "a/", "a/"), ("a\\.", "a/", "a/"),
    // The order of cutting and decoding matters.
    ("song.mp3;%2fx", "song.mp3", "song.mp3/x"),
    ("public/..;%2fpublic/secret", "secret", "public/secret"),
    ("song.mp3%3bx", "song.mp3;x", "song.mp3"), ("..%3b/b", "..;/b", "b"),
    ("a%3B/../b", "b", "b"), ("a;x\\b", "a", "a/b"), ("a;x%5Cb", "a", "a/b"),
    ("a/%3B/b", "a/;/b", "a/b"), ("a/..;\\b", "", "b"),
    // The common steps.
    ("a//b/./c;x", "a/b/c", "a/b/c"), ("a%00b;", "a%00b", "a%00b"), ("%zz%4;", "%zz%4", "%zz%4"),
    ("%61;x/b", "a/b", "a/b"),
  ]

  @Test("structural, for deny and allow rules", arguments: structuralPaths)
  func structural(sent: String, cutFirst: String, decodeFirst: String) throws {
    for side in [PatternSet.Side.deny, .allow] {
      #expect(try derived("/" + sent, URLForm(.cutFirst), side) == "/" + cutFirst)
      #expect(try derived("/" + sent, URLForm(.decodeFirst), side) == "/" + decodeFirst)
    }
  }

  @Test(
    "structural: decoded once, all but NUL for deny rules, what separates segments for allow rules",
    arguments: [
      // Path, for deny rules, for allow rules.
      ("caf%C3%A9;x", "café", "caf%C3%A9"), ("a%20b;x", "a b", "a%20b"), ("%3D;", "=", "%3D"),
      ("%7e%2D%5f%2E;", "~-_.", "~-_."), ("%3f%23;", "?#", "%3f%23"), ("%00;", "%00", "%00"),
      ("a%252fb;", "a%2fb", "a%252fb"), ("..%255cb;", "..%5cb", "..%255cb"),
      ("a%253bx;", "a%3bx", "a%253bx"), ("%25%32%66;", "%2f", "%252f"),
      ("%252e%252e/b;", "%2e%2e/b", "%252e%252e/b"),
    ])
  func structuralEscapes(sent: String, denying: String, allowing: String) throws {
    for kind in [URLForm.Kind.cutFirst, .decodeFirst] {
      #expect(try derived("/" + sent, URLForm(kind), .deny) == "/" + denying)
      #expect(try derived("/" + sent, URLForm(kind), .allow) == "/" + allowing)
    }
  }

  @Test(
    "of origins that cut nothing: literal, normalise first, browser; for deny and allow rules",
    arguments: [
      // An escaped slash separates segments, for `literal` before dot segments are removed.
      ("public/..%2fsecret", "secret", "secret", "secret"),
      ("%2fadmin/", "admin/", "admin/", "admin/"),
      ("x%2fy/../admin%2fsecret", "x/admin/secret", "admin/secret", "admin/secret"),
      ("x%2f..%2fy/../a%2fb", "a/b", "a/b", "a/b"),
      // Parameters are part of a segment.
      ("admin/..;%2f../secret", "admin/secret", "admin/secret", "admin/secret"),
      ("admin/secret/..;/x", "admin/secret/..;/x", "admin/secret/..;/x", "admin/secret/..;/x"),
      ("a;x%2f../b", "b", "b", "b"),
      ("song.mp3%2f..;", "song.mp3/..;", "song.mp3/..;", "song.mp3/..;"),
      // So is a backslash, unless the origin reads the sent path like a browser.
      ("x\\y%2f../admin", "admin", "admin", "x/admin"),
      ("x%5cy%2f../admin", "admin", "admin", "admin"),
      ("x%2fy/..\\admin", "x/y/..\\admin", "x/y/..\\admin", "admin"),
      ("x%5cy\\../admin", "x\\y\\../admin", "x\\y\\../admin", "admin"),
      ("public/a\\b%2f../..%2fsecret", "secret", "secret", "public/secret"),
      (
        "public/a%2fb/..\\..\\secret", "public/a/b/..\\..\\secret",
        "public/a/b/..\\..\\secret", "secret"
      ),
      // The common steps.
      ("a//b/./c", "a/b/c", "a/b/c", "a/b/c"), ("%61%zz%4", "a%zz%4", "a%zz%4", "a%zz%4"),
      ("a%00b%252f", "a%00b%2f", "a%00b%2f", "a%00b%2f"),
    ])
  func withoutCuts(
    sent: String, literal: String, normaliseFirst: String, browser: String
  ) throws {
    #expect(try derived("/" + sent, URLForm(.literal)) == "/" + literal)
    #expect(try derived("/" + sent, URLForm(.normaliseFirst)) == "/" + normaliseFirst)
    #expect(try derived("/" + sent, URLForm(.browser)) == "/" + browser)
    // For allow rules only escapes that separate segments are decoded.
    if !sent.contains("%25") {
      #expect(try derived("/" + sent, URLForm(.literal), .allow) == "/" + literal)
      #expect(try derived("/" + sent, URLForm(.normaliseFirst), .allow) == "/" + normaliseFirst)
      #expect(try derived("/" + sent, URLForm(.browser), .allow) == "/" + browser)
    }
  }

  @Test(
    "with dot segments removed before slashes are collapsed",
    arguments: [
      (URLForm.Kind.normalised, "admin//../secret", "secret", "admin/secret"),
      (.normalised, "a/b//../../c", "c", "a/c"), (.normalised, "a//..", "", "a/"),
      (.normalised, "a//%2e%2e/b", "b", "a/b"), (.normalised, "a///../b//", "b/", "a/b/"),
      (.decoded, "a%20//../b", "b", "a /b"),
      (.cutFirst, "a/;x/../b", "b", "a/b"), (.cutFirst, "a/%2f../b", "b", "a/b"),
      (.cutFirst, "a/\\../b", "b", "a/b"), (.cutFirst, "a//..;/b", "b", "a/b"),
      (.decodeFirst, "a/%3b/../b", "b", "a/b"), (.decodeFirst, "a/%5c../b", "b", "a/b"),
      (.decodeFirst, "a//..%3b/b", "b", "a/b"),
      (.literal, "a/%2f../b", "b", "a/b"), (.normaliseFirst, "a//../b", "b", "a/b"),
      (.browser, "a\\\\../b", "b", "a/b"),
    ])
  func dotsFirst(kind: URLForm.Kind, sent: String, slashes: String, dots: String) throws {
    #expect(try derived("/" + sent, URLForm(kind)) == "/" + slashes)
    #expect(try derived("/" + sent, URLForm(kind, removesDotsFirst: true)) == "/" + dots)
  }

  @Test(
    "is tried where it differs from those before it",
    arguments: [
      // Path, forms for deny rules, forms for allow rules, all but the one as sent.
      ("a/b.c", [], []), ("a/.b", [], []), ("%zz", [], []), ("a;", ["structural, cut first"], nil),
      ("a//b", ["normalised"], nil), ("%61", ["normalised"], nil), ("a/../b", ["normalised"], nil),
      ("%20", ["decoded"], []), ("%61%20", ["normalised", "decoded"], ["normalised"]),
      ("a/./%2520", ["normalised", "decoded"], ["normalised"]),
      ("a%2fb", ["structural, cut first"], nil), ("a\\b", ["structural, cut first"], nil),
      ("a%5cb", ["decoded", "structural, cut first"], ["structural, cut first", "literal"]),
      (
        "a%3bb", ["decoded", "structural, decode first"],
        ["structural, cut first", "structural, decode first"]
      ),
      ("a;%2fb", ["structural, cut first", "structural, decode first", "literal"], nil),
      ("a%2fb/../c%2fd", ["normalised", "structural, cut first", "normalise first"], nil),
      ("a%2fb/..\\c", ["structural, cut first", "literal", "browser"], nil),
      ("a//../b", ["normalised", "normalised, dots first"], nil),
      ("a//b/c%2f..", ["normalised", "structural, cut first"], nil),
      ("a/%2f../b", ["structural, cut first", "structural, cut first, dots first"], nil),
    ] as [(String, [String], [String]?)])
  func distinct(sent: String, denying: [String], allowing: [String]?) throws {
    // In either order of the sides.
    for sides in [[PatternSet.Side.deny, .allow], [.allow, .deny]] {
      let url = try subject(path: sent)
      for side in sides {
        let names = url.spellings(for: side).map(\.form.name)
        #expect(names == ["sent"] + (side == .deny ? denying : allowing ?? denying))
      }
    }
  }

  @Test("of a URL: all agree with a naive reading of the table, in order", arguments: 0..<3)
  func oracle(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "/", "/", "//", ".", "..", "/.", "/..", "a", "b", ";", ";", "..;", "\\", "%", "%2", "%2e",
      "%2E", "%2f", "%2F", "%5c", "%5C", "%3b", "%3B", "%61", "%5A", "%20", "%25", "%252e",
      "%252f", "%00", "%c3", "%zz", "\u{0}", "é", "~",
    ]
    // Paths of these alone have forms that are rare otherwise.
    let separators = ["/", "//", "/..", "/../", "a", "b", "%2f", "\\", ";"]
    let url = try subject(path: "")
    let host = bytes("h.example")
    var names: Set<String> = []
    for _ in 0..<2_500 {
      let pieces = Bool.random(using: &random) ? separators : pieces
      let path = Self.random(pieces, upTo: 12, using: &random)
      let params = Self.random(pieces, upTo: 3, using: &random)
      #expect(url.assign(host, path, params))
      let text = bytes("/") + path + (params.isEmpty ? [] : bytes(";") + params)
      for side in [PatternSet.Side.deny, .allow].shuffled(using: &random) {
        let forms = NaiveForms.of(text, for: side)
        let found = url.texts(for: side).map { unsafe ($0.form.name, Array($0.bytes)) }
        #expect(found.map(\.0) == forms.map(\.name), "\(String(decoding: text, as: UTF8.self))")
        #expect(found.map(\.1) == forms.map { host + $0.path })
        names.formUnion(found.map(\.0))
      }
    }
    #expect(names.count == 15, "each form occurs")
  }

  private static func random(
    _ pieces: [String], upTo count: Int, using random: inout SeededGenerator
  ) -> [UInt8] {
    (0..<Int.random(in: 0...count, using: &random)).flatMap { _ in
      bytes(pieces.randomElement(using: &random) ?? "")
    }
  }
}

/// The table of forms, step by step and slowly. It shares nothing with the product's code.
enum NaiveForms {
  typealias Path = [UInt8]

  /// The forms of a path and their names, each path once.
  static func of(_ path: Path, for side: PatternSet.Side) -> [(name: String, path: Path)] {
    let isDecoded: (UInt8) -> Bool =
      side == .deny ? { $0 != 0 } : { isUnreserved($0) || "/\\;".utf8.contains($0) }
    let normalise: (Path) -> Path = { decode($0, isUnreserved) }
    let literal: (Path) -> Path = { decode($0, isDecoded) }
    // Name and steps. Slashes and dot segments are resolved after each step.
    var table: [(name: String, steps: [(Path) -> Path])] = [("normalised", [normalise])]
    if side == .deny { table.append(("decoded", [{ decode($0) { $0 != 0x2f && $0 != 0 } }])) }
    table += [
      ("structural, cut first", [{ unbackslash(literal(cut($0))) }]),
      ("structural, decode first", [{ cut(unbackslash(literal($0))) }]),
      ("literal", [literal]),
      ("normalise first", [normalise, literal]),
      ("browser", [{ unbackslash(normalise($0)) }, literal]),
    ]

    var forms = [(name: "sent", path: path)]
    for (name, steps) in table {
      var slashesFirst = path
      var dotsFirst = path
      var hasRunsAndDots = false
      for step in steps {
        let areEqual = slashesFirst == dotsFirst
        slashesFirst = step(slashesFirst)
        dotsFirst = areEqual ? slashesFirst : step(dotsFirst)
        let segments = slashesFirst.split(separator: 0x2f, omittingEmptySubsequences: false)
        let hasRuns = segments.dropFirst().dropLast().contains([])
        if hasRuns, segments.contains(where: { $0 == [0x2e] || $0 == [0x2e, 0x2e] }) {
          hasRunsAndDots = true
        }
        slashesFirst = removeDotSegments(collapse(slashesFirst))
        dotsFirst = collapse(removeDotSegments(dotsFirst))
      }
      var spellings = [(name: name, path: slashesFirst)]
      if hasRunsAndDots { spellings.append((name + ", dots first", dotsFirst)) }
      for spelling in spellings where !forms.contains(where: { $0.path == spelling.path }) {
        forms.append(spelling)
      }
    }
    return forms
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8.contains(byte)
  }

  private static func decode(_ path: Path, _ isDecoded: (UInt8) -> Bool) -> Path {
    guard path.contains(UInt8(ascii: "%")) else { return path }
    var input = path[...]
    var output: Path = []
    while let first = input.first {
      let digits = input.dropFirst().prefix(2)
      if first == UInt8(ascii: "%"), digits.count == 2, !digits.contains(UInt8(ascii: "+")),
        let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), isDecoded(byte)
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

  private static func unbackslash(_ path: Path) -> Path { path.map { $0 == 0x5c ? 0x2f : $0 } }

  private static func cut(_ path: Path) -> Path {
    Path(
      path.split(separator: 0x2f, omittingEmptySubsequences: false)
        .map { $0.prefix { $0 != UInt8(ascii: ";") } }.joined(separator: [0x2f]))
  }

  private static func collapse(_ path: Path) -> Path {
    path.enumerated().filter { $0.offset == 0 || $0.element != 0x2f || path[$0.offset - 1] != 0x2f }
      .map(\.element)
  }

  /// RFC 3986 §5.2.4, rule by rule.
  private static func removeDotSegments(_ path: Path) -> Path {
    // All rules but the last one need a dot.
    guard path.contains(0x2e) else { return path }
    var input = path
    var output: Path = []
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

  private static func dropLastSegment(_ output: inout Path) {
    while let last = output.popLast(), last != 0x2f {}
  }
}
