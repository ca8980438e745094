import Addresses

/// Where the address of a client comes from, or why there is none.
package enum ClientSource: UInt8, Hashable, Sendable {
  /// The connection: there is no `client`, or what it names says nothing.
  case connection
  /// The header field that a trusted proxy sends.
  case header
  /// Another plugin of the proxy, which has verified it.
  case verified
  /// No address: the trusted proxy hides its client (`unknown`, or a name of its own).
  case hidden
  /// No address: what the trusted proxy sends cannot be read.
  case unreadable

  /// What keeps a decision from being made where there is no address.
  var failure: Failure {
    switch self {
    case .connection, .header, .verified: .noAddress
    case .hidden: .hiddenClient
    case .unreadable: .unreadableClient
    }
  }
}

/// The client that rules look at.
package struct ResolvedClient: Hashable, Sendable {
  /// Its address; nil if there is none, which is a decision error.
  package var address: Address?
  /// Where that comes from.
  package var source: ClientSource

  /// Makes a client.
  package init(_ address: Address?, _ source: ClientSource = .connection) {
    self.address = address
    self.source = source
  }
}
