/// A field pattern that cannot read a log.
package struct FieldPatternError: Error, Hashable, CustomStringConvertible {
  /// The mistake and the fix, without a full stop.
  package let description: String
}

extension LogFormat {
  /// The format with a name, or the format of a pattern of fields.
  ///
  /// A pattern is a copy from the server's configuration, also with its directive: nginx's `log_format`
  /// (`$remote_addr [$time_local] "$request"`), Traffic Server's `format` (`%<chi> %<cqtq> %<cquuc>`) or Apache's
  /// `LogFormat` (`%h %t \"%r\"`). For other logs there are the names `$client`, `$time`, `$url`, `$request`, `$host`
  /// and `$path`. A pattern that begins with `{` names the members of JSON objects:
  /// `{"who": "$client", "what": "$url"}`. Fields without a meaning here are skipped.
  ///
  /// Of several fields for the client, `$client` goes first, then the connection's address, then headers. Of a list of
  /// addresses (`X-Forwarded-For`) the first counts, which clients can forge. Ports and brackets are dropped. Without
  /// quotes, a list continues after its blanks as long as addresses follow, so text from a client can pass for the
  /// next field.
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
    try parts.requireSeparators()
    self.init(
      name: text,
      layout: .fields(
        FieldPattern(
          start: parts.start, parts: parts.fieldParts, escaping: parts.notation.escaping,
          hasTargets: parts.notation != .trafficServer)),
      comments: parts.start.isEmpty && !parts.beginsWithTime ? .none : .directives)
  }

  /// The pattern in nginx's `log_format name 'part' 'part';` or Apache's `LogFormat "pattern" name`. Returns the text
  /// itself if there is no directive.
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

  /// The format of a JSON pattern.
  private static func jsonPattern(
    _ pattern: String, name: String
  ) throws(FieldPatternError) -> LogFormat {
    guard let members = JSONPattern(pattern) else {
      throw FieldPatternError(
        description: """
          '\(name)' begins like a JSON object but is not one; expected \
          {"member": "$client", "other member": "$url"}
          """)
    }
    try requireFields(Set(members.keys.map(\.field)), notation: members.notation)
    return LogFormat(
      name: name, layout: .json(JSONKeys(members.keys, nested: members.nested)),
      comments: .directives)
  }

  /// Throws if the pattern has no client, or no URL, request line or path.
  static func requireFields(
    _ fields: Set<LogField>, notation: FieldNotation
  ) throws(FieldPatternError) {
    func names(_ fields: [LogField]) -> String {
      fields.flatMap(notation.spellings).joined(separator: ", ")
    }
    if fields.isDisjoint(with: [.client, .endpoint]) {
      throw FieldPatternError(
        description:
          "no field of the pattern is the client's address; known fields: \(names([.client]))")
    }
    if fields.isDisjoint(with: [.url, .request, .path]) {
      throw FieldPatternError(
        description: """
          no field of the pattern is a URL, request line or path; known fields: \
          \(names([.url, .request, .path]))
          """)
    }
  }
}

extension PatternText {
  /// Keeps the best of the fields with one meaning, and one of URL, request line and path.
  mutating func keepBest() throws(FieldPatternError) {
    try LogFormat.requireFields(Set(items.map(\.field)), notation: notation)
    for field in LogField.allCases where !field.isSkipped {
      let places = items.indices.filter { items[$0].field == field }
      guard let best = places.min(by: { items[$0].rank < items[$1].rank }) else { continue }
      for place in places where place != best { forget(place) }
    }
    let alternatives: [[LogField]] = [
      [.url, .request, .path], [.client, .endpoint], [.time, .utcTime],
    ]
    for fields in alternatives {
      let present = fields.filter { field in items.contains { $0.field == field } }
      for place in items.indices where present.dropFirst().contains(items[place].field) {
        forget(place)
      }
    }
  }

  /// Throws if a field has no end.
  func requireSeparators() throws(FieldPatternError) {
    for (item, next) in zip(items, items.dropFirst())
    where item.literal.isEmpty && !(item.field == .other && next.field == .other) {
      throw FieldPatternError(
        description: """
          nothing separates the fields \(item.name) and \(next.name), so the first has no end
          """)
    }
  }

  var beginsWithTime: Bool {
    items.first.map { [LogField.time, .utcTime, .date].contains($0.field) } ?? false
  }

  var fieldParts: [FieldPattern.Part] {
    items.map { item in
      FieldPattern.Part(
        field: item.field, literal: item.literal, header: item.header, isList: item.isClient)
    }
  }
}

extension FieldNotation {
  /// How the server escapes bytes of a field.
  fileprivate var escaping: RequestParts.Escaping {
    switch self {
    case .dollar, .percent: .backslash
    case .trafficServer, .envoy: .none
    case .w3c: .blanks
    }
  }
}

extension LogFormat {
  /// The format of the lines after W3C's directive `#Fields: date time c-ip …`.
  static func w3c(fields text: some StringProtocol) throws(FieldPatternError) -> LogFormat {
    var parts = PatternText(text, notation: .w3c)
    try parts.keepBest()
    // A time is read with the date directly before it.
    let times = parts.items.indices.filter { [.date, .utcTime].contains(parts.items[$0].field) }
    if times.map({ parts.items[$0].field }) != [.date, .utcTime] || times[0] + 1 != times[1] {
      for index in times { parts.forget(index) }
    }
    var fields = parts.fieldParts
    // A blank or a tab separates the values.
    for index in fields.indices {
      fields[index].literal = index < fields.count - 1 ? [0x20] : []
    }
    return LogFormat(
      name: w3cName,
      layout: .fields(FieldPattern(start: [], parts: fields, escaping: .blanks)),
      comments: .directives)
  }

  static let w3cName = "w3c"
}
