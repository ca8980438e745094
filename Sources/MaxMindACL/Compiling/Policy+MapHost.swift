import Text
import URLPattern

// What is wrong with a configuration on one remap line and may be right on another.
extension Policy {
  /// All warnings, among them those of patterns that cannot match on the host of a remap line, in the order of
  /// the file.
  ///
  /// - Parameter host: The host of the remap line's URL; nil: not known.
  package func warnings(onHost host: String?) -> [Diagnostic] {
    (warnings + warnings(ofHost: host)).inOrderOfFile
  }

  /// The host of the URL of a remap line; nil if it is a pattern, as in `regex_map`.
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

  /// Those alone of patterns that cannot match on the host of a remap line.
  ///
  /// - Parameter host: The host of the remap line's URL; nil: not known.
  package func warnings(ofHost host: String?) -> [Diagnostic] {
    guard let host = host?.lowercased() else { return [] }
    var found = DiagnosticList()
    for step in Step.allCases where step.reads == .url {
      for rule in rules.written(of: step)
      where Pattern.isForAnotherHost(rule.text, than: host)
        && whyUnmatchable(rule.text, step) == nil
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
