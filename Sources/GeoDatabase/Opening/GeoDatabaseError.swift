import Files

/// Why a database cannot be used.
package struct GeoDatabaseError: Error, Hashable, Sendable {
  /// The kind of failure.
  package enum Kind: Hashable, Sendable {
    /// No file has this name.
    case missing
    /// The file cannot be read, is not a regular file, or changes while it is read.
    case unreadable
    /// The file is empty.
    case empty
    /// The file is larger than the limit.
    case tooLarge
    /// The file is not a MaxMind DB, or is cut off before its metadata.
    case notADatabase
    /// The file is a MaxMind DB of an unsupported version or record size.
    case unsupported
    /// The metadata or the search tree contradict the format.
    case corrupt
    /// Memory or file descriptors ran out.
    case noResources
  }

  /// The kind of failure.
  package let kind: Kind
  /// The mistake and its correction: one sentence without the path and without a full stop.
  package let message: String
  /// The path that the caller passed.
  package let path: String
}

extension GeoDatabaseError: CustomStringConvertible {
  /// Path and message.
  package var description: String {
    "\(path): \(message)"
  }
}

/// A `GeoDatabaseError` without its path.
struct DatabaseFault: TransientError {
  var kind: GeoDatabaseError.Kind
  var message: String
  /// Whether a retry may succeed.
  var isTransient = false

  init(_ kind: GeoDatabaseError.Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  init(_ error: FileError) {
    let kind: GeoDatabaseError.Kind =
      switch error.kind {
      case .missing: .missing
      case .unreadable, .unwritable, .changing: .unreadable
      case .tooLarge: .tooLarge
      }
    self.init(kind, error.message)
    isTransient = error.isTransient
  }

  static func corrupt(_ message: String) -> DatabaseFault {
    DatabaseFault(.corrupt, message)
  }
}
