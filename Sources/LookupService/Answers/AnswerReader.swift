import Addresses
import GeoDatabase
import Text

/// A service's answer about an address.
package struct LookupAnswer: Hashable, Sendable {
  /// The fields that the answer has. Other fields are absent, and none is unreadable.
  package var record: Record
  /// Whether the service does not know the address: the answer has no country, or no field at all if the shape has no
  /// country.
  package var isNegative: Bool

  /// An answer.
  package init(record: Record, isNegative: Bool) {
    self.record = record
    self.isNegative = isNegative
  }

  /// The service does not know the address.
  package static let unknown = LookupAnswer(record: Record(), isNegative: true)
}

/// Reads the JSON answers of a service.
///
/// ```swift
/// let reader = AnswerReader(LookupPreset.ipinfo.shape)
/// let answer = try reader.answer(body, for: client)
/// answer.record.country  // .value(US)
/// ```
package struct AnswerReader: Sendable {
  /// The most bytes of an answer.
  package static let mostBytes = 1 << 16
  /// The most bytes of an organisation's name, and of a text in a message.
  private static let longestText = 256

  /// Where the fields are.
  package let shape: AnswerShape

  /// A reader of answers in a shape.
  package init(_ shape: AnswerShape) {
    self.shape = shape
  }

  /// Reads the body of an answer.
  ///
  /// Does not trap, whatever the bytes are. The time is linear in their number. A body with the status 4xx may be read
  /// too: some services report with it that they do not know the address.
  ///
  /// - Parameter address: The address that was asked. An answer that names another one is an error.
  package func answer(
    _ body: [UInt8], for address: Address
  ) throws(AnswerError) -> LookupAnswer {
    guard body.count <= Self.mostBytes else { throw .tooLarge(limit: Self.mostBytes) }
    var values = PointerSearch(shape.pointers)
    do throws(JSONError) {
      try values.read(body)
    } catch {
      throw .notJSON(error)
    }
    if let failure = shape.failure, Self.isReported(failure, in: values) {
      let code = Self.firstText(failure.codes, in: values)
      if let code, failure.unknownAddressCodes.contains(code) { return .unknown }
      let message = Self.firstText(failure.messages, in: values)
      throw .failure(message: Self.shown(message ?? code ?? "an error without a message"))
    }
    try checkAddress(address, values)
    let record = try record(values)
    let isNegative =
      shape.fields[.country] == nil
      ? record == Record() : record.country == .absent
    return LookupAnswer(record: record, isNegative: isNegative)
  }

  // MARK: - Failures

  private static func isReported(_ failure: ServiceFailure, in values: PointerSearch) -> Bool {
    switch values[failure.mark] {
    case nil, .null, .boolean(false), .text(""): return false
    case .text(let text):
      guard let mark = failure.markedBy else { return true }
      return text == mark
    case .boolean, .number, .map, .array: return failure.markedBy == nil
    }
  }

  /// The first text or number of some pointers.
  private static func firstText(_ pointers: [JSONPointer], in values: PointerSearch) -> String? {
    for pointer in pointers {
      switch values[pointer] {
      case .text(let text) where !text.isEmpty: return text
      case .number(let digits): return digits
      default: continue
      }
    }
    return nil
  }

  private func checkAddress(
    _ address: Address, _ values: PointerSearch
  ) throws(AnswerError) {
    guard let (pointer, value) = first(shape.address, values) else { return }
    guard case .text(let text) = value else {
      throw Self.wrongType(pointer, "an address", value)
    }
    guard Address(text) == address else { throw .otherAddress(Self.shown(text)) }
  }

  /// The beginning of a text, for a message.
  private static func shown(_ text: String) -> String {
    printable(String(decoding: text.utf8.prefix(longestText), as: UTF8.self))
  }

  private static func wrongType(
    _ pointer: JSONPointer, _ expected: String, _ value: JSONValue
  ) -> AnswerError {
    .wrongType(pointer: pointer.text, expected: expected, found: value.kind)
  }

  // MARK: - Fields

  private func record(_ values: PointerSearch) throws(AnswerError) -> Record {
    var record = Record()
    for field in RecordField.allCases {
      switch field {
      case .asn: record.asn = try asn(values)
      case .country: record.country = try place(field, values)
      case .registeredCountry: record.registeredCountry = try place(field, values)
      case .continent: record.continent = try place(field, values)
      case .organisation: record.organisation = try organisation(values)
      // They need the country.
      case .subdivision: continue
      }
    }
    record.subdivisions = try subdivisions(of: record.country, values)
    for (flag, pointers) in shape.flags where try isSet(pointers, values) {
      record.flags.insert(flag)
    }
    return record
  }

  /// The first value that is not absent.
  private func first(
    _ pointers: [JSONPointer], _ values: PointerSearch
  ) -> (pointer: JSONPointer, value: JSONValue)? {
    for pointer in pointers {
      switch values[pointer] {
      case nil, .null: continue
      case .text(let text) where text.isEmpty || text == "-": continue
      // One product has a text where another has an object with the field.
      case .map where pointers.contains { $0.text.hasPrefix(pointer.text + "/") }: continue
      case .some(let value): return (pointer, value)
      }
    }
    return nil
  }

  /// The text of a field. Nil: the answer does not have it.
  private func text(
    _ pointers: [JSONPointer], _ expected: String, _ values: PointerSearch
  ) throws(AnswerError) -> String? {
    guard let (pointer, value) = first(pointers, values) else { return nil }
    guard case .text(let text) = value else { throw Self.wrongType(pointer, expected, value) }
    return text
  }

  private func place(
    _ field: RecordField, _ values: PointerSearch
  ) throws(AnswerError) -> FieldValue<PlaceCode> {
    guard let (pointer, value) = first(shape.fields[field] ?? [], values) else { return .absent }
    guard case .text(let text) = value else { throw Self.wrongType(pointer, "a code", value) }
    return .value(try Self.code(text, pointer))
  }

  /// A code from its text, which is not absent.
  private static func code(
    _ text: String, _ pointer: JSONPointer
  ) throws(AnswerError) -> PlaceCode {
    guard let code = PlaceCode(text) else {
      throw .wrongType(pointer: pointer.text, expected: "a code", found: "a long text")
    }
    return code
  }

  /// The subdivisions with their country, each once.
  private func subdivisions(
    of country: FieldValue<PlaceCode>, _ values: PointerSearch
  ) throws(AnswerError) -> FieldValue<[PlaceCode]> {
    var whole: [PlaceCode] = []
    for pointer in shape.fields[.subdivision] ?? [] {
      let part: PlaceCode
      switch values[pointer] {
      case nil, .null, .text(""), .text("-"): continue
      // A code of digits may be written as a number.
      case .text(let text), .number(let text): part = try Self.code(text, pointer)
      case .some(let value): throw Self.wrongType(pointer, "a code", value)
      }
      var place = part.wholeSubdivision
      if place == nil, case .value(let country) = country, country.isTwoLetters {
        place = part.subdivision(of: country)
      }
      if let place, !whole.contains(place) { whole.append(place) }
    }
    return whole.isEmpty ? .absent : .value(whole)
  }

  /// A number, `AS174`, or the number before a name: `AS174 Cogent Communications`. AS 0 is no network (RFC 7607).
  private func asn(_ values: PointerSearch) throws(AnswerError) -> FieldValue<UInt32> {
    guard let (pointer, value) = first(shape.fields[.asn] ?? [], values) else { return .absent }
    let number: UInt32?
    switch value {
    case .number(let digits): number = UInt32(digits)
    case .text(let text): number = Self.splitASN(text)?.number ?? UInt32(text)
    case .null, .map, .array, .boolean: number = nil
    }
    guard let number else { throw Self.wrongType(pointer, "an AS number", value) }
    return number == 0 ? .absent : .value(number)
  }

  /// The name of the organisation, without an AS number before it.
  private func organisation(_ values: PointerSearch) throws(AnswerError) -> String? {
    guard let text = try text(shape.fields[.organisation] ?? [], "a name", values) else {
      return nil
    }
    let name = Self.splitASN(text)?.name ?? text
    return name.isEmpty ? nil : Self.shown(name)
  }

  /// The parts of `AS174 Cogent Communications`. The name may be empty. Nil: the text does not begin with an AS number.
  private static func splitASN(_ text: String) -> (number: UInt32, name: String)? {
    guard text.utf8.prefix(2).elementsEqual("AS".utf8) else { return nil }
    let digits = text.utf8.dropFirst(2).prefix { $0.isASCIIDigit }
    let rest = text.utf8.dropFirst(2 + digits.count)
    guard let number = UInt32(String(Substring(digits))),
      rest.isEmpty || rest.first == UInt8(ascii: " ")
    else { return nil }
    return (number, String(Substring(rest.drop { $0 == UInt8(ascii: " ") })))
  }

  /// Whether any of a flag's values is true.
  private func isSet(
    _ pointers: [JSONPointer], _ values: PointerSearch
  ) throws(AnswerError) -> Bool {
    for pointer in pointers {
      switch values[pointer] {
      case nil, .null, .boolean(false), .text(""), .text("-"), .text("false"): continue
      case .boolean(true), .text("true"): return true
      case .some(let value): throw Self.wrongType(pointer, "true or false", value)
      }
    }
    return false
  }
}

/// Why an answer cannot be used.
package enum AnswerError: Error, Hashable, Sendable {
  /// The answer is longer than this many bytes.
  case tooLarge(limit: Int)
  /// The answer is not JSON, is not an object, or has too many levels.
  case notJSON(JSONError)
  /// A value has another type than its field.
  case wrongType(pointer: String, expected: String, found: String)
  /// The service reports a failure. The message is the service's.
  case failure(message: String)
  /// The answer is about another address than the question.
  case otherAddress(String)

  /// The mistake, as the middle of a sentence. It has no control characters.
  package var message: String {
    switch self {
    case .tooLarge(let limit): "the answer has more than \(grouped(limit)) bytes"
    case .notJSON(let error): "the answer is not JSON: \(error.description)"
    case .wrongType(let pointer, let expected, let found):
      "the answer has \(found) at \(pointer), \(expected) is needed"
    case .failure(let message): "the service reports: \(message)"
    case .otherAddress(let text): "the answer is about another address: \(text)"
    }
  }
}
