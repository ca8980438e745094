import Foundation
import Text

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
      throw JSONError("a count has not the keys allow and deny")
    }
    self.init(allow: allow, deny: deny)
  }
}

extension JSONScanner {
  /// Hands each member of an object to the closure, at its value, which the closure has to step over.
  mutating func namedMembers(
    _ member: (String, inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    try members { name, scanner throws(JSONError) in
      try member(try scanner.string(name), &scanner)
    }
  }

  /// What a text means.
  private func string(_ place: Range<Int>) throws(JSONError) -> String {
    let text = bytes[place]
    if !text.contains(UInt8(ascii: "\\")) {
      return String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
    }
    guard let string = try? JSONDecoder().decode(String.self, from: Data(text)) else {
      throw JSONError("a text is expected", at: place.lowerBound)
    }
    return string
  }
}

/// The large parts of a value that is encoded. An encoder would build an object for each of their keys, which
/// takes a kilobyte; so it is given a name for each part, and `filled` puts the parts in the places of the names.
///
/// INVARIANT: one thread uses it, in `json(_:format:)`.
final class LargeParts: @unchecked Sendable {
  static let key = CodingUserInfoKey(rawValue: "large parts")

  /// What no text of a summary can be.
  private let mark = "part \(UInt64.random(in: .min ... .max)) "
  private var parts: [(inout [UInt8]) -> Void] = []

  /// Takes a part, and gives the text that is to be encoded in its place.
  fileprivate func add(_ write: @escaping (inout [UInt8]) -> Void) -> String {
    parts.append(write)
    return "\(mark)\(parts.count - 1)"
  }

  /// The JSON with the parts in the places of their names.
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
  /// Encodes the counts, or, where the encoder has `LargeParts`, a name for them.
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

  /// Writes the counts as a JSON object, its keys in order.
  private func write(to text: inout [UInt8]) {
    text += "{\"counts\":{".utf8
    for (index, key) in counts.keys.sorted().enumerated() {
      guard let count = counts[key] else { continue }
      if index > 0 { text.append(UInt8(ascii: ",")) }
      writeJSON(key, to: &text)
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

  /// Reads what `encode(to:)` wrote.
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

/// Writes a text with its quotes (RFC 8259).
private func writeJSON(_ string: String, to text: inout [UInt8]) {
  let digits = Array("0123456789abcdef".utf8)
  text.append(UInt8(ascii: "\""))
  for byte in string.utf8 {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      text.append(UInt8(ascii: "\\"))
      text.append(byte)
    case 0..<0x20:
      text += "\\u00".utf8
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    default: text.append(byte)
    }
  }
  text.append(UInt8(ascii: "\""))
}
