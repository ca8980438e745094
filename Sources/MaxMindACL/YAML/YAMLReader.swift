import Text

/// Reads a YAML document as some kind of file and collects all its problems.
///
/// All file kinds of the library and the tool share it, so their messages have the same words.
package protocol YAMLReader {
  /// The document.
  var document: YAMLDocument { get }
  /// Its problems.
  var found: DiagnosticList { get set }
}

/// A key of a mapping with its value.
package struct YAMLEntry {
  package var key: YAMLDocument.NodeID
  package var value: YAMLDocument.NodeID
}

/// The entries of a mapping by key; `order` has the keys in the order of the file.
package struct YAMLKeys {
  package fileprivate(set) var order: [String] = []
  fileprivate var entries: [String: YAMLEntry] = [:]

  package subscript(name: String) -> YAMLEntry? { entries[name] }
}

extension YAMLReader {
  package typealias NodeID = YAMLDocument.NodeID
  package typealias Entry = YAMLEntry
  package typealias Keys = YAMLKeys

  /// The entries of a mapping. Reports unknown and duplicate keys. Nil: not a mapping.
  ///
  /// - Parameters:
  ///   - known: The known keys; nil: all.
  ///   - severity: The severity of an unknown or duplicate key. Of duplicates, the first counts.
  ///   - hint: Advice for an unknown key that is not a spelling mistake.
  package mutating func keys(
    of id: NodeID, in section: String, known: [String]?, severity: Diagnostic.Severity = .error,
    hint: (String) -> String? = { _ in nil }
  ) -> Keys? {
    guard case .mapping(let pairs) = document[id].content else {
      let example = known?.first ?? "name"
      error(
        .wrongType,
        "\(section): expected keys such as \(example):, not \(document[id].typeName)", at: id)
      return nil
    }
    var keys = Keys()
    for (key, value) in pairs {
      guard case .scalar(let name, isPlain: _) = document[key].content else {
        error(.wrongType, "\(section): a key is a name, not \(document[key].typeName)", at: key)
        continue
      }
      if let first = keys.entries[name] {
        let line = document[first.key].range.start.line
        report(
          severity, .duplicateKey, "\(section): \(name): is already on line \(line)", at: key)
      } else if let known, !known.contains(name) {
        var message = "\(section): unknown key \"\(name)\""
        if let hint = hint(name) {
          message += "; \(hint)"
        } else if let near = suggestion(for: name, among: known) {
          message += "; did you mean \(near)?"
        }
        report(severity, .unknownKey, message, at: key)
      } else {
        keys.order.append(name)
        keys.entries[name] = Entry(key: key, value: value)
      }
    }
    return keys
  }

  /// Whether a section is empty: null, or a mapping without keys.
  package func isNothing(_ id: NodeID) -> Bool {
    if case .mapping(let pairs) = document[id].content { return pairs.isEmpty }
    return document[id].isNull
  }

  /// A text that is not empty. Reports other values.
  package mutating func text(_ id: NodeID, _ name: String, _ what: String) -> Located<String>? {
    let node = document[id]
    guard case .scalar(let text, isPlain: _) = node.content else {
      error(.wrongType, "\(name): expected \(what), not \(node.typeName)", at: id)
      return nil
    }
    if node.isNull || text.isEmpty {
      error(.emptyValue, "\(name): expected \(what), but it is empty", at: id)
      return nil
    }
    return Located(value: text, text: text, range: node.range)
  }

  /// The name of a file. Reports other values.
  package mutating func fileName(_ entry: Entry, _ name: String) -> Located<String>? {
    fileName(entry.value, name)
  }

  /// The name of a file as a list item. Reports other values.
  package mutating func fileName(_ id: NodeID, _ name: String) -> Located<String>? {
    guard let value = text(id, name, "a file name") else { return nil }
    if value.value.unicodeScalars.contains("\0") {
      error(.wrongType, "\(name): a file name cannot contain a NUL", at: id)
      return nil
    }
    return value
  }

  /// A file name, or a list of file names. Reports other values.
  package mutating func fileNames(_ entry: Entry, _ name: String) -> [Located<String>] {
    guard case .sequence(let items) = document[entry.value].content else {
      return fileName(entry, name).map { [$0] } ?? []
    }
    if items.isEmpty { warning(.emptySection, "\(name): the list is empty", at: entry.key) }
    var names: [Located<String>] = []
    for item in items {
      guard let file = fileName(item, name) else { continue }
      if let first = names.first(where: { $0.value == file.value }) {
        warning(
          .duplicateRule, "\(name): \(file.value) is already on line \(first.range.start.line)",
          at: file.range)
      } else {
        names.append(file)
      }
    }
    return names
  }

  /// `allow` or `deny`. Reports other values.
  package mutating func verdict(_ id: NodeID, _ name: String) -> Located<Verdict>? {
    if case .scalar(let text, isPlain: _) = document[id].content,
      let verdict = Verdict(rawValue: text)
    {
      return Located(value: verdict, text: text, range: document[id].range)
    }
    error(.badVerdict, "\(name): expected allow or deny", at: id)
    return nil
  }

  /// A time with its offset from UTC, in seconds since 1970. Reports other values.
  package mutating func time(_ entry: Entry, _ name: String) -> Int64? {
    if case .scalar(let text, isPlain: _) = document[entry.value].content,
      let seconds = epoch(time: text.utf8.span)
    {
      return seconds
    }
    error(
      .badTime, "\(name): expected a time with its offset, such as 2026-12-01T06:00:00Z",
      at: entry.value)
    return nil
  }

  package mutating func error(_ id: DiagnosticID, _ message: String, at node: NodeID?) {
    error(id, message, at: node.map { document[$0].range })
  }

  package mutating func error(_ id: DiagnosticID, _ message: String, at range: SourceRange?) {
    report(.error, id, message, at: range)
  }

  package mutating func warning(_ id: DiagnosticID, _ message: String, at node: NodeID?) {
    warning(id, message, at: node.map { document[$0].range })
  }

  package mutating func warning(_ id: DiagnosticID, _ message: String, at range: SourceRange?) {
    report(.warning, id, message, at: range)
  }

  private mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at node: NodeID
  ) {
    report(severity, id, message, at: document[node].range)
  }

  private mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange?
  ) {
    let document = document
    found.append(document.diagnostic(severity, id, message, at: range), severity)
  }
}

extension YAMLReader {
  /// A length of time such as `60s`: a whole number and a unit. Reports other values.
  ///
  /// - Parameter alternative: The other valid value, for messages.
  package mutating func duration(
    _ id: NodeID, _ name: String, alternative: String? = nil
  ) -> Duration? {
    let or = alternative.map { ", or \($0)" } ?? ""
    guard case .scalar(let text, isPlain: _) = document[id].content, !text.isEmpty else {
      error(.badDuration, "\(name): expected a time such as 60s\(or)", at: id)
      return nil
    }
    let digits = text.prefix { $0.isASCII && $0.isWholeNumber }
    let unit = text.dropFirst(digits.count)
    let count = digits.count <= 12 ? Int64(digits) : nil
    if let count, let unit = durationUnits[String(unit)] { return unit * count }
    let isBareNumber = count != nil && unit.isEmpty
    error(
      .badDuration,
      isBareNumber
        ? "\(name): \(text) has no unit; did you mean \(text)s?"
        : "\(name): expected a time such as 60s (units ms, s, m, h, d)\(or)", at: id)
    return nil
  }
}

private let durationUnits: [String: Duration] = [
  "ms": .milliseconds(1), "s": .seconds(1), "m": .seconds(60), "h": .seconds(3600),
  "d": .seconds(86_400),
]

// Mappings with header field names as keys.
extension YAMLReader {
  /// The fields of a mapping in its order. Reports and leaves out invalid names, names in `refusal`, and repetitions in
  /// any case.
  ///
  /// - Parameter refusal: Why the file cannot set a field, by its name; nil: it can.
  mutating func headerFields(
    _ entry: Entry, in section: String, refusal: (String) -> String?
  ) -> [(name: String, field: Entry)] {
    if isNothing(entry.value) {
      warning(.emptySection, "\(section): has nothing under it and does nothing", at: entry.key)
      return []
    }
    guard let keys = keys(of: entry.value, in: section, known: nil) else { return [] }
    var lines: [String: Int] = [:]
    var fields: [(name: String, field: Entry)] = []
    for name in keys.order {
      guard let field = keys[name],
        namesHeaderField(name, in: section, at: document[field.key].range)
      else { continue }
      if let refusal = refusal(name) {
        error(.badHeaderName, "\(section): \(name): \(refusal)", at: field.key)
        continue
      }
      let line = document[field.key].range.start.line
      if let first = lines.updateValue(line, forKey: name.lowercased()) {
        error(
          .duplicateKey, "\(section): \(name): is already on line \(first), in another case",
          at: field.key)
        continue
      }
      fields.append((name: name, field: field))
    }
    return fields
  }

  /// Whether a text is a valid header field name. Reports other texts.
  package mutating func namesHeaderField(
    _ name: String, in section: String, at range: SourceRange
  ) -> Bool {
    if isHeaderName(name) { return true }
    let shown = name.isEmpty ? "an empty text" : "\"\(name)\""
    error(.badHeaderName, "\(section): \(shown) cannot be the name of a header field", at: range)
    return false
  }
}
