import MaxMindACL
import Text

/// How the rules decided a request.
package struct RuleSetExplanation: Sendable {
  /// The remap.config. Nil: one configuration decides all requests.
  package let remapFile: String?
  /// Its line that maps or redirects the URL. Nil: there is none.
  package let line: RemapLine?
  /// The configurations of the line up to the first enforced denial, each with its explanation.
  package let ladders: [(explanation: Explanation, policy: Policy)]

  /// The remap line, then each explanation; no final line break.
  ///
  /// - Parameter client: The address of the connection, as the operator wrote it.
  package func rendered(client: String) -> String {
    var texts = ladders.map { explanation, policy in
      explanation.rendered(client: client, by: policy, namesConfiguration: remapFile != nil)
    }
    if let remapFile { texts.insert(mapping(by: remapFile), at: 0) }
    return texts.joined(separator: "\n\n")
  }

  /// The remap line, and the outcome if no rules decide.
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
  /// The conditions besides the rules that decide on the requests for some URLs, each once.
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

  /// Decides a request and explains how. Nil: the URL is not absolute. Ignores `conditions(on:in:)`.
  ///
  /// Allocates: for people, not for many requests.
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
