import Text
import URLPattern

// Warnings that depend on the host of a remap line.
extension Policy {
  /// All warnings in the order of the file, with those for patterns that cannot match on the host of a remap line.
  ///
  /// - Parameter host: The host of the remap line's URL; nil: unknown.
  package func warnings(onHost host: String?) -> [Diagnostic] {
    (warnings + warnings(ofHost: host)).inOrderOfFile
  }

  /// The host in the URL of a remap line; nil: it is a pattern, as in `regex_map`.
  package static func mapHost(ofURL url: String) -> String? {
    let bytes = Array(url.utf8)
    let separator = Array("://".utf8)
    guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: separator) })
    else { return nil }
    let authority = bytes[(start + separator.count)...]
    let host = authority.prefix {
      $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
    }
    guard !host.isEmpty, host.endIndex < authority.endIndex,
      [UInt8(ascii: ":"), UInt8(ascii: "/")].contains(authority[host.endIndex])
    else { return nil }
    return String(decoding: host, as: UTF8.self)
  }

  /// Warnings for patterns that cannot match on the host of a remap line.
  ///
  /// - Parameter host: The host of the remap line's URL; nil: unknown.
  package func warnings(ofHost host: String?) -> [Diagnostic] {
    guard let host = host?.lowercased() else { return [] }
    var found = DiagnosticList()
    let bypassPatterns = Set(configuration.bypass?.patterns.map(\.range) ?? [])
    for step in Step.allCases where step.reads == .url || step.reads == .request {
      for rule in rules.written(of: step)
      where (step.reads == .url || bypassPatterns.contains(rule.range))
        && Pattern.isForAnotherHost(rule.text, than: host)
        && whyUnmatchable(rule.text, needsAllForms: step.verdict == .allow) == nil
      {
        found.append(
          Diagnostic(
            severity: .warning, id: .regexAnchor,
            message: "regex: cannot match, because the subject begins with the host of the remap "
              + "line: \(host)/…", file: configuration.file, range: rule.range,
            sourceLine: rule.sourceLine), .warning)
      }
    }
    return found.diagnostics
  }
}

/// The reason why no URL matches the pattern of a rule, to follow "because"; nil: a URL may match.
func whyUnmatchable(
  _ pattern: String, needsAllForms: Bool
) -> (id: DiagnosticID, reason: String)? {
  let obstacles = Pattern.obstacles(of: pattern, needsAllForms: needsAllForms)
  if obstacles.isEmpty { return nil }
  return (
    id: obstacles == [.pathAlone] ? .regexAnchor : .regexUnmatchable,
    reason: obstacles.map(\.reason).joined(separator: ", and ")
  )
}

extension PatternObstacle {
  fileprivate var reason: String {
    let allForms = "all forms of the URL must match, and one has"
    return switch self {
    case .scheme: "the subject has no scheme: host/path"
    case .pathAlone: "the subject begins with the host: host/path"
    case .port: "the subject has no port: host/path"
    case .upperCaseHost: "the host is in lower case"
    case .brackets: "an IPv6 host has no brackets"
    case .noSlash: "a slash follows the host: host/path"
    case .query: "the subject has no query: host/path"
    case .fragment: "the subject has no fragment: host/path"
    case .parameters: "\(allForms) no ;parameters"
    case .backslash: "\(allForms) / instead of \\"
    case .escapedSeparator: "\(allForms) no %2F, %3B and %5C"
    case .emptySegment: "\(allForms) no // in its path"
    }
  }
}
