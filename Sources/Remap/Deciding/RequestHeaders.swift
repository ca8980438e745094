import Addresses
import MaxMindACL

/// The header fields that the configurations of some rules read: those of a log line, or else those of all requests.
package struct RequestHeaders: Sendable {
  /// The fields that one configuration reads.
  fileprivate struct Fields: Sendable {
    /// The fields of all requests.
    var common: PolicyHeaders
    /// The number of the column with `clientHeader`. Nil: there is none.
    var clientColumn: Int?
    /// The number of the column with `bypassHeader`. Nil: there is none.
    var bypassColumn: Int?
  }

  /// By the number of the configuration. Empty: no configuration reads any.
  fileprivate let fields: [Fields]

  /// Requests without header fields.
  package init() { fields = [] }

  fileprivate init(_ fields: [Fields]) { self.fields = fields }
}

/// A header field that a configuration reads.
package struct ReadHeader: Hashable, Sendable {
  /// The key that names it.
  package enum Key: String, Hashable, Sendable {
    case client, bypass
  }

  /// The configuration, as the operator named it.
  package var file: String
  package var key: Key
  /// The name, as the configuration has it.
  package var name: String
}

extension RuleSet {
  /// The header fields that the configurations read, each once.
  package var readHeaders: [ReadHeader] {
    policies.flatMap { policy in
      let names: [(key: ReadHeader.Key, name: String?)] = [
        (.client, policy.clientHeader), (.bypass, policy.bypassHeader),
      ]
      return names.compactMap { key, name in
        name.map { ReadHeader(file: policy.configuration.file, key: key, name: $0) }
      }
    }
  }

  /// Selects the header fields that each configuration reads.
  ///
  /// - Parameters:
  ///   - fields: The fields of all requests.
  ///   - columns: The names of the columns of the log. A column replaces a field of all requests, if the line has a value
  ///     in it.
  package func headers(of fields: HeaderFields, columns: [String] = []) -> RequestHeaders {
    if readHeaders.isEmpty { return RequestHeaders() }
    func column(_ name: String?) -> Int? {
      name.flatMap { name in columns.firstIndex { $0.lowercased() == name.lowercased() } }
    }
    return RequestHeaders(
      policies.map { policy in
        RequestHeaders.Fields(
          common: policy.headers(of: fields), clientColumn: column(policy.clientHeader),
          bypassColumn: column(policy.bypassHeader))
      })
  }
}

extension RequestHeaders {
  /// Decides a request by one configuration.
  ///
  /// - Parameters:
  ///   - number: The number of the configuration.
  ///   - peer: The address of the connection.
  ///   - values: The values of the columns, as places in `bytes`; empty: the line has none.
  ///   - client: The client for the rules.
  @inline(__always)
  func decide(
    by policy: Policy, number: Int, peer: Address?, url: URLParts, in bytes: Span<UInt8>,
    values: Span<ByteRange>, client: inout Address?, circumstances: () -> Circumstances
  ) -> Decision {
    guard number < fields.count else {
      client = peer
      return policy.decide(
        client: ResolvedClient(peer), peer: peer, bypassValue: nil, url: url, in: bytes,
        circumstances: circumstances)
    }
    let own = fields[number]
    let found = resolve(own, policy, peer, bytes, values)
    client = found.address
    if let place = value(of: own.bypassColumn, values) {
      return policy.decide(
        client: found, peer: peer, bypassValue: bytes.extracting(place), url: url, in: bytes,
        circumstances: circumstances)
    }
    let common = own.common
    return policy.decide(
      client: found, peer: peer, bypassValue: common.bypassValue?.span, url: url, in: bytes,
      circumstances: circumstances)
  }

  /// The client of a request.
  @inline(__always)
  private func resolve(
    _ fields: Fields, _ policy: Policy, _ peer: Address?, _ bytes: Span<UInt8>,
    _ values: Span<ByteRange>
  ) -> ResolvedClient {
    guard let place = value(of: fields.clientColumn, values) else {
      return policy.client(peer: peer, headers: fields.common)
    }
    guard let peer, policy.believes(peer) else { return ResolvedClient(peer) }
    var search = ClientSearch()
    policy.read(bytes.extracting(place), into: &search)
    return search.client(peer: peer)
  }

  /// The place of a column's value. Nil: there is no column, or the line has no value.
  @inline(__always)
  private func value(of column: Int?, _ values: Span<ByteRange>) -> Range<Int>? {
    guard let column, column < values.count, !values[column].isEmpty else { return nil }
    return values[column].indices
  }
}
