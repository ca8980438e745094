/// The header fields of a request by name, in any case.
package struct HeaderFields: Sendable {
  private let fields: [(name: String, value: [UInt8])]

  /// Stores fields in the order of the request.
  package init(_ fields: [(name: String, value: String)] = []) {
    self.fields = fields.map { (name: $0.name.lowercased(), value: Array($0.value.utf8)) }
  }

  /// The value of the first field with a name; nil: none.
  package func first(_ name: String) -> [UInt8]? {
    if fields.isEmpty { return nil }
    let name = name.lowercased()
    return fields.first { $0.name == name }?.value
  }

  /// The values of all fields with a name, in the order of the request.
  package func all(_ name: String) -> [[UInt8]] {
    if fields.isEmpty { return [] }
    let name = name.lowercased()
    return fields.filter { $0.name == name }.map(\.value)
  }
}

/// The header fields that a policy reads.
package struct PolicyHeaders: Sendable {
  /// The value of the first field named `bypassHeader`; nil: none.
  fileprivate(set) var bypassValue: [UInt8]?
  /// The values of all fields named `clientHeader`.
  fileprivate(set) var clientLines: [[UInt8]] = []

  /// A request without these fields.
  package init() {}
}

extension Policy {
  /// Selects the header fields that the policy reads.
  package func headers(of fields: HeaderFields) -> PolicyHeaders {
    var headers = PolicyHeaders()
    headers.bypassValue = bypassHeader.flatMap(fields.first)
    headers.clientLines = clientHeader.map(fields.all) ?? []
    return headers
  }
}
