import CPCRE2

/// One regular expression, compiled.
///
/// Immutable; any number of threads may match with it at once. The subject is bytes, not characters
/// (`PCRE2_NEVER_UTF`, `PCRE2_NEVER_UCP`: `.` is one byte, `\w` is ASCII). Newline is LF, and case folding is ASCII's.
/// Compiling allocates and takes microseconds to milliseconds, so it belongs in loading. A search may use another
/// expression that matches the same texts. A plain text at an end of the URL is compared without PCRE2.
///
/// Source: pcre2pattern(3), pcre2api(3), pcre2jit(3).
package final class Pattern: Sendable {
  /// The expression as written.
  package let source: String

  /// The most memory that an expression takes, compiled and in a group, in bytes. A few that PCRE2 multiplies, such as
  /// `(ab){900}`, take up to a megabyte more.
  package static func memory(for source: String) -> Int { 2_048 + 160 * source.utf8.count }

  let searcher: PatternSearcher
  /// The pattern's share of a filter. Nil: it cannot share one.
  let filterPart: FilterPart?

  /// Compiles an expression.
  ///
  /// - Parameter source: PCRE2 syntax, at most 65,536 bytes of UTF-8. NUL is an ordinary character.
  /// - Throws: `PatternError` with PCRE2's own text if the expression is malformed, too long, nested more than 250
  ///   parentheses deep or asks for UTF or UCP mode, or if memory runs out. An expression that cannot be JIT-compiled
  ///   is interpreted, some 10 to 50 times slower.
  package convenience init(_ source: String) throws(PatternError) {
    try self.init(source, usingJIT: true)
  }

  /// Compiles an expression.
  ///
  /// - Parameters:
  ///   - asWritten: Whether to search with the expression itself, without faster equivalents.
  ///   - usingJIT: False: use the interpreter, as on machines without JIT.
  init(_ source: String, asWritten: Bool = false, usingJIT: Bool) throws(PatternError) {
    let bytes = Array(source.utf8)
    // Machine code takes ten times as long as all other steps, so only the final program gets it.
    let written = try Program(bytes, usingJIT: false)
    self.source = source
    guard !asWritten, !written.hasReferences, let syntax = PatternSyntax(bytes) else {
      self.searcher = PatternSearcher(
        .program(usingJIT ? written.compiledForMachine() : written))
      self.filterPart = nil
      return
    }
    let reduced = syntax.withoutOuterDotStars()
    if let literal = LiteralTest(reduced) {
      written.free()
      self.searcher = PatternSearcher(.literal(literal))
      self.filterPart = FilterPart(reduced, isLoose: false)
      return
    }
    var program = written
    var found = syntax
    if reduced != syntax, let shorter = Self.programThatMatchesSomething(reduced) {
      written.free()
      program = shorter
      found = reduced
    }
    program = program.beginning(with: found.prefix)
    self.searcher = PatternSearcher(
      .program(usingJIT ? program.compiledForMachine() : program))
    let loose = found.loosened()
    if loose != found, let checked = Self.programThatMatchesSomething(loose) {
      checked.free()
      self.filterPart = FilterPart(loose, isLoose: true)
    } else {
      self.filterPart = FilterPart(found, isLoose: false)
    }
  }

  /// Nil: the expression may match nothing, or does not compile.
  private static func programThatMatchesSomething(_ syntax: PatternSyntax) -> Program? {
    guard let program = try? Program(syntax.source, usingJIT: false) else { return nil }
    if !program.mayMatchNothing { return program }
    program.free()
    return nil
  }
}

/// The test for one pattern.
enum PatternTest: Sendable {
  case literal(LiteralTest)
  case program(Program)
}

/// Owns a test. A group keeps only this part of its patterns.
final class PatternSearcher: Sendable {
  let test: PatternTest

  /// Takes ownership of the test.
  init(_ test: PatternTest) {
    self.test = test
  }

  deinit {
    switch test {
    case .literal(let literal): literal.free()
    case .program(let program): program.free()
    }
  }
}

/// Why an expression cannot be compiled.
package struct PatternError: Error, Sendable, Equatable {
  /// PCRE2's message, such as `missing terminating ] for character class`.
  package let message: String
  /// The place where PCRE2 stopped, in bytes of UTF-8 from the start of the expression.
  package let offset: Int
  /// Whether memory ran out. The expression itself may be correct.
  package let isOutOfMemory: Bool

  /// The error for one of PCRE2's codes.
  init(code: CInt, offset: Int) {
    var text = [UInt8](repeating: 0, count: 256)
    let count = unsafe text.withUnsafeMutableBufferPointer { buffer in
      unsafe pcre2_get_error_message_8(code, buffer.baseAddress, buffer.count)
    }
    self.message =
      count > 0 ? String(decoding: text.prefix(Int(count)), as: UTF8.self) : "PCRE2 error \(code)"
    self.offset = offset
    self.isOutOfMemory = code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED
  }
}
