extension LogFormat {
  /// A meaning that a field of a line can have, and the names of such fields, the best first.
  package struct FieldHelp: Sendable {
    package let meaning: String
    package let names: [String]
  }

  /// The fields of a pattern, in all notations.
  package static let patternFields: [FieldHelp] =
    LogField.allCases.compactMap { field in
      let names = FieldNotation.patterns.flatMap { $0.spellings(of: field) }
      return names.isEmpty ? nil : FieldHelp(meaning: field.meaning, names: names)
    } + [FieldHelp(meaning: "header field", names: FieldNotation.patterns.map(\.headerSpelling))]

  /// The members of the format `json`.
  package static let jsonMembers: [FieldHelp] = JSONKeys.commonNames.map {
    FieldHelp(meaning: $0.field.meaning, names: $0.names)
  }

  /// The directives of the format `w3c`.
  package static let w3cFields: [FieldHelp] =
    LogField.allCases.compactMap { field in
      let names = FieldNotation.w3c.spellings(of: field)
      return names.isEmpty ? nil : FieldHelp(meaning: field.meaning, names: names)
    } + [FieldHelp(meaning: "header field", names: [FieldNotation.w3c.headerSpelling])]

  /// Both tables for a terminal.
  package static let fieldHelp = """
    FIELDS OF A PATTERN
    \(lines(patternFields))

    MEMBERS OF JSON OBJECTS WITHOUT A PATTERN
    \(lines(jsonMembers))
    """

  private static func lines(_ fields: [FieldHelp]) -> String {
    let indent = 15
    let width = 78
    return fields.map { field in
      var lines: [String] = []
      var line = "  \(field.meaning)"
      line += String(repeating: " ", count: max(1, indent - line.count))
      for name in field.names {
        if line.count > indent, line.count + name.count > width {
          lines.append(line)
          line = String(repeating: " ", count: indent)
        }
        line += "\(line.hasSuffix(" ") ? "" : " ")\(name)"
      }
      return (lines + [line]).joined(separator: "\n")
    }.joined(separator: "\n")
  }
}

extension FieldNotation {
  /// The notations of patterns.
  fileprivate static let patterns: [FieldNotation] = [.dollar, .trafficServer, .percent, .envoy]
}

extension LogField {
  /// The meaning in tables of fields.
  fileprivate var meaning: String {
    switch self {
    case .client: "client"
    case .endpoint: "client:port"
    case .time: "time"
    case .utcTime: "UTC time"
    case .date: "UTC date"
    case .url: "URL"
    case .request: "request"
    case .host: "host"
    case .path: "path"
    case .scheme: "scheme"
    case .port: "port"
    case .method: "method"
    case .words: "any words"
    case .rest: "the rest"
    case .other: "anything"
    }
  }
}
