/// The header fields of a request by name; the case of a name does not matter.
package struct HeaderFields: Sendable {
  private let fields: [(name: String, value: [UInt8])]

  /// Fields in the order of the request.
  package init(_ fields: [(name: String, value: String)] = []) {
    self.fields = fields.map { (name: $0.name.lowercased(), value: Array($0.value.utf8)) }
  }

  /// The value of the first field of a name; nil if there is none.
  package func first(_ name: String) -> [UInt8]? {
    if fields.isEmpty { return nil }
    let name = name.lowercased()
    return fields.first { $0.name == name }?.value
  }

  /// The values of all fields of a name, in the order of the request.
  package func all(_ name: String) -> [[UInt8]] {
    if fields.isEmpty { return [] }
    let name = name.lowercased()
    return fields.filter { $0.name == name }.map(\.value)
  }
}

/// What a policy looks at of a request's header fields.
package struct PolicyHeaders: Sendable {
  /// The value of the first field of the name `bypassHeader`; nil if there is none.
  fileprivate(set) var bypassValue: [UInt8]?
  /// The values of all fields of the name `clientHeader`.
  fileprivate(set) var clientLines: [[UInt8]] = []

  /// Those of a request without any.
  package init() {}
}

extension Policy {
  /// What the policy looks at of a request's header fields.
  package func headers(of fields: HeaderFields) -> PolicyHeaders {
    var headers = PolicyHeaders()
    headers.bypassValue = bypassHeader.flatMap(fields.first)
    headers.clientLines = clientHeader.map(fields.all) ?? []
    return headers
  }
}
