/// Why a file of saved answers is not used.
package struct SavedAnswersError: Error, Hashable, Sendable {
  /// One sentence without the path and without a full stop.
  package let message: String
  /// The offset of the byte in the file. Nil: the file as a whole.
  package let offset: Int?

  /// An error at an offset.
  package init(_ message: String, at offset: Int? = nil) {
    self.message = message
    self.offset = offset
  }

  /// The message with its place: `the file is damaged at byte 5`.
  package var description: String { message + (offset.map { " at byte \($0 + 1)" } ?? "") }
}
