/// A pattern of fields that no log can be read by.
package struct FieldPatternError: Error, Hashable, CustomStringConvertible {
  /// What is wrong and what would be right, without a full stop.
  package let description: String
}

extension LogFormat {
  /// The format of a name, or of a pattern of fields.
  ///
  /// A pattern is what stands in the configuration of the server that writes the log: nginx's `log_format`
  /// (`$remote_addr [$time_local] "$request"`), Traffic Server's `format` (`%<chi> %<cqtq> %<cquuc>`) or Apache's
  /// `LogFormat` (`%h %t \"%r\"`), also with the directive before it; with the names `$client`, `$time`, `$url`,
  /// `$request`, `$host` and `$path` for the log of another. One that begins with `{` names the members of JSON
  /// objects: `{"who": "$client", "what": "$url"}`. Fields that say nothing of client, time and URL are passed
  /// over.
  ///
  /// Where several fields name the client, the address of the connection goes before headers; of a list of
  /// addresses in a field (`X-Forwarded-For`) the first counts, which clients can forge. A port after an address,
  /// and brackets around it, are passed over. In a field without quotes, such a list goes on behind its blanks as long
  /// as addresses follow: what a client sends there can be taken for the next field. `$client` in the place of a name takes that field and no other.
  package init(_ text: String) throws(FieldPatternError) {
    if let known = Self.named(text) {
      self = known
      return
    }
    let pattern = Self.withoutDirective(text)
    if pattern.hasPrefix("{") {
      self = try Self.jsonPattern(pattern, name: text)
      return
    }
    var parts = PatternText(pattern)
    guard !parts.items.isEmpty else {
      let names = Self.known.map(\.name).joined(separator: ", ")
      throw FieldPatternError(
        description: """
          '\(text)' is neither a known format (\(names)) nor a pattern of fields such as \
          '$client [$time] "$url"'
          """)
    }
    try parts.keepBest()
    for (item, next) in zip(parts.items, parts.items.dropFirst())
    where item.literal.isEmpty && (item.field != .other || next.field != .other) {
      throw FieldPatternError(
        description: """
          nothing stands between the fields \(item.name) and \(next.name), so that nobody can tell \
          where one ends
          """)
    }
    self.init(
      name: text,
      layout: .fields(
        FieldPattern(
          start: parts.start, fields: parts.items.map { ($0.field, $0.literal) },
          lists: Set(parts.items.indices.filter { parts.items[$0].isClient }),
          escaping: parts.notation == .trafficServer ? .none : .backslash,
          hasTargets: parts.notation != .trafficServer)),
      comments: parts.start.isEmpty && parts.items.first?.field != .time ? .none : .directives)
  }

  /// The pattern of nginx's `log_format name 'part' 'part';` or Apache's `LogFormat "pattern" name`; the text
  /// itself if it is neither.
  private static func withoutDirective(_ text: String) -> String {
    let trimmed = trimming(text[...])
    let hasDirective = trimmed.hasPrefix("log_format ") || trimmed.hasPrefix("LogFormat ")
    guard hasDirective || trimmed.hasPrefix("'"),
      let start = trimmed.firstIndex(where: { $0 == "'" || $0 == "\"" })
    else { return String(trimmed) }
    var rest = trimmed[start...]
    var pattern = ""
    while let quote = rest.first, quote == "'" || quote == "\"" {
      rest = rest.dropFirst()
      var isEscaped = false
      let close = rest.firstIndex { character in
        defer { isEscaped = character == "\\" && !isEscaped }
        return character == quote && !isEscaped
      }
      guard let close else { return String(trimmed) }
      pattern += rest[..<close]
      rest = trimming(rest[close...].dropFirst())
    }
    return pattern
  }

  private static func trimming(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }

  /// The members of a JSON object that are named in one.
  private static func jsonPattern(
    _ pattern: String, name: String
  ) throws(FieldPatternError) -> LogFormat {
    var members = JSONPattern(pattern)
    guard members.read() else {
      throw FieldPatternError(
        description: """
          '\(name)' begins like a JSON object and is none: what is needed is \
          {"member": "$client", "other member": "$url"}
          """)
    }
    let notation = members.notation
    let keys = members.keys
    try requireFields(Set(keys.map(\.field)), notation: notation)
    return LogFormat(
      name: name, layout: .json(JSONKeys(keys, nested: members.nested)),
      comments: .directives)
  }

  /// Throws if there is no client, or nothing of a URL.
  fileprivate static func requireFields(
    _ fields: Set<LogField>, notation: FieldNotation
  ) throws(FieldPatternError) {
    func names(_ fields: [LogField]) -> String {
      fields.flatMap(notation.spellings).joined(separator: ", ")
    }
    if !fields.contains(.client) {
      throw FieldPatternError(
        description:
          "no field of the pattern is the client's address; known are \(names([.client]))")
    }
    if fields.isDisjoint(with: [.url, .request, .path]) {
      throw FieldPatternError(
        description: """
          no field of the pattern is a URL, request line or path; known are \
          \(names([.url, .request, .path]))
          """)
    }
  }
}

extension PatternText {
  /// Takes of the fields that mean the same only the best, and of URL, request line and path only one.
  fileprivate mutating func keepBest() throws(FieldPatternError) {
    try LogFormat.requireFields(Set(items.map(\.field)), notation: notation)
    for field in LogField.allCases where field != .other {
      let places = items.indices.filter { items[$0].field == field }
      guard let best = places.min(by: { items[$0].rank < items[$1].rank }) else { continue }
      for place in places where place != best { forget(place) }
    }
    let targets: [LogField] = [.url, .request, .path]
    let present = targets.filter { target in items.contains { $0.field == target } }
    for place in items.indices where present.dropFirst().contains(items[place].field) {
      forget(place)
    }
  }
}
