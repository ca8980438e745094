import Addresses
import MaxMindACL

/// Some whole lines of a log, and the requests in them.
///
/// A worker keeps one block and has it filled again and again, so nothing is allocated for a line.
package struct LogBlock: Sendable {
  /// The number of the block in all of the input, from 0.
  package var number = 0
  /// The number of its file in the input, from 0.
  package var file = 0
  /// The bytes for the places in `entries` and `malformed`. Escapes in URLs are replaced in place. The parts of a URL
  /// from `--base-url` are here too.
  package var bytes: [UInt8] = []
  /// How many lines there are, with or without a request.
  package var lineCount = 0
  /// How many of them are blank or comments.
  package var skippedCount = 0
  /// The requests in the order of the lines.
  package var entries: [LogEntry] = []
  /// The other lines without a request.
  package var malformed: [MalformedLine] = []
  /// How many header fields rules read.
  package var headerCount = 0
  /// The values of these fields, request after request. Empty: the line has none.
  package var headers: [ByteRange] = []
  /// How many lines carry each of these fields, with or without a value.
  package var headerLines: [Int] = []

  package init() {}
}

/// One request of a log, as places in the bytes of its block. About 100 bytes.
package struct LogEntry: Sendable {
  /// The client's address. Nil: the log has `-`.
  package var client: Address?
  /// The time of the request, in seconds since 1970-01-01 UTC. Nil: the log has none.
  package var time: Int64?
  /// The URL. Without scheme and host if the log has only the request's target: see `--base-url`.
  package var url: URLParts
  /// The method; empty: the log has none.
  package var method: ByteRange
  /// The URL as the log has it: an absolute one, or a target such as `/path?query`.
  package var target: ByteRange
  /// The number of the line in its block, from 0.
  package var lineNumber: UInt32
  /// The place of its first header field in `headers`.
  package var firstHeader: UInt32 = 0
}

extension LogEntry {
  /// The places of its header fields in `headers` of its block.
  package func headerIndices(count: Int) -> Range<Int> {
    Int(firstHeader)..<(Int(firstHeader) + count)
  }

  /// What named rules read besides client and URL. A request without a method counts as GET.
  ///
  /// - Parameter now: The time if the log has none, in seconds since 1970.
  package func circumstances(in bytes: Span<UInt8>, at now: Int64) -> Circumstances {
    Circumstances(method: RequestMethod(bytes.extracting(method.indices)) ?? .get, now: time ?? now)
  }

  /// The URL for a person: as the log has it, or its target after the known scheme and host.
  package func urlText(in bytes: Span<UInt8>) -> [UInt8] {
    func part(_ range: ByteRange) -> [UInt8] { range.indices.map { bytes[$0] } }
    let target = part(self.target)
    let isAbsolute = self.target.indices.contains(Int(url.host.start))
    guard !isAbsolute, !url.host.isEmpty else { return target }
    var text = url.scheme.isEmpty ? Array("http".utf8) : part(url.scheme)
    let host = part(url.host)
    text += "://".utf8
    text += host.contains(UInt8(ascii: ":")) ? Array("[".utf8) + host + Array("]".utf8) : host
    if !url.port.isEmpty { text += Array(":".utf8) + part(url.port) }
    // Traffic Server's cqup has no slash at its start.
    return text + (target.first == UInt8(ascii: "/") ? target : Array("/".utf8) + target)
  }
}

/// A line without a request that can be decided.
package struct MalformedLine: Hashable, Sendable {
  /// The mistake. The raw value is its name in reports.
  package enum Kind: String, CaseIterable, Codable, Sendable {
    /// Fewer fields than the format has, or an unclosed quote or bracket.
    case fields = "not of the format"
    case client = "no client address"
    case time = "no time"
    /// There is no URL, for example because a client sent bytes that are not a request.
    case url = "no URL"
    case long = "too long"
    /// The file ends within the line, or was written to at that moment.
    case cutOff = "cut off"
  }

  /// The most bytes of a line in `text`.
  static let longestText = 200

  /// The mistake.
  package var kind: Kind
  /// The number of the line in its block, from 0.
  package var lineNumber: UInt32
  /// The line's beginning, at most 200 bytes of it.
  package var text: ByteRange
}
