import Text

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
