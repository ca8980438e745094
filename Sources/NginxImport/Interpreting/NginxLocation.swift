/// The paths of a `location`.
struct NginxLocation {
  enum Kind {
    case exact(String)
    /// `isFinal`: `^~`, so no pattern is tried.
    case prefix(String, isFinal: Bool)
    case pattern(NginxPattern)
  }

  var kind: Kind
  /// The number among the server's locations.
  var order: Int
  var directive: NginxDirective

  /// Nil: a named location, or one that cannot be read.
  init?(_ directive: NginxDirective, order: Int) {
    self.order = order
    self.directive = directive
    let words = directive.arguments
    switch (words.first, words.count) {
    case ("=", 2): kind = .exact(words[1])
    case ("^~", 2): kind = .prefix(words[1], isFinal: true)
    case ("~", 2), ("~*", 2):
      guard let pattern = NginxPattern(words[1], ignoresCase: words[0] == "~*"),
        pattern.onPaths != nil
      else { return nil }
      kind = .pattern(pattern)
    case (let path?, 1) where !path.hasPrefix("@"): kind = .prefix(path, isFinal: false)
    default: return nil
    }
  }

  /// A pattern that matches its paths among URLs without another location. Nil: all paths.
  var pattern: String? {
    switch kind {
    case .exact(let path): "^[^/]+\(escapedPattern(path))$"
    case .prefix("/", _): nil
    case .prefix(let path, _): "^[^/]+\(escapedPattern(path))"
    case .pattern(let pattern): pattern.onPaths
    }
  }

  /// Whether nginx takes this location for some paths of the other one.
  ///
  /// Source: nginx, `ngx_http_core_find_location`.
  func precedes(_ other: NginxLocation) -> Bool {
    switch (kind, other.kind) {
    case (.exact, .exact): false
    case (.exact(let path), .prefix(let prefix, _)): path.hasPrefix(prefix)
    case (.exact(let path), .pattern(let pattern)): pattern.matches(path)
    case (.prefix(let longer, _), .prefix(let shorter, _)):
      longer.hasPrefix(shorter) && longer != shorter
    case (.prefix(_, let isFinal), .pattern): isFinal
    case (.prefix, .exact): false
    case (.pattern, .exact): false
    case (.pattern, .prefix(_, let isFinal)): !isFinal
    case (.pattern, .pattern): order < other.order
    }
  }
}
