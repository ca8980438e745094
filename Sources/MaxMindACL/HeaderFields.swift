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
