/// A piece of an HTML page, sound by construction: names are written in the source, and whatever text
/// comes from elsewhere is escaped on its way in. There is no way to put markup in as text.
struct HTML {
  /// An attribute of an element.
  struct Attribute {
    fileprivate let markup: String

    init(_ name: StaticString, _ value: String) {
      markup = " \(name)=\"\(escaped(value))\""
    }

    /// A length in a drawing, with no more decimals than can be seen.
    init(_ name: StaticString, _ value: Double) {
      self.init(name, shortDecimal(value, 2))
    }

    static func `class`(_ names: String) -> Attribute { Attribute("class", names) }
    static func id(_ name: String) -> Attribute { Attribute("id", name) }
    /// An attribute that stands for itself.
    static func flag(_ name: StaticString) -> Attribute { Attribute(name, "") }
  }

  /// What is written to the file.
  fileprivate(set) var markup = ""

  fileprivate init() {}

  /// A text, cut where it is very long, its control characters replaced.
  init(_ text: String) {
    markup = escaped(text)
  }

  /// An element with what it holds.
  init(
    _ name: StaticString, _ attributes: Attribute..., @HTMLBuilder content: () -> HTML = { HTML() }
  ) {
    let opening = attributes.reduce(into: "") { $0 += $1.markup }
    markup = "<\(name)\(opening)>\(content().markup)</\(name)>"
  }

  /// An element that holds nothing and has no end: `meta`.
  static func void(_ name: StaticString, _ attributes: Attribute...) -> HTML {
    var element = HTML()
    element.markup = "<\(name)\(attributes.reduce(into: "") { $0 += $1.markup })>"
    return element
  }

  /// A style sheet, which the source holds whole.
  static func style(_ sheet: StaticString) -> HTML {
    var element = HTML()
    element.markup = "<style>\(sheet)</style>"
    return element
  }

  /// A whole document.
  static func document(_ root: HTML) -> String { "<!DOCTYPE html>\n\(root.markup)\n" }

  static func + (first: HTML, second: HTML) -> HTML {
    var both = first
    both.markup += second.markup
    return both
  }
}

/// Puts elements and texts in a row.
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

private func escaped(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  for scalar in shown(text).unicodeScalars {
    switch scalar {
    case "&": result.append(contentsOf: "&amp;".unicodeScalars)
    case "<": result.append(contentsOf: "&lt;".unicodeScalars)
    case ">": result.append(contentsOf: "&gt;".unicodeScalars)
    case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
    case "'": result.append(contentsOf: "&#39;".unicodeScalars)
    default: result.append(scalar)
    }
  }
  return String(result)
}
