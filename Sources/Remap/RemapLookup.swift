import MaxMindACL

/// What of a request's URL remap lines are looked up by.
///
/// Source: Traffic Server 9.2's `setup_for_remap` and `_fill_target_cache`.
struct RemapLookup {
  /// Nil: a scheme that no line has.
  var scheme: RemapScheme?
  /// With the brackets of an IPv6 address.
  var host: Range<Int>
  /// The scheme's where the URL has none.
  var port: UInt16
  /// Without `;parameters`, which Traffic Server 9 keeps apart.
  var path: Range<Int>

  /// From this length on, Traffic Server does not look a host up.
  static let hostLimit = 256

  init(_ url: URLParts, in bytes: Span<UInt8>) {
    let scheme = Self.scheme(url.scheme.indices, in: bytes)
    self.scheme = scheme
    host = url.host.indices
    if !host.isEmpty, host.lowerBound > 0, host.upperBound < bytes.count,
      bytes[host.lowerBound - 1] == UInt8(ascii: "["), bytes[host.upperBound] == UInt8(ascii: "]")
    {
      host = (host.lowerBound - 1)..<(host.upperBound + 1)
    }
    var number: UInt16 = 0
    for index in url.port.indices where isDigit(bytes[index]) {
      number = number &* 10 &+ UInt16(bytes[index] & 0x0F)
    }
    port = number != 0 ? number : scheme?.defaultPort ?? 80
    path = url.path.indices
    if let semicolon = path.first(where: { bytes[$0] == UInt8(ascii: ";") }) {
      path = path.lowerBound..<semicolon
    }
  }

  /// The scheme; `http` where there is none, as Traffic Server has it on a port without TLS.
  private static func scheme(_ range: Range<Int>, in bytes: Span<UInt8>) -> RemapScheme? {
    func isScheme(_ name: StaticString) -> Bool {
      guard name.utf8CodeUnitCount == range.count else { return false }
      return name.withUTF8Buffer { text in
        for (offset, index) in range.enumerated()
        where unsafe text[offset] != lowerCased(bytes[index]) { return false }
        return true
      }
    }
    if range.isEmpty || isScheme("http") { return .http }
    if isScheme("https") { return .https }
    if isScheme("ws") { return .ws }
    return isScheme("wss") ? .wss : nil
  }
}
