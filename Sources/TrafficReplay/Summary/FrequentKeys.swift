import Foundation
import Text

/// Counts by key. There may be more keys than are kept.
package struct FrequentKeys<Count: RequestCount>: Codable, Hashable, Sendable {
  /// The counts of the keys that were kept.
  package var counts: [String: Count] = [:]
  /// The requests whose key was not kept. Nil: all keys were kept, so the counts are exact.
  package var others: Count?

  enum CodingKeys: String, CodingKey {
    case counts, others
  }
}

/// A count that can be added up by key.
package protocol RequestCount: Codable, Hashable, Sendable {
  /// The sum, at most `Int.max`.
  func plus(_ other: Self) -> Self
  var total: Int { get }
  var json: String { get }
  init(_ scanner: inout JSONScanner) throws(JSONError)
}

extension Int: RequestCount {
  package func plus(_ other: Int) -> Int { saturatingSum([self, other]) }
  package var total: Int { self }
}

extension VerdictCounts: RequestCount {
  package func plus(_ other: VerdictCounts) -> VerdictCounts {
    VerdictCounts(allow: allow.plus(other.allow), deny: deny.plus(other.deny))
  }
}

extension FrequentKeys {
  /// Adds other counts. Beyond the capacity, the smallest go into `others`.
  ///
  /// - Parameters:
  ///   - capacity: How many keys are kept.
  ///   - byteCapacity: The most bytes of UTF-8 in all keys.
  mutating func merge(_ other: FrequentKeys, capacity: Int, byteCapacity: Int = .max) {
    for (key, count) in other.counts {
      counts[key] = counts[key].map { $0.plus(count) } ?? count
    }
    if let more = other.others { addToOthers(more) }
    var byteCount = counts.keys.reduce(0) { $0 + $1.utf8.count }
    guard counts.count > capacity || byteCount > byteCapacity else { return }
    let sorted = counts.sorted { ($1.value.total, $0.key) < ($0.value.total, $1.key) }
    for (key, count) in sorted.reversed() {
      guard counts.count > capacity || byteCount > byteCapacity else { return }
      counts[key] = nil
      byteCount -= key.utf8.count
      addToOthers(count)
    }
  }

  private mutating func addToOthers(_ count: Count) {
    others = others.map { $0.plus(count) } ?? count
  }
}

extension Int {
  package var json: String { String(self) }

  package init(_ scanner: inout JSONScanner) throws(JSONError) {
    self = try scanner.integer()
  }
}

extension VerdictCounts {
  package var json: String { "{\"allow\":\(allow),\"deny\":\(deny)}" }

  package init(_ scanner: inout JSONScanner) throws(JSONError) {
    var found: [String: Int] = [:]
    try scanner.namedMembers { key, scanner throws(JSONError) in found[key] = try scanner.integer()
    }
    guard let allow = found["allow"], let deny = found["deny"], found.count == 2 else {
      throw JSONError("a count needs the keys allow and deny")
    }
    self.init(allow: allow, deny: deny)
  }
}

/// The large parts of a value that is encoded. An encoder builds an object of a kilobyte for each of their keys. So
/// it encodes a name for each part, and `filled` replaces the names with the parts.
///
/// INVARIANT: only one thread uses it, in `json(_:format:)`.
final class LargeParts: @unchecked Sendable {
  static let key = CodingUserInfoKey(rawValue: "large parts")

  /// A text that no summary contains.
  private let mark = "part \(UInt64.random(in: .min ... .max)) "
  private var parts: [(inout [UInt8]) -> Void] = []

  /// Takes a part. Returns the text to encode in its place.
  fileprivate func add(_ write: @escaping (inout [UInt8]) -> Void) -> String {
    parts.append(write)
    return "\(mark)\(parts.count - 1)"
  }

  /// The JSON with the parts in place of their names.
  func filled(_ json: [UInt8]) -> [UInt8] {
    let start = Array("\"\(mark)".utf8)
    var text: [UInt8] = []
    var done = 0
    var place = 0
    while place + start.count <= json.count {
      guard json[place] == start[0], json[place..<(place + start.count)].elementsEqual(start),
        let close = json[(place + start.count)...].firstIndex(of: UInt8(ascii: "\"")),
        let number = Int(String(decoding: json[(place + start.count)..<close], as: UTF8.self)),
        parts.indices.contains(number)
      else {
        place += 1
        continue
      }
      text += json[done..<place]
      parts[number](&text)
      place = close + 1
      done = place
    }
    return text + json[done...]
  }
}

extension FrequentKeys {
  /// Encodes the counts, or their name if the encoder has `LargeParts`.
  package func encode(to encoder: any Encoder) throws {
    if let key = LargeParts.key, let parts = encoder.userInfo[key] as? LargeParts {
      var container = encoder.singleValueContainer()
      try container.encode(parts.add { write(to: &$0) })
      return
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(counts, forKey: .counts)
    try container.encodeIfPresent(others, forKey: .others)
  }

  /// Writes the counts as a JSON object with sorted keys.
  private func write(to text: inout [UInt8]) {
    text += "{\"counts\":{".utf8
    for (index, key) in counts.keys.sorted().enumerated() {
      guard let count = counts[key] else { continue }
      if index > 0 { text.append(UInt8(ascii: ",")) }
      appendJSON(key, to: &text)
      text.append(UInt8(ascii: ":"))
      text += count.json.utf8
    }
    text.append(UInt8(ascii: "}"))
    if let others {
      text += ",\"others\":".utf8
      text += others.json.utf8
    }
    text.append(UInt8(ascii: "}"))
  }

  /// Reads the JSON from `encode(to:)`.
  init(_ scanner: inout JSONScanner) throws(JSONError) {
    self.init()
    var found: FrequentKeys = self
    var hasCounts = false
    try scanner.namedMembers { key, scanner throws(JSONError) in
      switch key {
      case "counts":
        hasCounts = true
        try scanner.namedMembers { name, scanner throws(JSONError) in
          found.counts[name] = try Count(&scanner)
        }
      case "others": found.others = try Count(&scanner)
      default: _ = try scanner.value()
      }
    }
    guard hasCounts else { throw JSONError("counts are missing") }
    self = found
  }
}
