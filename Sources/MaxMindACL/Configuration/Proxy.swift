/// The proxy of a policy: its name in messages, and its features.
package struct Proxy: Sendable {
  /// Its name.
  package var name = "the proxy"
  /// The prefix of the header field names that the proxy reserves; nil: none.
  package var reservedPrefix: String?
  /// The file names of its own logs.
  package var logs: Set<String> = []
  /// Whether it removes a final `;` of a path that begins no parameters, also for the origin.
  package var dropsEmptyParameters = false
  /// Whether another plugin of the proxy can verify a client's address.
  package var hasVerifiedAddresses = true
  /// The versions with verified addresses, as messages print it: "versions 10.2 and later have them".
  package var verifyingVersions: String?

  /// A proxy with no known features.
  package init() {}

  /// Why a configuration cannot set this header field; nil: it can.
  func whyReserved(_ name: String) -> String? {
    guard let prefix = reservedPrefix, name.hasPrefix(prefix) else { return nil }
    return "\(self.name) reserves names with an \(prefix)"
  }
}
