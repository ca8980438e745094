// What is wrong with a configuration on one remap line and may be right on another.
extension Policy {
  /// All warnings, among them those of patterns that cannot match on the host of a remap line, in the order of
  /// the file.
  ///
  /// - Parameter host: The host of the remap line's URL; nil: not known.
  public func warnings(onHost host: String?) -> [Diagnostic] {
    (warnings + warnings(ofHost: host)).inOrderOfFile
  }

  /// Those alone of patterns that cannot match on the host of a remap line.
  ///
  /// - Parameter host: The host of the remap line's URL; nil: not known.
  public func warnings(ofHost host: String?) -> [Diagnostic] {
    guard let host else { return [] }
    let start = host.lowercased() + "/"
    var found = DiagnosticList()
    for rule in rules.written(of: .denyRegex) + rules.written(of: .allowRegex) {
      guard let literal = anchoredLiteral(rule.text), !literal.isEmpty, !literal.hasPrefix("/"),
        !start.hasPrefix(literal), !literal.hasPrefix(start)
      else { continue }
      let message =
        "regex: cannot match, because the subject begins with the host of the remap line: \(start)…"
      found.append(
        Diagnostic(
          severity: .warning, id: .regexAnchor, message: message, file: configuration.file,
          range: rule.range, sourceLine: rule.sourceLine), .warning)
    }
    return found.diagnostics
  }
}

/// The plain text that a subject must begin with for a `^` pattern to match; nil without `^`.
func anchoredLiteral(_ pattern: String) -> String? {
  guard pattern.hasPrefix("^"), !pattern.contains("|") else { return nil }
  var literal = ""
  var rest = pattern.dropFirst()
  while let character = rest.first {
    rest = rest.dropFirst()
    if character == "\\" {
      guard let escaped = rest.first, !escaped.isLetter, !escaped.isNumber else { break }
      literal.append(escaped)
      rest = rest.dropFirst()
    } else if "^$.[]()*+?{}".contains(character) {
      // A quantifier may make the character before it optional.
      if "*?{".contains(character) { literal = String(literal.dropLast()) }
      break
    } else {
      literal.append(character)
    }
    if let next = rest.first, "*?{".contains(next) {
      literal = String(literal.dropLast())
      break
    }
  }
  return literal
}
