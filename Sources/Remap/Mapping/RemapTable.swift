import MaxMindACL

/// Finds the line of a remap.config for a URL.
///
/// As in Traffic Server, the first line in the order of the files wins if it has the URL's scheme, host and port and
/// its path is a prefix of the URL's path, byte by byte. Host names are compared without regard to case, paths with. On
/// a `regex_` line the expression matches the host. A line without a host (`map / http://…`) applies to URLs that no
/// other line maps, with any scheme and port. Redirects apply after all `map` lines, temporary ones first.
/// `reverse_map` maps no request.
///
/// Some settings of Traffic Server are unknown here. A plugin before ours on a line may change the request (but not
/// the choice of the line). With `remap_required` off, Traffic Server sends a request for an absolute URL without a
/// line on. A URL without a scheme counts as `http`. A `map_with_recv_port` is found for a URL of any port, because the
/// port that the request came in on is unknown; the condition of the line says so. So is one with the scheme
/// `http+unix` for a URL with `http`.
///
/// Immutable: any number of threads may look up at once.
package struct RemapTable: Sendable {
  /// The lines in the order of the files.
  package let lines: [RemapLine]

  private let version: TrafficServerVersion
  private let receivePort: MappingStore
  private let forward: MappingStore
  private let temporaryRedirects: MappingStore
  private let permanentRedirects: MappingStore

  /// Makes the table for the lines of a file, which the same version has read.
  package init(_ lines: [RemapLine], by version: TrafficServerVersion) {
    self.lines = lines
    self.version = version
    func store(_ kinds: Set<RemapLine.Kind>) -> MappingStore {
      MappingStore(
        lines.enumerated().filter { kinds.contains($0.element.kind) }
          .map { (line: $0.element, number: $0.offset) })
    }
    receivePort = MappingStore(
      lines.enumerated().filter { $0.element.kind == .mapWithReceivePort }.map { number, line in
        var line = line
        line.from.port = 0
        line.from.scheme = line.from.scheme.ofRequest
        return (line: line, number: number)
      })
    forward = store([.map, .mapWithReferer])
    temporaryRedirects = store([.redirectTemporary])
    permanentRedirects = store([.redirect])
  }

  /// The index in `lines` of the line that maps or redirects a URL. Nil: there is none.
  ///
  /// Does not allocate, except for the first expression that a thread tries.
  package func line(for url: URLParts, in bytes: Span<UInt8>) -> Int? {
    let lookup = RemapLookup(url, in: bytes, by: version)
    var anyPort = lookup
    anyPort.port = 0
    return receivePort.line(anyPort, in: bytes) ?? forward.line(lookup, in: bytes)
      ?? forward.hostlessLine(lookup, in: bytes)
      ?? temporaryRedirects.line(lookup, in: bytes) ?? permanentRedirects.line(lookup, in: bytes)
  }
}

/// The parts of a request's URL for looking up remap lines.
///
/// Source: Traffic Server's `setup_for_remap` and `_fill_target_cache`.
struct RemapLookup {
  /// Nil: no line has the scheme.
  var scheme: RemapScheme?
  /// With the brackets of an IPv6 address.
  var host: Range<Int>
  /// The default port if the URL has none.
  var port: UInt16
  /// Without `;parameters`, if the version keeps them separately.
  var path: Range<Int>

  /// Traffic Server does not look up a host of this length or more.
  static let hostLimit = 256

  init(_ url: URLParts, in bytes: Span<UInt8>, by version: TrafficServerVersion) {
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
    port = Remap.port(url.port.indices, in: bytes, by: version) ?? scheme?.defaultPort ?? 80
    path = url.path.indices
    if !version.keepsParametersInPath,
      let semicolon = path.first(where: { bytes[$0] == UInt8(ascii: ";") })
    {
      path = path.lowerBound..<semicolon
    }
  }
}
