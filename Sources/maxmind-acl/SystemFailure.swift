import Foundation
import GeoDatabase

/// Something that the system refused.
struct SystemFailure: Error {
  /// What could not be done, with the file.
  var action: String
  /// The error number.
  var code: CInt

  var message: String { "\(action): \(systemMessage(code))" }

  /// Throws what a system call has just failed with, if its result is not 0.
  static func check(_ result: CInt, _ action: String) throws(SystemFailure) {
    if result != 0 { throw SystemFailure(action: action, code: errno) }
  }
}
