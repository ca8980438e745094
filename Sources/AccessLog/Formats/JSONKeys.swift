import Text

/// The members of a JSON object that hold a field of a request.
struct JSONKeys: Sendable {
  /// A member that matters.
  struct Key: Sendable {
    var name: [UInt8]
    var field: LogField
    /// Of several members for one field, the lowest rank counts.
    var rank: UInt8
  }

  /// The keys by their length, those longer than 31 bytes in the last list.
  private let byLength: [[Key]]
  /// The members whose objects hold such keys too.
  private let nested: [[UInt8]]

  init(_ keys: [(name: String, field: LogField, rank: UInt8)], nested: [String] = []) {
    var byLength = [[Key]](repeating: [], count: 32)
    for key in keys {
      let name = Array(key.name.utf8)
      byLength[min(name.count, 31)].append(Key(name: name, field: key.field, rank: key.rank))
    }
    self.byLength = byLength
    self.nested = nested.map { Array($0.utf8) }
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

  @inline(__always)
  private func isEqual(_ name: [UInt8], _ range: Range<Int>, _ bytes: LogBytes) -> Bool {
    guard name.count == range.count else { return false }
    for index in name.indices where name[index] != bytes[range.lowerBound + index] { return false }
    return true
  }

  /// The names from servers' manuals: Traffic Server's log fields, nginx's variables, and the names of Caddy, Envoy
  /// and others.
  static let common = JSONKeys(
    rankedFields.flatMap { list in
      list.names.enumerated().map { ($1, list.field, UInt8(truncatingIfNeeded: $0)) }
    }, nested: ["request"])

  private static let rankedFields: [(field: LogField, names: [String])] = [
    (
      .client,
      [
        "client", "client_ip", "c_ip", "c-ip", "chi", "remote_addr", "remote_ip", "clientip", "ip",
        "downstream_remote_address", "http_x_forwarded_for", "x_forwarded_for",
      ]
    ),
    (
      .time,
      [
        "time", "cqtq", "cqts", "cqtn", "cqtt", "msec", "time_iso8601", "time_local", "ts",
        "timestamp", "@timestamp", "start_time",
      ]
    ),
    (.url, ["cquuc", "url", "cquc", "pquc"]),
    (.request, ["request", "request_line", "cqtx"]),
    (.host, ["host", "http_host", "cqh_host", "vhost", "server_name", "authority", ":authority"]),
    (.path, ["request_uri", "uri", "path", "cqup"]),
    (.scheme, ["scheme", "cqus", "proto_scheme"]),
    (.method, ["method", "request_method", "cqhm"]),
  ]
}

/// A JSON object that names the members of a format: `{"who": "$client", "request": {"uri": "$path"}}`.
///
/// Values need no quotes, because servers write numbers without them: `{"time": $msec}`.
struct JSONPattern {
  private(set) var keys: [(name: String, field: LogField, rank: UInt8)] = []
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
      guard items.count == 1, let item = items.first, item.field != .other,
        value.first != UInt8(ascii: "[")
      else { return }
      keys.append((name, item.field, UInt8(clamping: item.rank)))
    }
  }
}
