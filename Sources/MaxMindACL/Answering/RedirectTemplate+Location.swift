import Addresses
import GeoDatabase
import Text

/// The values for placeholders. The URL parts are as the client sent them.
package struct DeniedRequest {
  package var scheme: [UInt8]
  /// The host without the port. An IPv6 address may have brackets.
  package var host: [UInt8]
  /// The port in the URL; empty: none.
  package var port: [UInt8]
  /// The path with its parameters, without the leading slash.
  package var path: [UInt8]
  /// Nil: no query.
  package var query: [UInt8]?
  package var client: Address?
  package var country: PlaceCode?
  package var reason: Reason

  package init(
    scheme: [UInt8], host: [UInt8], port: [UInt8], path: [UInt8], query: [UInt8]?,
    client: Address?, country: PlaceCode?, reason: Reason
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

  init(_ request: Request, _ decision: Decision, client: Address?, country: PlaceCode?) {
    self.init(
      scheme: Array(request.scheme.utf8), host: Array(request.host.utf8),
      port: Array(request.port.utf8), path: Array(request.path.utf8),
      query: request.query.map { Array($0.utf8) }, client: client, country: country,
      reason: decision.reason)
  }

  /// The host with the brackets that an IPv6 address needs in a URL.
  var hostInURL: [UInt8] {
    guard host.contains(UInt8(ascii: ":")), host.first != UInt8(ascii: "[") else { return host }
    return [UInt8(ascii: "[")] + host + [UInt8(ascii: "]")]
  }

  /// The path without its leading slashes: after `//`, a client reads the first segment as a host.
  var relativePath: ArraySlice<UInt8> { path.drop { $0 == UInt8(ascii: "/") } }

  var url: [UInt8] {
    var url = scheme + Array("://".utf8) + hostInURL
    if !port.isEmpty { url += [UInt8(ascii: ":")] + port }
    url += [UInt8(ascii: "/")] + relativePath
    if let query { url += [UInt8(ascii: "?")] + query }
    return url
  }
}

extension RedirectTemplate {
  /// The maximum length of a redirect URL, in bytes. Clients, and Traffic Server over HTTP/2, limit the size of an
  /// answer's header.
  package static let longestLocation = 32 << 10

  /// The redirect URL; nil: it is too long, or it is the denied URL and would loop.
  ///
  /// The comparison ignores scheme, port, query and fragment. A proxy in front may change the first two, and a loop can
  /// add to the last two.
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

/// The host name in lower case, without the port and a final dot.
private func hostName(_ authority: ArraySlice<UInt8>) -> [UInt8] {
  var host = authority
  let afterBrackets = host.lastIndex(of: UInt8(ascii: "]")) ?? host.startIndex
  if let colon = host[afterBrackets...].firstIndex(of: UInt8(ascii: ":")) { host = host[..<colon] }
  if host.last == UInt8(ascii: ".") { host = host.dropLast() }
  return host.map(\.asciiLowerCased)
}

/// Percent-encodes all bytes but the unreserved ones.
private func encoded(_ bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  for byte in bytes { append(byte, to: &result, asIs: isUnreserved(byte)) }
  return result
}

/// Copies a part of the denied URL. Escapes of the client stay; bytes that need an escape get one.
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

/// Copies the host of the denied URL. Encodes bytes that names and addresses cannot contain.
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
