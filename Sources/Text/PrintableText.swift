/// The text without control characters (except tabs) and without characters that change the direction of writing. So
/// untrusted text cannot control a terminal, forge a log line or imitate another text.
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
