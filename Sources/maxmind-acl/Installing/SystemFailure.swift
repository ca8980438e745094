import Foundation
import Text

/// A failed system call, or a refusal for safety.
struct SystemFailure: Error {
  /// The failed action, with the file.
  var action: String
  var code: CInt
  var reason: String

  init(action: String, code: CInt, as account: Account? = nil) {
    self.action = action
    self.code = code
    reason = systemMessage(code)
    if let account, !account.isOwn { reason += ", as the user \(account.name)" }
  }

  /// A failure without an error number, or a refusal.
  init(action: String, reason: String) {
    self.action = action
    code = EPERM
    self.reason = reason
  }

  var message: String { "\(action): \(reason)" }

  /// Throws the error of the last system call if its result is not 0.
  static func check(_ result: CInt, _ action: String) throws(SystemFailure) {
    if result != 0 { throw SystemFailure(action: action, code: errno) }
  }
}
