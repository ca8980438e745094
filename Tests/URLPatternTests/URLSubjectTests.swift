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
    #expect(try subject(host: host, path: path, params: params).texts[0] == expected)
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

  @Test("has no other form where a path has no escape, `;`, `\\`, run of slashes and dot segment")
  func plain() throws {
    for length in 0..<24 {
      let path = [UInt8](repeating: UInt8(ascii: "a"), count: length)
      #expect(try subject(host: bytes("h"), path: path).texts.count == 1)
      for index in 0...length {
        for (part, isSpelling) in [
          // At the start a slash gives a run of two, and a dot alone is a segment.
          ("/", index == 0), ("//", true), ("/./", true), (".", length == 0), ("%61", true),
          (";", true), ("\\", true), ("%z", false), ("é", false),
        ] {
          let changed = path[..<index] + bytes(part) + path[index...]
          let url = try subject(host: bytes("h"), path: Array(changed))
          #expect((url.texts.count > 1) == isSpelling, "\(part) at \(index) of \(length)")
        }
      }
    }
  }

  @Test("has its host as it is in each form")
  func hostStays() throws {
    let url = try subject(host: "%61//..;\\../b", path: "x/../y%20;z")
    #expect(
      url.texts == [
        "%61//..;\\../b/x/../y%20;z", "%61//..;\\../b/y%20;z", "%61//..;\\../b/y ;z",
        "%61//..;\\../b/y ",
      ])
  }

  @Test("has its params among the path")
  func params() throws {
    let url = try subject(path: "a", params: "b/%2e%2e/../%63//d")
    #expect(url.texts == ["a.example/a;b/%2e%2e/../%63//d", "a.example/c/d"])
    #expect(try subject(path: "a", params: "b").texts == ["a.example/a;b", "a.example/a"])
  }

  @Test("has every byte value that isn't ASCII, and NUL, as sent")
  func anyByte() throws {
    let path = (UInt8.min...UInt8.max).filter { !bytes("%/.;\\").contains($0) }
    let url = try subject(host: [0xff, 0, 0x41], path: path)
    #expect(url.sentBytes == [0xff, 0, 0x61, 0x2f] + path)
    #expect(url.texts.count == 1)
    #expect(url.texts[0].hasPrefix("\u{FFFD}\0a/"))
  }

  @Test("forgets the URL before")
  func reassign() throws {
    let url = try subject(host: "first.example", path: "a//b%20", params: "p")
    #expect(url.texts.last == "first.example/a/b ")
    let (host, path) = (bytes("b"), bytes("c"))
    #expect(url.assign(host, path))
    #expect(url.texts == ["b/c"])
    #expect(url.spellings(for: .allow).map(\.text) == ["b/c"])
  }

  @Test(
    "has one form if only one is asked for",
    arguments: [
      (URLSubject.OnlyForm.pathWithoutParameters, "a//b%2ec", "", "a//b%2ec"),
      (.pathWithoutParameters, "a;b/c", "", "a"), (.pathWithoutParameters, "a", "b/c", "a"),
      (.pathWithoutParameters, "", "", ""), (.pathWithoutParameters, ";a", "", ""),
      (.hostAndPath, "a//b%2ec;d", "", "[::A].//a//b%2ec;d"),
      (.hostAndPath, "a", "b/c", "[::A].//a;b/c"), (.hostAndPath, "", "", "[::A].//"),
    ])
  func onlyForm(
    form: URLSubject.OnlyForm, path: String, params: String, expected: String
  ) throws {
    let url = try subject(path: "before//%2e")
    let (host, path, params) = (bytes("[::A]./"), bytes(path), bytes(params))
    #expect(url.assign(in: form) { $0.assign(host, path, params) })
    #expect(url.texts == [expected])
    #expect(url.spellings(for: .allow).map(\.text) == [expected])
    #expect(!url.assign(in: form) { _ in false })
    // The next URL has all forms again.
    #expect(url.assign(bytes("B."), bytes("c//d")))
    #expect(url.texts == ["b/c//d", "b/c/d"])
    let long = [UInt8](repeating: 0x61, count: URLSubject.maximumLength)
    #expect(!url.assign(in: form) { $0.assign(host, long) })
    #expect(url.assign(in: form) { $0.assign(host, Array(long.dropLast(16))) })
  }

  @Test("holds 8 kB and 1 MiB, and no byte more")
  func lengths() throws {
    let url = try subject(path: "short")
    let host = bytes("a.example")
    for length in [8_192, 100, URLSubject.maximumLength] {
      let path = [UInt8](repeating: 0x62, count: length - 16) + bytes("//%61%")
      #expect(url.assign(host, path))
      #expect(url.texts[0].utf8.count == length)
      #expect(url.texts[1].hasSuffix("b/a%"))
      #expect(try denies("^a\\.example/b+/a%$", url))
    }
    let path = [UInt8](repeating: 0x62, count: URLSubject.maximumLength - 9)
    #expect(!url.assign(host, path))
    let almost = [UInt8](repeating: 0x62, count: URLSubject.maximumLength - 11)
    #expect(!url.assign(host, almost, [1]))
    #expect(!url.isAssigned)
    #expect(url.texts == [])
  }

  @Test("without a URL is allowed by nothing, and deny patterns fail")
  func unassigned() throws {
    let url = try #require(URLSubject())
    #expect(try patternSet("a").firstMatch(denying: url) == .failed)
    #expect(try patternSet("a").firstMatch(allowing: url) == .none)
    #expect(try patternSet().firstMatch(denying: url) == .none)
    #expect(try patternSet().firstMatch(allowing: url) == .none)
  }
}
