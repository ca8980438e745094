@testable import URLPattern

/// Bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// One hour, in nanoseconds.
let unlimited: UInt64 = 3_600_000_000_000

/// A subject that holds a URL.
func subject(
  host: String = "a.example", path: String, params: String = "", time: UInt64 = unlimited
) throws -> URLSubject {
  try subject(host: bytes(host), path: bytes(path), params: bytes(params), time: time)
}

/// A subject that holds a URL of any bytes. Its default time is an hour, so that no outcome depends on the machine.
func subject(
  host: [UInt8], path: [UInt8], params: [UInt8] = [], time: UInt64 = unlimited
) throws -> URLSubject {
  guard let subject = URLSubject(timePerURL: time) else { throw TestError.noSubject }
  guard subject.assign(host, path, params) else {
    throw TestError.notAssigned
  }
  return subject
}

extension URLSubject {
  /// `assign` with arrays, which `#expect` can take.
  func assign(_ host: [UInt8], _ path: [UInt8], _ params: [UInt8] = []) -> Bool {
    assign(host: host.span, path: path.span, params: params.span)
  }

  var sentBytes: [UInt8] { unsafe Array(sent) }

  /// The forms of the URL for deny rules, as sent first.
  var texts: [String] { spellings(for: .deny).map(\.text) }
}

enum TestError: Error {
  case noSubject
  case notAssigned
}

/// A set whose rules are numbered from 0.
func patternSet(_ sources: String..., usingJIT: Bool = true) throws -> PatternSet {
  try patternSet(sources, usingJIT: usingJIT)
}

func patternSet(_ sources: [String], usingJIT: Bool = true) throws -> PatternSet {
  PatternSet(try patternGroup(sources, usingJIT: usingJIT))
}

/// A group whose rules are numbered from 0.
func patternGroup(_ sources: [String], usingJIT: Bool = true) throws -> PatternGroup {
  PatternGroup(
    try sources.enumerated().map { number, source in
      (try Pattern(source, usingJIT: usingJIT), UInt32(number))
    }, usingJIT: usingJIT)
}

extension Pattern {
  /// The program of the search. Nil: the test is a plain text.
  var program: Program? {
    if case .program(let program) = searcher.test { return program }
    return nil
  }
}

/// Whether a pattern denies the URL that the subject holds.
func denies(_ source: String, _ subject: URLSubject, usingJIT: Bool = true) throws -> Bool {
  try patternSet(source, usingJIT: usingJIT).firstMatch(denying: subject) == .matched(rule: 0)
}

/// Whether a pattern allows the URL that the subject holds.
func allows(_ source: String, _ subject: URLSubject, usingJIT: Bool = true) throws -> Bool {
  try patternSet(source, usingJIT: usingJIT).firstMatch(allowing: subject) == .matched(rule: 0)
}
