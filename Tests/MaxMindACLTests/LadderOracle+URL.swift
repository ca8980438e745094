/// The forms of a URL, as docs/semantics.md has them.
extension LadderOracle {
  /// The forms that count for allow rules.
  func allowingForms(_ request: Request) -> [String] {
    let separators = Set("/\\;".utf8)
    return forms(request) { Self.unreserved.contains($0) || separators.contains($0) }
  }

  /// The forms that count for deny rules.
  func denyingForms(_ request: Request) -> [String] {
    forms(request, decoding: { _ in true }) + decoded(request)
  }

  /// In lower case, without a final dot.
  func host(_ request: Request) -> String {
    let host = request.host.lowercased()
    return host.hasSuffix(".") ? String(host.dropLast()) : host
  }

  private static let unreserved = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)

  /// The URL as sent, normalised and structural. Decodes these escapes, but never an escaped NUL.
  private func forms(_ request: Request, decoding isDecoded: @escaping (UInt8) -> Bool) -> [String]
  {
    func decode(_ path: String) -> String { unescaped(path) { $0 != 0 && isDecoded($0) } }
    func normalise(_ path: String) -> String { unescaped(path) { Self.unreserved.contains($0) } }
    let path = request.path
    return [host(request) + path]
      + resolved(request, normalise)
      + resolved(request, { slashed(decode(cut($0))) })
      + resolved(request, { cut(slashed(decode($0))) })
      + resolved(request, decode)
      + resolved(request, normalise, decode)
      + resolved(request, { slashed(normalise($0)) }, decode)
  }

  private func decoded(_ request: Request) -> [String] {
    resolved(request, { unescaped($0) { $0 != UInt8(ascii: "/") && $0 != 0 } })
  }

  private func slashed(_ path: String) -> String {
    String(path.map { $0 == "\\" ? "/" : $0 })
  }

  private func cut(_ path: String) -> String {
    path.split(separator: "/", omittingEmptySubsequences: false)
      .map { $0.prefix { $0 != ";" } }.joined(separator: "/")
  }

  /// The path after these steps. Each collapses slashes and dot segments, in either order.
  private func resolved(_ request: Request, _ steps: (String) -> String...) -> [String] {
    [false, true].map { keepingEmpty in
      host(request)
        + steps.reduce(request.path) { withoutDots($1($0), keepingEmpty: keepingEmpty) }
    }
  }

  private func unescaped(_ path: String, where isDecoded: (UInt8) -> Bool) -> String {
    let bytes = Array(path.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let digits = String(decoding: bytes[index...].dropFirst().prefix(2), as: UTF8.self)
      if bytes[index] == UInt8(ascii: "%"), digits.utf8.count == 2,
        digits.allSatisfy(\.isHexDigit), let byte = UInt8(digits, radix: 16), isDecoded(byte)
      {
        result.append(byte)
        index += 3
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private func withoutDots(_ path: String, keepingEmpty: Bool) -> String {
    var segments = path.split(separator: "/", omittingEmptySubsequences: false)
      .dropFirst().map(String.init)
    // The last segment is empty if the path ends with a slash.
    let last = segments.popLast() ?? ""
    if !keepingEmpty { segments.removeAll(where: \.isEmpty) }
    var kept: [String] = []
    for segment in segments + [last] {
      if segment == ".." { _ = kept.popLast() }
      if segment != "." && segment != ".." { kept.append(segment) }
    }
    if last == "." || last == ".." { kept.append("") }
    let isDirectory = kept.last?.isEmpty ?? true
    kept.removeAll(where: \.isEmpty)
    let isRoot = kept.isEmpty
    return "/" + kept.joined(separator: "/") + (isDirectory && !isRoot ? "/" : "")
  }
}
