/// The meaning of a field of a log line.
enum LogField: UInt8, Sendable, CaseIterable {
  case client
  case time
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
  case other
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
    case .client: client = range
    case .time: time = range
    case .url: url = range
    case .request: request = range
    case .host: host = range
    case .path: path = range
    case .scheme: scheme = range
    case .port: port = range
    case .method: method = range
    case .other: break
    }
  }
}
