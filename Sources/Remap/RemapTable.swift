import MaxMindACL

/// Which line of a remap.config a URL goes through.
///
/// As in Traffic Server 9.2: the first line in the order of the files whose scheme, host and port are those of
/// the URL and whose path its path begins with, byte by byte; it need not be the longest. Host names are
/// compared without regard to case, paths with. On a `regex_` line the expression is searched for in the
/// host. A line without a host (`map / http://…`) is for what no line with one maps, whatever the scheme and
/// port. Only what no `map` maps is redirected, by a temporary redirect first. `reverse_map` maps no request.
///
/// What Traffic Server may be told besides is not known here: plugins in front of ours on a line see the
/// request first and may change it (but not which line it goes through), and with `remap_required` off, a
/// request for an absolute URL that no line maps is sent on. A URL without a scheme is taken for `http`. A
/// `map_with_recv_port` is found for a URL of any port, because the port that the request came in on is not
/// known: it has a condition, so that nobody takes it for the answer.
///
/// Immutable: any number of threads may look up at once.
package struct RemapTable: Sendable {
  /// The lines in the order of the files.
  package let lines: [RemapLine]

  private let receivePort: MappingStore
  private let forward: MappingStore
  private let temporaryRedirects: MappingStore
  private let permanentRedirects: MappingStore

  /// Makes the table of the lines of a file.
  package init(_ lines: [RemapLine]) {
    self.lines = lines
    func store(_ kinds: Set<RemapLine.Kind>) -> MappingStore {
      MappingStore(
        lines.enumerated().filter { kinds.contains($0.element.kind) }
          .map { (line: $0.element, number: $0.offset) })
    }
    receivePort = MappingStore(
      lines.enumerated().filter { $0.element.kind == .mapWithReceivePort }.map { number, line in
        var line = line
        line.from.port = 0
        return (line: line, number: number)
      })
    forward = store([.map, .mapWithReferer])
    temporaryRedirects = store([.redirectTemporary])
    permanentRedirects = store([.redirect])
  }

  /// The place in `lines` of the line that maps or redirects a URL; nil if there is none.
  ///
  /// Does not allocate, but for the first expression that a thread tries.
  package func line(for url: URLParts, in bytes: Span<UInt8>) -> Int? {
    let lookup = RemapLookup(url, in: bytes)
    var anyPort = lookup
    anyPort.port = 0
    return receivePort.line(anyPort, in: bytes) ?? forward.line(lookup, in: bytes)
      ?? forward.hostlessLine(lookup, in: bytes)
      ?? temporaryRedirects.line(lookup, in: bytes) ?? permanentRedirects.line(lookup, in: bytes)
  }
}
