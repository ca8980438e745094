/// A pattern of a `map`, an `if` or a `location`.
struct NginxPattern {
  let source: String
  let ignoresCase: Bool
  private let regex: Regex<AnyRegexOutput>

  /// Nil: the pattern cannot be read.
  init?(_ source: String, ignoresCase: Bool) {
    guard let regex = try? Regex(source) else { return nil }
    self.source = source
    self.ignoresCase = ignoresCase
    self.regex = regex.ignoresCase(ignoresCase).matchingSemantics(.unicodeScalar)
  }

  func matches(_ text: String) -> Bool {
    (try? regex.firstMatch(in: text)) != nil
  }

  /// A pattern that matches `host/path` as this one matches the path with its first slash. Nil: unknown.
  var onPaths: String? {
    let options = ignoresCase ? "(?i)" : ""
    let rest = source.hasPrefix("^") ? source.dropFirst() : source[...]
    guard
      !rest.contains("^") || rest.contains("[^") && !rest.replacing("[^", with: "").contains("^"),
      !rest.contains("\\A"), !rest.contains("\\G"), !rest.contains("(*"), !rest.contains("(?|")
    else { return nil }
    // A host has no slash, so the first one begins the path.
    if !source.hasPrefix("^") { return "\(options)^[^/]++.*(?:\(rest))" }
    if rest.contains("|"), !Self.isGrouped(rest) { return nil }
    return rest.hasPrefix("/") ? "\(options)^[^/]+\(rest)" : "\(options)^[^/]++\(rest)"
  }

  /// Whether all alternatives are inside parentheses.
  private static func isGrouped(_ pattern: Substring) -> Bool {
    var depth = 0
    var isEscaped = false
    for character in pattern {
      switch character {
      case _ where isEscaped: isEscaped = false
      case "\\": isEscaped = true
      case "(": depth += 1
      case ")": depth -= 1
      case "|" where depth == 0: return false
      default: break
      }
    }
    return true
  }
}

/// A pattern that matches exactly the text.
func escapedPattern(_ text: some StringProtocol) -> String {
  var pattern = ""
  for character in text {
    if "\\.+*?()[]{}|^$".contains(character) { pattern.append("\\") }
    pattern.append(character)
  }
  return pattern
}
