import Text

/// The most characters of a text from a log or a configuration in a report.
private let longest = 400

/// The beginning of a text from a log or a configuration, on one line, without characters that steer a terminal or
/// turn the direction of writing.
func shown(_ text: String, atMost limit: Int = longest) -> String {
  var beginning = String.UnicodeScalarView()
  var rest = text.unicodeScalars.makeIterator()
  var count = 0
  while count < limit, let scalar = rest.next() {
    beginning.append(scalar == "\t" ? " " : scalar)
    count += 1
  }
  if rest.next() != nil {
    beginning.removeLast()
    beginning.append("…")
  }
  return printable(String(beginning))
}

/// How many columns of a terminal a text takes.
func columns(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + columns($1) } }

/// The end of a text that is cut off.
enum CutEnd {
  /// The beginning, for paths: their end says more.
  case beginning
  case end
}

/// The text in at most `width` columns, with `…` for the rest.
func cut(_ text: String, to width: Int, at end: CutEnd = .end) -> String {
  if columns(text) <= width { return text }
  if width <= 1 { return width == 1 ? "…" : "" }
  var kept: [Unicode.Scalar] = []
  var taken = 1
  let scalars = Array(text.unicodeScalars)
  for scalar in end == .end ? scalars : scalars.reversed() {
    let size = columns(scalar)
    if taken + size > width { break }
    taken += size
    kept.append(scalar)
  }
  var result = String.UnicodeScalarView()
  result.append(contentsOf: end == .end ? kept + ["…"] : ["…"] + kept.reversed())
  return String(result)
}

/// The columns of a character: none for a mark above or below another, two for East Asian wide ones.
private func columns(_ scalar: Unicode.Scalar) -> Int {
  if scalar.isASCII { return 1 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format: return 0
  default: break
  }
  switch scalar.value {
  case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
    0x1F900...0x1F9FF, 0x20000...0x3FFFD:
    return 2
  default: return 1
  }
}
