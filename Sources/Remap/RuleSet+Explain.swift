import MaxMindACL
import Text

/// How the rules came to what became of a request.
package struct RuleSetExplanation: Sendable {
  /// The remap.config; nil where one configuration decides on all requests.
  package let remapFile: String?
  /// The line of it that maps or redirects the URL; nil where none does.
  package let line: RemapLine?
  /// The configurations of the line up to the first that denies and enforces it, each with its explanation.
  package let ladders: [(explanation: Explanation, policy: Policy)]

  /// The remap line, then each explanation; no final line break.
  ///
  /// - Parameter client: The address that the connection comes from, as the operator wrote it.
  package func rendered(client: String) -> String {
    var texts = ladders.map { explanation, policy in
      explanation.rendered(client: client, by: policy, namesConfiguration: remapFile != nil)
    }
    if let remapFile { texts.insert(mapping(by: remapFile), at: 0) }
    return texts.joined(separator: "\n\n")
  }

  /// The remap line, and what becomes of the request where no rules decide.
  private func mapping(by file: String) -> String {
    guard let line else {
      return "unmapped: no line of \(printable(file)) maps the URL; Traffic Server answers with 404"
    }
    let place = printable("\(line.place): \(line.text)")
    switch line.kind {
    case .redirect, .redirectTemporary: return "\(place)\nredirected: no rules decide"
    default: return ladders.isEmpty ? "\(place)\nallow: the line has no rules" : place
    }
  }
}

extension RuleSet {
  /// What besides the rules decides on the requests for some URLs, each once.
  package func conditions(on urls: some Sequence<String>) -> [Diagnostic] {
    var found: [Diagnostic] = []
    var known: Set<Diagnostic> = []
    guard hasConditions else { return [] }
    for url in urls {
      let bytes = Array(url.utf8)
      guard let parts = URLParts(absolute: bytes.indices, in: bytes.span) else { continue }
      found += conditions(on: parts, in: bytes.span).filter { known.insert($0).inserted }
    }
    return found
  }

  /// Decides on a request and tells how; nil if the URL is not absolute. Does not look at `conditions(on:in:)`.
  ///
  /// Allocates; for people, not for many requests.
  package func explain(_ request: Request, url: String) -> RuleSetExplanation? {
    let bytes = Array(url.utf8)
    guard let parts = URLParts(absolute: bytes.indices, in: bytes.span) else { return nil }
    var ladders: [(explanation: Explanation, policy: Policy)] = []
    for policy in policies(for: parts, in: bytes.span) ?? [] {
      let explanation = policy.explain(request, at: now)
      ladders.append((explanation, policy))
      if explanation.isEnforced == true { break }
    }
    return RuleSetExplanation(
      remapFile: remap == nil ? nil : file, line: line(for: parts, in: bytes.span),
      ladders: ladders)
  }
}
