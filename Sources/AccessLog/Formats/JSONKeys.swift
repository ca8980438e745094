import Text

/// The members of a JSON object that hold a field of a request.
struct JSONKeys: Sendable {
  /// A member that matters.
  struct Key: Sendable {
    var name: [UInt8]
    var field: LogField
    /// Of several members for one field, the lowest rank counts.
    var rank: UInt8
    /// The name of the request's header field that it holds, by `headerByte`.
    var header: [UInt8]?
  }

  /// The keys by their length, those longer than 31 bytes in the last list.
  private let byLength: [[Key]]
  /// The members whose objects hold such keys too.
  private let nested: [[UInt8]]
  /// Whether members with common names hold header fields.
  private let hasCommonHeaders: Bool
  /// The header fields that rules read.
  private(set) var headers: [LogHeader] = []

  init(_ keys: [JSONPattern.Key], nested: [String] = [], hasCommonHeaders: Bool = false) {
    var byLength = [[Key]](repeating: [], count: 32)
    for key in keys {
      let name = Array(key.name.utf8)
      byLength[min(name.count, 31)].append(
        Key(name: name, field: key.field, rank: key.rank, header: key.header))
    }
    self.byLength = byLength
    self.nested = nested.map { Array($0.utf8) }
    self.hasCommonHeaders = hasCommonHeaders
  }

  /// The keys for rules that read some header fields.
  func reading(_ headers: [LogHeader]) -> JSONKeys {
    var keys = self
    keys.headers = headers
    return keys
  }

  /// The key at a place in some bytes. Nil: the member does not matter.
  @inline(__always)
  func key(at range: Range<Int>, in bytes: LogBytes) -> Key? {
    let keys = byLength[min(range.count, 31)]
    for key in keys where isEqual(key.name, range, bytes) { return key }
    return nil
  }

  func isNested(_ range: Range<Int>, in bytes: LogBytes) -> Bool {
    nested.contains { isEqual($0, range, bytes) }
  }

  /// The number of the header field in the member with a name. Nil: rules read no such field.
  func header(at range: Range<Int>, in bytes: LogBytes) -> Int? {
    let named = key(at: range, in: bytes)?.header
    return headers.firstIndex { header in
      if let named { return header.bytes == named }
      guard hasCommonHeaders, range.count >= header.bytes.count else { return false }
      let start = range.upperBound - header.bytes.count
      return isHeader(header, at: start, bytes)
        && Self.headerPrefixes.contains { prefix in
          start - range.lowerBound == prefix.utf8CodeUnitCount
            && bytes.has(prefix, at: range.lowerBound, before: start)
        }
    }
  }

  /// Whether the member with a name is an object of header fields: `{"X-Forwarded-For": ["192.0.2.1"]}`.
  func isHeaderObject(_ range: Range<Int>, in bytes: LogBytes) -> Bool {
    !headers.isEmpty && hasCommonHeaders
      && Self.headerObjects.contains {
        range.count == $0.utf8CodeUnitCount
          && bytes.has($0, at: range.lowerBound, before: range.upperBound)
      }
  }

  /// The number of the header field with a name in an object of header fields. Nil: rules read no such field.
  func memberOfHeaders(at range: Range<Int>, in bytes: LogBytes) -> Int? {
    headers.firstIndex {
      $0.bytes.count == range.count && isHeader($0, at: range.lowerBound, bytes)
    }
  }

  private func isHeader(_ header: LogHeader, at start: Int, _ bytes: LogBytes) -> Bool {
    header.bytes.indices.allSatisfy { headerByte(bytes[start + $0]) == header.bytes[$0] }
  }

  @inline(__always)
  private func isEqual(_ name: [UInt8], _ range: Range<Int>, _ bytes: LogBytes) -> Bool {
    guard name.count == range.count else { return false }
    for index in name.indices where name[index] != bytes[range.lowerBound + index] { return false }
    return true
  }

  /// The objects of header fields, as Caddy, Cloudflare and others name them.
  private static let headerObjects: [StaticString] = [
    "headers", "request_headers", "requestHeaders", "RequestHeaders", "req_headers",
  ]

  /// What stands before the name of a header field: nginx's `http_`, Traefik's `request_`.
  private static let headerPrefixes: [StaticString] = ["", "http_", "request_", "req_", "cqh_"]

  /// The names from servers' manuals: Traffic Server's log fields, nginx's variables, and the names of Caddy, Envoy,
  /// Traefik, Google Cloud, Cloudflare and others.
  static let common = JSONKeys(
    commonNames.flatMap { list in
      list.names.enumerated().map {
        JSONPattern.Key(name: $1, field: list.field, rank: UInt8(truncatingIfNeeded: $0))
      }
    }, nested: ["request", "httpRequest"], hasCommonHeaders: true)

  static let commonNames: [(field: LogField, names: [String])] = [
    (
      .client,
      [
        "client", "client_ip", "c_ip", "c-ip", "chi", "remote_addr", "remote_ip", "clientip", "ip",
        "downstream_remote_address", "ClientIP", "ClientHost", "remoteIp", "clientIp", "ClientAddr",
        "http_x_forwarded_for", "x_forwarded_for",
      ]
    ),
    (
      .time,
      [
        "time", "cqtq", "cqts", "cqtn", "cqtt", "msec", "time_iso8601", "time_local", "ts",
        "timestamp", "@timestamp", "start_time", "StartUTC", "EdgeStartTimestamp",
      ]
    ),
    (.url, ["cquuc", "url", "requestUrl", "cquc", "pquc"]),
    (.request, ["request", "request_line", "cqtx"]),
    (
      .host,
      [
        "host", "http_host", "cqh_host", "vhost", "server_name", "authority", ":authority",
        "RequestHost", "ClientRequestHost",
      ]
    ),
    (
      .path,
      [
        "request_uri", "uri", "path", "cqup", "RequestPath", "ClientRequestURI",
        "ClientRequestPath",
      ]
    ),
    (.scheme, ["scheme", "cqus", "proto_scheme", "RequestScheme", "ClientRequestScheme"]),
    (
      .method,
      [
        "method", "request_method", "cqhm", "RequestMethod", "requestMethod", "ClientRequestMethod",
        "httpMethod",
      ]
    ),
  ]
}

/// A JSON object that names the members of a format: `{"who": "$client", "request": {"uri": "$path"}}`.
///
/// Values need no quotes, because servers write numbers without them: `{"time": $msec}`.
struct JSONPattern {
  /// A member with a meaning.
  struct Key {
    var name: String
    var field: LogField
    var rank: UInt8
    /// The name of the request's header field that it holds, by `headerByte`.
    var header: [UInt8]?
  }

  private(set) var keys: [Key] = []
  private(set) var nested: [String] = []
  let notation: FieldNotation

  /// Nil: the text is not such an object.
  init?(_ text: String) {
    notation = PatternText(text).notation
    var scanner = JSONScanner(Array(text.utf8))
    do throws(JSONError) {
      try read(&scanner, depth: 0)
    } catch {
      return nil
    }
    guard scanner.isAtEnd() else { return nil }
  }

  private mutating func read(_ scanner: inout JSONScanner, depth: Int) throws(JSONError) {
    guard depth < 4 else { throw JSONError("the objects nest too deep", at: scanner.place) }
    try scanner.namedMembers { name, scanner throws(JSONError) in
      if scanner.isNext("{") {
        nested.append(name)
        try read(&scanner, depth: depth + 1)
        return
      }
      let value = scanner.bytes[try scanner.value()]
      let isText = value.first == UInt8(ascii: "\"")
      let text = String(decoding: isText ? value.dropFirst().dropLast() : value, as: UTF8.self)
      let items = PatternText(text, notation: notation).items
      guard items.count == 1, let item = items.first,
        !item.field.isSkipped || item.header != nil, value.first != UInt8(ascii: "[")
      else { return }
      keys.append(
        Key(
          name: name, field: item.field, rank: UInt8(clamping: item.rank), header: item.header))
    }
  }
}
