/// The proxy that a policy decides for: its name in messages, and what a configuration may ask of it.
package struct Proxy: Sendable {
  /// Its name.
  package var name = "the proxy"
  /// The prefix of the names of header fields that it keeps to itself; nil: none.
  package var reservedPrefix: String?
  /// The names of its own logs.
  package var logs: Set<String> = []
  /// Whether another plugin of it can verify the address of a client.
  package var hasVerifiedAddresses = true
  /// Which of its versions have verified addresses, as messages say it: "versions 10.2 and later have them".
  package var verifyingVersions: String?

  /// A proxy of which nothing is known.
  package init() {}

  /// Why a configuration cannot set a header field of this name, if the proxy reserves the name.
  func whyReserved(_ name: String) -> String? {
    guard let prefix = reservedPrefix, name.hasPrefix(prefix) else { return nil }
    return "\(self.name) keeps names with an \(prefix) to itself"
  }
}
