import URLPattern

/// The reason why no URL matches the pattern of a rule, to follow "because"; nil: a URL may match.
func whyUnmatchable(_ pattern: String, _ step: Step) -> (id: DiagnosticID, reason: String)? {
  let obstacles = Pattern.obstacles(of: pattern, needsAllForms: step.verdict == .allow)
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
