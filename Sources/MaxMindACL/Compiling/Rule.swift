/// One thing that can decide a request, as it stands in the configuration: what a report prints.
public struct Rule: Hashable, Sendable {
  /// The list or section that the rule stands in.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The bypass header.
    case bypass
    /// An entry of `deny.ip`.
    case denyIP = "deny.ip"
    /// An entry of `deny.country`.
    case denyCountry = "deny.country"
    /// An entry of `deny.regex`.
    case denyRegex = "deny.regex"
    /// An entry of `allow.ip`.
    case allowIP = "allow.ip"
    /// A flag of `anonymous` that is set to true.
    case anonymous
    /// An entry of `allow.country`.
    case allowCountry = "allow.country"
    /// An entry of `allow.regex`.
    case allowRegex = "allow.regex"
  }

  /// The list or section that the rule stands in.
  public var kind: Kind
  /// The rule as it is written: the address range, country code or pattern, the name of the flag, or the
  /// name of the bypass header.
  public var text: String
  /// The list file that it stands in, as the operator knows it; nil: the configuration's own.
  public var file: String?
  /// Where it stands in its file. Of an entry of a list file, only the line is known.
  public var range: SourceRange
  /// The line of the file at which it starts; nil for an entry of a list file.
  public var sourceLine: String?
  /// The column at which `sourceLine` begins.
  var sourceColumn = 1

  /// The line of the file, from 1.
  public var line: Int { range.start.line }

  /// The line of the file with its number, and below it a caret under the rule; empty if it is not known.
  public var excerpt: String {
    sourceLine.map { MaxMindACL.excerpt(of: $0, from: sourceColumn, at: range) } ?? ""
  }
}
