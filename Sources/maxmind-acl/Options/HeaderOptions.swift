import ArgumentParser
import Foundation

/// The header fields of the requests, for the rules that look at one.
struct HeaderOptions: ParsableArguments {
  @Option(
    name: .customLong("header"),
    help: ArgumentHelp(
      "A header field of the request, as 'Name: value'. May be repeated.", valueName: "field"))
  var headerFields: [String] = []

  func validate() throws {
    _ = try fields()
  }

  /// The header fields as name and value.
  func fields() throws -> [(name: String, value: String)] {
    try headerFields.map { field in
      guard let colon = field.firstIndex(of: ":"), colon > field.startIndex else {
        throw ValidationError("--header: '\(field)' is not of the form 'Name: value'")
      }
      // White space around a value is no part of it (RFC 9110 §5.5).
      let value = field[field.index(after: colon)...].trimmingCharacters(
        in: .init(charactersIn: " \t"))
      return (name: String(field[..<colon]), value: value)
    }
  }
}
