import Foundation
import Text

extension ReplaySummary {
  /// The `format` in the JSON of a replay.
  private static let format = "maxmind-acl replay 1"

  private struct Header: Codable {
    var format: String
  }

  /// The summary as one JSON object with sorted keys. Equal summaries give equal texts.
  package func json() throws -> [UInt8] {
    try encodedJSON(self, format: Self.format)
  }

  /// Reads the JSON from `json()`. Throws one sentence.
  package init(json bytes: [UInt8]) throws(SummaryError) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let (data, hosts, networks) = Self.parts(of: bytes)
    guard let header = try? decoder.decode(Header.self, from: data), header.format == Self.format
    else {
      throw SummaryError(message: "is not output of maxmind-acl replay --json")
    }
    do {
      self = try decoder.decode(ReplaySummary.self, from: data)
    } catch {
      throw SummaryError(message: "is damaged: \(Self.place(of: error))")
    }
    do throws(JSONError) {
      if let hosts {
        var scanner = JSONScanner(bytes, hosts)
        self.hosts = try FrequentKeys(&scanner)
      }
      if let networks {
        var scanner = JSONScanner(bytes, networks)
        deniedNetworks = try FrequentKeys(&scanner)
      }
    } catch {
      throw SummaryError(message: "is damaged: \(error.description)")
    }
    // With this limit, sums do not overflow.
    guard allCounts.allSatisfy({ (0...1 << 48).contains($0) }) else {
      throw SummaryError(message: "is damaged: a count is negative or too large")
    }
    guard coverage.requests <= coverage.lines,
      decisions.total.plus(unmapped) <= coverage.requests
    else {
      throw SummaryError(
        message: "is damaged: it has more requests than lines, or decisions than requests")
    }
  }

  /// The JSON without its two largest parts, and their places. A decoder takes a hundred times their size.
  private static func parts(
    of bytes: [UInt8]
  ) -> (rest: Data, hosts: Range<Int>?, networks: Range<Int>?) {
    var found: [String: Range<Int>] = [:]
    var scanner = JSONScanner(bytes)
    do throws(JSONError) {
      try scanner.namedMembers { key, scanner throws(JSONError) in
        let value = try scanner.value()
        if key == "hosts" || key == "denied_networks" { found[key] = value }
      }
    } catch {
      // The decoder reports the mistake.
      return (Data(bytes), nil, nil)
    }
    var rest = Data()
    var done = 0
    for range in found.values.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      rest += bytes[done..<range.lowerBound]
      rest += Data("{\"counts\":{}}".utf8)
      done = range.upperBound
    }
    rest += bytes[done...]
    return (rest, found["hosts"], found["denied_networks"])
  }

  /// The place and the reason of a decoding error.
  private static func place(of error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    let context: DecodingError.Context
    switch error {
    case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
      .dataCorrupted(let found):
      context = found
    @unknown default: return "\(error)"
    }
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
  }

  /// Every number of requests or lines.
  private var allCounts: [Int] {
    func both(_ counts: some Sequence<VerdictCounts>) -> [Int] {
      counts.flatMap { [$0.allow, $0.deny] }
    }
    var found = [unmapped, coverage.lines, coverage.requests, timeline.untimed]
    found += coverage.malformed.values
    found += (coverage.headers ?? []).map(\.lines)
    found += coverage.withoutMethod.map { [$0] } ?? []
    found += both([decisions])
    found += configurations.flatMap { both([$0.decisions]) + $0.rules.map(\.hits) }
    found +=
      both(reasons.values) + both(countries.values) + both((fields ?? [:]).values.flatMap(\.values))
    found += both(hosts.counts.values)
    found += both(hosts.others.map { [$0] } ?? [])
    found += deniedNetworks.counts.values
    found += deniedNetworks.others.map { [$0] } ?? []
    found += both(timeline.intervals.map(\.decisions))
    return found
  }
}

extension DifferenceSummary {
  /// The difference as one JSON object with sorted keys.
  package func json() throws -> [UInt8] {
    try encodedJSON(self, format: "maxmind-acl diff 1")
  }
}

/// A value as one JSON object on one line, with its format.
private func encodedJSON(_ value: some Encodable, format: String) throws -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  let parts = LargeParts()
  if let key = LargeParts.key { encoder.userInfo[key] = parts }
  return parts.filled(Array(try encoder.encode(Document(format: format, value: value))))
}

/// A value with its format.
private struct Document<Value: Encodable>: Encodable {
  let format: String
  let value: Value

  enum Key: String, CodingKey {
    case format
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(format, forKey: .format)
    try value.encode(to: encoder)
  }
}
