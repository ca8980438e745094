/// What a field of a log line says of a request.
enum LogField: UInt8, Sendable, CaseIterable {
  /// The client's address.
  case client
  /// When the request came in.
  case time
  /// The URL, or a target where the request had no more.
  case url
  /// The request line: method, target, version.
  case request
  /// The host, with or without its port.
  case host
  /// The target or the path alone.
  case path
  /// The scheme.
  case scheme
  /// The port.
  case port
  /// Nothing that matters here.
  case other
}

/// Where the fields of one line stand.
struct FoundFields {
  var client: Range<Int>?
  var time: Range<Int>?
  var url: Range<Int>?
  var request: Range<Int>?
  var host: Range<Int>?
  var path: Range<Int>?
  var scheme: Range<Int>?
  var port: Range<Int>?

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
    case .other: break
    }
  }
}
