/// The text with control characters (but tabs) replaced, and those that change the direction of writing,
/// so that what a file holds cannot steer a terminal, forge a line of a log or look like something else.
package func printable(_ text: String) -> String {
  var scalars = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    let isControl = (scalar.value < 0x20 && scalar != "\t") || (0x7F...0x9F).contains(scalar.value)
    let isSeparator = scalar.value == 0x2028 || scalar.value == 0x2029
    let turnsText =
      (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    scalars.append(isControl || isSeparator || turnsText ? "\u{FFFD}" : scalar)
  }
  return String(scalars)
}
