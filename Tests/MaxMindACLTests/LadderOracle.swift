import GeoDatabase
import MaxMindACL

/// A slow, obviously correct reading of the semantics, without code of the library.
///
/// It has its own configurations, records and requests. Patterns are literal texts with optional anchors.
struct LadderOracle {
  struct Client: Hashable {
    var isIPv4: Bool
    var number: UInt128
    /// The spelling in the request.
    var text: String
  }

  struct AddressRule {
    var isIPv4: Bool
    var first: UInt128
    var last: UInt128
    var text: String

    func contains(_ client: Client) -> Bool {
      isIPv4 == client.isIPv4 && first <= client.number && client.number <= last
    }
  }

  struct RegexRule {
    /// Codes, or `*`.
    var scopes: [String]
    var literal: String
    var atStart: Bool
    var atEnd: Bool

    var pattern: String { (atStart ? "^" : "") + "\\Q\(literal)\\E" + (atEnd ? "$" : "") }

    func matches(_ subject: String) -> Bool {
      switch (atStart, atEnd) {
      case (true, true): subject == literal
      case (true, false): subject.hasPrefix(literal)
      case (false, true): subject.hasSuffix(literal)
      case (false, false): subject.contains(literal)
      }
    }
  }

  struct Side {
    var addresses: [(rule: AddressRule, line: Int)] = []
    var countries: [(rule: String, line: Int)] = []
    var regexes: [(rule: RegexRule, line: Int)] = []

    var isEmpty: Bool { addresses.isEmpty && countries.isEmpty && regexes.isEmpty }
    var readsCountry: Bool {
      !countries.isEmpty || regexes.contains { $0.rule.scopes.contains { $0 != "*" } }
    }
  }

  enum Country: Equatable {
    case absent
    case unreadable
    case code(String)
  }

  struct Record {
    var country = Country.absent
    var flags: Set<String> = []
    var unreadableFlags: Set<String> = []
  }

  struct Request {
    var client: Client?
    var host: String
    /// With its leading slash.
    var path: String
    var bypassValues: [String]
  }

  var bypass: (value: String, line: Int)?
  var deny = Side()
  var allow = Side()
  var flags: [(name: String, blocked: Bool, line: Int)] = []
  var unknown: String?
  var onError: String?
  /// The data of the database.
  var record: (Client) -> Record?

  /// The outcome in the words of `Policy.outcome(of:)`, without the text of the rule.
  func outcome(of request: Request) -> String {
    // 1. bypass matches
    if let bypass, request.bypassValues.first == bypass.value {
      return "allow bypass line \(bypass.line)"
    }

    // 2. any deny rule matches
    let record = request.client.flatMap(record)
    if let line = line(of: deny.addresses, request.client) { return "deny deny.ip line \(line)" }
    if let line = line(of: deny.countries, record) { return "deny deny.country line \(line)" }
    let denying = forms(request, decoding: { _ in true }) + decoded(request)
    for (rule, line) in deny.regexes where concerns(rule, record) {
      if denying.contains(where: rule.matches) { return "deny deny.regex line \(line)" }
    }
    guard let client = request.client else { return failed("noAddress") }
    if record?.country == .unreadable, deny.readsCountry { return failed("unreadableCountry") }

    // 3. allow.ip matches
    if let line = line(of: allow.addresses, client) { return "allow allow.ip line \(line)" }

    // 4. an anonymous flag set to true is set in the record
    let blocked = flags.filter(\.blocked)
    if let flag = blocked.first(where: { record?.flags.contains($0.name) == true }) {
      return "deny anonymous.\(flag.name) line \(flag.line)"
    }
    if blocked.contains(where: { record?.unreadableFlags.contains($0.name) == true }) {
      return failed("unreadableFlag")
    }

    // 5. any other allow rule matches
    if let line = line(of: allow.countries, record) { return "allow allow.country line \(line)" }
    let separators = Set("/\\;".utf8)
    let allowing = forms(request) { Self.unreserved.contains($0) || separators.contains($0) }
    for (rule, line) in allow.regexes where concerns(rule, record) {
      if allowing.allSatisfy(rule.matches) { return "allow allow.regex line \(line)" }
    }
    if record?.country == .unreadable, allow.readsCountry { return failed("unreadableCountry") }

    // 6. no rule matched
    if let unknown, record == nil || record?.country == .absent { return "\(unknown) unknown" }
    return allow.isEmpty ? "allow default" : "deny default"
  }

  private func failed(_ failure: String) -> String { "\(onError ?? "deny") error \(failure)" }

  private func line(of rules: [(rule: AddressRule, line: Int)], _ client: Client?) -> Int? {
    guard let client else { return nil }
    let matching = rules.filter { $0.rule.contains(client) }
    // `min` returns the first of equal elements.
    return matching.min { size($0.rule) < size($1.rule) }?.line
  }

  private func size(_ rule: AddressRule) -> UInt128 { rule.last - rule.first }

  private func line(of rules: [(rule: String, line: Int)], _ record: Record?) -> Int? {
    guard case .code(let code)? = record?.country else { return nil }
    return rules.first { $0.rule == code }?.line
  }

  private func concerns(_ rule: RegexRule, _ record: Record?) -> Bool {
    if rule.scopes.contains("*") { return true }
    guard case .code(let code)? = record?.country else { return false }
    return rule.scopes.contains(code)
  }

  // MARK: - The URL

  private func host(_ request: Request) -> String {
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
