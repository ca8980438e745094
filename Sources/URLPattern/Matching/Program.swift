import CPCRE2
import Platform

/// PCRE2's compiled form of an expression, with its properties for a search.
///
/// A plain value. A `PatternSearcher` or a `PatternGroup` owns `code`.
@safe struct Program: @unchecked Sendable {
  // INVARIANT: `code` is not written after `init` (pcre2api(3), "Multithreading": compiled code may be shared once JIT
  // compilation is done). It outlives this value, because every holder of a `Program` also holds its owner.

  let code: OpaquePointer
  /// Whether matching runs machine code. False: PCRE2's interpreter, some 10 to 50 times slower.
  private(set) var usesJIT: Bool
  let starts: Starts
  /// The common prefix of all matches. Nil: unknown.
  private var prefix: UnsafeMutableBufferPointer<UInt8>?

  /// The places where a match can begin. They decide how a search can be cut into bounded pieces.
  enum Starts {
    /// At the start of the text only.
    case text
    /// At the start of the text or after a newline, because the expression begins with `.*`.
    case lines
    /// Anywhere: a search from 0 to 99, then from 100 on, finds the same as one from 0 on.
    case anywhere
    /// Anywhere, but the search must not be cut, because the expression depends on its start.
    case uncut
  }

  /// The longest expression, in bytes. It limits PCRE2's work for a configuration.
  static let maximumLength = 65_536

  /// The syntax that makes a search depend on its start, or end early: `\G`, two verbs, and newlines other than LF.
  /// PCRE2 does not report them, so their text is searched for. A false match, as in `\\G`, costs little.
  private static let uncutMarks = ["\\G", "(*COMMIT", "(*SKIP", "(*CR", "(*ANY", "(*NUL"]

  /// Compiles an expression. The owner calls `free`.
  ///
  /// - Parameters:
  ///   - maximumLength: In bytes. A longer expression is an error.
  ///   - matchesWhole: Whether a match has to cover the whole text. If the first match of an alternative does not, PCRE2
  ///     tries the others.
  init(
    _ bytes: [UInt8], usingJIT: Bool, maximumLength: Int = Self.maximumLength,
    matchesWhole: Bool = false
  ) throws(PatternError) {
    guard let context = unsafe pcre2_compile_context_create_8(nil) else {
      throw PatternError(code: PCRE2_ERROR_NOMEMORY, offset: 0)
    }
    defer { unsafe pcre2_compile_context_free_8(context) }
    _ = unsafe pcre2_set_max_pattern_length_8(context, maximumLength)

    // The offset limit allows a search to be cut into pieces. It costs 0.4 ns a search.
    let options =
      PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_USE_OFFSET_LIMIT
      | (matchesWhole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0)
    var status: CInt = 0
    var offset = 0
    let compiled = unsafe bytes.withUnsafeBufferPointer { buffer in
      // An empty array may have no address, and PCRE2 refuses NULL.
      let empty: StaticString = ""
      return unsafe pcre2_compile_8(
        buffer.baseAddress ?? empty.utf8Start, buffer.count, options, &status, &offset, context)
    }
    guard let code = unsafe compiled else {
      throw PatternError(code: status, offset: min(max(offset, 0), bytes.count))
    }
    unsafe self.code = code
    self.usesJIT = unsafe usingJIT && Self.makeMachineCode(of: code)
    self.starts = unsafe Self.starts(of: code, source: bytes)
  }

  /// The program as machine code, if JIT compilation succeeds.
  func compiledForMachine() -> Program {
    var compiled = self
    compiled.usesJIT = unsafe Self.makeMachineCode(of: code)
    return compiled
  }

  /// The program with the common prefix of its matches. Free the result only, not this value.
  func beginning(with text: [UInt8]) -> Program {
    guard !text.isEmpty else { return self }
    let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
    _ = unsafe memory.initialize(from: text)
    var known = self
    unsafe known.prefix = memory
    return known
  }

  /// Frees the code. Copies must not be used after this.
  func free() {
    unsafe pcre2_code_free_8(code)
    unsafe prefix?.deallocate()
  }

  /// The first place from `start` on where a match can begin, by the common prefix. Nil: there is none.
  func firstPlace(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, from start: Int
  ) -> Int? {
    guard let prefix = unsafe prefix, let text = prefix.baseAddress else { return start }
    var place = start
    while count &- place >= prefix.count {
      let first = unsafe CInt(text.pointee)
      guard let found = unsafe memchr(bytes + place, first, count &- place) else { return nil }
      place = unsafe UnsafeRawPointer(found) - UnsafeRawPointer(bytes)
      if unsafe count &- place >= prefix.count && memcmp(bytes + place, text, prefix.count) == 0 {
        return place
      }
      place &+= 1
    }
    return nil
  }

  /// Whether PCRE2 considers an empty match possible.
  var mayMatchNothing: Bool { information(PCRE2_INFO_MATCHEMPTY) != 0 }

  /// Whether one part of the expression refers to another, by number or by name.
  var hasReferences: Bool {
    information(PCRE2_INFO_BACKREFMAX) > 0 || information(PCRE2_INFO_NAMECOUNT) > 0
  }

  /// How many capturing groups the expression has.
  var groupCount: Int { Int(information(PCRE2_INFO_CAPTURECOUNT)) }

  private func information(_ question: CInt) -> UInt32 {
    var answer: UInt32 = 1
    _ = unsafe pcre2_pattern_info_8(code, UInt32(question), &answer)
    return answer
  }

  /// False: no JIT in this build, no executable memory, or `(*NO_JIT)`. The code is unchanged.
  private static func makeMachineCode(of code: OpaquePointer) -> Bool {
    _ = unsafe pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE)
    var size = 0
    _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_JITSIZE), &size)
    return size > 0
  }

  private static func starts(of code: OpaquePointer, source: [UInt8]) -> Starts {
    var options: UInt32 = 0
    _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_ALLOPTIONS), &options)
    if options & PCRE2_ANCHORED != 0 { return .text }
    if Self.uncutMarks.contains(where: { contains(Array($0.utf8), in: source) }) { return .uncut }
    var firstCodeType: UInt32 = 0
    _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_FIRSTCODETYPE), &firstCodeType)
    return firstCodeType == 2 ? .lines : .anywhere
  }

  private static func contains(_ mark: [UInt8], in source: [UInt8]) -> Bool {
    source.indices.contains { source[$0] == mark[0] && source[$0...].starts(with: mark) }
  }
}
