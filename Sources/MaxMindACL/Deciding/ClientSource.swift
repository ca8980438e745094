import Addresses

/// The source of a client's address, or the reason why there is none.
package enum ClientSource: UInt8, Hashable, Sendable {
  /// The connection: there is no `client`, or its field and plugin have no address.
  case connection
  /// The header field of a trusted proxy.
  case header
  /// Another plugin of the proxy has verified the address.
  case verified
  /// No address: the trusted proxy hides its client (`unknown` or an obfuscated name).
  case hidden
  /// No address: the field of the trusted proxy is unreadable.
  case unreadable

  /// The decision error of a client without an address.
  var failure: Failure {
    switch self {
    case .connection, .header, .verified: .noAddress
    case .hidden: .hiddenClient
    case .unreadable: .unreadableClient
    }
  }
}

/// The client for the rules.
package struct ResolvedClient: Hashable, Sendable {
  /// The address; nil: none, which is a decision error.
  package var address: Address?
  /// The source of the address.
  package var source: ClientSource

  package init(_ address: Address?, _ source: ClientSource = .connection) {
    self.address = address
    self.source = source
  }
}
