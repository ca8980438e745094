import Addresses
import MaxMindACL

/// One request of a log: what rules look at, as places in the bytes of its block. About 100 bytes.
package struct LogEntry: Sendable {
  /// The client's address; nil where the log says that there is none (`-`).
  package var client: Address?
  /// When the request came in, in seconds since 1970-01-01 UTC; nil where the log does not say.
  package var time: Int64?
  /// The URL. Without scheme and host where the log has only the request's target: see `--base-url`.
  package var url: URLParts
  /// The URL as the log has it: an absolute one, or a target such as `/path?query`.
  package var target: ByteRange
  /// The number of the line in its block, from 0.
  package var lineNumber: UInt32

  package init(
    client: Address?, time: Int64?, url: URLParts, target: ByteRange, lineNumber: UInt32
  ) {
    self.client = client
    self.time = time
    self.url = url
    self.target = target
    self.lineNumber = lineNumber
  }
}

/// A line of a log that holds no request that could be decided on.
package struct MalformedLine: Hashable, Sendable {
  /// What is wrong with it. The raw value is the name that reports use.
  package enum Kind: String, CaseIterable, Codable, Sendable {
    /// Fewer fields than the format has, or a quote or bracket that does not close.
    case fields = "not of the format"
    /// The client is neither an IPv4 nor an IPv6 address.
    case client = "no client address"
    /// The time is not one.
    case time = "no time"
    /// There is no URL, as where a client sent bytes that are no request.
    case url = "no URL"
    /// The line is longer than is read.
    case long = "too long"
    /// The file ends within the line, or was being written to when it ended there.
    case cutOff = "cut off"
  }

  /// How many bytes of a line `text` has, at most.
  static let longestText = 200

  /// What is wrong.
  package var kind: Kind
  /// The number of the line in its block, from 0.
  package var lineNumber: UInt32
  /// The line's beginning, at most 200 bytes of it.
  package var text: ByteRange

  package init(kind: Kind, lineNumber: UInt32, text: ByteRange) {
    self.kind = kind
    self.lineNumber = lineNumber
    self.text = text
  }
}
