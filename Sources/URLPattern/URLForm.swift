/// A way in which an origin may read the path of a URL.
///
/// Rules look at all of them, because a client must not dodge a rule by spelling: a deny rule matches if any
/// form does, an allow rule if all do. The table of forms is `Kind` and `reading(for:)`:
///
/// ```swift
/// URLForm(.cutFirst).name  // "structural, cut first": /public/..;/secret is /secret
/// ```
public struct URLForm: Hashable, Sendable {
  /// What is done to the path as sent, in this order. All but the first then collapse runs of slashes and
  /// remove dot segments (RFC 3986 §5.2.4).
  public enum Kind: UInt8, CaseIterable, Sendable {
    /// Nothing.
    case sent
    /// Escapes of unreserved characters are decoded (RFC 3986 §6.2.2).
    case normalised
    /// Every escape is decoded, except `%2F` and `%00`. For deny rules only.
    case decoded
    /// Each segment is cut at its first `;`, then escapes are decoded, then `\` is a slash.
    case cutFirst
    /// Escapes are decoded, then `\` is a slash, then each segment is cut at its first `;`.
    case decodeFirst
  }

  /// What is done to the path.
  public let kind: Kind
  /// Whether dot segments are removed before runs of slashes are collapsed, as by origins that keep those
  /// runs: then `/a//../b` is `/a/b`, else `/b`.
  public let removesDotsFirst: Bool

  /// How many forms other than the one as sent count for a side, at most.
  static let maximumOtherCount = 8

  init(_ kind: Kind, removesDotsFirst: Bool = false) {
    self.kind = kind
    self.removesDotsFirst = removesDotsFirst
  }

  /// The name in explanations and in docs/semantics.md.
  public var name: String {
    let name =
      switch kind {
      case .sent: "sent"
      case .normalised: "normalised"
      case .decoded: "decoded"
      case .cutFirst: "structural, cut first"
      case .decodeFirst: "structural, decode first"
      }
    return removesDotsFirst ? name + ", dots first" : name
  }

  /// How a path is read before slashes are collapsed and dot segments removed.
  struct Reading {
    let escapes: Escapes
    let cut: Cut
  }

  /// Which percent-escapes are decoded, once. Malformed ones stay.
  enum Escapes {
    /// Those of letters, digits, `-`, `.`, `_` and `~` (RFC 3986 §2.3).
    case unreserved
    /// Those, and `%2F`, `%5C` and `%3B`: the characters that the structural forms give a meaning.
    case unreservedAndSeparators
    case allButSlashAndNul
    case allButNul
  }

  /// When a segment loses its `;parameters`. A form that cuts takes `\` for a slash too.
  enum Cut {
    case never
    case beforeDecoding
    case afterDecoding
  }

  /// How the form reads a path for a side; nil where it is the path as sent, or doesn't count.
  ///
  /// Allow rules see few escapes decoded, so that a pattern with `%C3%A9` matches in each form.
  func reading(for side: PatternSet.Side) -> Reading? {
    switch (kind, side) {
    case (.sent, _), (.decoded, .allow): nil
    case (.normalised, _): Reading(escapes: .unreserved, cut: .never)
    case (.decoded, .deny): Reading(escapes: .allButSlashAndNul, cut: .never)
    case (.cutFirst, .deny): Reading(escapes: .allButNul, cut: .beforeDecoding)
    case (.cutFirst, .allow): Reading(escapes: .unreservedAndSeparators, cut: .beforeDecoding)
    case (.decodeFirst, .deny): Reading(escapes: .allButNul, cut: .afterDecoding)
    case (.decodeFirst, .allow): Reading(escapes: .unreservedAndSeparators, cut: .afterDecoding)
    }
  }
}
