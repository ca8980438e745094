import Text

/// The value of an annotated field: text with placeholders such as `{country}`.
package struct AnnotationTemplate: Hashable, Sendable {
  /// The placeholders.
  package enum Field: String, CaseIterable, Hashable, Sendable {
    /// The client's country.
    case country
    /// The country in which the client's network is registered.
    case registeredCountry = "registered_country"
    /// The client's continent.
    case continent
    /// The first of the client's subdivisions: `US-CA`.
    case subdivision
    /// The number of the client's autonomous system.
    case asn
    /// The name of its organisation.
    case organisation
    /// `allow` or `deny`.
    case verdict
    /// The reason: `allow.country`, `default`, …
    case reason
    /// The client's address.
    case client
    /// The position of the rule that decided: `maxmind.yaml:12`.
    case rule
    /// The day on which the database was built.
    case database
    /// The name of the configuration.
    case name

    /// The field of the client's record; nil: the value is not from a record.
    var recordField: RecordField? { RecordField(rawValue: rawValue) }
  }

  /// A piece of the value.
  package enum Part: Hashable, Sendable {
    /// Text as it is.
    case literal([UInt8])
    /// A value from the decision.
    case field(Field)
  }

  package var parts: [Part]

  /// The maximum length of a value, in bytes.
  private static let longestValue = 1000
  /// The length reserved for a placeholder. The longest is a file name with a line.
  private static let longestField = 80

  init(_ text: String) throws(AnnotationTemplateError) {
    parts = []
    var rest = text.utf8[...]
    while let first = rest.first {
      if first == UInt8(ascii: "{") {
        guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
          throw .init(message: "the { has no }")
        }
        let name = String(rest[rest.index(after: rest.startIndex)..<end]) ?? ""
        guard let field = Field(rawValue: name) else {
          let known = Field.allCases.map(\.rawValue)
          throw .init(message: unknownPlaceholder(name, among: known))
        }
        parts.append(.field(field))
        rest = rest[rest.index(after: end)...]
      } else {
        let literal = rest.prefix { $0 != UInt8(ascii: "{") }
        guard !literal.contains(UInt8(ascii: "}")) else { throw .init(message: "the } has no {") }
        guard literal.allSatisfy({ (0x20...0x7e).contains($0) }) else {
          throw .init(message: "only printable ASCII can stand in a header field")
        }
        parts.append(.literal(Array(literal)))
        rest = rest[literal.endIndex...]
      }
    }
    let length = parts.reduce(0) { length, part in
      if case .literal(let text) = part { length + text.count } else { length + Self.longestField }
    }
    guard length <= Self.longestValue else {
      throw .init(
        message: "is too long; at most \(Self.longestValue) characters, "
          + "and each {…} counts as \(Self.longestField)")
    }
    if case .literal(let text)? = parts.first, text.first == UInt8(ascii: " ") { throw .space }
    if case .literal(let text)? = parts.last, text.last == UInt8(ascii: " ") { throw .space }
  }
}

struct AnnotationTemplateError: Error {
  var message: String

  static let space = Self(message: "a header field cannot begin or end with a space")
}
