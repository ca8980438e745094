import Text

/// A piece of an HTML page. Its names are in the source and every other text is escaped, so it is always well-formed
/// and no text can add markup.
struct HTML {
  struct Attribute {
    fileprivate let markup: String

    init(_ name: StaticString, _ value: String) {
      markup = " \(name)=\"\(escapedMarkup(shown(value)))\""
    }

    /// A length in a drawing, with no more decimals than can be seen.
    init(_ name: StaticString, _ value: Double) {
      self.init(name, shortDecimal(value, 2))
    }

    static func `class`(_ names: String) -> Attribute { Attribute("class", names) }
    static func id(_ name: String) -> Attribute { Attribute("id", name) }
    /// An attribute without a value.
    static func flag(_ name: StaticString) -> Attribute { Attribute(name, "") }
  }

  /// The text of the piece.
  fileprivate(set) var markup = ""

  fileprivate init() {}

  /// A text, cut if it is very long, without control characters.
  init(_ text: String) {
    markup = escapedMarkup(shown(text))
  }

  /// An element with its content.
  init(
    _ name: StaticString, _ attributes: Attribute..., @HTMLBuilder content: () -> HTML = { HTML() }
  ) {
    let opening = attributes.reduce(into: "") { $0 += $1.markup }
    markup = "<\(name)\(opening)>\(content().markup)</\(name)>"
  }

  /// An element without content and end tag: `meta`.
  static func void(_ name: StaticString, _ attributes: Attribute...) -> HTML {
    var element = HTML()
    element.markup = "<\(name)\(attributes.reduce(into: "") { $0 += $1.markup })>"
    return element
  }

  /// A style sheet from the source.
  static func style(_ sheet: StaticString) -> HTML {
    var element = HTML()
    element.markup = "<style>\(sheet)</style>"
    return element
  }

  static func document(_ root: HTML) -> String { "<!DOCTYPE html>\n\(root.markup)\n" }

  static func + (first: HTML, second: HTML) -> HTML {
    var both = first
    both.markup += second.markup
    return both
  }
}

/// Joins elements and texts.
@resultBuilder
enum HTMLBuilder {
  static func buildExpression(_ element: HTML) -> HTML { element }
  static func buildExpression(_ text: String) -> HTML { HTML(text) }
  static func buildBlock(_ parts: HTML...) -> HTML { buildArray(parts) }
  static func buildOptional(_ part: HTML?) -> HTML { part ?? HTML() }
  static func buildEither(first part: HTML) -> HTML { part }
  static func buildEither(second part: HTML) -> HTML { part }

  static func buildArray(_ parts: [HTML]) -> HTML {
    parts.reduce(into: HTML()) { $0.markup += $1.markup }
  }
}
