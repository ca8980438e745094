import Addresses

/// The compiled `client` section.
struct ClientRules: Sendable {
  /// The name of the field; nil: none.
  let header: String?
  /// Whether the field is `Forwarded` (RFC 7239), not a list of addresses.
  let isForwarded: Bool
  let readsVerified: Bool
  let trusted: AddressTable

  init(_ client: Configuration.Client, trusted: AddressTable) {
    header = client.header?.value
    isForwarded = client.isForwarded
    readsVerified = client.readsVerified
    self.trusted = trusted
  }

  func trusts(_ address: Address) -> Bool { trusted.leaf(for: address) != 0 }
}

/// The result of the field's lines so far. The lines form one list, in their order.
package struct ClientSearch {
  /// The first address of the list, if all addresses so far are trusted; nil: no address.
  fileprivate var first: Address?
  /// The last address that is not trusted.
  fileprivate var last: ResolvedClient?

  /// The state before the first line.
  package init() {}

  /// The client: the last address that is not trusted; if all are trusted, the first address of the list.
  ///
  /// - Parameter peer: The address of the connection. It is the client if the field has no address.
  package func client(peer: Address) -> ResolvedClient {
    if let last { return last }
    return first.map { ResolvedClient($0, .header) } ?? ResolvedClient(peer)
  }
}

extension Policy {
  /// The header field in which trusted proxies name their client; nil: none.
  package var clientHeader: String? { clientRules?.header }

  /// Whether an address verified by another plugin is the client's address.
  package var readsVerifiedAddress: Bool { clientRules?.readsVerified ?? false }

  /// Whether the field `clientHeader` counts in requests from an address.
  package func believes(_ peer: Address?) -> Bool {
    guard let peer, let rules = clientRules, rules.header != nil else { return false }
    return rules.trusts(peer)
  }

  /// Reads one line of the field.
  ///
  /// Reads from the last element to the first, and stops at the first address that is not trusted: a client cannot
  /// change the elements that proxies append. Does not allocate, lock or trap. Cost: linear in the length of the line.
  package func read(_ line: Span<UInt8>, into search: inout ClientSearch) {
    guard let rules = clientRules else { return }
    unsafe line.withUnsafeBufferPointer { line in
      var elements = unsafe ForwardedElements(line, areForwarded: rules.isForwarded)
      var leftmost: Address?
      while let element = elements.previous() {
        switch elements.hop(element) {
        case .address(let address) where rules.trusts(address): leftmost = address
        case .address(let address): return search.last = ResolvedClient(address, .header)
        case .hidden: return search.last = ResolvedClient(nil, .hidden)
        case .unreadable: return search.last = ResolvedClient(nil, .unreadable)
        }
      }
      if search.first == nil { search.first = leftmost }
    }
  }

  /// The client of a request.
  ///
  /// - Parameters:
  ///   - peer: The address of the connection.
  ///   - headers: The header fields that the policy reads.
  package func client(peer: Address?, headers: PolicyHeaders) -> ResolvedClient {
    guard let peer, !headers.clientLines.isEmpty, believes(peer) else {
      return ResolvedClient(peer)
    }
    var search = ClientSearch()
    for line in headers.clientLines { read(line.span, into: &search) }
    return search.client(peer: peer)
  }

  /// The client of a request with all its header fields.
  package func client(peer: Address?, headers: HeaderFields) -> ResolvedClient {
    client(peer: peer, headers: self.headers(of: headers))
  }
}

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
