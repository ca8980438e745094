import Addresses
import GeoDatabase
import Text

/// What placeholders are filled with. The parts of the URL are as the client sent them.
package struct DeniedRequest {
  package var scheme: [UInt8]
  /// The host without the port; an IPv6 address with or without its brackets.
  package var host: [UInt8]
  /// The port as the URL names it; empty if it doesn't.
  package var port: [UInt8]
  /// The path with its parameters, without the leading slash.
  package var path: [UInt8]
  /// Nil: the URL has none.
  package var query: [UInt8]?
  package var client: Address?
  package var country: CountryCode?
  package var reason: Reason

  package init(
    scheme: [UInt8], host: [UInt8], port: [UInt8], path: [UInt8], query: [UInt8]?,
    client: Address?, country: CountryCode?, reason: Reason
  ) {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.path = path
    self.query = query
    self.client = client
    self.country = country
    self.reason = reason
  }

  init(_ request: Request, _ decision: Decision, client: Address?, country: CountryCode?) {
    self.init(
      scheme: Array(request.scheme.utf8), host: Array(request.host.utf8),
      port: Array(request.port.utf8), path: Array(request.path.utf8),
      query: request.query.map { Array($0.utf8) }, client: client, country: country,
      reason: decision.reason)
  }

  /// The host as a URL has it.
  var hostInURL: [UInt8] {
    guard host.contains(UInt8(ascii: ":")), host.first != UInt8(ascii: "[") else { return host }
    return [UInt8(ascii: "[")] + host + [UInt8(ascii: "]")]
  }

  /// The path without all slashes that begin it, which would make another host of a path's first segment.
  var relativePath: ArraySlice<UInt8> { path.drop { $0 == UInt8(ascii: "/") } }

  /// The URL.
  var url: [UInt8] {
    var url = scheme + Array("://".utf8) + hostInURL
    if !port.isEmpty { url += [UInt8(ascii: ":")] + port }
    url += [UInt8(ascii: "/")] + relativePath
    if let query { url += [UInt8(ascii: "?")] + query }
    return url
  }
}

extension RedirectTemplate {
  /// The longest URL that a client is sent to, in bytes: the header of an answer must fit into what clients, and
  /// Traffic Server over HTTP/2, take.
  package static let longestLocation = 32 << 10

  /// The URL that a denied client is sent to; nil if it is too long, or the one that was denied, which would be
  /// asked for without end. Scheme, port, query and fragment make no other URL of it: a proxy in front may have
  /// changed the first two, and the others only grow.
  package func location(for denied: DeniedRequest) -> [UInt8]? {
    let location = expanded(for: denied)
    return location.count > Self.longestLocation || isSamePlace(location, denied) ? nil : location
  }

  private func expanded(for denied: DeniedRequest) -> [UInt8] {
    var bytes: [UInt8] = []
    for part in parts {
      switch part {
      case .literal(let literal): bytes += literal
      case .value(let placeholder, let place): bytes += value(placeholder, place, denied)
      }
    }
    return bytes
  }

  private func value(
    _ placeholder: Placeholder, _ place: Place, _ denied: DeniedRequest
  ) -> [UInt8] {
    switch (placeholder, place) {
    case (.scheme, .scheme):
      return denied.scheme == Array("https".utf8) ? Array("https".utf8) : Array("http".utf8)
    case (.host, .host): return hostValue(denied.hostInURL)
    case (.path, .path): return partOfURL(denied.relativePath)
    case (.query, .wholeQuery): return partOfURL((denied.query ?? [])[...], isQuery: true)
    case (.country, _): return encoded(Array((denied.country?.description ?? "XX").utf8))
    case (.client, _): return encoded(Array((denied.client?.description ?? "-").utf8))
    case (.reason, _): return encoded(Array(denied.reason.description.utf8))
    case (.scheme, _): return encoded(denied.scheme)
    case (.host, _): return encoded(denied.host)
    case (.path, _): return encoded(Array(denied.relativePath))
    case (.query, _): return encoded(denied.query ?? [])
    case (.url, _): return encoded(denied.url)
    }
  }

  private func isSamePlace(_ location: [UInt8], _ denied: DeniedRequest) -> Bool {
    var rest = location[...]
    if !isRelative {
      guard let slashes = rest.firstIndex(of: UInt8(ascii: "/")) else { return false }
      rest = rest[slashes...].dropFirst(2)
      let authority = rest.prefix { !"/?#".utf8.contains($0) }
      guard hostName(authority) == hostName(hostValue(denied.hostInURL)[...]) else { return false }
      rest = rest[authority.endIndex...]
    }
    let path = rest.prefix { !"?#".utf8.contains($0) }.drop { $0 == UInt8(ascii: "/") }
    return path.elementsEqual(partOfURL(denied.relativePath))
  }
}

/// A host without its port and its case, and without a dot at its end.
private func hostName(_ authority: ArraySlice<UInt8>) -> [UInt8] {
  var host = authority
  let afterBrackets = host.lastIndex(of: UInt8(ascii: "]")) ?? host.startIndex
  if let colon = host[afterBrackets...].firstIndex(of: UInt8(ascii: ":")) { host = host[..<colon] }
  if host.last == UInt8(ascii: ".") { host = host.dropLast() }
  return host.map(\.asciiLowerCased)
}

/// Percent-encoded but for what stands for itself anywhere.
private func encoded(_ bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  for byte in bytes { append(byte, to: &result, asIs: isUnreserved(byte)) }
  return result
}

/// A part of the denied URL as the same part of another: what the client encoded stays as it is, and what it
/// should have encoded is.
private func partOfURL(_ bytes: ArraySlice<UInt8>, isQuery: Bool = false) -> [UInt8] {
  var result: [UInt8] = []
  for (index, byte) in zip(bytes.indices, bytes) {
    let isEscape =
      byte == UInt8(ascii: "%")
      && bytes[index...].dropFirst().prefix(2).count { $0.hexadecimalValue != nil } == 2
    append(
      byte, to: &result,
      asIs: isEscape || (isURLByte(byte) && (isQuery || byte != UInt8(ascii: "?"))))
  }
  return result
}

/// The host of the denied URL as a host: what can't stand in a name or an address is encoded.
private func hostValue(_ host: [UInt8]) -> [UInt8] {
  let isAddress = host.first == UInt8(ascii: "[") && host.last == UInt8(ascii: "]")
  var result: [UInt8] = []
  for (index, byte) in host.enumerated() {
    let isBracket = isAddress && (index == 0 || index == host.count - 1)
    let isOfAddress = isAddress && byte == UInt8(ascii: ":")
    append(byte, to: &result, asIs: isBracket || isOfAddress || isUnreserved(byte))
  }
  return result
}

private func append(_ byte: UInt8, to bytes: inout [UInt8], asIs: Bool) {
  if asIs {
    bytes.append(byte)
  } else {
    let digits = Array("0123456789ABCDEF".utf8)
    bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
  }
}
