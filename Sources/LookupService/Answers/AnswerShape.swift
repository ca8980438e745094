import GeoDatabase

/// Where the answers of a service have the fields of a record.
///
/// ```swift
/// var shape = LookupPreset.ipinfo.shape
/// shape.fields[.country] = [try JSONPointer("/geo/country_code")]
/// ```
package struct AnswerShape: Hashable, Sendable {
  /// The places of each field, in the order in which they are tried. The first value that is not absent counts. Of a
  /// subdivision, all values count, the largest first.
  package var fields: [RecordField: [JSONPointer]]
  /// The places of each flag. The flag is set if any of its values is true.
  package var flags: [AnonymityFlags: [JSONPointer]]
  /// The places of the address that the answer is about. Empty: the answer has none.
  package var address: [JSONPointer]
  /// How the service reports a failure in the body of an answer. Nil: it does not.
  package var failure: ServiceFailure?

  /// A shape. A pointer that is missing here is not read.
  package init(
    fields: [RecordField: [JSONPointer]] = [:], flags: [AnonymityFlags: [JSONPointer]] = [:],
    address: [JSONPointer] = [], failure: ServiceFailure? = nil
  ) {
    self.fields = fields
    self.flags = flags
    self.address = address
    self.failure = failure
  }

  /// Every pointer, each once.
  var pointers: Set<JSONPointer> {
    var all = Set(fields.values.joined())
    all.formUnion(flags.values.joined())
    all.formUnion(address)
    if let failure {
      all.insert(failure.mark)
      all.formUnion(failure.codes + failure.messages)
    }
    return all
  }
}

/// How a service reports a failure in the body of an answer.
package struct ServiceFailure: Hashable, Sendable {
  /// A value that only failures have.
  package var mark: JSONPointer
  /// The text of the mark in a failure. Nil: any value but `null`, `false` and the empty text.
  package var markedBy: String?
  /// The places of the failure's code. The first one that is present counts.
  package var codes: [JSONPointer]
  /// The places of the failure's message. The first one that is present counts.
  package var messages: [JSONPointer]
  /// The codes of failures that mean that the service does not know the address.
  package var unknownAddressCodes: Set<String>

  /// A form of failures.
  package init(
    mark: JSONPointer, markedBy: String? = nil, codes: [JSONPointer] = [],
    messages: [JSONPointer] = [], unknownAddressCodes: Set<String> = []
  ) {
    self.mark = mark
    self.markedBy = markedBy
    self.codes = codes
    self.messages = messages
    self.unknownAddressCodes = unknownAddressCodes
  }
}
