import CPCRE2

/// A regular expression for host names, as in Traffic Server's `regex_map`.
///
/// An empty match counts. Immutable; any number of threads may match with it at once. Bytes, not characters, as in
/// `Pattern`. Traffic Server 9 uses PCRE1, which treats expressions for hosts like PCRE2.
///
/// Source: Traffic Server's `Regex::compile` and `Regex::exec`.
package final class HostPattern: Sendable {
  private let program: Program
  /// How many capturing groups the expression has.
  package let groupCount: Int

  /// Compiles an expression.
  ///
  /// - Parameter matchesWhole: Whether it has to match the whole host. False: it is searched for.
  package init(_ source: [UInt8], matchesWhole: Bool) throws(PatternError) {
    let program = try Program(source, usingJIT: true, matchesWhole: matchesWhole)
    self.groupCount = program.groupCount
    self.program = program
  }

  deinit {
    program.free()
  }

  /// Whether a host in lower case matches. Allocates only on a thread's first call.
  package func matches(_ host: Span<UInt8>) -> Bool {
    URLSubject.withThisThread { subject in
      unsafe host.withUnsafeBufferPointer { buffer in
        // An empty span may have no address, and PCRE2 refuses NULL.
        let empty: StaticString = ""
        let bytes = unsafe buffer.baseAddress ?? empty.utf8Start
        return unsafe subject.matcher.matchesHost(program, bytes, buffer.count)
      }
    } ?? false
  }
}
