import CPCRE2

/// A regular expression for host names, as Traffic Server's `regex_map` has them.
///
/// It is searched for, not matched in full, and an empty match counts. Immutable; any number of threads may
/// match with it at once. Bytes, not characters, as in `Pattern`. Traffic Server 9 compiles with PCRE1, which
/// differs from PCRE2 in nothing that hosts are described with.
///
/// Source: Traffic Server's `Regex::compile` and `Regex::exec`.
package final class HostPattern: Sendable {
  private let program: Program
  /// How many capturing groups there are.
  package let groupCount: Int

  /// Compiles an expression.
  package init(_ source: [UInt8]) throws(PatternError) {
    let program = try Program(source, usingJIT: true)
    self.groupCount = program.groupCount
    self.program = program
  }

  deinit {
    program.free()
  }

  /// Whether a host, in lower case, has a match in it. Does not allocate, but on a thread's first call.
  package func matches(_ host: Span<UInt8>) -> Bool {
    URLSubject.withThisThread { subject in
      unsafe host.withUnsafeBufferPointer { buffer in
        // An empty span may have no address, and PCRE2 takes NULL for an error.
        let empty: StaticString = ""
        let bytes = unsafe buffer.baseAddress ?? empty.utf8Start
        return unsafe subject.matcher.matchesHost(program, bytes, buffer.count)
      }
    } ?? false
  }
}
