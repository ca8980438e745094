import MaxMindACL

/// The parts of a request's URL for looking up remap lines.
///
/// Source: Traffic Server 9.2's `setup_for_remap` and `_fill_target_cache`.
struct RemapLookup {
  /// Nil: no line has the scheme.
  var scheme: RemapScheme?
  /// With the brackets of an IPv6 address.
  var host: Range<Int>
  /// The default port if the URL has none.
  var port: UInt16
  /// Without `;parameters`, which Traffic Server 9 keeps separately.
  var path: Range<Int>

  /// Traffic Server does not look up a host of this length or more.
  static let hostLimit = 256

  init(_ url: URLParts, in bytes: Span<UInt8>) {
    let name = url.scheme.indices
    // Without a scheme, Traffic Server assumes a port without TLS.
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
