/// A way in which an origin may read the path of a URL.
///
/// Rules check all forms, because a client must not evade a rule by spelling. A deny rule matches if any form
/// matches, an allow rule if all match. `Kind` and `readings(for:)` are the table of forms:
///
/// ```swift
/// // For /public/..;/secret: sent, and "structural, cut first", /secret.
/// subject.spellings(for: .deny).map(\.form.name)
/// ```
package struct URLForm: Hashable, Sendable {
  /// The steps from the path as sent. All kinds but the first then collapse runs of slashes and remove dot segments
  /// (RFC 3986 §5.2.4).
  package enum Kind: UInt8, CaseIterable, Sendable {
    /// Nothing.
    case sent
    /// Escapes of unreserved characters are decoded (RFC 3986 §6.2.2).
    case normalised
    /// Every escape is decoded, except `%2F` and `%00`. For deny rules only.
    case decoded
    /// Each segment is cut at its first `;`, then escapes are decoded, then `\` becomes a slash.
    case cutFirst
    /// Escapes are decoded, then `\` becomes a slash, then each segment is cut at its first `;`.
    case decodeFirst
    /// Escapes are decoded, `%2F` too, and `;` and `\` are plain characters: nginx, lighttpd, Python.
    case literal
    /// As `normalised`, then as `literal`: Apache with `AllowEncodedSlashes On`.
    case normaliseFirst
    /// `\` as sent becomes a slash, then as `normaliseFirst`: Node's `URL`, which reads a path like a browser.
    case browser
  }

  /// The steps of this form.
  package let kind: Kind
  /// Whether dot segments are removed before runs of slashes are collapsed, as in origins that keep such runs. If so,
  /// `/a//../b` is `/a/b`, else `/b`.
  package let removesDotsFirst: Bool

  /// The most forms that count for a side, without the one as sent.
  static let maximumOtherCount = 14

  init(_ kind: Kind, removesDotsFirst: Bool = false) {
    self.kind = kind
    self.removesDotsFirst = removesDotsFirst
  }

  /// The name in explanations and in docs/semantics.md.
  package var name: String {
    let name =
      switch kind {
      case .sent: "sent"
      case .normalised: "normalised"
      case .decoded: "decoded"
      case .cutFirst: "structural, cut first"
      case .decodeFirst: "structural, decode first"
      case .literal: "literal"
      case .normaliseFirst: "normalise first"
      case .browser: "browser"
      }
    return removesDotsFirst ? name + ", dots first" : name
  }

  /// How a path is read before slashes are collapsed and dot segments removed.
  struct Reading {
    let escapes: Escapes
    var cut = Cut.never
    /// Whether `\` is a slash after escapes are decoded.
    var takesBackslashes = false
  }

  /// The readings of a form. After each, slashes are collapsed and dot segments removed.
  struct Readings {
    let first: Reading
    var second: Reading?
  }

  /// The percent-escapes that are decoded, once. Malformed ones stay.
  enum Escapes {
    /// Letters, digits, `-`, `.`, `_` and `~` (RFC 3986 §2.3).
    case unreserved
    /// Also `%2F`, `%5C` and `%3B`, which have a meaning in some forms.
    case unreservedAndSeparators
    case allButSlashAndNul
    case allButNul
  }

  /// When a segment loses its `;parameters`.
  enum Cut {
    case never
    case beforeDecoding
    case afterDecoding
  }

  /// How the form reads a path for a side. Nil: the form is the path as sent, or does not count.
  ///
  /// Few escapes are decoded for allow rules, so that a pattern with `%C3%A9` matches in each form.
  func readings(for side: PatternSet.Side) -> Readings? {
    let escapes = side == .deny ? Escapes.allButNul : .unreservedAndSeparators
    let literal = Reading(escapes: escapes)
    switch kind {
    case .sent: return nil
    case .normalised: return Readings(first: Reading(escapes: .unreserved))
    case .decoded:
      return side == .deny ? Readings(first: Reading(escapes: .allButSlashAndNul)) : nil
    case .literal: return Readings(first: literal)
    case .normaliseFirst:
      return Readings(first: Reading(escapes: .unreserved), second: literal)
    case .browser:
      return Readings(
        first: Reading(escapes: .unreserved, takesBackslashes: true), second: literal)
    case .cutFirst:
      return Readings(
        first: Reading(escapes: escapes, cut: .beforeDecoding, takesBackslashes: true))
    case .decodeFirst:
      return Readings(
        first: Reading(escapes: escapes, cut: .afterDecoding, takesBackslashes: true))
    }
  }
}
