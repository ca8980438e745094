/// The meaning of a field of a log line.
enum LogField: UInt8, Sendable, CaseIterable {
  case client
  /// The client's address and always its port, also after an IPv6 address without brackets.
  case endpoint
  case time
  /// A time without a zone, which is UTC.
  case utcTime
  /// A UTC date. The time of day follows it.
  case date
  /// The URL, or only a target.
  case url
  /// The request line: method, target, version.
  case request
  /// The host, with or without its port.
  case host
  /// The target, or only the path.
  case path
  case scheme
  case port
  case method
  /// Any number of words, up to those that the fields after it need.
  case words
  /// The rest of the line, whatever it holds.
  case rest
  case other

  /// Whether the reader ignores the field.
  var isSkipped: Bool {
    switch self {
    case .words, .rest, .other: true
    case .client, .endpoint, .time, .utcTime, .date, .url, .request, .host, .path, .scheme, .port,
      .method:
      false
    }
  }
}

/// The places of the fields of one line.
struct FoundFields {
  var client: Range<Int>?
  var time: Range<Int>?
  var url: Range<Int>?
  var request: Range<Int>?
  var host: Range<Int>?
  var path: Range<Int>?
  var scheme: Range<Int>?
  var port: Range<Int>?
  var method: Range<Int>?

  @inline(__always)
  mutating func set(_ field: LogField, to range: Range<Int>) {
    switch field {
    case .client, .endpoint: client = range
    case .time, .date: time = range
    // A date may stand before it.
    case .utcTime: time = (time?.lowerBound ?? range.lowerBound)..<range.upperBound
    case .url: url = range
    case .request: request = range
    case .host: host = range
    case .path: path = range
    case .scheme: scheme = range
    case .port: port = range
    case .method: method = range
    case .words, .rest, .other: break
    }
  }
}
