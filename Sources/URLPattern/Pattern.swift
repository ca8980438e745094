import CPCRE2

/// One regular expression, compiled.
///
/// Immutable; any number of threads may match with it at once. The subject is bytes, not characters
/// (`PCRE2_NEVER_UTF`, `PCRE2_NEVER_UCP`: `.` is one byte, `\w` is ASCII), newline is LF, and case
/// folding is ASCII's. Compiling allocates and takes microseconds to milliseconds; it belongs into loading.
///
/// Source: pcre2pattern(3), pcre2api(3), pcre2jit(3).
public final class Pattern: Sendable {
  /// The expression as written.
  public let source: String

  let program: Program

  /// Compiles an expression.
  ///
  /// - Parameter source: PCRE2 syntax, at most 65,536 bytes of UTF-8; NUL is an ordinary character.
  /// - Throws: `PatternError` with PCRE2's own text where the expression is malformed, too long, nested
  ///   more than 250 parentheses deep, asks for UTF or UCP mode, or memory runs out. An expression that
  ///   compiles but can't be JIT-compiled is no error: it is interpreted.
  public convenience init(_ source: String) throws(PatternError) {
    try self.init(source, usingJIT: true)
  }

  /// Compiles an expression, for the interpreter if asked: for machines and tests without JIT.
  init(_ source: String, usingJIT: Bool) throws(PatternError) {
    self.program = try Program(source, usingJIT: usingJIT)
    self.source = source
  }

  deinit {
    unsafe pcre2_code_free_8(program.code)
  }

  /// Whether matching runs machine code; false: PCRE2's interpreter, some 10 to 50 times slower.
  public var usesJIT: Bool { program.usesJIT }
}

/// Why an expression can't be compiled.
public struct PatternError: Error, Sendable, Equatable {
  /// PCRE2's own words, such as `missing terminating ] for character class`.
  public let message: String
  /// Where PCRE2 stopped reading: bytes of UTF-8 from the start of the expression, at most its length.
  public let offset: Int

  /// Creates an error with PCRE2's words for one of its codes.
  init(code: CInt, offset: Int) {
    var text = [UInt8](repeating: 0, count: 256)
    let count = unsafe text.withUnsafeMutableBufferPointer { buffer in
      unsafe pcre2_get_error_message_8(code, buffer.baseAddress, buffer.count)
    }
    self.message =
      count > 0 ? String(decoding: text.prefix(Int(count)), as: UTF8.self) : "PCRE2 error \(code)"
    self.offset = offset
  }
}
