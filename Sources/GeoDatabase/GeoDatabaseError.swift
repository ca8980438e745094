import Files

/// Why a database cannot be used.
public struct GeoDatabaseError: Error, Hashable, Sendable {
  /// The kind of failure, for a program to tell them apart.
  public enum Kind: Hashable, Sendable {
    /// No file has this name.
    case missing
    /// The file is there but cannot be read, or is not a regular file, or changes while it is read.
    case unreadable
    /// The file has no bytes.
    case empty
    /// The file is larger than the limit.
    case tooLarge
    /// The file is not a MaxMind DB, or is cut off before its metadata.
    case notADatabase
    /// The file is a MaxMind DB of a version or record size that nobody here reads.
    case unsupported
    /// The metadata or the search tree contradict the format.
    case corrupt
    /// The system gave no memory or no file descriptor.
    case noResources
  }

  /// The kind of failure.
  public let kind: Kind
  /// What is wrong and what would be right: one sentence without the path and without a full stop.
  public let message: String
  /// The path as it was given.
  public let path: String
}

extension GeoDatabaseError: CustomStringConvertible {
  /// Path and message.
  public var description: String {
    "\(path): \(message)"
  }
}

/// A `GeoDatabaseError` that does not know its path yet.
struct DatabaseFault: TransientError {
  var kind: GeoDatabaseError.Kind
  var message: String
  /// Whether the same load may succeed in a moment.
  var isTransient = false

  init(_ kind: GeoDatabaseError.Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  static func corrupt(_ message: String) -> DatabaseFault {
    DatabaseFault(.corrupt, message)
  }
}
