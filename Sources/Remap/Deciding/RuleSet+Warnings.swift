import Addresses
import MaxMindACL
import Text

// Probable mistakes in the lines of a remap.config together.
extension RuleSet {
  /// Warnings for lines that map other spellings of another line's host, and for redirects that send a denied client in
  /// a circle. Empty without a remap.config.
  ///
  /// Cost: decisions for some hundreds of clients on each line whose rules redirect.
  package func warningsOfLines() -> [Diagnostic] {
    guard let remap else { return [] }
    return warningsOfSpellings(remap) + warningsOfCircles(remap)
  }

  // MARK: - Other spellings of a host

  /// Another spelling of a line's host, which maps to another line with other rules.
  private struct Detour {
    var host: RemapLine
    var urls: [String]
  }

  private func warningsOfSpellings(_ remap: RemapTable) -> [Diagnostic] {
    var detours: [Int: [Detour]] = [:]
    for (index, line) in remap.lines.enumerated()
    where line.isForOneHost && !rules(of: index).isEmpty {
      var urls: [Int: [String]] = [:]
      for spelling in line.from.otherSpellings {
        let url = spelling.text
        guard let other = lineIndex(for: url), other != index,
          remap.lines[other].isCatchAll(for: line), rules(of: other) != rules(of: index)
        else { continue }
        urls[other, default: []].append(url)
      }
      for (other, urls) in urls {
        detours[other, default: []].append(Detour(host: line, urls: urls))
      }
    }
    return detours.sorted { $0.key < $1.key }.compactMap { index, detours in
      guard let first = detours.first else { return nil }
      let more = detours.count - 1
      let others = more == 0 ? "" : " (the same for \(counted(more, "other line")))"
      return remap.lines[index].source.diagnostic(
        .remapSpelling,
        "maps \(listed(first.urls)) without the rules of \(first.host.place), the line for that host; "
          + "give this line the same @pparam, or remove it\(others)",
        severity: .warning)
    }
  }

  private func rules(of line: Int) -> [Int] { Array(chain(of: line)) }

  private func lineIndex(for url: String) -> Int? {
    let bytes = Array(url.utf8)
    guard let parts = URLParts(absolute: bytes.indices, in: bytes.span) else { return nil }
    return remap?.line(for: parts, in: bytes.span)
  }

  // MARK: - Redirects in a circle

  /// More redirects in a row count as a circle, as in browsers.
  private static let mostRedirects = 20

  private func warningsOfCircles(_ remap: RemapTable) -> [Diagnostic] {
    let redirecting = policies.indices.filter { !policies[$0].answers.redirects.isEmpty }
    if redirecting.isEmpty { return [] }
    let clients = sampleClients()
    var warnings: [Diagnostic] = []
    var known: Set<Int> = []
    for url in starts(of: redirecting, remap) {
      guard let index = lineIndex(for: url), !known.contains(index),
        let circle = clients.lazy.compactMap({ circle(from: url, for: $0) }).first
      else { continue }
      known.formUnion(circle.lines)
      warnings.append(warning(of: circle, at: remap.lines[index], in: remap))
    }
    return warnings
  }

  /// URLs that lead to each circle: the URL of one line for each list of configurations, and the targets of redirects.
  private func starts(of redirecting: [Int], _ remap: RemapTable) -> [String] {
    var known: Set<[Int]> = []
    let lines = remap.lines.enumerated().filter { index, line in
      let rules = rules(of: index)
      return line.isForOneHost && rules.contains(where: redirecting.contains)
        && known.insert(rules).inserted
    }
    let targets = redirecting.flatMap { policies[$0].answers.redirects }.compactMap(\.fixedURL)
    var urls: Set<String> = []
    return (lines.map(\.element.from.text) + targets).filter { urls.insert($0).inserted }
  }

  /// Redirects that send a client from URL to URL without an end.
  private struct Circle {
    var client: Address
    /// The URLs in their order. The last one is a repetition.
    var urls: [String]
    var lines: [Int]
  }

  private func warning(
    of circle: Circle, at line: RemapLine, in remap: RemapTable
  ) -> Diagnostic {
    let country = policies.lazy.compactMap { $0.country(of: circle.client) }.first
    let client = country.map { "\(circle.client) (\($0))" } ?? "\(circle.client)"
    var places: [String] = []
    for place in circle.lines.map({ remap.lines[$0].place }) where !places.contains(place) {
      places.append(place)
    }
    let way = circle.urls.prefix(4).joined(separator: " → ") + (circle.urls.count > 4 ? " → …" : "")
    return line.source.diagnostic(
      .redirectCircle,
      "redirects a denied client such as \(client) in a circle: \(way); \(listed(places)) "
        + "\(places.count == 1 ? "denies" : "deny") it again; redirect to a URL where it is not denied",
      severity: .warning)
  }

  /// Follows the redirects of a client. Nil: they end.
  private func circle(from url: String, for client: Address) -> Circle? {
    var circle = Circle(client: client, urls: [url], lines: [])
    var known: Set<Substring> = [url.withoutQuery]
    while circle.lines.count < Self.mostRedirects {
      guard let url = circle.urls.last, let line = lineIndex(for: url),
        remap?.lines[line].conditions.isEmpty == true,
        let next = redirect(of: client, from: url)
      else { return nil }
      circle.lines.append(line)
      circle.urls.append(next)
      if !known.insert(next.withoutQuery).inserted { return circle }
    }
    return circle
  }

  /// The target of the client's redirect, as an absolute URL. Nil: the client is not redirected.
  private func redirect(of client: Address, from url: String) -> String? {
    guard let request = Request(client: client, url: url),
      let last = explain(request, url: url)?.ladders.last, last.explanation.isEnforced == true,
      let location = last.explanation.answer?.location
    else { return nil }
    guard location.hasPrefix("/") else { return location }
    let scheme = url.prefix { $0 != ":" }
    let authority = url.dropFirst(scheme.count + 3).prefix { !"/?#".contains($0) }
    return "\(scheme)://\(authority)\(location)"
  }

  /// Clients of all kinds that rules distinguish.
  private func sampleClients() -> [Address] {
    var known: Set<Address> = []
    var databases: Set<ObjectIdentifier> = []
    return policies.flatMap { policy in
      policy.configuration.deny.addresses.map(\.value.first)
        + policy.databases.filter { databases.insert(ObjectIdentifier($0)).inserted }
        .flatMap { $0.sampleAddresses() }
    }.filter { known.insert($0).inserted }
  }
}

extension String {
  /// A URL without its query and fragment.
  fileprivate var withoutQuery: Substring { prefix { $0 != "?" && $0 != "#" } }
}

extension RemapLine {
  /// Whether it maps requests for one named host.
  fileprivate var isForOneHost: Bool {
    kind.isForward && hostPattern == nil && !from.host.isEmpty && conditions.isEmpty
  }

  /// Whether it maps requests for many hosts, also for some that a line of another host does not map.
  fileprivate func isCatchAll(for other: RemapLine) -> Bool {
    kind.isForward && from.host != other.from.host && conditions.isEmpty
  }
}

extension RemapURL {
  /// The URL as a client writes it.
  fileprivate var text: String {
    let port = port == scheme.defaultPort ? "" : ":\(port)"
    let (host, path) = (
      String(decoding: host, as: UTF8.self), String(decoding: path, as: UTF8.self)
    )
    return "\(scheme.rawValue)://\(host)\(port)/\(path)"
  }

  /// URLs of the same server that are different for remap lines: with another port, with a dot after the host, with
  /// another scheme.
  fileprivate var otherSpellings: [RemapURL] {
    var (port, dot, scheme) = (self, self, self)
    port.port = port.port == 8080 ? 8081 : 8080
    dot.host.append(UInt8(ascii: "."))
    switch scheme.scheme {
    case .http: scheme.scheme = .https
    case .https: scheme.scheme = .http
    case .ws: scheme.scheme = .wss
    case .wss: scheme.scheme = .ws
    case .file, .tunnel, .httpUnix, .httpsUnix: break
    }
    scheme.port = scheme.scheme.defaultPort
    let isAddress = host.last == UInt8(ascii: "]")
    return isAddress ? [port, scheme] : [port, dot, scheme]
  }
}

/// `a`, `a and b`, `a, b and c`.
private func listed(_ texts: [String]) -> String {
  guard let last = texts.last, texts.count > 1 else { return texts.first ?? "" }
  return texts.dropLast().joined(separator: ", ") + " and " + last
}
