import Testing
import Text

/// Steps through JSON.
@Suite struct JSONScannerTests {
  /// The names and values of an object, as they are written.
  private func members(_ text: String) throws(JSONError) -> [String] {
    var found: [String] = []
    var scanner = JSONScanner(Array(text.utf8))
    try scanner.members { name, scanner throws(JSONError) in
      let value = try scanner.value()
      found += [name, value].map { String(decoding: scanner.bytes[$0], as: UTF8.self) }
    }
    guard scanner.isAtEnd() else { throw JSONError("more", at: scanner.place) }
    return found
  }

  @Test(
    "members are found, whatever their values",
    arguments: [
      ("{}", []), (" { } \n", []), ("{\"a\":1}", ["\"a\"", "1"]),
      (
        "{ \"a\" : [1, {\"b\": \"]\"}] , \"c\":\"\\\"}\" }",
        ["\"a\"", "[1, {\"b\": \"]\"}]", "\"c\"", "\"\\\"}\""]
      ),
      ("{\"a\":true,\"b\":-1.5e3}", ["\"a\"", "true", "\"b\"", "-1.5e3"]),
    ])
  func found(_ text: String, _ expected: [String]) throws {
    #expect(try members(text) == expected)
  }

  @Test(
    "a mistake is thrown with its place",
    arguments: [
      ("", "'{' is expected at byte 1"), ("[]", "'{' is expected at byte 1"),
      ("{\"a\":1", "'}' is expected at byte 7"), ("{a:1}", "a text is expected at byte 2"),
      ("{\"a\" 1}", "':' is expected at byte 6"), ("{\"a\":", "its end is missing"),
      ("{\"a", "its end is missing"), ("{\"a\\", "its end is missing"),
      ("{\"a\":[1}", "'}' is expected at byte 9"), ("{\"a\":[[", "its end is missing"),
      ("{\"a\":1,}", "a text is expected at byte 8"), ("{} x", "more at byte 4"),
    ])
  func damaged(_ text: String, _ message: String) {
    let error = #expect(throws: JSONError.self) { try members(text) }
    #expect(error?.description == message)
  }

  @Test("elements of an array are numbers or texts")
  func elements() throws {
    var scanner = JSONScanner(Array("x[1, -2 ,3]y".utf8), 1..<11)
    var numbers: [Int] = []
    try scanner.elements { scanner throws(JSONError) in numbers.append(try scanner.integer()) }
    #expect(numbers == [1, -2, 3])
    let isAtEnd = scanner.isAtEnd()
    #expect(isAtEnd)
    var empty = JSONScanner(Array("[ ]".utf8))
    try empty.elements { _ throws(JSONError) in Issue.record("there is no element") }
    let error = #expect(throws: JSONError.self) {
      var texts = JSONScanner(Array("[\"a\",1]".utf8))
      try texts.elements { scanner throws(JSONError) in _ = try scanner.text() }
    }
    #expect(error?.description == "a text is expected at byte 6")
  }
}
