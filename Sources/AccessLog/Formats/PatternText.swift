import Text

/// A field pattern as an operator writes it, split into fields and the text between them.
struct PatternText {
  /// A field and the text up to the next.
  struct Item {
    var name: String
    var field: LogField
    var rank: Int
    var literal: [UInt8]
    /// Whether it names the client, even if another field names it better.
    var isClient = false
    /// The name of the request's header field that it holds, by `headerByte`.
    var header: [UInt8]?
  }

  let notation: FieldNotation
  /// The text before the first field.
  private(set) var start: [UInt8] = []
  private(set) var items: [Item] = []

  /// - Parameter notation: Nil: detect it.
  init(_ text: some StringProtocol, notation: FieldNotation? = nil) {
    let bytes = Array(text.utf8)
    self.notation = notation ?? Self.notation(of: bytes)
    var place = 0
    while place < bytes.count {
      if let (name, end) = field(at: place, in: bytes) {
        add(name)
        place = end
      } else {
        let (byte, end) = literal(at: place, in: bytes)
        add(byte)
        place = end
      }
    }
    joinURLs()
  }

  // MARK: Reading

  private static func notation(of bytes: [UInt8]) -> FieldNotation {
    let pairs = zip(bytes, bytes.dropFirst())
    if zip(pairs, bytes.dropFirst(2)).contains(where: { pair, third in
      pair == (UInt8(ascii: "%"), UInt8(ascii: "<"))
        && (isWordByte(third) || third == UInt8(ascii: "{"))
    }), bytes.contains(UInt8(ascii: ">")) {
      return .trafficServer
    }
    if hasEnvoyCommand(bytes) { return .envoy }
    let hasVariable = pairs.contains { first, second in
      first == UInt8(ascii: "$") && (isWordByte(second) || second == UInt8(ascii: "{"))
    }
    return hasVariable ? .dollar : .percent
  }

  /// Whether there is a command such as `%START_TIME%` or `%REQ(Name)%`. Apache's fields have one letter.
  private static func hasEnvoyCommand(_ bytes: [UInt8]) -> Bool {
    bytes.indices.contains { place in
      guard bytes[place] == UInt8(ascii: "%") else { return false }
      let word = bytes[(place + 1)...].prefix {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "_")
      }
      let end = word.endIndex < bytes.count ? bytes[word.endIndex] : 0
      return word.count > 2 && (end == UInt8(ascii: "%") || end == UInt8(ascii: "("))
    }
  }

  /// The name of a field that begins at a place, and its end.
  private func field(at place: Int, in bytes: [UInt8]) -> (name: String, end: Int)? {
    func name(_ range: Range<Int>, end: Int) -> (String, Int)? {
      range.isEmpty ? nil : (String(decoding: bytes[range], as: UTF8.self), end)
    }
    func first(_ byte: Character, from start: Int) -> Int? {
      bytes[min(start, bytes.count)...].firstIndex(of: byte.asciiValue ?? 0)
    }
    let mark = bytes[place]
    let next = place + 1 < bytes.count ? bytes[place + 1] : 0
    switch notation {
    case .dollar:
      guard mark == UInt8(ascii: "$") else { return nil }
      if next == UInt8(ascii: "{") {
        guard let close = first("}", from: place) else { return nil }
        return name((place + 2)..<close, end: close + 1)
      }
      let end = bytes[(place + 1)...].firstIndex { !isWordByte($0) } ?? bytes.count
      return name((place + 1)..<end, end: end)
    case .trafficServer:
      guard mark == UInt8(ascii: "%"), next == UInt8(ascii: "<"),
        let close = first(">", from: place)
      else { return nil }
      return name((place + 2)..<close, end: close + 1)
    case .envoy:
      guard mark == UInt8(ascii: "%") else { return nil }
      var close = first("%", from: place + 1)
      // A time format has marks of its own: START_TIME(%s).
      if let open = first("(", from: place + 1), open < close ?? 0,
        let end = first(")", from: open)
      {
        close = first("%", from: end)
      }
      guard let close else { return nil }
      return name((place + 1)..<close, end: close + 1)
    case .w3c:
      let end = bytes[place...].firstIndex { isBlank($0) } ?? bytes.count
      return name(place..<end, end: end)
    case .percent:
      guard mark == UInt8(ascii: "%"), next != UInt8(ascii: "%") else { return nil }
      let isModifier = { (byte: UInt8) in
        byte.isASCIIDigit || [UInt8]("<>!,".utf8).contains(byte)
      }
      guard let start = bytes[(place + 1)...].firstIndex(where: { !isModifier($0) }) else {
        return nil
      }
      var letter = start
      if bytes[start] == UInt8(ascii: "{") {
        guard let close = first("}", from: start) else { return nil }
        letter = close + 1
      } else if bytes[start] == UInt8(ascii: "^") {
        letter = start + 2
      }
      guard letter < bytes.count else { return nil }
      return name(start..<(letter + 1), end: letter + 1)
    }
  }

  /// A byte between fields, and its end: `%%` and the escapes of nginx and Apache are one byte.
  private func literal(at place: Int, in bytes: [UInt8]) -> (byte: UInt8, end: Int) {
    guard place + 1 < bytes.count, notation == .dollar || notation == .percent else {
      return (bytes[place], place + 1)
    }
    switch (bytes[place], bytes[place + 1]) {
    case (UInt8(ascii: "%"), UInt8(ascii: "%")) where notation == .percent:
      return (UInt8(ascii: "%"), place + 2)
    case (UInt8(ascii: "\\"), UInt8(ascii: "t")): return (0x09, place + 2)
    case (UInt8(ascii: "\\"), UInt8(ascii: "n")): return (0x0A, place + 2)
    case (UInt8(ascii: "\\"), let quoted) where [UInt8]("\"'\\".utf8).contains(quoted):
      return (quoted, place + 2)
    default: return (bytes[place], place + 1)
    }
  }

  private mutating func add(_ byte: UInt8) {
    if items.isEmpty {
      start.append(byte)
    } else {
      items[items.count - 1].literal.append(byte)
    }
  }

  private mutating func add(_ name: String) {
    let (field, rank) = notation.meaning(of: name)
    // Apache writes the time in brackets, which the pattern does not show.
    let isBracketed = notation == .percent && name == "t"
    if isBracketed { add(UInt8(ascii: "[")) }
    items.append(
      Item(
        name: name, field: field, rank: rank, literal: [], isClient: field == .client,
        header: notation.header(of: name)))
    if isBracketed { add(UInt8(ascii: "]")) }
  }

  /// Ignores a field because another has its meaning.
  mutating func forget(_ index: Int) { items[index].field = .other }

  // MARK: Joined fields

  /// Joins fields that make one URL: `$scheme://$host$request_uri`, `%U%q`.
  private mutating func joinURLs() {
    var index = 0
    while index < items.count {
      if items[index].field == .host, items[index].literal.isEmpty, index + 1 < items.count,
        items[index + 1].field == .path, endsWithScheme(before: index)
      {
        let hasSchemeField = index > 0 && items[index - 1].literal == Array("://".utf8)
        let first = hasSchemeField ? index - 1 : index
        if !hasSchemeField { removeScheme(before: index) }
        let name = items[first...(index + 1)].map(\.name).joined(separator: "+")
        items[first] = Item(name: name, field: .url, rank: 0, literal: items[index + 1].literal)
        items.removeSubrange((first + 1)...(index + 1))
        index = first
      } else if [.path, .url].contains(items[index].field), items[index].literal.isEmpty,
        index + 1 < items.count, items[index + 1].field == .other
      {
        items[index].literal = items[index + 1].literal
        items.remove(at: index + 1)
      } else {
        index += 1
      }
    }
  }

  /// Whether the text before a field ends with `scheme://`, as a field or written out.
  private func endsWithScheme(before index: Int) -> Bool {
    let literal = index > 0 ? items[index - 1].literal : start
    if index > 0, items[index - 1].field == .scheme { return literal == Array("://".utf8) }
    return literal.ends(with: "http://") || literal.ends(with: "https://")
  }

  /// Removes a written scheme from the text before a URL.
  private mutating func removeScheme(before index: Int) {
    func withoutScheme(_ literal: [UInt8]) -> [UInt8] {
      Array(literal.dropLast(literal.ends(with: "https://") ? 8 : 7))
    }
    if index > 0 {
      items[index - 1].literal = withoutScheme(items[index - 1].literal)
    } else {
      start = withoutScheme(start)
    }
  }
}

private func isWordByte(_ byte: UInt8) -> Bool {
  byte.isASCIIDigit || byte.isASCIILetter || byte == UInt8(ascii: "_")
}

extension [UInt8] {
  fileprivate func ends(with text: String) -> Bool {
    reversed().starts(with: text.utf8.reversed())
  }
}
