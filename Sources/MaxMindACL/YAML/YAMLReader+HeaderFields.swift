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
