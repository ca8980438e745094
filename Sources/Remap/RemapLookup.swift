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
    let name = url.scheme.indices
    // Without one, Traffic Server takes it for that of a port without TLS.
    let scheme = name.isEmpty ? RemapScheme.http : RemapScheme(name, in: bytes)
    self.scheme = scheme
    host = url.host.indices
    if !host.isEmpty, host.lowerBound > 0, host.upperBound < bytes.count,
      bytes[host.lowerBound - 1] == UInt8(ascii: "["), bytes[host.upperBound] == UInt8(ascii: "]")
    {
      host = (host.lowerBound - 1)..<(host.upperBound + 1)
    }
    port = Remap.port(url.port.indices, in: bytes) ?? scheme?.defaultPort ?? 80
    path = url.path.indices
    if let semicolon = path.first(where: { bytes[$0] == UInt8(ascii: ";") }) {
      path = path.lowerBound..<semicolon
    }
  }
}
