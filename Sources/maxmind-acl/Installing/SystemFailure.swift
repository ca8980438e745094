import Foundation
import Text

/// Something that the system, or care on its behalf, refused.
struct SystemFailure: Error {
  /// What could not be done, with the file.
  var action: String
  /// The error number.
  var code: CInt
  /// Why.
  var reason: String

  init(action: String, code: CInt, as account: Account? = nil) {
    self.action = action
    self.code = code
    reason = systemMessage(code)
    if let account, !account.isOwn { reason += ", as the user \(account.name)" }
  }

  /// Something that fails for another reason than an error number says, or that is not safe.
  init(action: String, reason: String) {
    self.action = action
    code = EPERM
    self.reason = reason
  }

  var message: String { "\(action): \(reason)" }

  /// Throws what a system call has just failed with, if its result is not 0.
  static func check(_ result: CInt, _ action: String) throws(SystemFailure) {
    if result != 0 { throw SystemFailure(action: action, code: errno) }
  }
}
