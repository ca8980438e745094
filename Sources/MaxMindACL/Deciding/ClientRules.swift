import Addresses

/// `client` of a configuration, ready to be looked up.
struct ClientRules: Sendable {
  /// The name of the field; nil: none is read.
  let header: String?
  /// Whether the field is `Forwarded` (RFC 7239), not a list of addresses.
  let isForwarded: Bool
  let readsVerified: Bool
  let trusted: AddressTable

  init(_ client: Configuration.Client) {
    header = client.header?.value
    isForwarded = client.isForwarded
    readsVerified = client.readsVerified
    trusted = AddressTable(client.trusted.map { (range: $0.value, value: 0) })
  }

  func trusts(_ address: Address) -> Bool { trusted.leaf(for: address) != 0 }
}

/// What the lines of the field say so far. The lines are one list, in their order.
package struct ClientSearch {
  /// What the first element says where all are trusted so far; nil: nothing was said.
  fileprivate var first: Address?
  /// What the last element says that is no trusted address.
  fileprivate var last: ResolvedClient?

  /// Nothing was said.
  package init() {}

  /// The client: the last address that is not trusted or, where all are, the first of the list.
  ///
  /// - Parameter peer: The address that the connection comes from: the client where nothing was said.
  package func client(peer: Address) -> ResolvedClient {
    if let last { return last }
    return first.map { ResolvedClient($0, .header) } ?? ResolvedClient(peer)
  }
}

extension Policy {
  /// The name of the header field in which trusted proxies say who their client is; nil: none is read.
  package var clientHeader: String? { clientRules?.header }

  /// Whether an address that another plugin has verified is the client's.
  package var readsVerifiedAddress: Bool { clientRules?.readsVerified ?? false }

  /// Whether the field `clientHeader` counts in what comes from an address.
  package func believes(_ peer: Address?) -> Bool {
    guard let peer, let rules = clientRules, rules.header != nil else { return false }
    return rules.trusts(peer)
  }

  /// Adds a line of the field.
  ///
  /// Looks at the elements from the last on, so that what a client has sent cannot change what proxies have
  /// put behind it, and ends at the first that is no trusted address. Does not allocate, lock or trap. Cost:
  /// grows with the length of the line and with nothing else.
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
  ///   - peer: The address that the connection comes from.
  ///   - headers: What the policy looks at of the request's header fields.
  package func client(peer: Address?, headers: PolicyHeaders) -> ResolvedClient {
    guard let peer, !headers.clientLines.isEmpty, believes(peer) else {
      return ResolvedClient(peer)
    }
    var search = ClientSearch()
    for line in headers.clientLines { read(line.span, into: &search) }
    return search.client(peer: peer)
  }

  /// The same by all header fields of the request.
  package func client(peer: Address?, headers: HeaderFields) -> ResolvedClient {
    client(peer: peer, headers: self.headers(of: headers))
  }
}
