import Text

/// A scheme of remap lines. A request with another scheme matches no line with a host.
package enum RemapScheme: String, Sendable {
  case http, https, ws, wss, file, tunnel
  /// For a `map_with_recv_port`: a request on a Unix domain socket.
  case httpUnix = "http+unix"
  case httpsUnix = "https+unix"

  /// The scheme of a name in any case. Does not allocate.
  init?(_ name: Range<Int>, in bytes: Span<UInt8>) {
    func isName(_ known: StaticString) -> Bool {
      guard known.utf8CodeUnitCount == name.count else { return false }
      return known.withUTF8Buffer { known in
        for (offset, index) in name.enumerated()
        where unsafe known[offset] != bytes[index].asciiLowerCased { return false }
        return true
      }
    }
    if isName("http") {
      self = .http
    } else if isName("https") {
      self = .https
    } else if isName("ws") {
      self = .ws
    } else if isName("wss") {
      self = .wss
    } else if isName("file") {
      self = .file
    } else if isName("tunnel") {
      self = .tunnel
    } else if isName("http+unix") {
      self = .httpUnix
    } else if isName("https+unix") {
      self = .httpsUnix
    } else {
      return nil
    }
  }

  /// Distinguishes schemes in a hash.
  var number: UInt8 {
    switch self {
    case .http: 0
    case .https: 1
    case .ws: 2
    case .wss: 3
    case .file: 4
    case .tunnel: 5
    case .httpUnix: 6
    case .httpsUnix: 7
    }
  }

  /// The port of a URL without one.
  var defaultPort: UInt16 { self == .https || self == .wss || self == .httpsUnix ? 443 : 80 }

  /// The scheme in the URL of a request that a `map_with_recv_port` with this scheme maps.
  var ofRequest: RemapScheme {
    switch self {
    case .httpUnix: .http
    case .httpsUnix: .https
    case .http, .https, .ws, .wss, .file, .tunnel: self
    }
  }
}

/// A port as Traffic Server reads it. Nil: it is 0, or counts as none.
func port(
  _ digits: Range<Int>, in bytes: Span<UInt8>, by version: TrafficServerVersion
) -> UInt16? {
  var port: UInt32 = 0
  for index in digits where bytes[index].isASCIIDigit {
    port = port * 10 + UInt32(bytes[index] & 0x0F)
    if port > 0xFFFF, version.dropsLargePorts { return nil }
    port &= 0xFFFF
  }
  return port == 0 ? nil : UInt16(port)
}

/// The URL that a line maps from.
///
/// Source: Traffic Server's `UrlWhack` and `url_parse_regex`.
package struct RemapURL: Hashable, Sendable {
  /// `http` if the line has none.
  package var scheme: RemapScheme
  /// In lower case, with the brackets of an IPv6 address. On a `regex_` line the expression, also in lower case (`\D`
  /// becomes `\d`). Empty: all hosts.
  package var host: [UInt8]
  /// The default port if the line has none.
  package var port: UInt16
  /// Without the leading slashes, with everything after it.
  package var path: [UInt8]

  /// Why a line cannot map from a URL.
  enum Failure: Error {
    case malformed
    case scheme(String)
  }

  init(_ word: ArraySlice<UInt8>, by version: TrafficServerVersion) throws(Failure) {
    var text = word
    let isComplete = text.firstRange(of: Array("://".utf8)).map { mark in
      text[mark.upperBound...].contains(UInt8(ascii: "/"))
    }
    if isComplete == false { text.append(UInt8(ascii: "/")) }
    if text.count > 2, text.suffix(2).elementsEqual("//".utf8) { text.removeLast(2) }
    guard let first = text.first else { throw .malformed }

    var scheme: RemapScheme?
    if first != UInt8(ascii: "/"), let colon = text.firstIndex(of: UInt8(ascii: ":")),
      colon + 2 < text.endIndex, text[colon...].starts(with: "://".utf8)
    {
      let name = Array(text[..<colon])
      scheme = RemapScheme(name.indices, in: name.span)
      guard let scheme, scheme == scheme.ofRequest || version.hasUnixSchemes else {
        throw .scheme(String(decoding: name, as: UTF8.self))
      }
      text = text[colon...]
    }
    if text.count > 3, text.starts(with: "://".utf8) {
      text = text.dropFirst(3)
    } else if text.first == UInt8(ascii: ":") {
      text = text.dropFirst()
      for _ in 0..<2 where text.first == UInt8(ascii: "/") { text = text.dropFirst() }
      guard !text.isEmpty else { throw .malformed }
    }

    var host = text.prefix { $0 != UInt8(ascii: "/") }
    let path = text[host.endIndex...].drop { $0 == UInt8(ascii: "/") }
    // A port has at most five digits.
    let digits = host.suffix(5).reversed().prefix(while: \.isASCIIDigit).count
    let colon = host.endIndex - digits - 1
    var named: UInt16?
    if colon >= host.startIndex, host[colon] == UInt8(ascii: ":") {
      let number = Array(host[(colon + 1)...])
      named = Remap.port(number.indices, in: number.span, by: version)
      host = host[..<colon]
    }
    self.scheme = scheme ?? .http
    self.host = host.map(\.asciiLowerCased)
    self.port = named ?? self.scheme.defaultPort
    self.path = Array(path)
  }
}

/// The parts of the URL that a line maps to.
///
/// Source: Traffic Server's `url_parse_internet`.
struct RemapTarget {
  /// The scheme in lower case.
  var scheme: String
  /// The host, perhaps with references such as `$1`.
  var host: ArraySlice<UInt8>

  /// Nil: it has no scheme or no host.
  init?(_ word: ArraySlice<UInt8>) {
    guard let colon = word.firstIndex(of: UInt8(ascii: ":")),
      word[colon...].starts(with: "://".utf8)
    else { return nil }
    scheme = String(decoding: word[..<colon].map(\.asciiLowerCased), as: UTF8.self)
    let ends = Array("/?#".utf8)
    var authority = word[(colon + 3)...].prefix { !ends.contains($0) }
    if let at = authority.lastIndex(of: UInt8(ascii: "@")) { authority = authority[(at + 1)...] }
    if authority.first == UInt8(ascii: "[") {
      guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      host = authority[...close]
      let rest = authority[(close + 1)...]
      guard rest.isEmpty || (rest.first == UInt8(ascii: ":") && rest.count > 1) else { return nil }
    } else {
      host = authority.prefix { $0 != UInt8(ascii: ":") }
      // A colon without a port.
      guard authority.last != UInt8(ascii: ":") else { return nil }
    }
    if host.isEmpty { return nil }
  }
}
